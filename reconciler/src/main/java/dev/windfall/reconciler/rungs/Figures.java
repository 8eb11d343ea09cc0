package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Request;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LivePool;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The numbers of one pool's status. One that follows the market is written again when it has moved
 * by more than the pool's hysteresis, so that noise is not written.
 */
final class Figures {
  private final View view;
  private final Costs costs;
  private final LivePool pool;
  private final List<Standing> standings;
  private final double band;

  Figures(View view, Costs costs, LivePool pool, List<Standing> standings) {
    this.view = view;
    this.costs = costs;
    this.pool = pool;
    this.standings = standings;
    this.band = band(pool);
  }

  static double band(LivePool pool) {
    return pool.pool().map(SpotPool::ranking).map(SpotPool.Ranking::hysteresis).orElse(0.0);
  }

  void into(ObjectNode status) {
    int nodes = standings.stream().mapToInt(Standing::nodes).sum();
    int gpus = standings.stream().mapToInt(each -> each.nodes() * each.gpus()).sum();
    long micros = view.rungsOf(pool.name()).stream().mapToLong(costs::now).sum();
    // Another number of machines is no noise.
    boolean same =
        pool.status().path("nodes").asInt() == nodes && pool.status().path("gpus").asInt() == gpus;
    status.put("nodes", nodes);
    status.put("gpus", gpus);
    status.put(
        "usdPerHour", steady(pool.status().path("usdPerHour"), dollars(micros), same ? band : 0));
    status.set("rungs", rungs());
  }

  private ArrayNode rungs() {
    ArrayNode rungs = JsonNodeFactory.instance.arrayNode();
    for (Standing standing : standings) {
      ObjectNode rung = rungs.addObject();
      rung.put("name", standing.name());
      rung.put("offer", standing.offer());
      standing.price().map(Usd::toString).ifPresent(price -> rung.put("usdPerGpuHour", price));
      Optional<OfferKey> offer = OfferKey.parse(standing.offer());
      offer
          .flatMap(key -> view.book().index(key, Math.max(1, standing.gpus()), Request.LOST_WORK))
          .map(index -> String.format(Locale.ROOT, "%.4f", index.value()))
          .ifPresent(
              index -> rung.put("index", steady(before(standing).path("index"), index, band)));
      offer
          .flatMap(view.book()::find)
          .ifPresent(known ->
              known.placementScore().ifPresent(score -> rung.put("placementScore", score)));
      rung.put("weight", standing.weight());
      rung.put("state", standing.state().toString());
      if (!standing.remark().isEmpty()) {
        rung.put("reason", standing.remark());
      }
      rung.put("nodes", standing.nodes());
    }
    return rungs;
  }

  private JsonNode before(Standing standing) {
    for (JsonNode rung : pool.status().path("rungs")) {
      if (rung.path("name").asText().equals(standing.name())) {
        return rung;
      }
    }
    return JsonNodeFactory.instance.missingNode();
  }

  /** Millionths of a dollar, as dollars. */
  static String dollars(long micros) {
    return String.format(Locale.ROOT, "%.4f", micros / 1e6);
  }

  /** What was written, if {@code now} has not moved by more than {@code band} since. */
  static String steady(JsonNode written, String now, double band) {
    double before = written.asDouble(Double.NaN);
    return Math.abs(Double.parseDouble(now) - before) <= before * band ? written.asText() : now;
  }
}
