package dev.windfall.policies;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The cases of {@code resolutions.yaml}, which is the specification. */
class ResolutionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Set<String> KEYS =
      Set.of(
          "case",
          "pod",
          "namespace",
          "policies",
          "request",
          "reasons",
          "warnings",
          "refusals",
          "policiesHolding",
          "waiting",
          "assignBursts",
          "strict");

  @TestFactory
  Stream<DynamicTest> aWishComesToWhatTheTableSays() throws IOException {
    try (InputStream in = ResolutionsTest.class.getResourceAsStream("resolutions.yaml")) {
      String text = new String(in.readAllBytes(), UTF_8);
      JsonNode cases =
          JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text));
      return cases
          .valueStream()
          .map(one -> dynamicTest(one.path("case").asText(), () -> holds(one)));
    }
  }

  private static void holds(JsonNode one) throws IOException {
    one.fieldNames().forEachRemaining(key -> assertTrue(KEYS.contains(key), key));
    Namespace namespace = namespace(one.path("namespace"));
    Resolution resolution =
        Resolution.of(pod(one.path("pod")), namespace, Policies.of(policies(one.path("policies"))));

    assertEquals(texts(one.path("refusals")), resolution.refusals());
    assertEquals(texts(one.path("warnings")), resolution.warnings());
    if (one.has("request")) {
      assertEquals(one.path("request").asText(), shown(resolution));
      assertEquals(
          texts(one.path("reasons")),
          resolution.reasons().stream().map(Resolution.Reason::toString).toList());
    }
    if (one.has("policiesHolding")) {
      assertEquals(texts(one.path("policiesHolding")), resolution.policies());
    }
    if (one.has("strict")) {
      assertEquals(
          one.path("strict").asText(),
          resolution
              .strict()
              .map(strict -> strict.policy() + " " + strict.bounds())
              .orElse("none"));
    }
    if (one.has("assignBursts")) {
      assertEquals(one.path("assignBursts").asBoolean(), resolution.assignBursts());
    }
    if (one.has("waiting")) {
      assertEquals(one.path("waiting").asText(), shown(resolution.waiting()));
    }
  }

  private static String shown(Resolution resolution) {
    if (resolution.request().isEmpty()) {
      return "none";
    }
    Request request = resolution.request().get();
    List<String> shown = new ArrayList<>(List.of(request.spot().toString()));
    if (!request.onDemand()) {
      shown.add("no on-demand");
    }
    request.maxPricePerGpu().ifPresent(cap -> shown.add("cap " + cap));
    names(shown, "models", request.gpuModels());
    request.minGpuMemory().ifPresent(memory -> shown.add("memory " + memory));
    names(shown, "providers", request.providers());
    names(shown, "zones", request.zones());
    if (!request.lostWork().equals(Request.LOST_WORK)) {
      shown.add("lost work " + request.lostWork());
    }
    if (resolution.doNotDisrupt()) {
      shown.add("do not disrupt");
    }
    return String.join(", ", shown);
  }

  private static void names(List<String> shown, String what, List<String> names) {
    if (!names.isEmpty()) {
      shown.add(what + " " + String.join(" ", names));
    }
  }

  private static String shown(Resolution.Waiting waiting) {
    List<String> shown = new ArrayList<>();
    waiting.refusedBy().ifPresent(policy -> shown.add("refused by " + policy));
    waiting.most().ifPresent(most -> shown.add("at most " + most));
    if (waiting.fallback()) {
      shown.add("then fallback");
    }
    return shown.isEmpty() ? "on" : String.join(", ", shown);
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).toList();
  }

  private static Pod pod(JsonNode said) throws IOException {
    ObjectNode pod = JSON.createObjectNode();
    ObjectNode metadata = pod.putObject("metadata").put("namespace", "team");
    metadata.set("annotations", prefixed(said.path("annotations")));
    metadata.set("labels", said.path("labels"));
    pod.putObject("spec")
        .putArray("containers")
        .addObject()
        .putObject("resources")
        .putObject("limits")
        .put("nvidia.com/gpu", said.path("gpus").asText("1"));
    try (JsonParser parser = JSON.createParser(pod.toString())) {
      parser.nextToken();
      return Pod.read(parser);
    }
  }

  private static Namespace namespace(JsonNode said) throws IOException {
    ObjectNode namespace = JSON.createObjectNode();
    ObjectNode metadata = namespace.putObject("metadata").put("name", "team");
    metadata.set("annotations", prefixed(said.path("annotations")));
    ObjectNode labels = metadata.putObject("labels").put("kubernetes.io/metadata.name", "team");
    said.path("labels").properties().forEach(e -> labels.set(e.getKey(), e.getValue()));
    try (JsonParser parser = JSON.createParser(namespace.toString())) {
      parser.nextToken();
      return Namespace.read(parser);
    }
  }

  private static ObjectNode prefixed(JsonNode annotations) {
    ObjectNode prefixed = JSON.createObjectNode();
    annotations.properties().forEach(e -> prefixed.set("windfall.dev/" + e.getKey(), e.getValue()));
    return prefixed;
  }

  private static List<SpotPolicy> policies(JsonNode said) {
    return said.valueStream()
        .map(policy -> {
          ObjectNode document = JSON.createObjectNode();
          document.put("apiVersion", "windfall.dev/v1alpha1").put("kind", "SpotPolicy");
          ObjectNode spec = policy.deepCopy();
          document.putObject("metadata").set("name", spec.remove("name"));
          document.set("spec", spec);
          return SpotPolicy.readObject(policy.path("name").asText(), document.toString());
        })
        .toList();
  }
}
