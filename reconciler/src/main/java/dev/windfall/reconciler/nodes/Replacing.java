package dev.windfall.reconciler.nodes;

import dev.windfall.policies.Instants;
import dev.windfall.policies.Keys;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * That a node is being emptied for a cheaper machine: what its annotation says, so that whoever
 * leads next goes on with it and begins with no other.
 *
 * @param since when that was decided; long ago, where a hand has spoilt it
 * @param rungs from which what runs there is expected to get its next machines
 */
record Replacing(Instant since, List<String> rungs) {
  static final String ANNOTATION = Keys.PREFIX + "replacing";

  Replacing {
    since = since.truncatedTo(ChronoUnit.SECONDS);
    rungs = List.copyOf(rungs);
  }

  static Replacing read(String text) {
    List<String> words = Arrays.asList(text.split(" "));
    return new Replacing(
        Instants.parse(words.getFirst()).orElse(Instant.EPOCH), words.subList(1, words.size()));
  }

  /** The same as it counts now: another clock, or a hand, wrote what is still to come. */
  Replacing asOf(Instant now) {
    return since.isAfter(now) ? new Replacing(Instant.EPOCH, rungs) : this;
  }

  String text() {
    return String.join(" ", Stream.concat(Stream.of(since.toString()), rungs.stream()).toList());
  }
}
