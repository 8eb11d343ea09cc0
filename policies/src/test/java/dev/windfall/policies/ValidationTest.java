package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidationTest {
  private static final String POLICY =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPolicy
      metadata: {name: research}
      spec: {bounds: {onDemand: false}}
      """;
  private static final String POOL =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPool
      metadata: {name: research}
      spec:
        provider: aws
        region: eu-central-1
        nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
      """;
  private static final String MARKET =
      """
      offers:
      - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g6.xlarge, capacity: spot,
         gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: 0.40}
      """;
  private static final String CONFIG = "market: {sources: [{type: file, path: market.yaml}]}\n";

  private final Validation validation = new Validation();

  @Test
  void eachDocumentSaysItselfWhichOneItIs() {
    validation.check("a.yaml", POLICY + "---\n" + POOL);
    validation.check("market.yaml", MARKET);
    validation.check("windfall.yaml", CONFIG);

    assertEquals(List.of(), validation.errors());
    assertEquals(List.of(), validation.warnings());
    assertEquals(
        List.of("SpotPolicy", "SpotPool", "market file", "configuration"),
        validation.found().stream().map(Validation.Found::kind).toList());
  }

  @Test
  void whatHasNoEffectInALeftoverNodePoolIsAWarning() {
    validation.check(
        "f",
        """
        apiVersion: gpu.devplatforms.io/v1alpha1
        kind: LeftoverNodePool
        metadata: {name: gpu}
        spec: {region: eu-central-1, nodeClassName: gpu, requeueMinutes: 3}
        """);

    assertEquals(List.of(), validation.errors());
    assertEquals(
        List.of(
            "f:4:7: requeueMinutes 3 has no effect: prices are read as often as market.sources in"
                + " windfall.yaml says"),
        validation.warnings().stream().map(Problem::toString).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kind: SpotPolcy\\nspec: {}    | f:1:7: kind "SpotPolcy" is not one of SpotPolicy, SpotPool, LeftoverNodePool; did you mean "SpotPolicy"?
          kind: Deployment              | f:1:7: kind "Deployment" is not one of SpotPolicy, SpotPool, LeftoverNodePool
          apiVersion: windfall.dev/v1alpha1 | f:1:1: field "kind" is missing
          market: {sourcs: []}          | f:1:10: field "market.sourcs" is unknown; did you mean "sources"?
          offers: []                    | f:1:9: offers must hold at least one
          offers: [                     | f:2:1: cannot be read: expected the node content, but found '<stream end>'
          # a comment                   | f: holds no document
          offer: []                     | f:1:1: field "offer" is unknown; did you mean "offers"?
          just words                    | f:1:1: must be a mapping of keys to values
          """)
  void whatIsWrongIsSaidWithItsPlace(String text, String problem) {
    validation.check("f", text.replace("\\n", "\n") + "\n");

    assertEquals(problem, validation.errors().getLast().toString());
  }

  @Test
  void anOfferThatWouldBeLeftOutIsAnError() {
    validation.check("market.yaml", MARKET.replace("0.40", "-0.40"));

    assertEquals(
        List.of(
            "market.yaml:3:80: usdPerHour \"-0.40\" must not be negative; the offer g6.xlarge in"
                + " eu-central-1a is left out"),
        validation.errors().stream().map(Problem::toString).toList());
  }

  @Test
  void aNameStandsOnceForEachKind() {
    validation.check("a.yaml", POLICY);
    validation.check("b.yaml", POOL);
    assertEquals(List.of(), validation.errors());

    validation.check("c.yaml", POLICY);
    assertEquals(
        "c.yaml:3:18: SpotPolicy \"research\" is given twice; it stands in a.yaml already",
        validation.errors().getFirst().toString());
  }

  @Test
  void whatIsLegalAndSurelyNotMeantIsAWarning() {
    validation.check("a.yaml", POLICY.replace("{bounds: {onDemand: false}}", "{priority: 3}"));
    validation.check("b.yaml", POOL.replace("{name: research}", "{name: a, namespace: team}"));

    assertEquals(List.of(), validation.errors());
    assertEquals(
        List.of(
            "a.yaml:4:7: SpotPolicy \"research\" makes no difference: it has neither defaults nor"
                + " bounds, and says nothing of pods that nothing fits",
            "b.yaml:3:32: namespace \"team\" has no effect: a SpotPool is the whole cluster's"),
        validation.warnings().stream().map(Problem::toString).toList());
  }
}
