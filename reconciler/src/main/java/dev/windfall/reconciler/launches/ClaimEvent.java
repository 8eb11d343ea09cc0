package dev.windfall.reconciler.launches;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.Instants;
import dev.windfall.policies.JsonPull;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Karpenter said of a NodeClaim. It outlives the claim, which is gone as soon as there is no
 * capacity for it, and has no condition that says so.
 *
 * @param name its own
 * @param claim the NodeClaim's
 * @param at to the second, when it was last said
 */
public record ClaimEvent(String name, String claim, Kind kind, Instant at) {
  /** Events of what has no namespace are written there. */
  public static final Selection SELECTION =
      new Selection("default", "", "regarding.kind=NodeClaim");

  /** What is said. */
  public enum Kind {
    /** There was none to be had. */
    NO_CAPACITY,
    /** The account may not have more. */
    OVER_QUOTA,
    /** Its node class was not ready: the offer was not tried. */
    NOT_TRIED,
    /** Its machine is being taken away. */
    INTERRUPTED
  }

  /**
   * EC2's codes for what is a limit of the account, which Karpenter calls insufficient capacity
   * too.
   */
  private static final Pattern QUOTA =
      Pattern.compile(
          "MaxSpotInstanceCountExceeded|VcpuLimitExceeded|InstanceLimitExceeded|QuotaExceeded");

  /** Of several errors of one launch, it says that something was allowed and not there. */
  private static final String NOT_THERE = "InsufficientInstanceCapacity";

  /**
   * Reads an Event from a stream. A {@link dev.windfall.cluster.Decoder}.
   *
   * @return null for one that says nothing of this
   * @throws IOException when the stream breaks
   */
  public static @Nullable ClaimEvent read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    Map<String, String> fields = new HashMap<>();
    json.object(field -> {
      switch (field) {
        case "metadata" -> json.object(key -> fields.put("metadata." + key, json.text()));
        case "regarding" -> json.object(key -> fields.put("regarding." + key, json.text()));
        default -> fields.put(field, json.text());
      }
    });
    if (!fields.getOrDefault("regarding.kind", "").equals("NodeClaim")) {
      return null;
    }
    Optional<Kind> kind = kind(fields.getOrDefault("reason", ""), fields.getOrDefault("note", ""));
    Optional<Instant> at =
        Stream.of("deprecatedLastTimestamp", "eventTime", "metadata.creationTimestamp")
            .flatMap(field -> Instants.parse(fields.getOrDefault(field, "")).stream())
            .findFirst();
    return kind.isEmpty() || at.isEmpty()
        ? null
        : new ClaimEvent(
            fields.getOrDefault("metadata.name", ""),
            fields.getOrDefault("regarding.name", ""),
            kind.get(),
            at.get());
  }

  private static Optional<Kind> kind(String reason, String note) {
    return switch (reason) {
      case "InsufficientCapacityError" ->
          Optional.of(
              QUOTA.matcher(note).find() && !note.contains(NOT_THERE)
                  ? Kind.OVER_QUOTA
                  : Kind.NO_CAPACITY);
      case "NodeClassNotReady" -> Optional.of(Kind.NOT_TRIED);
      case "SpotInterrupted" -> Optional.of(Kind.INTERRUPTED);
      default -> Optional.empty();
    };
  }
}
