package dev.windfall.extender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.market.Basis;
import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.Usd;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrioritizeTest {
  private final List<Offer> offers = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();

  @Test
  void theCheapestNodeScoresTen() {
    node("cheap", 1, "0.40");
    node("dear", 1, "2.00");

    assertEquals(Map.of("cheap", 10, "dear", 2), scores(1, "cheap", "dear"));
  }

  @Test
  void eachLevelIsAFifthDearer() {
    node("cheapest", 1, "1.00");
    node("below-a-fifth", 1, "1.19");
    node("a-fifth", 1, "1.21");
    node("two-fifths", 1, "1.45");
    node("seven-times", 1, "7.00");

    assertEquals(
        Map.of(
            "cheapest", 10, "below-a-fifth", 10, "a-fifth", 9, "two-fifths", 8, "seven-times", 0),
        scores(1, "cheapest", "below-a-fifth", "a-fifth", "two-fifths", "seven-times"));
  }

  @Test
  void thePriceIsCountedOverTheGpusThatWouldBeUsed() {
    node("eight", 8, "4.00");
    node("one", 1, "1.00");

    assertEquals(
        Map.of("one", 10, "eight", 2),
        scores(1, "eight", "one"),
        "alone on eight GPUs: 4.00 for one");

    bound("eight", 7);
    assertEquals(
        Map.of("eight", 10, "one", 7),
        scores(1, "eight", "one"),
        "the eighth of eight: 0.50 for one");
  }

  @Test
  void aFinishedPodUsesNoGpu() {
    node("eight", 8, "4.00");
    node("one", 1, "1.00");
    pods.add(pod("eight", 7, "Succeeded"));

    assertEquals(Map.of("one", 10, "eight", 2), scores(1, "eight", "one"));
  }

  @Test
  void atOnePriceForAGpuTheNodeThatThePodFillsWins() {
    node("filled", 8, "8.00");
    node("seven-of-eight", 8, "8.00");
    bound("filled", 7);
    bound("seven-of-eight", 6);

    assertEquals(Map.of("filled", 10, "seven-of-eight", 9), scores(1, "filled", "seven-of-eight"));
  }

  @Test
  void aNodeThatAPodFillsIsALevelAboveOneOfTheSamePriceOnWhichGpusStayFree() {
    node("two", 2, "1.00");
    node("one", 1, "1.00");

    assertEquals(Map.of("one", 10, "two", 9), scores(1, "one", "two"));
    assertEquals(Map.of("two", 10), scores(1, "two"), "with nothing to compare it with");
  }

  @Test
  void aPodThatTakesMoreGpusOfABigNodeFindsItCheaper() {
    node("eight", 8, "4.00");
    node("four", 4, "2.40");

    assertEquals(Map.of("four", 10, "eight", 7), scores(4, "four", "eight"));
    bound("eight", 4);
    assertEquals(Map.of("four", 9, "eight", 10), scores(4, "four", "eight"));
  }

  @Test
  void whatIsPaidForAnywayComesBeforeAllThatIsNotAndIsNotTheMeasure() {
    node("owned", 1, "0", Capacity.OWNED);
    node("cheap", 1, "0.40");
    node("dear", 1, "0.49");

    assertEquals(Map.of("owned", 10, "cheap", 8, "dear", 7), scores(1, "owned", "cheap", "dear"));
  }

  @Test
  void ofTheMachinesThatArePaidForTheOneThatIsFilledComesFirst() {
    node("big", 8, "0", Capacity.RESERVED);
    node("small", 1, "0", Capacity.OWNED);
    node("spot", 1, "0.10");

    assertEquals(Map.of("small", 10, "big", 9, "spot", 8), scores(1, "small", "big", "spot"));
  }

  @Test
  void anOwnedNodeCountsWithThePriceThatIsStated() {
    node("owned", 1, "0.30", Capacity.OWNED);
    node("reserved", 1, "0.50", Capacity.RESERVED);
    node("on-demand", 1, "1.00", Capacity.ON_DEMAND);

    assertEquals(
        Map.of("owned", 10, "reserved", 8, "on-demand", 4),
        scores(1, "owned", "reserved", "on-demand"));
  }

  @Test
  void aPodThatLosesMoreWorkPrefersTheSaferNode() {
    interrupted("shaky", "0.40", ">20%");
    interrupted("safe", "0.49", "<5%");

    assertEquals(Map.of("shaky", 10, "safe", 9), answer(losing("1m", "shaky", "safe")));
    assertEquals(Map.of("shaky", 8, "safe", 10), answer(losing("24h", "shaky", "safe")));
  }

  @Test
  void anUnknownPriceScoresFive() {
    node("cheap", 1, "0.40");

    assertEquals(Map.of("cheap", 10, "stranger", 5), scores(1, "cheap", "stranger"));
  }

  @Test
  void upToSixtyFourCandidatesAreAllAnswered() {
    String[] names = manyNodes(64);

    assertEquals(64, scores(1, names).size());
  }

  @Test
  void ofManyCandidatesTheCheapestSixtyFourAreAnswered() {
    Set<String> cheapest =
        IntStream.range(0, 64).mapToObj("node-%04d"::formatted).collect(Collectors.toSet());

    assertEquals(cheapest, scores(1, manyNodes(65)).keySet());
    assertEquals(cheapest, scores(1, manyNodes(1_000)).keySet());
  }

  @Test
  void ofManyCandidatesThoseThatScoreNothingAreNotSent() {
    for (int i = 0; i < 100; i++) {
      node("node-" + i, 1, i < 10 ? "1.00" : "9.00");
    }
    String[] names = nodes.stream().map(Node::name).toArray(String[]::new);

    assertEquals(10, scores(1, names).size());
  }

  @Test
  void ofManyAlikeThoseThatAreNamedFirstAreSent() {
    for (int i = 0; i < 100; i++) {
      node("node-" + i, 1, "1.00");
    }
    String[] names = nodes.stream().map(Node::name).toArray(String[]::new);

    assertEquals(
        IntStream.range(0, 64).mapToObj(i -> "node-" + i).collect(Collectors.toSet()),
        scores(1, names).keySet());
  }

  @Test
  void ofManyCandidatesWithoutAPriceSomeAreSentWithFive() {
    String[] names = IntStream.range(0, 80).mapToObj(i -> "stranger-" + i).toArray(String[]::new);

    Map<String, Integer> scores = scores(1, names);

    assertEquals(64, scores.size());
    assertEquals(Set.of(5), Set.copyOf(scores.values()));
  }

  @Test
  void aPodWithoutGpusHasNoOpinionOfPricesForGpus() {
    node("cheap", 1, "0.40");

    assertEquals(Map.of(), scores(0, "cheap", "stranger"));
  }

  @Test
  void aNameThatIsNoNameIsAnsweredAsItIs() {
    assertEquals(Map.of("a\"b\\\u0000\u00e9", 5), scores(1, "a\\\"b\\\\\\u0000\u00e9"));
    assertEquals(Map.of("?", 5), scores(1, "\\ud800"));
  }

  @Test
  void aPriceFlipTurnsTheScores() {
    node("a", 1, "0.40");
    node("b", 1, "0.80");
    assertEquals(Map.of("a", 10, "b", 7), scores(1, "a", "b"));

    offers.clear();
    nodes.clear();
    node("a", 1, "1.60");
    node("b", 1, "0.80");

    assertEquals(Map.of("a", 7, "b", 10), scores(1, "a", "b"));
  }

  @Test
  void keysAreReadInAnyCaseAsGoDoes() {
    node("cheap", 1, "0.40");
    String lower =
        question(1, "cheap")
            .replace("\"Pod\"", "\"pod\"")
            .replace("\"NodeNames\"", "\"nodenames\"");

    assertEquals(Map.of("cheap", 10), answer(lower));
  }

  @Test
  void whatCannotBeReadIsAnsweredWithNoOpinion() {
    String deep = "{\"Pod\":" + "[".repeat(100_000);
    for (String body :
        List.of("", "null", "[]", "{", "{}", "{\"Pod\":7}", "{\"Pod\":{}", "\u0000", deep)) {
      assertEquals(Map.of(), answer(body), body.substring(0, Math.min(30, body.length())));
    }
  }

  @Test
  void aCandidateListOfNullIsAnEmptyOne() {
    assertEquals(
        Map.of(),
        answer(
            "{\"Pod\":{\"metadata\":{},\"spec\":{\"containers\":null}},\"Nodes\":null,\"NodeNames\":null}"));
  }

  @Test
  void ofTwoKeysThatAreTheSameTheLastCountsAsInGo() {
    node("a", 1, "0.40");
    node("b", 1, "0.80");

    assertEquals(
        Map.of("b", 10),
        answer(
            question(1, "a")
                .replace("\"Nodes\":null", "\"nodenames\":[\"x\"]")
                .replace("\"a\"]", "\"b\"]")));
  }

  @Test
  void wholeNodesInPlaceOfNamesAreNotReadAndCounted() {
    PrometheusRegistry registry = new PrometheusRegistry();
    String whole =
        question(1, "x")
            .replace("\"Nodes\":null", "\"Nodes\":{\"items\":[{\"metadata\":{\"name\":\"x\"}}]}")
            .replace("\"NodeNames\":[\"x\"]", "\"NodeNames\":null");

    byte[] answer = extender(registry).prioritize(whole.getBytes(StandardCharsets.UTF_8));

    assertEquals("[]", new String(answer, StandardCharsets.UTF_8));
    assertEquals(1.0, total(registry, "windfall_extender_rejected"));
  }

  @Test
  void moreNodesThanAnyClusterHasAreNotAnswered() {
    String[] names = IntStream.range(0, 100_001).mapToObj(i -> "n").toArray(String[]::new);

    assertEquals(Map.of(), scores(1, names));
  }

  @Test
  void nodesAskedAboutAndScoresSentAreCounted() {
    PrometheusRegistry registry = new PrometheusRegistry();
    node("cheap", 1, "0.40");

    extender(registry).prioritize(question(1, "cheap", "x", "y").getBytes(StandardCharsets.UTF_8));

    assertEquals(3.0, total(registry, "windfall_extender_nodes"));
    assertEquals(3.0, total(registry, "windfall_extender_scores"));
  }

  @Test
  void everyCallIsCounted() {
    PrometheusRegistry registry = new PrometheusRegistry();
    Extender extender = extender(registry);

    extender.prioritize(question(1, "x").getBytes(StandardCharsets.UTF_8));
    extender.prioritize("no JSON".getBytes(StandardCharsets.UTF_8));

    assertEquals(2.0, total(registry, "windfall_extender_calls"));
    assertEquals(1.0, total(registry, "windfall_extender_rejected"));
  }

  private static double total(PrometheusRegistry registry, String counter) {
    return registry.scrape(name -> name.equals(counter)).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point ->
            ((io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot) point)
                .getValue())
        .sum();
  }

  private String[] manyNodes(int count) {
    nodes.clear();
    offers.clear();
    for (int i = 0; i < count; i++) {
      node("node-%04d".formatted(i), 1, "%d.%02d".formatted(1 + i / 100, i % 100));
    }
    return nodes.stream().map(Node::name).toArray(String[]::new);
  }

  private void node(String name, int gpus, String usdPerHour) {
    node(name, gpus, usdPerHour, Capacity.SPOT);
  }

  private void node(String name, int gpus, String usdPerHour, Capacity capacity) {
    OfferKey key = new OfferKey("zone-1", "type-of-" + name, capacity);
    offers.add(
        new Offer(
            "test",
            "aws",
            "region",
            key,
            Architecture.AMD64,
            new Gpu("NVIDIA", "L4", gpus, Memory.parse("24Gi")),
            4,
            Memory.parse("16Gi"),
            Usd.parse(usdPerHour),
            Basis.QUOTED,
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty()));
    nodes.add(new Node(name, Optional.of(key), GpuCounts.whole(gpus), GpuSlicing.NONE));
  }

  private void interrupted(String name, String usdPerHour, String band) {
    node(name, 1, usdPerHour);
    Offer plain = offers.removeLast();
    offers.add(
        new Offer(
            plain.source(),
            plain.provider(),
            plain.region(),
            plain.key(),
            plain.architecture(),
            plain.gpu(),
            plain.cpu(),
            plain.memory(),
            plain.usdPerHour(),
            plain.basis(),
            plain.observedAt(),
            plain.placementScore(),
            Optional.of(band),
            plain.barred()));
  }

  private static String losing(String work, String... candidates) {
    return question(1, candidates)
        .replace("windfall.dev/spot\":\"prefer", "windfall.dev/lost-work\":\"" + work);
  }

  private void bound(String node, int gpus) {
    pods.add(pod(node, gpus, "Running"));
  }

  private static Pod pod(String node, int gpus, String phase) {
    return new Pod(
        "default",
        "p",
        "u",
        Optional.empty(),
        Map.of(),
        Map.of(),
        "",
        node,
        List.of(),
        GpuCounts.whole(gpus),
        Needs.NONE,
        List.of(),
        false,
        NodeTerms.ANY,
        phase,
        Optional.empty(),
        false,
        false,
        false,
        false,
        Optional.empty());
  }

  private Map<String, Integer> scores(int gpus, String... candidates) {
    return answer(question(gpus, candidates));
  }

  /** A call as kube-scheduler v1.36 sends it. */
  private static String question(int gpus, String... candidates) {
    return """
    {"Pod":{"metadata":{"name":"train","namespace":"default","uid":"1",
      "annotations":{"windfall.dev/spot":"prefer","other":"{\\"deep\\":[1]}"}},
      "spec":{"containers":[{"name":"main","image":"train:1","resources":{
        "limits":{"nvidia.com/gpu":"%d","cpu":"500m"},"requests":{"nvidia.com/gpu":"%d","cpu":"500m"}}}],
        "tolerations":[{"key":"nvidia.com/gpu","operator":"Exists"}],"schedulerName":"windfall-scheduler"},
      "status":{"phase":"Pending","qosClass":"Burstable"}},
     "Nodes":null,"NodeNames":[%s]}
    """
        .formatted(
            gpus,
            gpus,
            java.util.Arrays.stream(candidates)
                .map(c -> '"' + c + '"')
                .collect(Collectors.joining(",")));
  }

  private Map<String, Integer> answer(String body) {
    byte[] answer =
        extender(new PrometheusRegistry()).prioritize(body.getBytes(StandardCharsets.UTF_8));
    try {
      Map<String, Integer> scores = new TreeMap<>();
      for (JsonNode score : new ObjectMapper().readTree(answer)) {
        assertTrue(score.get("Score").isInt(), score.toString());
        scores.put(score.get("Host").asText(), score.get("Score").asInt());
      }
      return scores;
    } catch (IOException e) {
      throw new AssertionError("the answer is no JSON", e);
    }
  }

  private Extender extender(PrometheusRegistry registry) {
    PriceBook book = PriceBook.of(offers, List.of());
    NodeIndex index = NodeIndex.of(nodes, pods);
    Extender.Sight sight = new Extender.Sight(() -> book, () -> index, () -> Surroundings.NONE);
    return new Extender(sight, false, () -> 0, () -> Instant.EPOCH, registry);
  }
}
