package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every Java file of the repository is as google-java-format writes it. */
class FormatTest {
  private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea");

  private final Formatter formatter = new Formatter();

  @Test
  void everyFileIsFormatted() throws IOException {
    List<Path> files = javaFiles(Repository.root());
    List<Path> wrong = new ArrayList<>();
    for (Path file : files) {
      String text = Files.readString(file);
      if (!text.equals(formatted(file, text))) {
        wrong.add(Repository.root().relativize(file));
      }
    }

    assertTrue(files.size() > 100, "only " + files.size() + " files were found");
    assertEquals(List.of(), wrong, "google-java-format would write these differently");
  }

  private String formatted(Path file, String text) {
    try {
      String imports =
          ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(text), JavaFormatterOptions.Style.GOOGLE);
      return formatter.formatSource(imports);
    } catch (FormatterException e) {
      throw new AssertionError(file + ": " + e.getMessage(), e);
    }
  }

  private static List<Path> javaFiles(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes about) {
            boolean ours = !NOT_OURS.contains(String.valueOf(directory.getFileName()));
            return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes about) {
            if (file.toString().endsWith(".java")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
