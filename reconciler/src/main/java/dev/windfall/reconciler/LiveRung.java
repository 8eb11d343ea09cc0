package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import java.io.IOException;
import java.util.Optional;

/**
 * A NodePool as the API server has it.
 *
 * @param object the whole of it, since a write has to be checked against all of its template; not
 *     to be changed
 */
public record LiveRung(ObjectNode object) {
  /** The annotation that says why a rung is closed. A rung without it is open. */
  public static final String CLOSED = Keys.PREFIX + "closed";

  /** The annotation of a wide rung: the group of which it may buy any offer that it lists. */
  public static final String WIDE = Keys.PREFIX + "wide";

  /** The annotation that says for a person what a wide rung lists. */
  public static final String OFFERS = Keys.PREFIX + "offers";

  /** The annotation that says how many GPUs one of its machines has. */
  public static final String GPUS = Keys.PREFIX + "gpus";

  /**
   * Reads a NodePool from a stream. A {@link Decoder}.
   *
   * @throws IOException when the stream breaks or no object stands there
   */
  public static LiveRung read(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    if (object == null) {
      throw new IOException("a NodePool is expected");
    }
    return new LiveRung(object);
  }

  public String name() {
    return metadata().path("name").asText();
  }

  public String uid() {
    return metadata().path("uid").asText();
  }

  public String resourceVersion() {
    return metadata().path("resourceVersion").asText();
  }

  public boolean deleting() {
    return metadata().has("deletionTimestamp");
  }

  /** The SpotPool it was made for; empty when it is nobody's, and then not Windfall's to touch. */
  public Optional<String> pool() {
    JsonNode pool = metadata().path("labels").path(Keys.POOL);
    return pool.isTextual() ? Optional.of(pool.asText()) : Optional.empty();
  }

  /**
   * The one offer that it buys; empty for a wide rung, which buys any of several, and when a hand
   * has removed that.
   */
  public Optional<OfferKey> offer() {
    String label = object.at("/spec/template/metadata/labels").path(Keys.OFFER).asText("");
    return annotation(Keys.OFFER).flatMap(OfferKey::parse).or(() -> OfferKey.parse(label));
  }

  /** Whether it buys any offer of a group. */
  public boolean wide() {
    return annotation(WIDE).isPresent();
  }

  /** The offer, or the group, that it buys; empty when a hand has removed that. */
  public Optional<String> what() {
    return offer().map(OfferKey::toString).or(() -> annotation(WIDE));
  }

  /** GPUs of one machine; 0 when a hand has removed that. */
  public int gpus() {
    return annotation(GPUS)
        .filter(text -> text.matches("[0-9]{1,4}"))
        .map(Integer::parseInt)
        .orElse(0);
  }

  /** Why it is closed; empty while it is open. */
  public Optional<String> closed() {
    return annotation(CLOSED);
  }

  public Optional<String> annotation(String key) {
    JsonNode value = metadata().path("annotations").path(key);
    return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
  }

  public Reference reference() {
    return new Reference(Resource.NODEPOOLS, Key.of(name()), uid());
  }

  private JsonNode metadata() {
    return object.path("metadata");
  }
}
