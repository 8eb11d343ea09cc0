package dev.windfall.extender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FilterTest {
  private static final NodeIndex NODES =
      NodeIndex.of(
          List.of(
              node("spot", "a.g6.xlarge.spot"),
              node("on-demand", "a.g6.xlarge.on-demand"),
              new Node("unlabelled", Optional.empty(), GpuCounts.whole(1), GpuSlicing.NONE)),
          List.of());

  private static Node node(String name, String offer) {
    return new Node(name, OfferKey.parse(offer), GpuCounts.whole(1), GpuSlicing.NONE);
  }

  @Test
  void aNodeThatBreaksThePodsOwnWishIsRefusedWithAReason() throws IOException {
    JsonNode answer = filter(true, "require", "\"spot\",\"on-demand\",\"unlabelled\"");

    assertEquals(List.of("spot"), passed(answer));
    assertEquals(
        Map.of(
            "on-demand", "capacity on-demand is not what the pod asks for",
            "unlabelled", "its labels do not say what it was rented as"),
        refused(answer));
    assertEquals("", answer.get("Error").asText());
    assertTrue(answer.get("FailedNodes").isEmpty(), "preemption helps nowhere");
  }

  @Test
  void aPodThatOnlyPrefersSpotMayRunAnywhere() throws IOException {
    JsonNode answer = filter(true, "prefer", "\"spot\",\"on-demand\",\"unlabelled\",\"stranger\"");

    assertEquals(List.of("spot", "on-demand", "unlabelled", "stranger"), passed(answer));
  }

  @Test
  void whenItIsSwitchedOffEveryNameComesBack() throws IOException {
    JsonNode answer = filter(false, "require", "\"spot\",\"on-demand\",\"a\\\"b\"");

    assertEquals(List.of("spot", "on-demand", "a\"b"), passed(answer));
    assertEquals(Map.of(), refused(answer));
  }

  @Test
  void noNamesAreAnEmptyListAndNotNothing() throws IOException {
    assertTrue(filter(true, "require", "").get("NodeNames").isArray());
  }

  @Test
  void whatCannotBeReadIsAnErrorAndRefusesNobody() throws IOException {
    JsonNode answer =
        new ObjectMapper().readTree(extender(true).filter(bytes("{\"NodeNames\":[\"spot\"]}")));

    assertEquals("{\"Error\":\"the call has no Pod\"}", answer.toString());
  }

  @Test
  void wholeNodesAreAnErrorThatSaysWhatToSet() throws IOException {
    String body = "{\"Pod\":{},\"Nodes\":{\"items\":[]},\"NodeNames\":null}";

    String error =
        new ObjectMapper().readTree(extender(true).filter(bytes(body))).get("Error").asText();

    assertTrue(error.contains("nodeCacheCapable: true"), error);
  }

  private static List<String> passed(JsonNode answer) {
    return answer.get("NodeNames").valueStream().map(JsonNode::asText).toList();
  }

  private static Map<String, String> refused(JsonNode answer) {
    Map<String, String> reasons = new TreeMap<>();
    answer
        .get("FailedAndUnresolvableNodes")
        .properties()
        .forEach(each -> reasons.put(each.getKey(), each.getValue().asText()));
    return reasons;
  }

  private static JsonNode filter(boolean on, String spot, String names) throws IOException {
    String body =
        """
        {"Pod":{"metadata":{"name":"train","namespace":"default",
        "annotations":{"windfall.dev/spot":"%s"}},
        "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]},
        "status":{}},"Nodes":null,"NodeNames":[%s]}
        """
            .formatted(spot, names);
    return new ObjectMapper().readTree(extender(on).filter(bytes(body)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Extender extender(boolean filtering) {
    PriceBook book = PriceBook.empty();
    return new Extender(
        new Extender.Sight(() -> book, () -> NODES, () -> Surroundings.NONE),
        filtering,
        () -> 0,
        () -> Instant.EPOCH,
        new PrometheusRegistry());
  }
}
