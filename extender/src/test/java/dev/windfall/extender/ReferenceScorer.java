package dev.windfall.extender;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Scores once more, from what is written about scores and with nothing of what makes them: a tree
 * of JSON, a map, and arithmetic as on paper. Slow, and meant to be read beside the documentation.
 *
 * <p>It has no answer where it is not written what the answer is: to bodies with a key twice, and
 * to quantities that nobody writes.
 */
final class ReferenceScorer {
  private static final ObjectMapper STRICT =
      new ObjectMapper(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(100).maxNumberLength(40).build())
              .build());

  private static final double STEP = 1.2;

  private final FuzzWorld world;

  ReferenceScorer(FuzzWorld world) {
    this.world = world;
  }

  /**
   * What a call says.
   *
   * @param asks by resource
   * @param names empty: there is no list of them
   */
  record Call(Map<String, Integer> asks, Optional<List<String>> names) {}

  /** What somebody is expected to answer for a host. */
  record Score(String host, int score) {}

  /** The call that {@code body} is; empty when it is none, or one that nothing is written about. */
  static Optional<Call> call(byte[] body) {
    JsonNode args;
    try {
      args = STRICT.readTree(body);
    } catch (IOException e) {
      return Optional.empty();
    }
    if (args == null || !args.isObject()) {
      return Optional.empty();
    }
    Map<String, JsonNode> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Map.Entry<String, JsonNode> field : args.properties()) {
      if (fields.put(field.getKey(), field.getValue()) != null) {
        return Optional.empty();
      }
    }
    JsonNode pod = fields.get("Pod");
    if (pod == null || !pod.isObject()) {
      return Optional.empty();
    }
    JsonNode list = fields.get("NodeNames");
    boolean named = list instanceof ArrayNode;
    JsonNode whole = fields.get("Nodes");
    if (!named && whole != null && !whole.isNull()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    if (list instanceof ArrayNode each) {
      for (JsonNode name : each) {
        if (name.isTextual()) {
          names.add(characters(name.textValue()));
        }
      }
    }
    return asks(pod.path("spec"))
        .map(asks -> new Call(asks, named ? Optional.of(names) : Optional.empty()));
  }

  /** Half a surrogate pair can be sent in no answer. */
  private static String characters(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** As the scheduler counts: containers and sidecars, or the largest of the init containers. */
  private static Optional<Map<String, Integer>> asks(JsonNode spec) {
    Map<String, Integer> containers = new TreeMap<>();
    Map<String, Integer> sidecars = new TreeMap<>();
    Map<String, Integer> peaks = new TreeMap<>();
    for (JsonNode container : list(spec.path("containers"))) {
      Map<String, Integer> asks = ofContainer(container);
      if (asks == null) {
        return Optional.empty();
      }
      asks.forEach((resource, count) -> containers.merge(resource, count, Integer::sum));
    }
    for (JsonNode container : list(spec.path("initContainers"))) {
      Map<String, Integer> asks = ofContainer(container);
      if (asks == null) {
        return Optional.empty();
      }
      boolean sidecar = "Always".equals(container.path("restartPolicy").textValue());
      asks.forEach((resource, count) -> {
        int together = sidecars.getOrDefault(resource, 0) + count;
        peaks.merge(resource, together, Math::max);
        if (sidecar) {
          sidecars.put(resource, together);
        }
      });
    }
    sidecars.forEach((resource, count) -> containers.merge(resource, count, Integer::sum));
    peaks.forEach((resource, count) -> containers.merge(resource, count, Math::max));
    return containers.size() > 8 ? Optional.empty() : Optional.of(containers);
  }

  private static JsonNode list(JsonNode node) {
    return node.isArray() ? node : STRICT.createArrayNode();
  }

  /** Null: with a quantity that nobody writes. */
  private static @Nullable Map<String, Integer> ofContainer(JsonNode container) {
    Map<String, Integer> asks = new HashMap<>();
    for (String kind : List.of("limits", "requests")) {
      JsonNode some = container.path("resources").path(kind);
      for (Map.Entry<String, JsonNode> each : some.properties()) {
        String resource = each.getKey();
        if (!resource.equals(FuzzWorld.GPU)
            && !resource.equals(FuzzWorld.SHARED)
            && !resource.startsWith("nvidia.com/mig-")) {
          continue;
        }
        JsonNode count = each.getValue();
        if (count.isNumber() && count.asDouble() == 0) {
          // A tree does not tell -0 from 0.
          return null;
        }
        if (!count.isValueNode() || count.isNull() || count.isBoolean()) {
          asks.put(resource, 0);
        } else if (count.asText().matches("[1-9][0-9]{0,5}|0")) {
          asks.put(resource, Integer.parseInt(count.asText()));
        } else {
          return null;
        }
      }
    }
    asks.values().removeIf(count -> count == 0);
    return asks;
  }

  /**
   * The score of each name, in their order, whether it is sent or not; empty where rounding
   * decides.
   */
  Optional<List<Score>> scores(Map<String, Integer> asks, List<String> names) {
    double[] costs = names.stream().mapToDouble(name -> cost(name, asks)).toArray();
    double cheapest =
        IntStream.range(0, costs.length)
            .mapToDouble(i -> costs[i])
            .filter(cost -> cost > 0)
            .min()
            .orElse(1);
    boolean paidAnyway = IntStream.range(0, costs.length).anyMatch(i -> costs[i] == 0);
    Map<Integer, Integer> below = new LinkedHashMap<>();
    for (int i = 0; i < costs.length; i++) {
      if (Double.isNaN(costs[i])) {
        continue;
      }
      int down = leavesSome(names.get(i), asks) ? 1 : 0;
      if (costs[i] > 0) {
        double levels = Math.log(costs[i] / cheapest) / Math.log(STEP);
        if (costs[i] != cheapest && Math.abs(levels - Math.rint(levels)) < 1e-6) {
          return Optional.empty();
        }
        down += (paidAnyway ? 2 : 0) + (int) Math.min(10, Math.floor(levels));
      }
      below.put(i, down);
    }
    int best = below.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    List<Score> scores = new ArrayList<>();
    for (int i = 0; i < costs.length; i++) {
      Integer down = below.get(i);
      scores.add(new Score(names.get(i), down == null ? 5 : Math.max(0, 10 - (down - best))));
    }
    return Optional.of(scores);
  }

  /** What of {@link #scores} is sent; empty where rounding decides. */
  Optional<List<Score>> sent(Map<String, Integer> asks, List<String> names) {
    Optional<List<Score>> all = scores(asks, names);
    if (names.size() <= 64 || all.isEmpty()) {
      return all;
    }
    if (asks.values().stream().mapToInt(Integer::intValue).sum() > 64) {
      return Optional.empty();
    }
    List<Score> scores = all.get();
    Comparator<Integer> bestFirst =
        Comparator.<Integer>comparingInt(i -> -scores.get(i).score())
            .thenComparingDouble(i -> cost(scores.get(i).host(), asks))
            .thenComparingInt(i -> i);
    return Optional.of(
        IntStream.range(0, scores.size())
            .boxed()
            .sorted(bestFirst)
            .limit(64)
            .sorted()
            .map(scores::get)
            .filter(score -> score.score() > 0)
            .toList());
  }

  /** USD per hour for each that is used of what the pod asks for; NaN: not known. */
  private double cost(String name, Map<String, Integer> asks) {
    FuzzWorld.One node = world.nodes().get(name);
    if (node == null || node.usdPerHour().isEmpty()) {
      return Double.NaN;
    }
    double asked = gpus(node, asks);
    double used = gpus(node, node.used()) + asked;
    int count = asks.values().stream().mapToInt(Integer::intValue).sum();
    return Double.parseDouble(node.usdPerHour().get()) / (used / asked * count);
  }

  private boolean leavesSome(String name, Map<String, Integer> asks) {
    FuzzWorld.One node = requireNonNull(world.nodes().get(name));
    return gpus(node, node.gpus()) - gpus(node, node.used()) - gpus(node, asks) > 1e-6;
  }

  /** How many physical GPUs so many shares are. */
  private static double gpus(FuzzWorld.One node, Map<String, Integer> counts) {
    double sum = 0;
    for (Map.Entry<String, Integer> each : counts.entrySet()) {
      String resource = each.getKey().replaceFirst("\\.shared$", "");
      double share = resource.equals(FuzzWorld.GPU) ? 1 : slices(resource) / 7.0;
      sum += each.getValue() * share / node.replicas().getOrDefault(resource, 1);
    }
    return sum;
  }

  /** Of a MIG resource: 3 of {@code mig-3g.20gb}, 1 of {@code mig-1c.3g.20gb}, 1 of others. */
  private static int slices(String resource) {
    String profile = resource.substring("nvidia.com/mig-".length());
    if (profile.matches("([1-7]c\\.)?[1-7]g\\.[^\\n\\r\\u0085\\u2028\\u2029]*")) {
      return profile.charAt(0) - '0';
    }
    return 1;
  }
}
