package dev.windfall.server;

import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.UnreadableException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a directory's files, which are one set: taken whole or not at all. Whatever is
 * wrong with them, those that were taken last stay in force. Owned by one thread.
 *
 * <p>The files are small, so they are read each time: that says more surely than their times
 * whether they have changed. Files that are being written, or replaced one after the other, may
 * make a set that nobody meant, so what was found counts once it is found twice.
 *
 * <p>A directory without any file is never taken for a set. It may be that somebody deleted all of
 * them, but it is also what a volume that was not mounted looks like, and then nobody would be
 * bound to anything. Who wants no policy leaves a file with a comment, or names no directory.
 */
final class PolicyFiles {
  private static final System.Logger LOG = System.getLogger(PolicyFiles.class.getName());
  private static final int MOST = 1000;
  private static final long MAX_CHARACTERS = 16 << 20;

  private final Path directory;
  private @Nullable Look seen;
  private @Nullable Look judged;
  private Optional<List<SpotPolicy>> taken = Optional.empty();
  private String problem = "";

  /**
   * What was found at one moment.
   *
   * @param trouble why the files could not be read; empty: they could
   */
  private record Look(Map<String, String> texts, String trouble) {}

  PolicyFiles(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /** What is in force; empty: none could be taken yet. */
  Optional<List<SpotPolicy>> policies() {
    return taken;
  }

  /** Why the files as they are now are not in force; empty: they are, or were just changed. */
  String problem() {
    return problem;
  }

  /** Looks once. What has changed counts at the next look, if it still looks the same. */
  void look() {
    Look found = found();
    boolean steady = found.equals(seen);
    seen = found;
    if (steady && !found.equals(judged)) {
      judged = found;
      judge(found);
    }
  }

  private Look found() {
    Map<String, String> texts = new TreeMap<>();
    Path at = directory;
    try {
      if (Files.notExists(directory)) {
        return new Look(Map.of(), "there is no such directory");
      }
      List<Path> files = DocumentFiles.in(directory);
      if (files.size() > MOST) {
        return new Look(Map.of(), "holds more than " + MOST + " files");
      }
      long characters = 0;
      for (Path file : files) {
        at = file;
        String text = DocumentFiles.text(file);
        characters += text.length();
        if (characters > MAX_CHARACTERS) {
          return new Look(Map.of(), "holds more than " + MAX_CHARACTERS + " characters");
        }
        texts.put(file.toString(), text);
      }
      return new Look(texts, "");
    } catch (IOException e) {
      return new Look(Map.of(), (at.equals(directory) ? "" : at + ": ") + DocumentFiles.why(e));
    }
  }

  private void judge(Look found) {
    if (!found.trouble().isEmpty()) {
      refuse(found.trouble());
    } else if (found.texts().isEmpty()) {
      refuse(
          "holds no "
              + DocumentFiles.ENDINGS
              + "; for no policy at all leave one with a comment, or set policies.directory to"
              + " \"\"");
    } else {
      try {
        List<SpotPolicy> read = SpotPolicy.readAll(found.texts());
        taken = Optional.of(read);
        problem = "";
        LOG.log(Level.INFO, "{0}: {1} policies in force", directory, read.size());
      } catch (UnreadableException e) {
        refuse(String.valueOf(e.getMessage()));
      }
    }
  }

  private void refuse(String why) {
    problem = why;
    LOG.log(
        Level.WARNING,
        "policies of {0}: {1}; {2}",
        directory,
        why,
        taken.isPresent()
            ? "those that were read last stay in force"
            : "without them this replica does not become ready");
  }
}
