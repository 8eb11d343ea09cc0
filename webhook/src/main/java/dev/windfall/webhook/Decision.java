package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Request;
import java.math.BigDecimal;
import java.util.List;

/**
 * Why a pod was given what it was given: the annotation {@code windfall.dev/decision}, for people
 * and for {@code windfall explain}. Anyone can write one, so nothing ever acts on it.
 *
 * @param policies those that hold for the pod
 * @param book the version of the book that was asked
 * @param cheapest of the offers granted, or the one that nearly was, the cheapest first
 */
record Decision(
    List<String> policies, Request asked, Granted granted, String book, List<Ranked> cheapest) {
  /** At most this many offers are told. */
  private static final int OFFERS = 3;

  /** At most this many names of a list are told. */
  private static final int NAMES = 2;

  /** The longest text of a decision, in characters. */
  static final int MAX_LENGTH = 1024;

  /** What it came to. */
  enum Granted {
    OFFERS("offers"),
    ANY_RUNG("any rung"),
    LABELS("labels"),
    WAIT("wait"),
    BURST("burst");

    private final String text;

    Granted(String text) {
      this.text = text;
    }
  }

  /** Compact JSON, ASCII or not, of at most {@value #MAX_LENGTH} characters. */
  String text() {
    ObjectNode decision = Json.object();
    names(decision, "policies", policies);
    ObjectNode wish = decision.putObject("asked").put("spot", asked.spot().toString());
    if (!asked.onDemand()) {
      wish.put("onDemand", false);
    }
    asked.maxPricePerGpu().ifPresent(cap -> wish.put("maxPricePerGpu", cap.toString()));
    names(wish, "gpuModels", asked.gpuModels());
    asked.minGpuMemory().ifPresent(memory -> wish.put("minGpuMemory", memory.toString()));
    names(wish, "providers", asked.providers());
    names(wish, "zones", asked.zones());
    decision.put("granted", granted.text).put("book", book);
    ArrayNode told = decision.putArray("cheapest");
    cheapest.stream()
        .limit(OFFERS)
        .forEach(ranked ->
            told.addObject()
                .put("offer", ranked.offer().key().toString())
                .put(
                    "usdPerGpuHour",
                    new BigDecimal(
                        ranked.offer().usdPerHour().each(ranked.usableGpus()).toString())));
    String text = Json.text(decision);
    while (text.length() > MAX_LENGTH && !told.isEmpty()) {
      told.remove(told.size() - 1);
      text = Json.text(decision);
    }
    return text;
  }

  /** A list of names, of which the last says how many more there are; none where it is empty. */
  private static void names(ObjectNode parent, String field, List<String> names) {
    if (names.isEmpty()) {
      return;
    }
    ArrayNode told = parent.putArray(field);
    names.stream().limit(NAMES).forEach(told::add);
    if (names.size() > NAMES) {
      told.add("and " + (names.size() - NAMES) + " more");
    }
  }
}
