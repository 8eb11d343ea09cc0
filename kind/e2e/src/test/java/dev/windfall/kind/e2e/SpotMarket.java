package dev.windfall.kind.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The spot offers of a market file, read without any of Windfall's own code, which they judge.
 *
 * @param offers by zone, type and capacity, as {@code eu-central-1a.g6.xlarge.spot}
 */
record SpotMarket(Map<String, Offer> offers) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<Integer> SIZES = List.of(8, 4, 2, 1);
  private static final int LARGEST = 8;

  /** A machine that can be rented, any number of times. */
  record Offer(int gpus, double usdPerHour) {}

  static SpotMarket read(Path file) {
    try {
      Object yaml = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
      Map<String, Offer> offers = new TreeMap<>();
      for (JsonNode offer : JSON.valueToTree(yaml).path("offers")) {
        if (offer.path("capacity").asText().equals("spot")) {
          String key = offer.path("zone").asText() + "." + offer.path("instanceType").asText();
          offers.put(
              key + ".spot",
              new Offer(
                  offer.at("/gpu/count").asInt(),
                  Double.parseDouble(offer.path("usdPerHour").asText())));
        }
      }
      return new SpotMarket(offers);
    } catch (IOException e) {
      throw new AssertionError("reading the market", e);
    }
  }

  /** What the machine under a node costs, USD per hour. */
  double price(JsonNode node) {
    JsonNode labels = node.at("/metadata/labels");
    String key =
        String.join(
            ".",
            labels.path("topology.kubernetes.io/zone").asText(),
            labels.path("node.kubernetes.io/instance-type").asText(),
            labels.path("karpenter.sh/capacity-type").asText());
    Offer offer = offers.get(key);
    if (offer == null) {
      throw new AssertionError("no spot offer %s; there are %s".formatted(key, offers.keySet()));
    }
    return offer.usdPerHour();
  }

  /** The same with other prices, or without an offer. */
  SpotMarket with(Map<String, Double> prices, List<String> refused) {
    Map<String, Offer> changed = new TreeMap<>(offers);
    prices.forEach((key, price) ->
        changed.computeIfPresent(key, (k, offer) -> new Offer(offer.gpus(), price)));
    changed.keySet().removeAll(refused);
    return new SpotMarket(changed);
  }

  /**
   * The least that machines for these pods can cost, USD per hour. Exact: every multiset of sizes
   * is the best machine for some of them, and the rest. Pods need only fit by their GPUs.
   *
   * @param pods the GPUs of each
   */
  double optimum(Collection<Integer> pods) {
    return least(counted(pods), new HashMap<>());
  }

  private static List<Integer> counted(Collection<Integer> pods) {
    List<Integer> counts = new ArrayList<>();
    for (int size : SIZES) {
      counts.add((int) pods.stream().filter(pod -> pod == size).count());
    }
    if (counts.stream().mapToInt(Integer::intValue).sum() != pods.size()) {
      throw new AssertionError("only pods of %s GPUs: %s".formatted(SIZES, pods));
    }
    return counts;
  }

  private double least(List<Integer> counts, Map<List<Integer>, Double> known) {
    if (counts.stream().allMatch(count -> count == 0)) {
      return 0;
    }
    Double before = known.get(counts);
    if (before == null) {
      double[] least = {Double.POSITIVE_INFINITY};
      machines(
          counts,
          0,
          0,
          new ArrayList<>(counts),
          (gpus, rest) -> least[0] = Math.min(least[0], cheapest(gpus) + least(rest, known)));
      before = least[0];
      known.put(counts, before);
    }
    return before;
  }

  /** Every set of pods that one machine may hold, with what is left. */
  private void machines(
      List<Integer> counts,
      int size,
      int gpus,
      List<Integer> rest,
      BiConsumer<Integer, List<Integer>> found) {
    if (size == SIZES.size()) {
      if (gpus > 0) {
        found.accept(gpus, List.copyOf(rest));
      }
      return;
    }
    for (int n = 0; n <= counts.get(size) && gpus + n * SIZES.get(size) <= LARGEST; n++) {
      List<Integer> less = new ArrayList<>(rest);
      less.set(size, counts.get(size) - n);
      machines(counts, size + 1, gpus + n * SIZES.get(size), less, found);
    }
  }

  private double cheapest(int gpus) {
    return offers.values().stream()
        .filter(offer -> offer.gpus() >= gpus)
        .mapToDouble(Offer::usdPerHour)
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }
}
