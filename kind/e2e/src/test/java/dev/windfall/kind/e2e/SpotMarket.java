package dev.windfall.kind.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The spot offers of a market file, read without any of Windfall's own code, which they judge.
 *
 * @param offers by zone, type and capacity, as {@code eu-central-1a.g6.xlarge.spot}
 */
record SpotMarket(Map<String, Offer> offers) {
  private static final ObjectMapper JSON = new ObjectMapper();

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

  /**
   * The least that machines for these pods can cost, USD per hour. Exact: every set of pods is the
   * best machine for some of them, and the rest. Pods need only fit by their GPUs.
   *
   * @param pods the GPUs of each; few, as the work triples with each pod
   */
  double optimum(List<Integer> pods) {
    double[] least = new double[1 << pods.size()];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    least[0] = 0;
    for (int set = 1; set < least.length; set++) {
      for (int together = set; together > 0; together = (together - 1) & set) {
        double machine = cheapest(gpus(pods, together));
        least[set] = Math.min(least[set], machine + least[set & ~together]);
      }
    }
    return least[least.length - 1];
  }

  private double cheapest(int gpus) {
    return offers.values().stream()
        .filter(offer -> offer.gpus() >= gpus)
        .mapToDouble(Offer::usdPerHour)
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private static int gpus(List<Integer> pods, int set) {
    int sum = 0;
    for (int i = 0; i < pods.size(); i++) {
      sum += (set >> i & 1) * pods.get(i);
    }
    return sum;
  }
}
