package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/**
 * What a Lease says.
 *
 * @param holder empty when nobody holds it
 * @param duration how long others must see it unchanged before they may take it
 * @param renewed by the holder's wall clock
 * @param transitions how often the holder has changed
 * @param resourceVersion empty when it is not in the cluster yet
 */
record LeaseRecord(
    String holder,
    Duration duration,
    Instant acquired,
    Instant renewed,
    int transitions,
    String resourceVersion) {
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** A lease that somebody else wrote may lack anything. */
  static LeaseRecord read(JsonNode lease) {
    JsonNode spec = lease.path("spec");
    return new LeaseRecord(
        spec.path("holderIdentity").asText(""),
        Duration.ofSeconds(spec.path("leaseDurationSeconds").asInt(0)),
        instant(spec.path("acquireTime")),
        instant(spec.path("renewTime")),
        spec.path("leaseTransitions").asInt(0),
        lease.path("metadata").path("resourceVersion").asText(""));
  }

  /** The object to write; it carries the version it was decided on. */
  ObjectNode manifest(Key key) {
    ObjectNode lease = Json.object();
    ObjectNode metadata =
        lease.putObject("metadata").put("name", key.name()).put("namespace", key.namespace());
    if (!resourceVersion.isEmpty()) {
      metadata.put("resourceVersion", resourceVersion);
    }
    lease
        .putObject("spec")
        .put("holderIdentity", holder)
        .put("leaseDurationSeconds", duration.toSeconds())
        .put("acquireTime", microTime(acquired))
        .put("renewTime", microTime(renewed))
        .put("leaseTransitions", transitions);
    return lease;
  }

  static String microTime(Instant instant) {
    return MICRO_TIME.format(instant);
  }

  private static Instant instant(JsonNode text) {
    try {
      return Instant.parse(text.asText(""));
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}
