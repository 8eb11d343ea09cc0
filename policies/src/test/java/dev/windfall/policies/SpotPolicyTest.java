package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Selector.Expression;
import dev.windfall.policies.Selector.Operator;
import dev.windfall.policies.SpotPolicy.AfterMaxWait;
import dev.windfall.policies.SpotPolicy.Enforcement;
import dev.windfall.policies.SpotPolicy.WhenNothingFits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpotPolicyTest {
  private static final String BARE =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPolicy
      metadata: {name: research}
      spec:
        priority: 1
      """;

  @Test
  void whatIsAbsentHasItsDefaultOrStaysAbsent() {
    assertEquals(
        new SpotPolicy(
            "research",
            Optional.of("policy.yaml"),
            0,
            Selector.ALL,
            Selector.ALL,
            Wish.NOTHING,
            Bounds.NONE,
            Enforcement.WARN,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()),
        read(BARE.replace("\n  priority: 1", " {}")));
  }

  @Test
  void everyFieldIsRead() {
    assertEquals(
        new SpotPolicy(
            "research",
            Optional.of("policy.yaml"),
            1,
            new Selector(List.of(new Expression("team", Operator.IN, List.of("research")))),
            new Selector(
                List.of(
                    new Expression("tier", Operator.NOT_IN, List.of("a", "b")),
                    new Expression("x", Operator.EXISTS, List.of()))),
            new Wish(
                Optional.of(Spot.PREFER),
                Optional.of(Usd.parse("1.80")),
                Optional.of(List.of("L4", "A10G")),
                Optional.of(Memory.parse("24Gi")),
                Optional.of(List.of("aws")),
                Optional.of(List.of("eu-central-1a")),
                Optional.of(Duration.ofHours(2)),
                Optional.of(true)),
            new Bounds(
                Optional.of(Usd.parse("3.00")), OptionalInt.of(8), List.of("aws", "runpod"), false),
            Enforcement.DENY,
            Optional.of(WhenNothingFits.WAIT),
            Optional.of(Duration.ofHours(1)),
            Optional.of(AfterMaxWait.FALLBACK),
            Optional.of(true)),
        read(
            BARE
                + """
                  namespaceSelector: {matchLabels: {team: research}}
                  podSelector:
                    matchExpressions:
                    - {key: tier, operator: NotIn, values: [a, b]}
                    - {key: x, operator: Exists}
                  defaults:
                    spot: prefer
                    maxPricePerGpu: "1.80"
                    gpuModels: [L4, A10G]
                    minGpuMemory: 24Gi
                    providers: [aws]
                    zones: [eu-central-1a]
                    lostWork: 2h
                    doNotDisrupt: true
                  bounds: {maxPricePerGpu: "3.00", maxGpusPerPod: 8, providers: [aws, runpod], onDemand: false}
                  enforcement: Deny
                  whenNothingFits: Wait
                  maxWait: 1h
                  afterMaxWait: Fallback
                  assignBursts: true
                """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in a good policy | stands                              | and is refused since
          name: research     | name: Research                      | policy.yaml:3:18: name "Research" must be at most 63 lower-case letters, digits and dashes
          kind: SpotPolicy   | kind: SpotPolcy                     | policy.yaml:2:7: kind "SpotPolcy" is not one of SpotPolicy; did you mean "SpotPolicy"?
          priority: 1        | priorty: 1                          | policy.yaml:5:3: field "spec.priorty" is unknown; did you mean "priority"?
          priority: 1        | priority: "1"                       | policy.yaml:5:13: priority "1" must stand without quotes
          priority: 1        | enforcement: deny                   | policy.yaml:5:16: enforcement "deny" is not one of Warn, Deny; did you mean "Deny"?
          priority: 1        | bounds: {maxPricePerGpu: 3.00}      | policy.yaml:5:28: maxPricePerGpu "3.00" must stand in quotes
          priority: 1        | bounds: {onDemand: "false"}         | policy.yaml:5:22: onDemand "false" must stand without quotes
          priority: 1        | bounds: {onDemand: no}              | policy.yaml:5:22: onDemand "no" must be true or false
          priority: 1        | podSelector: {matchLabels: {gpu: yes}} | policy.yaml:5:36: gpu "yes" must stand in quotes
          priority: 1        | podSelector: {matchLabels: {gpu: 1}}   | policy.yaml:5:36: gpu "1" must stand in quotes
          priority: 1        | bounds: {providers: []}             | policy.yaml:5:23: providers must name at least one; leave it out to allow any
          priority: 1        | podSelector: {matchExpressions: [{key: a, operator: In}]} | policy.yaml:5:36: operator In needs values
          priority: 1        | podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]} | policy.yaml:5:71: operator Exists goes without values
          priority: 1        | defaults: {lostWork: 721h}          | policy.yaml:5:24: lostWork "721h" must be at most 720h
          priority: 1        | maxWait: 87601h                     | policy.yaml:5:12: maxWait "87601h" must not be above 87600h
          priority: 1        | afterMaxWait: Hold                  | policy.yaml:5:17: afterMaxWait "Hold" says what happens after maxWait, which is missing; set it, such as maxWait: 2h
          priority: 1        | maxWait: 2h\\n  whenNothingFits: Deny | policy.yaml:5:12: whenNothingFits "Deny" refuses a pod at once, so it never waits for maxWait; leave one of them out
          priority: 1        | defaults: {maxPricePerGpu: "10.00"}\\n  bounds: {maxPricePerGpu: "3"} | policy.yaml:5:30: maxPricePerGpu "10.00" must not be above bounds.maxPricePerGpu "3.00"
          priority: 1        | defaults: {providers: [aws, runpod]}\\n  bounds: {providers: [aws]} | policy.yaml:5:25: providers "runpod" must be among bounds.providers, aws
          """)
  void whatIsWrongIsSaidWithItsPlaceAndTheWayOut(String good, String bad, String problem) {
    String text = BARE.replace(good, bad.replace("\\n", "\n"));

    assertTrue(
        problems(Map.of("policy.yaml", text)).contains(problem),
        () -> problems(Map.of("policy.yaml", text)).toString());
  }

  @Test
  void aPolicyWithoutSpecIsRefused() {
    assertEquals(
        List.of("policy.yaml:1:1: field \"spec\" is missing"),
        problems(Map.of("policy.yaml", BARE.substring(0, BARE.indexOf("spec:")))));
  }

  @Test
  void aWaitWithoutLimitSaysNothing() {
    SpotPolicy policy = read(BARE + "  maxWait: \"\"\n  afterMaxWait: Hold\n");

    assertEquals(Optional.empty(), policy.maxWait());
    assertEquals(Optional.of(AfterMaxWait.HOLD), policy.afterMaxWait());
  }

  @Test
  void severalFilesAreOneSet() {
    Map<String, String> files =
        Map.of(
            "b.yaml",
            BARE.replace("research", "b") + "---\n" + BARE.replace("research", "c"),
            "a.yaml",
            BARE.replace("research", "a"));

    assertEquals(
        List.of("a a.yaml", "b b.yaml", "c b.yaml"),
        SpotPolicy.readAll(files).stream()
            .map(policy -> policy.name() + " " + policy.file().orElse("none"))
            .toList());
  }

  @Test
  void aNameThatIsGivenTwiceIsRefusedAcrossFilesToo() {
    assertEquals(
        List.of("b.yaml:3:18: SpotPolicy \"research\" is given twice; it stands in a.yaml already"),
        problems(Map.of("a.yaml", BARE, "b.yaml", BARE)));
    assertEquals(
        List.of("a.yaml:9:18: SpotPolicy \"research\" is given twice; it stands in a.yaml already"),
        problems(Map.of("a.yaml", BARE + "---\n" + BARE)));
  }

  @Test
  void theProblemsOfAllFilesAreSaidAtOnce() {
    assertEquals(
        2, problems(Map.of("a.yaml", "kind: [", "b.yaml", BARE.replace("1", "x"))).size() - 1);
  }

  @Test
  void onlyOneThatChangesNothingIsSilent() {
    assertTrue(read(BARE).silent());
    assertFalse(read(BARE + "  bounds: {maxGpusPerPod: 8}\n").silent());
    assertFalse(read(BARE + "  enforcement: Deny\n").silent());
  }

  private static SpotPolicy read(String text) {
    return SpotPolicy.readAll("policy.yaml", text).getFirst();
  }

  private static List<String> problems(Map<String, String> files) {
    return assertThrows(UnreadableException.class, () -> SpotPolicy.readAll(files))
        .problems()
        .stream()
        .map(Problem::toString)
        .toList();
  }
}
