package dev.windfall.server;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files in which people write documents, and what is said of those that cannot be read. */
final class DocumentFiles {
  /** Of which a directory must have one. */
  static final String ENDINGS = "*.yaml, *.yml or *.json";

  private static final long MAX_BYTES = 16 << 20;

  private DocumentFiles() {}

  /**
   * Those of a directory, by name. Not hidden ones: a mounted ConfigMap keeps its versions in such.
   */
  static List<Path> in(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(DocumentFiles::named)
          .filter(file -> !Files.isDirectory(file))
          .sorted()
          .toList();
    }
  }

  private static boolean named(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  static String text(Path file) throws IOException {
    // Of a link to nowhere it says that there is no such file; a pipe would be waited for.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("it is no file");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("it is larger than %d MiB".formatted(MAX_BYTES >> 20));
    }
    return Files.readString(file);
  }

  /** The text of a file that a command cannot do without. */
  static String required(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new FailureException(file + ": " + why(e));
    }
  }

  /** Why it could not be read, after its name. */
  static String why(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case NotDirectoryException _ -> "is no directory";
      case AccessDeniedException _ -> "may not be read";
      case CharacterCodingException _ -> "is not UTF-8 text";
      default -> "cannot be read: " + e.getMessage();
    };
  }
}
