package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.market.Node;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Instants;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Keys;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What this loop needs to know of a node.
 *
 * @param rung the rung that it says it is of; empty: others launched it
 * @param labelled whether it says by Windfall's own label what it was rented as
 * @param offer what it was rented as, by whichever label; empty: nobody says it
 * @param retiring whether it has the taint that keeps new work off
 * @param gpus whether pods can use GPUs there
 * @param replacing empty: it is not being emptied for a cheaper machine
 * @param leftInPeace whether it says that it must not be disrupted
 */
public record LiveNode(
    String name,
    String uid,
    String rung,
    boolean labelled,
    Optional<OfferKey> offer,
    boolean retiring,
    boolean gpus,
    Optional<Instant> created,
    boolean deleting,
    Optional<Replacing> replacing,
    boolean leftInPeace) {

  /** The taint of a node that gets no new work. */
  public static final String RETIRING = Keys.PREFIX + "retiring";

  /** Its effect: what runs there goes on. */
  static final String NO_SCHEDULE = "NoSchedule";

  /**
   * Reads a node from a stream. A {@link dev.windfall.cluster.Decoder}.
   *
   * @return null for one that has no GPUs and is no rung's
   * @throws IOException when the stream breaks
   */
  public static @Nullable LiveNode read(JsonParser parser) throws IOException {
    LiveNode node = new Reader(new JsonPull(parser)).read();
    return node.gpus || !node.rung.isEmpty() ? node : null;
  }

  Reference reference() {
    return new Reference(Resource.NODES, Key.of(name), uid);
  }

  /** What has been read so far. */
  private static final class Reader {
    private final JsonPull json;
    private final Map<String, String> labels = new HashMap<>();
    private String name = "";
    private String uid = "";
    private Optional<Instant> created = Optional.empty();
    private boolean deleting;
    private boolean retiring;
    private boolean gpus;
    private boolean leftInPeace;
    private Optional<Replacing> replacing = Optional.empty();

    private Reader(JsonPull json) {
      this.json = json;
    }

    LiveNode read() throws IOException {
      json.object(field -> {
        switch (field) {
          case "metadata" -> json.object(this::metadata);
          case "spec" -> json.object(this::spec);
          case "status" -> json.object(this::status);
          default -> json.skip();
        }
      });
      return new LiveNode(
          name,
          uid,
          labels.getOrDefault(Keys.RUNG, ""),
          labels.containsKey(Keys.OFFER),
          Node.rentedAs(labels),
          retiring,
          gpus,
          created,
          deleting,
          replacing,
          leftInPeace);
    }

    private void metadata(String field) throws IOException {
      switch (field) {
        case "name" -> name = json.text();
        case "uid" -> uid = json.text();
        case "creationTimestamp" -> created = Instants.parse(json.text());
        case "deletionTimestamp" -> deleting = true;
        case "labels" -> json.object(label -> labels.put(label, json.text()));
        case "annotations" -> json.object(this::annotation);
        default -> json.skip();
      }
    }

    private void annotation(String key) throws IOException {
      switch (key) {
        case Replacing.ANNOTATION -> replacing = Optional.of(Replacing.read(json.text()));
        case Keys.KARPENTER_DO_NOT_DISRUPT -> leftInPeace = json.text().equals("true");
        default -> json.skip();
      }
    }

    private void spec(String field) throws IOException {
      if (field.equals("taints")) {
        json.each(this::taint);
      } else {
        json.skip();
      }
    }

    private void taint() throws IOException {
      Map<String, String> taint = new HashMap<>();
      json.object(field -> taint.put(field, json.text()));
      retiring |=
          taint.getOrDefault("key", "").equals(RETIRING)
              && taint.getOrDefault("effect", "").equals(NO_SCHEDULE);
    }

    private void status(String field) throws IOException {
      if (field.equals("allocatable")) {
        json.object(resource -> {
          // Shares of GPUs count: whoever shares them out has them.
          gpus |= GpuCounts.counts(resource) && json.quantity() > 0;
        });
      } else {
        json.skip();
      }
    }
  }
}
