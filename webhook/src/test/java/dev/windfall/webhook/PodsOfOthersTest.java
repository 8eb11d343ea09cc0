package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.JsonPatch;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What becomes of pods as other systems make them: the whole pod, by whole reviews. */
class PodsOfOthersTest {
  private static final String OFFER = "eu-central-1a.g6.xlarge.spot";

  static final List<Placed> PLACED =
      List.of(
          new Placed("kueue-plain-pod", "Kueue"),
          new Placed("kueue-pod-group", "Kueue"),
          new Placed("kueue-job", "Kueue"),
          new Placed("kueue-topology", "Kueue"),
          new Placed("scheduler-plugins-pod-group", "its pod group"),
          new Placed("volcano-job", "scheduler volcano"),
          new Placed("hami", "scheduler hami-scheduler"),
          new Placed("hami-by-resources", "HAMi"),
          new Placed("kubernetes-1.35-workload", "its pod group"),
          new Placed("kubernetes-1.36-pod-group", "its pod group"),
          new Placed("koordinator-gang", "its pod group"),
          new Placed("koordinator-pod-group", "scheduler koord-scheduler"),
          new Placed("yunikorn-task-group", "YuniKorn"),
          new Placed("grove-pod-gang", "Grove"),
          new Placed("runai", "scheduler runai-scheduler"));
  static final List<String> WITH_A_NODE =
      List.of("dcgm-exporter", "daemon-set-with-gpu", "device-plugin-validator", "static-pod");
  static final List<String> ONLY_MADE =
      List.of("kuberay-worker", "pytorch-worker", "jobset-leader", "argo-workflow");

  /** A fixture, and the system that places it. */
  record Placed(String name, String by) {}

  private final Admission admission =
      new Admission(
          () -> Markets.BOOK,
          () -> Markets.POOLS,
          () -> Surroundings.NONE,
          () -> Optional.of(new AssignedScheduler("gpu-scheduler", true)),
          () -> true,
          InstantSource.fixed(Markets.NOW),
          new PrometheusRegistry());

  /** What they settled, or will, stays as it is: a group or a quota counts on it. */
  @ParameterizedTest
  @FieldSource("PLACED")
  void onesThatAnotherSystemPlacesGetTheTolerationsOnly(Placed placed) {
    ObjectNode pod = FixturePods.read(placed.name());

    JsonNode response = ask(pod);

    assertEquals(tolerating(pod), admitted(response, pod));
    String warning = response.at("/warnings/0").asText();
    assertTrue(warning.startsWith(placed.by() + " places this pod; "), response.toString());
  }

  /** They are where they belong already, or will be wherever their controller says. */
  @ParameterizedTest
  @FieldSource("WITH_A_NODE")
  void onesWhoseNodeIsGivenAreLeftAlone(String name) {
    JsonNode response = ask(FixturePods.read(name));

    assertEquals(Pods.json("{'uid':'a-review','allowed':true}"), response);
  }

  @ParameterizedTest
  @FieldSource("ONLY_MADE")
  void onesThatAControllerOnlyMakesAreSteeredAsAnyOther(String name) {
    ObjectNode pod = FixturePods.read(name);

    JsonNode response = ask(pod);

    ObjectNode expected = tolerating(pod);
    ObjectNode spec = (ObjectNode) expected.get("spec");
    spec.put("schedulerName", "gpu-scheduler");
    heldTo(OFFER, spec);
    assertEquals(expected, admitted(response, pod));
    assertFalse(response.has("warnings"), response.toString());
  }

  @Test
  void everyPodInTheDirectoryIsAmongThem() throws IOException, URISyntaxException {
    Set<String> asked =
        Stream.of(PLACED.stream().map(Placed::name), WITH_A_NODE.stream(), ONLY_MADE.stream())
            .flatMap(names -> names)
            .collect(Collectors.toSet());
    URI directory = PodsOfOthersTest.class.getResource("pods").toURI();
    try (Stream<Path> files = Files.list(Path.of(directory))) {
      assertEquals(
          asked,
          files
              .map(file -> file.getFileName().toString().replace(".yaml", ""))
              .collect(Collectors.toSet()));
    }
  }

  private JsonNode ask(ObjectNode pod) {
    ObjectNode review =
        Pods.json(
            """
            {'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview',
             'request':{'uid':'a-review','operation':'CREATE','namespace':'research',
               'resource':{'group':'','version':'v1','resource':'pods'}}}
            """);
    ((ObjectNode) review.get("request")).set("object", pod);
    try {
      return Json.MAPPER.readTree(admission.review(Json.bytes(review))).path("response");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The pod that would be stored, but for what it says about the decision. */
  private static JsonNode admitted(JsonNode response, ObjectNode pod) {
    try {
      JsonNode patch = Json.MAPPER.readTree(response.path("patch").binaryValue());
      JsonNode admitted = JsonPatch.apply(patch, pod);
      JsonNode said =
          ((ObjectNode) admitted.at("/metadata/annotations")).remove("windfall.dev/decision");
      assertTrue(said.isTextual(), "a decision is written down");
      return admitted;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode tolerating(ObjectNode pod) {
    ObjectNode tolerating = pod.deepCopy();
    ArrayNode tolerations = (ArrayNode) tolerating.at("/spec/tolerations");
    for (String key : List.of("nvidia.com/gpu", "windfall.dev/rung")) {
      JsonNode toleration =
          Pods.json("{'key':'" + key + "','operator':'Exists','effect':'NoSchedule'}");
      boolean there = tolerations.valueStream().anyMatch(toleration::equals);
      if (!there) {
        tolerations.add(toleration);
      }
    }
    return tolerating;
  }

  /** Each required term is narrowed; without one, there is one. */
  private static void heldTo(String offer, ObjectNode spec) {
    ArrayNode terms =
        spec.withObject("/affinity")
            .withObject("/nodeAffinity")
            .withObject("/requiredDuringSchedulingIgnoredDuringExecution")
            .withArray("/nodeSelectorTerms");
    if (terms.isEmpty()) {
      terms.addObject();
    }
    for (JsonNode term : terms) {
      ((ObjectNode) term)
          .withArray("/matchExpressions")
          .add(
              Pods.json("{'key':'windfall.dev/offer','operator':'In','values':['" + offer + "']}"));
    }
  }
}
