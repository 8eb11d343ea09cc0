package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.NodeRequirement.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Terms are written short: {@code zone In a,b & arch NotIn arm64 | gpu Exists}; {@code -} empty.
 */
class NodeAffinityTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CAPACITY = "karpenter.sh/capacity-type";
  private static final String OFFER = "windfall.dev/offer";
  private static final NodeRequirement SPOT =
      new NodeRequirement(CAPACITY, Operator.IN, List.of("spot"));
  private static final NodeRequirement NOT_SPOT =
      new NodeRequirement(CAPACITY, Operator.NOT_IN, List.of("spot"));
  private static final NodeRequirement OFFERS =
      new NodeRequirement(OFFER, Operator.IN, List.of("a.b.spot", "a.c.spot"));

  @Test
  void aPodWithoutAnAffinityGetsOneTermWithAllRequirements() {
    assertEquals(
        json(
            """
            {"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
            {"matchExpressions":[{"key":"karpenter.sh/capacity-type","operator":"In","values":["spot"]},
            {"key":"windfall.dev/offer","operator":"In","values":["a.b.spot","a.c.spot"]}]}]}}}
            """),
        NodeAffinity.narrowed(json("{}"), List.of(SPOT, OFFERS)).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"affinity\":null}",
        "{\"affinity\":{}}",
        "{\"affinity\":{\"nodeAffinity\":null}}",
        "{\"affinity\":{\"nodeAffinity\":{}}}",
        "{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":null}}}",
        "{\"nodeSelector\":null}",
        "{\"nodeSelector\":{\"other\":\"x\"}}",
      })
  void whatIsEmptyMayBeNull(String spec) {
    assertEquals("capacity-type In spot", terms(narrowed(json(spec), SPOT)));
  }

  @Test
  void whatElseTheUserAskedForStays() {
    JsonNode spec =
        json(
            """
            {"affinity":{"podAntiAffinity":{"x":1},"nodeAffinity":{
            "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1}]}}}
            """);

    ObjectNode affinity = NodeAffinity.narrowed(spec, List.of(SPOT)).orElseThrow();

    assertEquals(spec.at("/affinity/podAntiAffinity"), affinity.path("podAntiAffinity"));
    assertEquals(
        spec.at("/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution"),
        affinity.at("/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          # the user's terms              ; each narrowed to spot
          zone In a                       ; zone In a & capacity-type In spot
          zone In a | arch NotIn arm64    ; zone In a & capacity-type In spot | arch NotIn arm64 & capacity-type In spot
          zone In a | -                   ; zone In a & capacity-type In spot | -
          capacity-type In spot,on-demand ; capacity-type In spot,on-demand & capacity-type In spot
          capacity-type Exists            ; capacity-type Exists & capacity-type In spot
          capacity-type NotIn on-demand   ; capacity-type NotIn on-demand & capacity-type In spot
          capacity-type In on-demand      ; capacity-type In on-demand & capacity-type In spot
          capacity-type In spot | zone In a ; capacity-type In spot | zone In a & capacity-type In spot
          """)
  void theUsersTermsAreNarrowedEach(String user, String narrowed) {
    assertEquals(narrowed, terms(narrowed(spec(user), SPOT)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          # the user's terms                ; hold already
          capacity-type In spot             ; spot
          capacity-type In spot & zone In a ; spot
          -                                 ; spot
          - | -                             ; spot
          capacity-type NotIn spot          ; not spot
          capacity-type NotIn reserved,spot ; not spot
          capacity-type In on-demand        ; not spot
          capacity-type In owned,on-demand  ; not spot
          offer In a.b.spot                 ; offers
          offer In a.b.spot,a.c.spot        ; offers
          """)
  void whatThePodHoldsAlreadyIsNotSaidAgain(String user, String wish) {
    NodeRequirement wanted =
        switch (wish) {
          case "spot" -> SPOT;
          case "not spot" -> NOT_SPOT;
          default -> OFFERS;
        };

    assertEquals(Optional.empty(), NodeAffinity.narrowed(spec(user), List.of(wanted)));
  }

  @ParameterizedTest
  @CsvSource({
    "karpenter.sh/capacity-type, spot,      spot,     true",
    "karpenter.sh/capacity-type, on-demand, spot,     false",
    "karpenter.sh/capacity-type, on-demand, not spot, true",
    "karpenter.sh/capacity-type, spot,      not spot, false",
    "windfall.dev/offer,         a.b.spot,  offers,   true",
    "windfall.dev/offer,         x.y.spot,  offers,   false",
    "other,                      spot,      spot,     false",
  })
  void aNodeSelectorHoldsToo(String key, String value, String wish, boolean holds) {
    NodeRequirement wanted =
        switch (wish) {
          case "spot" -> SPOT;
          case "not spot" -> NOT_SPOT;
          default -> OFFERS;
        };
    ObjectNode spec = JSON.createObjectNode();
    spec.putObject("nodeSelector").put(key, value);

    assertEquals(holds, NodeAffinity.narrowed(spec, List.of(wanted)).isEmpty());
  }

  @Test
  void aTermOfFieldsIsNarrowedToo() {
    JsonNode spec =
        json(
            """
            {"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{
            "nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In",
            "values":["n"]}]}]}}}}
            """);

    ObjectNode affinity = NodeAffinity.narrowed(spec, List.of(SPOT)).orElseThrow();

    assertEquals("capacity-type In spot", terms(affinity));
    assertEquals("n", term(affinity).at("/matchFields/0/values/0").asText());
  }

  @Test
  void nothingRequiredChangesNothing() {
    assertEquals(Optional.empty(), NodeAffinity.narrowed(json("{}"), List.of()));
    assertEquals(Optional.empty(), NodeAffinity.narrowed(spec("zone In a"), List.of()));
  }

  @Test
  void thePodThatWasGivenIsNotChanged() {
    random(random -> {
      ObjectNode spec = anySpec(random);
      ObjectNode before = spec.deepCopy();

      NodeAffinity.narrowed(spec, anyRequirements(random));

      assertEquals(before, spec);
    });
  }

  @Test
  void applyingItTwiceIsApplyingItOnce() {
    random(random -> {
      ObjectNode spec = anySpec(random);
      List<NodeRequirement> requirements = anyRequirements(random);

      NodeAffinity.narrowed(spec, requirements)
          .ifPresent(affinity -> spec.set("affinity", affinity));

      assertEquals(Optional.empty(), NodeAffinity.narrowed(spec, requirements));
    });
  }

  @Test
  void aNodeMatchesAfterwardsWhenItDidBeforeAndMeetsTheRequirements() {
    random(random -> {
      ObjectNode spec = anySpec(random);
      List<NodeRequirement> requirements = anyRequirements(random);
      ObjectNode narrowed = spec.deepCopy();
      NodeAffinity.narrowed(spec, requirements)
          .ifPresent(affinity -> narrowed.set("affinity", affinity));

      for (String capacity : List.of("spot", "on-demand", "owned", "")) {
        for (String zone : List.of("a", "b", "")) {
          Map<String, String> node =
              Map.of(CAPACITY, capacity, "topology.kubernetes.io/zone", zone);
          boolean meets =
              requirements.stream()
                  .allMatch(r ->
                      matches(
                          node, r.key(), r.operator().toString(), JSON.valueToTree(r.values())));
          assertEquals(
              matches(node, spec) && meets, matches(node, narrowed), () -> spec + " " + node);
        }
      }
    });
  }

  /** What kube-scheduler makes of a node selector; a label that is empty here is absent. */
  private static boolean matches(Map<String, String> node, JsonNode spec) {
    for (Map.Entry<String, JsonNode> wanted : spec.path("nodeSelector").properties()) {
      if (!wanted.getValue().asText().equals(node.get(wanted.getKey()))) {
        return false;
      }
    }
    JsonNode terms = termsOf(spec.path("affinity"));
    boolean any = terms.isMissingNode();
    for (JsonNode term : terms) {
      boolean all = !term.path("matchExpressions").isEmpty();
      for (JsonNode e : term.path("matchExpressions")) {
        all &= matches(node, e.path("key").asText(), e.path("operator").asText(), e.path("values"));
      }
      any |= all;
    }
    return any;
  }

  private static boolean matches(
      Map<String, String> node, String key, String operator, JsonNode values) {
    String label = node.getOrDefault(key, "");
    boolean among = false;
    for (JsonNode value : values) {
      among |= !label.isEmpty() && value.asText().equals(label);
    }
    return switch (operator) {
      case "In" -> among;
      case "NotIn" -> !among;
      case "Exists" -> !label.isEmpty();
      case "DoesNotExist" -> label.isEmpty();
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static ObjectNode anySpec(Random random) {
    List<String> terms = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      List<String> expressions = new ArrayList<>();
      for (int j = random.nextInt(3); j > 0; j--) {
        expressions.add(
            one(
                random,
                "zone In a",
                "zone NotIn a",
                "zone In a,b",
                "zone Exists",
                "capacity-type In spot",
                "capacity-type In spot,on-demand",
                "capacity-type In owned,on-demand",
                "capacity-type NotIn spot",
                "capacity-type NotIn spot,owned",
                "capacity-type NotIn owned",
                "capacity-type Exists",
                "capacity-type DoesNotExist"));
      }
      terms.add(expressions.isEmpty() ? "-" : String.join(" & ", expressions));
    }
    ObjectNode spec = terms.isEmpty() ? JSON.createObjectNode() : spec(String.join(" | ", terms));
    if (random.nextInt(4) == 0) {
      spec.putObject("nodeSelector").put(CAPACITY, one(random, "spot", "on-demand", "owned"));
    }
    return spec;
  }

  private static List<NodeRequirement> anyRequirements(Random random) {
    List<NodeRequirement> any = new ArrayList<>();
    if (random.nextBoolean()) {
      any.add(random.nextBoolean() ? SPOT : NOT_SPOT);
    }
    if (random.nextBoolean()) {
      any.add(
          new NodeRequirement(
              "topology.kubernetes.io/zone",
              random.nextBoolean() ? Operator.IN : Operator.NOT_IN,
              random.nextBoolean() ? List.of("a") : List.of("a", "b")));
    }
    return any;
  }

  private static String one(Random random, String... of) {
    return of[random.nextInt(of.length)];
  }

  private static void random(Consumer<Random> property) {
    for (int i = 0; i < 1000; i++) {
      long seed = System.nanoTime() + i;
      try {
        property.accept(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("with seed " + seed, e);
      }
    }
  }

  private static ObjectNode narrowed(JsonNode spec, NodeRequirement wanted) {
    return NodeAffinity.narrowed(spec, List.of(wanted)).orElseThrow();
  }

  private static ObjectNode spec(String terms) {
    ObjectNode spec = JSON.createObjectNode();
    ArrayNode list =
        spec.putObject("affinity")
            .putObject("nodeAffinity")
            .putObject("requiredDuringSchedulingIgnoredDuringExecution")
            .putArray("nodeSelectorTerms");
    for (String term : terms.split(" \\| ", -1)) {
      ObjectNode object = list.addObject();
      for (String expression : term.equals("-") ? new String[0] : term.split(" & ", -1)) {
        String[] words = expression.split(" ", -1);
        ObjectNode written = object.withArray("matchExpressions").addObject();
        written.put("key", LONG.getOrDefault(words[0], words[0])).put("operator", words[1]);
        if (words.length > 2) {
          List.of(words[2].split(",", -1)).forEach(written.putArray("values")::add);
        }
      }
    }
    return spec;
  }

  private static final Map<String, String> LONG =
      Map.of(
          "capacity-type",
          CAPACITY,
          "offer",
          OFFER,
          "zone",
          "topology.kubernetes.io/zone",
          "arch",
          "kubernetes.io/arch");

  private static String terms(JsonNode affinity) {
    List<String> terms = new ArrayList<>();
    for (JsonNode term : termsOf(affinity)) {
      List<String> expressions = new ArrayList<>();
      for (JsonNode expression : term.path("matchExpressions")) {
        List<String> values = new ArrayList<>();
        expression.path("values").forEach(value -> values.add(value.asText()));
        String key = expression.path("key").asText();
        expressions.add(
            "%s %s %s"
                .formatted(
                    key.substring(key.indexOf('/') + 1),
                    expression.path("operator").asText(),
                    String.join(",", values))
                .strip());
      }
      terms.add(expressions.isEmpty() ? "-" : String.join(" & ", expressions));
    }
    return String.join(" | ", terms);
  }

  private static JsonNode term(JsonNode affinity) {
    return termsOf(affinity).path(0);
  }

  private static JsonNode termsOf(JsonNode affinity) {
    return affinity
        .path("nodeAffinity")
        .path("requiredDuringSchedulingIgnoredDuringExecution")
        .path("nodeSelectorTerms");
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
