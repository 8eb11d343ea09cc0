package dev.windfall.kind.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program run to its end, as in a shell. */
final class Command {
  private Command() {}

  /** What it printed and how it ended. */
  record Result(int status, String out, String err) {}

  /** The repository's root, above whatever directory the tests run in. */
  static Path root() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("mvnw"))) {
        return path;
      }
    }
    throw new IllegalStateException("the tests must run inside the repository");
  }

  /** Runs a program and expects it to succeed; what it printed. */
  static String run(
      long seconds, Map<String, String> environment, String input, List<String> words) {
    Result result = attempt(seconds, environment, input, words);
    if (result.status() != 0) {
      throw new AssertionError(
          "%s ended with %d\n%s%s"
              .formatted(String.join(" ", words), result.status(), result.out(), result.err()));
    }
    return result.out();
  }

  static Result attempt(
      long seconds, Map<String, String> environment, String input, List<String> words) {
    try {
      Path out = Files.createTempFile("windfall-e2e", ".out");
      Path err = Files.createTempFile("windfall-e2e", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(words)
              .directory(root().toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            String.join(" ", words)
                + " did not end within "
                + seconds
                + " s\n"
                + Files.readString(err));
      }
      Result result = new Result(process.exitValue(), Files.readString(out), Files.readString(err));
      Files.delete(out);
      Files.delete(err);
      return result;
    } catch (IOException e) {
      throw new AssertionError("running " + words, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("running " + words, e);
    }
  }
}
