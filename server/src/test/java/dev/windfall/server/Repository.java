package dev.windfall.server;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the sources are. */
final class Repository {
  private Repository() {}

  /** The directory above the module that the tests run in. */
  static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("mvnw"))) {
        return path;
      }
    }
    throw new IllegalStateException("the tests must run inside the repository");
  }
}
