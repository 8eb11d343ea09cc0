package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpotPoolTest {
  private static final String BARE =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPool
      metadata: {name: gpu}
      spec:
        provider: aws
        region: eu-central-1
        nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
      """;

  @Test
  void whatIsAbsentHasItsDefault() {
    assertEquals(
        new SpotPool(
            "gpu",
            "aws",
            "eu-central-1",
            new SpotPool.NodeClassRef("karpenter.k8s.aws", "EC2NodeClass", "default"),
            Optional.empty(),
            SpotPool.Mode.ACT,
            List.of(),
            new SpotPool.GpuBounds(List.of(), 1, 64, Optional.empty()),
            Capacity.SPOT,
            new SpotPool.OnDemandFallback(false, Duration.ZERO),
            5,
            2,
            2,
            1,
            Optional.empty(),
            new SpotPool.Limits(OptionalInt.empty(), Optional.empty()),
            Map.of(),
            List.of(),
            new SpotPool.Disruption(Duration.ofMinutes(5), "100%", Optional.empty(), false),
            new SpotPool.Ranking(0.05, Duration.ZERO, Duration.ofHours(1))),
        read(BARE));
  }

  @Test
  void everyFieldCanBeSetToSomethingElse() {
    assertEquals(
        new SpotPool(
            "gpu",
            "aws",
            "eu-central-1",
            new SpotPool.NodeClassRef("karpenter.k8s.aws", "EC2NodeClass", "default"),
            Optional.empty(),
            SpotPool.Mode.OBSERVE,
            List.of("g5", "g6"),
            new SpotPool.GpuBounds(List.of("L4"), 2, 8, Optional.of(Memory.parse("16Gi"))),
            Capacity.SPOT,
            new SpotPool.OnDemandFallback(true, Duration.ofMinutes(10)),
            7,
            3,
            6,
            4,
            Optional.of(Usd.parse("2.50")),
            new SpotPool.Limits(OptionalInt.of(64), Optional.of(Usd.parse("40"))),
            Map.of("team", "research", "empty", ""),
            List.of(new SpotPool.Taint("team", "research", "NoSchedule")),
            new SpotPool.Disruption(
                Duration.ofMinutes(1), "5", Optional.of(Duration.ofDays(7)), true),
            new SpotPool.Ranking(0.1, Duration.ofMinutes(15), Duration.ofMinutes(10))),
        read(
            BARE
                + """
                  mode: Observe
                  families: [g5, g6]
                  gpu: {models: [L4], minCount: 2, maxCount: 8, minMemory: 16Gi}
                  onDemandFallback: {enabled: true, after: 10m}
                  targetCount: 6
                  maxInstanceTypes: 7
                  maxZones: 3
                  minPlacementScore: 4
                  maxPricePerGpu: "2.50"
                  limits: {gpus: 64, usdPerHour: "40"}
                  labels: {team: research, empty: ""}
                  taints: [{key: team, value: research, effect: NoSchedule}]
                  disruption: {consolidateAfter: 1m, emptyBudget: "5", maxNodeAge: 168h, replaceRestartable: true}
                  ranking: {hysteresis: 10%, minHold: 15m, maxQuoteAge: 10m}
                """));
  }

  @Test
  void aPoolMayBeOfOnDemandCapacityAltogether() {
    assertEquals(Capacity.ON_DEMAND, read(BARE + "  capacity: on-demand\n").capacity());
  }

  private static final String MADE =
      BARE.replaceFirst(
          "nodeClassRef: .*",
          "nodeClass: {role: gpu-nodes, amiAlias: al2023@v20260101, subnetSelectorTags: {b: w, a:"
              + " x}, securityGroupSelectorTags: {team: research}}");

  @Test
  void aNodeClassThatIsToBeMadeIsReferredToByTheNameOfThePoolAndAHash() {
    SpotPool pool = read(MADE);

    assertEquals(
        Optional.of(
            new SpotPool.NodeClass(
                "gpu-nodes",
                "al2023@v20260101",
                Map.of("a", "x", "b", "w"),
                Map.of("team", "research"))),
        pool.nodeClass());
    assertEquals(
        new SpotPool.NodeClassRef("karpenter.k8s.aws", "EC2NodeClass", "gpu-e9dbf2c5"),
        pool.nodeClassRef());
  }

  @Test
  void thePageSaysTheNameOfItsOwnExample() throws IOException {
    String page = Files.readString(Path.of("../docs/spotpool.md"));
    String example = page.substring(page.indexOf("  nodeClass:\n"));
    String document =
        BARE.replaceFirst(
            "  nodeClassRef: .*\n",
            Matcher.quoteReplacement(example.substring(0, example.indexOf("```"))));
    String name = read(document).nodeClassRef().name();

    assertTrue(page.contains("such as `" + name + "`"), name);
  }

  /** Another name would be another class and other rungs, for every pool, at an upgrade. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in the first     | stands in the second | and it is
          a: x               | a: x                 | the same
          {b: w, a: x}       | {a: x, b: w}         | the same
          role: gpu-nodes    | role: other          | another
          v20260101          | v20260202            | another
          a: x               | a: z                 | another
          b: w,              | b: w, c: v,          | another
          team: research     | team: other          | another
          region: eu-central-1 | region: eu-north-1 | the same
          """)
  void whateverItsContentIsItHasItsOwnName(String one, String other, String it) {
    String name = read(MADE).nodeClassRef().name();
    String second = read(MADE.replace(one, other)).nodeClassRef().name();

    assertEquals(it.equals("the same"), name.equals(second), second);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in a good pool       | stands                       | and is refused since
          nodeClass: {           | nodeClassRef: {group: g, kind: k, name: n}\\n  nodeClass: { | pool.yaml:8:14: exactly one of nodeClassRef and nodeClass must be set: the node class that is there, or the one that Windfall makes
          nodeClass: {           | labels: {                    | pool.yaml:5:3: exactly one of nodeClassRef and nodeClass must be set: the node class that is there, or the one that Windfall makes
          provider: aws          | provider: other              | pool.yaml:7:14: nodeClass is for provider aws; name the class of another one in nodeClassRef
          role: gpu-nodes        | role: " "                    | pool.yaml:7:21: role " " must not be empty
          role: gpu-nodes, amiAlias | amiAlias                  | pool.yaml:7:14: field "role" is missing
          role: gpu-nodes        | role: gpu-nodes, userData: x | pool.yaml:7:32: field "spec.nodeClass.userData" is unknown
          al2023@v20260101       | al2023                       | pool.yaml:7:42: amiAlias "al2023" must be al2, al2023 or bottlerocket, an @ and a version, such as al2023@v20260101; at most 30 characters
          al2023@v20260101       | windows2022@latest           | pool.yaml:7:42: amiAlias "windows2022@latest" must be al2, al2023 or bottlerocket, an @ and a version, such as al2023@v20260101; at most 30 characters
          {b: w, a: x}           | {}                           | pool.yaml:7:80: subnetSelectorTags must name at least one tag; without any, every one would be selected
          {team: research}       | {team: ""}                   | pool.yaml:7:121: tag "team: " must have a key of 1 to 128 and a value of 1 to 256 characters
          {team: research}       | {"": x}                      | pool.yaml:7:121: tag ": x" must have a key of 1 to 128 and a value of 1 to 256 characters
          """)
  void whatIsWrongWithANodeClassIsSaidToo(String good, String bad, String problem) {
    UnreadableException refused =
        assertThrows(
            UnreadableException.class, () -> read(MADE.replace(good, bad.replace("\\n", "\n"))));

    assertTrue(
        refused.problems().stream().map(Problem::toString).anyMatch(problem::equals),
        refused.problems()::toString);
  }

  @Test
  void noAgeInSoManyWordsIsAnyAge() {
    assertEquals(read(BARE), read(BARE + "  disruption: {maxNodeAge: \"\"}\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in a good pool       | stands                       | and is refused since
          provider: aws          | providr: aws                 | pool.yaml:5:3: field "spec.providr" is unknown; did you mean "provider"?
          provider: aws          | provider: null               | pool.yaml:5:3: field "provider" is missing
          kind: SpotPool         | kind: SpotPolicy             | pool.yaml:2:7: kind "SpotPolicy" is not one of SpotPool
          v1alpha1               | v1                           | pool.yaml:1:13: apiVersion "windfall.dev/v1" is not one of windfall.dev/v1alpha1
          name: gpu              | name: GPU                    | pool.yaml:3:18: name "GPU" must be at most 30 lower-case letters, digits and dashes
          name: gpu              | name: a123456789012345678901234567890 | pool.yaml:3:18: name "a123456789012345678901234567890" must be at most 30 lower-case letters, digits and dashes
          {name: gpu}            | {}                           | pool.yaml:3:11: field "name" is missing
          , name: default        |                              | pool.yaml:7:17: field "name" is missing
          name: default          | name: ""                     | pool.yaml:7:70: name "" must not be empty
          provider: aws          | maxZone: 2                   | pool.yaml:5:3: field "spec.maxZone" is unknown; did you mean "maxZones"?
          provider: aws          | provider: aws\\n  maxZones: 0 | pool.yaml:6:13: maxZones "0" must be a whole number from 1 to 10
          provider: aws          | provider: aws\\n  maxInstanceTypes: 21 | pool.yaml:6:21: maxInstanceTypes "21" must be a whole number from 1 to 20
          provider: aws          | provider: aws\\n  capacity: owned | pool.yaml:6:13: capacity "owned" is not one of spot, on-demand
          provider: aws          | provider: aws\\n  families: g6 | pool.yaml:6:13: field "families" must be a list
          provider: aws          | provider: aws\\n  families: [g6, {}] | pool.yaml:6:18: field "families" must be a single value
          provider: aws          | provider: aws\\n  gpu: {minCount: 4, maxCount: 2} | pool.yaml:6:19: minCount "4" must not be above maxCount "2"
          provider: aws          | provider: aws\\n  gpu: 2 | pool.yaml:6:8: field "gpu" must be a mapping of keys to values
          provider: aws          | provider: aws\\n  ranking: {hysteresis: 5} | pool.yaml:6:25: hysteresis "5" must be a percentage from 0% to 100%
          provider: aws          | provider: aws\\n  ranking: {maxQuoteAge: 1d} | pool.yaml:6:26: maxQuoteAge "1d" must be a duration such as 30s, 5m or 1h30m
          provider: aws          | provider: aws\\n  disruption: {emptyBudget: 101%} | pool.yaml:6:29: emptyBudget "101%" must be a number of nodes or a percentage such as 100%
          provider: aws          | provider: aws\\n  limits: {gpu: 1} | pool.yaml:6:12: field "spec.limits.gpu" is unknown; did you mean "gpus"?
          provider: aws          | provider: aws\\n  limits: {usdPerHour: forty} | pool.yaml:6:24: usdPerHour "forty" must be a plain decimal number such as 0.40
          provider: aws          | provider: aws\\n  mode: act | pool.yaml:6:9: mode "act" is not one of Act, Observe; did you mean "Act"?
          provider: aws          | provider: aws\\n  targetCount: 0 | pool.yaml:6:16: targetCount "0" must be a whole number from 1 to 1000
          provider: aws          | provider: aws\\n  onDemandFallback: {after: soon} | pool.yaml:6:29: after "soon" must be a duration such as 30s, 5m or 1h30m
          provider: aws          | provider: aws\\n  onDemandFallback: {enabled: yes} | pool.yaml:6:31: enabled "yes" must be true or false
          provider: aws          | provider: aws\\n  onDemandFallback: {enabled: true}\\n  capacity: on-demand | pool.yaml:6:31: enabled "true" is for pools of spot capacity, and capacity is on-demand; leave one of them out
          provider: aws          | provider: aws\\n  disruption: {maxNodeAge: 7d} | pool.yaml:6:28: maxNodeAge "7d" must be a duration such as 30s, 5m or 1h30m
          provider: aws          | provider: aws\\n  labels: {karpenter.sh/capacity-type: spot} | pool.yaml:6:11: label "karpenter.sh/capacity-type" is not a pool's to set
          provider: aws          | provider: aws\\n  labels: {windfall.dev/pool: x} | pool.yaml:6:11: label "windfall.dev/pool" is not a pool's to set
          provider: aws          | provider: aws\\n  labels: {kubernetes.io/x: y} | pool.yaml:6:11: label "kubernetes.io/x" is not a pool's to set
          provider: aws          | provider: aws\\n  labels: {topology.kubernetes.io/zone: a} | pool.yaml:6:11: label "topology.kubernetes.io/zone" is not a pool's to set
          provider: aws          | provider: aws\\n  labels: {kops.k8s.io/x: y} | pool.yaml:6:11: label "kops.k8s.io/x" is not a pool's to set
          provider: aws          | provider: aws\\n  labels: {karpenter.k8s.aws/x: y} | pool.yaml:6:11: label "karpenter.k8s.aws/x" is not a pool's to set
          provider: aws          | provider: aws\\n  disruption: {consolidateAfter: 9999999h} | pool.yaml:6:34: consolidateAfter "9999999h" must not be above 87600h
          provider: aws          | provider: aws\\n  labels: {team: a b} | pool.yaml:6:11: label "team: a b" is not a valid label
          provider: aws          | provider: aws\\n  labels: {a/b/c: x} | pool.yaml:6:11: label "a/b/c: x" is not a valid label
          provider: aws          | provider: aws\\n  taints: [{key: team, effect: Schedule}] | pool.yaml:6:32: effect "Schedule" is not one of NoSchedule, PreferNoSchedule, NoExecute; did you mean "NoSchedule"?
          provider: aws          | provider: aws\\n  taints: [{key: team, effect: NoSchedule, value: a b}] | pool.yaml:6:51: value "a b" must be a valid label value
          provider: aws          | provider: aws\\n  provider: gcp | pool.yaml:6:3: field "provider" is given twice
          """)
  void whatIsWrongIsSaidWithItsPlaceAndTheWayOut(String good, String bad, String problem) {
    String text = BARE.replace(good, bad == null ? "" : bad.replace("\\n", "\n"));

    UnreadableException refused = assertThrows(UnreadableException.class, () -> read(text));

    assertTrue(
        refused.problems().stream().map(Problem::toString).anyMatch(problem::equals),
        refused.problems()::toString);
  }

  @Test
  void allProblemsAreSaidAtOnce() {
    UnreadableException refused =
        assertThrows(
            UnreadableException.class,
            () -> read(BARE + "  maxZones: 0\n  maxInstanceTypes: 0\n  colour: red\n"));

    assertEquals(3, refused.problems().size());
  }

  @Test
  void severalBadLabelsAreNamedInTheOrderTheyAreWritten() {
    UnreadableException refused =
        assertThrows(
            UnreadableException.class,
            () -> read(BARE + "  labels: {d: \"!\", a: \"!\", c: \"!\", b: \"!\"}\n"));

    assertEquals(
        List.of("d", "a", "c", "b"),
        refused.problems().stream().map(p -> p.message().substring(7, 8)).toList());
  }

  @Test
  void whatTheApiServerAddsToAnObjectIsNoneOfThePoolsBusiness() {
    String json =
        """
        {"apiVersion":"windfall.dev/v1alpha1","kind":"SpotPool","metadata":{"annotations":
        {"kubectl.kubernetes.io/last-applied-configuration":"{\\"kind\\":\\"SpotPool\\"}\\n"},
        "creationTimestamp":"2026-11-20T10:00:00Z","generation":1,"managedFields":[{"fieldsType":
        "FieldsV1","fieldsV1":{"f:spec":{".":{},"k:{\\"key\\":\\"team\\"}":{}}},"manager":"kubectl"}],
        "name":"gpu","resourceVersion":"1","uid":"0b5e"},"spec":{"provider":"aws","region":
        "eu-central-1","nodeClassRef":{"group":"karpenter.k8s.aws","kind":"EC2NodeClass","name":
        "default"},"families":null},"status":{"conditions":[]}}
        """
            .replace("\n", "");

    assertEquals(read(BARE), SpotPool.readObject("gpu", json));
  }

  private static SpotPool read(String text) {
    return SpotPool.read("pool.yaml", text);
  }
}
