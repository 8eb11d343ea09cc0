package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.market.Index;
import dev.windfall.market.MachineCost;
import dev.windfall.market.Node;
import dev.windfall.market.Objections;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Scores in words and numbers, best first, as JSON. */
final class Explanation {
  private final Scores scores;
  private final Optional<Objections> objections;
  private final PriceBook book;
  private final Instant now;
  private final BitSet sent = new BitSet();
  private final double cheapest;
  private final Room room;

  private Explanation(Scores scores, Optional<Objections> objections, PriceBook book, Instant now) {
    this.scores = scores;
    this.objections = objections;
    this.book = book;
    this.now = now;
    room = new Room(scores.nodes(), scores.pod().asks());
    for (int one : scores.sent()) {
      sent.set(one);
    }
    cheapest =
        IntStream.range(0, scores.size())
            .mapToDouble(scores::index)
            .filter(index -> index > 0)
            .min()
            .orElse(0);
  }

  /**
   * The explanation of {@code scores}.
   *
   * @param wish of the pod; a node that breaks it is said to
   */
  static byte[] of(Scores scores, Optional<Request> wish, PriceBook book, Instant now) {
    Explanation explanation = new Explanation(scores, wish.map(Objections::new), book, now);
    ByteArrayOutputStream out = new ByteArrayOutputStream(8 << 10);
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      explanation.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  private void write(JsonGenerator json) throws IOException {
    GpuCounts asks = scores.pod().asks();
    int known = scores.nodes().size();
    json.writeStartObject();
    json.writeStringField("bookVersion", book.version());
    json.writeStringField("observedAt", now.toString());
    json.writeNumberField("offers", book.offers().size());
    json.writeNumberField("nodesKnown", known);
    json.writeNumberField("nodesWithoutRoom", known - Room.slots(scores.nodes(), asks).length);
    counts("asks", asks, json);
    json.writeNumberField("lostWorkHours", scores.lostHours());
    json.writeArrayFieldStart("nodes");
    // The order in which they are named is kept among equals.
    int[] bestFirst =
        IntStream.range(0, scores.size())
            .boxed()
            .sorted(
                Comparator.<Integer>comparingInt(i -> -scores.score(i))
                    .thenComparingDouble(scores::index))
            .mapToInt(i -> i)
            .toArray();
    for (int i : bestFirst) {
      node(i, json);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** What is not known is null, so that every node has the same fields. */
  private void node(int i, JsonGenerator json) throws IOException {
    int slot = scores.question().slot(i);
    Optional<Node> node = slot < 0 ? Optional.empty() : Optional.of(scores.nodes().node(slot));
    Optional<OfferKey> offer = node.flatMap(Node::offer);
    json.writeStartObject();
    json.writeStringField("node", Json.whole(scores.question().name(i, scores.nodes().names())));
    json.writeBooleanField("known", node.isPresent());
    json.writeNumberField("score", scores.score(i));
    json.writeBooleanField("sent", sent.get(i));
    json.writeStringField("offer", offer.map(OfferKey::toString).orElse(null));
    json.writeStringField("zone", offer.map(OfferKey::zone).orElse(null));
    json.writeStringField("instanceType", offer.map(OfferKey::instanceType).orElse(null));
    json.writeStringField("capacity", offer.map(key -> key.capacity().text()).orElse(null));
    counts("gpus", node.map(Node::gpus).orElse(GpuCounts.NONE), json);
    number("usedWithPod", slot < 0 ? Double.NaN : scores.usedWith(slot), json);
    number("usable", slot < 0 ? Double.NaN : room.usable(slot), json);
    json.writeBooleanField("hasRoom", slot >= 0 && room.has(slot));
    cost(i, slot, json);
    json.writeStringField(
        "breaksWish",
        node.isEmpty()
            ? null
            : objections.flatMap(against -> against.to(offer, book)).orElse(null));
    json.writeStringField("why", why(i, slot));
    json.writeEndObject();
  }

  private void cost(int i, int slot, JsonGenerator json) throws IOException {
    Optional<MachineCost> cost = Optional.ofNullable(scores.cost(slot));
    Optional<Index> index = cost.map(one -> one.over(scores.usedWith(slot), scores.lostHours()));
    number("usdPerHour", cost.map(MachineCost::usdPerHour).orElse(Double.NaN), json);
    number("usdPerGpuHour", index.map(Index::usdPerGpuHour).orElse(Double.NaN), json);
    number("expectedLoss", index.map(Index::expectedLoss).orElse(Double.NaN), json);
    number("index", scores.index(i), json);
    number("ageSeconds", cost.map(this::age).orElse(Double.NaN), json);
  }

  /** A price that its source vouches for is as of now. */
  private double age(MachineCost cost) {
    return cost.observedSecond() == Long.MAX_VALUE
        ? 0
        : Math.max(0, now.getEpochSecond() - cost.observedSecond());
  }

  private static void number(String field, double number, JsonGenerator json) throws IOException {
    if (Double.isFinite(number)) {
      json.writeNumberField(field, rounded(number));
    } else {
      json.writeNullField(field);
    }
  }

  private static double rounded(double number) {
    return Math.rint(number * 1e6) / 1e6;
  }

  private static void counts(String field, GpuCounts counts, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart(field);
    for (var each : counts.byResource().entrySet()) {
      json.writeNumberField(Json.whole(each.getKey()), each.getValue());
    }
    json.writeEndObject();
  }

  private String why(int i, int slot) {
    if (slot < 0) {
      return "no GPU node of this name is known" + unsent(i);
    }
    return (room.has(slot) ? "" : "too few of its GPUs are free; else ")
        + price(i, slot)
        + unsent(i);
  }

  private String unsent(int i) {
    return sent.get(i) ? "" : "; not sent, which counts as 0";
  }

  private String price(int i, int slot) {
    Optional<OfferKey> offer = scores.nodes().offer(slot);
    if (scores.cost(slot) == null) {
      return offer
          .map(key -> "price unknown: no source has the offer " + key)
          .orElse("price unknown: its labels do not say what it was rented as");
    }
    double index = scores.index(i);
    String left = scores.leavesSome(slot) ? ", and GPUs stay free: one level less" : "";
    if (index == 0) {
      return "paid for anyway" + left;
    }
    if (index == cheapest) {
      return "the cheapest" + left;
    }
    return String.format(Locale.ROOT, "%.2f times the cheapest", index / cheapest) + left;
  }
}
