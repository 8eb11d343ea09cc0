package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonGenerator;
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

  private Explanation(Scores scores, Optional<Objections> objections, PriceBook book, Instant now) {
    this.scores = scores;
    this.objections = objections;
    this.book = book;
    this.now = now;
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
    json.writeStartObject();
    json.writeStringField("bookVersion", book.version());
    counts("asks", scores.pod().asks(), json);
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

  private void node(int i, JsonGenerator json) throws IOException {
    int slot = scores.question().slot(i);
    json.writeStartObject();
    json.writeStringField("node", Json.whole(scores.question().name(i, scores.nodes().names())));
    json.writeNumberField("score", scores.score(i));
    json.writeBooleanField("sent", sent.get(i));
    if (slot >= 0) {
      Node node = scores.nodes().node(slot);
      counts("gpus", node.gpus(), json);
      if (node.offer().isPresent()) {
        json.writeStringField("offer", node.offer().get().toString());
      }
      MachineCost cost = scores.cost(slot);
      if (cost != null) {
        cost(i, slot, cost, json);
      }
      Optional<String> objection = objections.flatMap(against -> against.to(node.offer(), book));
      if (objection.isPresent()) {
        json.writeStringField("breaksWish", objection.get());
      }
    }
    json.writeStringField("why", why(i, slot));
    json.writeEndObject();
  }

  private void cost(int i, int slot, MachineCost cost, JsonGenerator json) throws IOException {
    double usedWith = scores.usedWith(slot);
    json.writeNumberField("usdPerHour", cost.usdPerHour());
    json.writeNumberField("usedWithPod", rounded(usedWith));
    json.writeNumberField("usdPerGpuHour", rounded(cost.usdPerHour() / usedWith));
    json.writeNumberField("expectedLoss", rounded(cost.loss(scores.lostHours()) / usedWith));
    json.writeNumberField("index", rounded(scores.index(i)));
    if (cost.observedSecond() != Long.MAX_VALUE) {
      json.writeNumberField(
          "ageSeconds", Math.max(0, now.getEpochSecond() - cost.observedSecond()));
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
    String price = slot < 0 ? "no GPU node of this name is known" : price(i, slot);
    return sent.get(i) ? price : price + "; not sent, which counts as 0";
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
