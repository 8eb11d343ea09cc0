package dev.windfall.reconciler.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.LiveRung;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a cluster's settings takes nodes from GPU pods, or GPUs from nodes. */
class AdviceTest {
  private static Optional<LiveDaemon> daemon(String name, String image, String tolerations) {
    String json =
        """
        {'metadata': {'name': '%s', 'namespace': 'kube-system'},
         'spec': {'template': {'spec': {'containers': [{'image': '%s'}], 'tolerations': [%s]}}}}
        """
            .formatted(name, image, tolerations);
    try (JsonParser parser = Bench.JSON.createParser(json.replace('\'', '"'))) {
      parser.nextToken();
      return Optional.ofNullable(LiveDaemon.read(parser));
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  private static List<Advice> of(String name, String image, String tolerations) {
    return Advice.of(daemon(name, image, tolerations).stream().toList(), List.of());
  }

  @Test
  void aDevicePluginThatToleratesNvidiasTaintOnlyIsNamedWithThePatch() {
    List<Advice> found =
        of(
            "nvdp",
            "nvcr.io/nvidia/k8s-device-plugin:v0.17.1",
            "{'key': 'nvidia.com/gpu', 'operator': 'Exists', 'effect': 'NoSchedule'}");
    assertEquals(
        List.of(
            "daemonset kube-system/nvdp looks like a device plugin and does not tolerate"
                + " windfall.dev/rung, so nodes of rungs get no GPUs; kubectl patch daemonset nvdp"
                + " -n kube-system --type json -p"
                + " '[{\"op\":\"add\",\"path\":\"/spec/template/spec/tolerations/-\","
                + "\"value\":{\"key\":\"windfall.dev/rung\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}},"
                + "{\"op\":\"add\",\"path\":\"/spec/template/spec/tolerations/-\","
                + "\"value\":{\"key\":\"windfall.dev/retiring\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}}]'"),
        found.stream().map(Advice::says).toList());
  }

  @Test
  void oneWithoutTolerationsGetsAList() {
    String says = of("nvidia-device-plugin-daemonset", "mirror/plugin", "").getFirst().says();
    assertTrue(says.contains("\"path\":\"/spec/template/spec/tolerations\",\"value\":[{"), says);
  }

  @Test
  void thoseOfTheGpuOperatorAreSetInItsClusterPolicy() {
    String says = of("nvidia-driver", "nvcr.io/nvidia/gpu-operator:v25", "").getFirst().says();
    assertTrue(says.contains("kubectl patch clusterpolicies.nvidia.com cluster-policy"), says);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'operator': 'Exists'}",
        "{'key': 'nvidia.com/gpu', 'operator': 'Exists'}, {'key': 'windfall.dev/rung', 'operator':"
            + " 'Exists'}"
      })
  void oneThatGoesToRungsIsNotNamed(String tolerations) {
    assertEquals(List.of(), of("nvidia-device-plugin", "k8s-device-plugin", tolerations));
  }

  @Test
  void othersAreNotNamed() {
    assertEquals(List.of(), of("node-exporter", "prom/node-exporter", ""));
  }

  private static List<Advice.Check> rung(String spec) {
    return rung(spec, "'windfall.dev/pool': 'gpu'");
  }

  private static List<Advice.Check> rung(String spec, String labels) {
    try {
      String json =
          "{'metadata': {'name': 'r', 'labels': {%s}}, 'spec': {%s}}".formatted(labels, spec);
      ObjectNode object = (ObjectNode) Bench.JSON.readTree(json.replace('\'', '"'));
      return Advice.of(List.of(), List.of(new LiveRung(object))).stream()
          .map(Advice::check)
          .toList();
    } catch (IOException e) {
      throw new AssertionError(spec, e);
    }
  }

  private static final String NEVER = "'template': {'spec': {'expireAfter': 'Never'}}";
  private static final String BUDGETS =
      "'disruption': {'budgets': [{'nodes': '0', 'reasons': ['Drifted', 'Underutilized']}]}";

  @Test
  void aRungAsWindfallMakesItIsNotNamed() {
    assertEquals(List.of(), rung(NEVER + ", " + BUDGETS));
  }

  @Test
  void aRungWithoutItsBudgetsIsNamed() {
    assertEquals(
        List.of(Advice.Check.BUDGETS),
        rung(NEVER + ", 'disruption': {'budgets': [{'nodes': '10%'}]}"));
    assertEquals(
        List.of(Advice.Check.BUDGETS),
        rung(
            NEVER
                + ", 'disruption': {'budgets': [{'nodes': '0', 'schedule': '@daily', 'duration':"
                + " '8h'}]}"));
  }

  @Test
  void aRungWhoseNodesExpireOrAreDrainedIsNamed() {
    assertEquals(List.of(Advice.Check.EXPIRES), rung(BUDGETS));
    assertEquals(
        List.of(Advice.Check.GRACE_PERIOD),
        rung(
            BUDGETS
                + ", 'template': {'spec': {'expireAfter': 'Never', 'terminationGracePeriod':"
                + " '1h'}}"));
  }

  @Test
  void whatIsNotWindfallsIsNotNamed() {
    assertEquals(List.of(), rung("", ""));
  }

  @Test
  void everyCheckIsReadAgainByItsLabel() {
    assertEquals(
        List.of(Advice.Check.values()),
        Stream.of(Advice.Check.values())
            .flatMap(c -> Advice.Check.of(c.label()).stream())
            .toList());
  }
}
