package dev.windfall.kind.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What the real API server takes of the kinds that Windfall serves, and what it says to the rest:
 * the lines of {@code schema-cases.txt}, each applied without being stored.
 */
class SchemaTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DEFINITIONS =
      Command.root().resolve("policies/src/main/resources/dev/windfall/policies");
  private static final Map<String, String> DEFINITION_OF =
      Map.of(
          "SpotPool", "spotpool.crd.yaml",
          "SpotPolicy", "spotpolicy.crd.yaml",
          "LeftoverNodePool", "leftovernodepool.crd.yaml");
  private static final String TAKEN = "taken";

  private static Bed bed;

  /**
   * One line.
   *
   * @param object what is applied
   * @param verdict {@value #TAKEN}, or what is said
   */
  private record Case(String kind, String is, ObjectNode object, String verdict) {
    static Case of(String line) {
      String[] parts = line.split(" \\| ", 4);
      ObjectNode object = JSON.createObjectNode();
      object.put("apiVersion", group(parts[0]) + "/v1alpha1").put("kind", parts[0]);
      ObjectNode metadata = object.putObject("metadata").put("name", "case");
      if (yaml(parts[2]) instanceof ObjectNode said) {
        ObjectNode spec = object.putObject("spec");
        if (parts[0].equals("SpotPool")) {
          spec.put("provider", "aws").put("region", "eu-central-1");
          spec.putObject("nodeClassRef").put("group", "g").put("kind", "k").put("name", "n");
        }
        if (parts[0].equals("LeftoverNodePool")) {
          spec.put("region", "eu-central-1").put("nodeClassName", "gpu");
        }
        if (said.has("name")) {
          metadata.set("name", said.remove("name"));
        }
        spec.setAll(said);
        said.forEachEntry((field, value) -> {
          if (value instanceof NullNode) {
            spec.remove(field);
          }
        });
      }
      return new Case(parts[0], parts[1], object, parts[3]);
    }

    private static String group(String kind) {
      return kind.equals("LeftoverNodePool") ? "gpu.devplatforms.io" : "windfall.dev";
    }

    boolean bad() {
      return !verdict.equals(TAKEN);
    }
  }

  @BeforeAll
  static void aBedThatKnowsTheKinds() {
    bed = Bed.up();
    bed.kubectl("apply", "-f", DEFINITIONS.toString());
    bed.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
  }

  @AfterAll
  static void down() {
    bed.close();
  }

  @TestFactory
  Stream<DynamicTest> theVerdict() throws IOException {
    return cases().stream()
        .map(each -> DynamicTest.dynamicTest(each.kind() + ": " + each.is(), () -> judge(each)));
  }

  private static void judge(Case each) {
    Command.Result result =
        bed.attempt(
            each.object().toString(),
            "create",
            "--dry-run=server",
            "--validate=strict",
            "-o",
            "name",
            "-f",
            "-");
    if (each.bad()) {
      assertTrue(
          result.status() != 0 && result.err().contains(each.verdict()),
          () -> "expected: " + each.verdict() + "\nsaid: " + result.out() + result.err());
    } else {
      assertEquals(
          each.kind().toLowerCase(java.util.Locale.ROOT)
              + "."
              + Case.group(each.kind())
              + "/"
              + each.object().at("/metadata/name").asText()
              + "\n",
          result.out(),
          result.err());
    }
  }

  @Test
  void everyRuleHasACaseThatBreaksIt() throws IOException {
    for (Map.Entry<String, String> kind : DEFINITION_OF.entrySet()) {
      String said =
          cases().stream()
              .filter(each -> each.kind().equals(kind.getKey()) && each.bad())
              .map(Case::verdict)
              .collect(Collectors.joining("\n"));
      Set<String> untried = new TreeSet<>();
      JsonNode definition = yaml(Files.readString(DEFINITIONS.resolve(kind.getValue())));
      for (JsonNode rules : definition.findValues("x-kubernetes-validations")) {
        rules.findValuesAsText("message").stream()
            .filter(message -> !said.contains(message))
            .forEach(untried::add);
      }
      assertEquals(Set.of(), untried, kind.getKey());
    }
  }

  private static List<Case> cases() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SchemaTest.class.getResourceAsStream("schema-cases.txt"))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Case::of)
          .toList();
    }
  }

  private static JsonNode yaml(String text) {
    return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text));
  }
}
