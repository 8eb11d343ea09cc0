package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeftoverNodePoolTest {
  private static final String BARE =
      """
      apiVersion: gpu.devplatforms.io/v1alpha1
      kind: LeftoverNodePool
      metadata: {name: gpu}
      spec:
        region: eu-central-1
        nodeClassName: gpu
      """;

  private static LeftoverNodePool read(String text) {
    return LeftoverNodePool.read("pool.yaml", text);
  }

  @Test
  void whatIsAbsentHasLeftoversDefault() {
    assertEquals(
        new LeftoverNodePool(
            "gpu",
            "eu-central-1",
            List.of(),
            Optional.of("gpu"),
            Map.of(),
            1,
            2,
            5,
            5,
            2,
            Capacity.SPOT,
            Map.of(),
            Map.of(),
            "10%",
            Duration.ofMinutes(2),
            Map.of(),
            List.of(),
            7,
            true,
            Optional.empty()),
        read(BARE));
  }

  @Test
  void everyFieldCanBeSetToSomethingElse() {
    assertEquals(
        new LeftoverNodePool(
            "gpu",
            "eu-central-1",
            List.of("g5", "g6"),
            Optional.empty(),
            Map.of("team", "research"),
            2,
            3,
            0,
            7,
            4,
            Capacity.ON_DEMAND,
            Map.of("a", "1"),
            Map.of("b", "2"),
            "100%",
            Duration.ofMinutes(90),
            Map.of("workload", "gpu"),
            List.of("team=research:NoExecute", "x.org/y:PreferNoSchedule", "z=:NoSchedule"),
            9,
            false,
            Optional.empty()),
        read(
            BARE.replace("  nodeClassName: gpu\n", "")
                + """
                  nodeClassSelector: {team: research}
                  families: [g5, g6]
                  minGPUs: 2
                  targetCount: 3
                  minSpotScore: 0
                  maxInstanceTypes: 7
                  maxZones: 4
                  capacityType: on-demand
                  subnetSelectorTags: {a: "1"}
                  securityGroupSelectorTags: {b: "2"}
                  budgetsNodes: 100%
                  consolidateAfter: 1.5h
                  labels: {workload: gpu}
                  taints: ["team=research:NoExecute", "x.org/y:PreferNoSchedule", "z=:NoSchedule"]
                  requeueMinutes: 9
                  onDemandFallback: false
                """));
  }

  /** Leftover's webhooks turned these into the defaults, and stored ones may still have them. */
  @Test
  void zeroAndNothingStandForTheDefault() {
    assertEquals(
        read(BARE),
        read(
            BARE
                + """
                  minGPUs: 0
                  targetCount: 0
                  maxInstanceTypes: 0
                  maxZones: 0
                  requeueMinutes: 0
                  capacityType: ""
                  budgetsNodes: ""
                  consolidateAfter: ""
                """));
  }

  @Test
  void besideANodeClassATagMayBeEmpty() {
    assertEquals(
        Map.of("a", ""), read(BARE + "  subnetSelectorTags: {a: \"\"}\n").subnetSelectorTags());
  }

  @Test
  void theManifestOfAUserOfLeftoverIsReadAsItIs() throws IOException {
    LeftoverNodePool pool = read(Files.readString(Path.of("../examples/leftovernodepool.yaml")));

    assertEquals(List.of("g5", "g6", "p5"), pool.families());
    assertEquals(List.of("nvidia.com/gpu=true:NoSchedule"), pool.taints());
    assertEquals(2, pool.subnetSelectorTags().size());
  }

  @ParameterizedTest
  @CsvSource({
    "2m, PT2M",
    "1h30m, PT1H30M",
    "1.5h, PT1H30M",
    "0, PT0S",
    "0s, PT0S",
    "250ms, PT0.25S",
    "1us, PT0.000001S",
    "90m0.5s, PT1H30M0.5S",
    "87600h, PT87600H"
  })
  void durationsAreThoseOfGo(String text, String means) {
    assertEquals(
        Duration.parse(means),
        read(BARE + "  consolidateAfter: \"" + text + "\"\n").consolidateAfter());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "m", "-2m", "2 m", "2d", "1.h", "87601h", "999999999h999999999h"})
  void whatGoWouldNotReadOrKarpenterNotBearIsNone(String text) {
    assertThrows(
        UnreadableException.class, () -> read(BARE + "  consolidateAfter: \"" + text + "\"\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          region: eu-central-1 | region: ""              | pool.yaml:5:11: region "" must be a valid label value
          region: eu-central-1 | families: []            | pool.yaml:5:3: field "region" is missing
          name: gpu            | name: GPU               | pool.yaml:3:18: name "GPU" must be lower-case letters, digits, dashes and dots
          nodeClassName: gpu   | minGPUs: 1              | pool.yaml:5:3: a node class is missing; name it by nodeClassName or nodeClassSelector, or have it made by subnetSelectorTags and securityGroupSelectorTags, both
          nodeClassName: gpu   | subnetSelectorTags: {a: b} | pool.yaml:5:3: a node class is missing; name it by nodeClassName or nodeClassSelector, or have it made by subnetSelectorTags and securityGroupSelectorTags, both
          nodeClassName: gpu   | nodeClassName: gpu\\n  nodeClassSelector: {a: b} | pool.yaml:7:22: the node class is named by nodeClassName or by nodeClassSelector, not by both; leave one of them out
          nodeClassName: gpu   | nodeClassName: gpu\\n  capacityType: on-demand | pool.yaml:7:17: onDemandFallback is for spot capacity and true unless it is set, and capacityType is on-demand; set onDemandFallback: false
          nodeClassName: gpu   | nodeClassName: gpu\\n  capacityType: reserved | pool.yaml:7:17: capacityType "reserved" is not one of spot, on-demand
          nodeClassName: gpu   | nodeClassName: gpu\\n  minGPUs: -1 | pool.yaml:7:12: minGPUs "-1" must be a whole number from 0 to 1000000
          nodeClassName: gpu   | nodeClassName: gpu\\n  targetCount: -1 | pool.yaml:7:16: targetCount "-1" must be a whole number from 0 to 1000000
          nodeClassName: gpu   | nodeClassName: gpu\\n  minSpotScore: 11 | pool.yaml:7:17: minSpotScore "11" must be a whole number from 0 to 10
          nodeClassName: gpu   | nodeClassName: gpu\\n  families: [G5] | pool.yaml:7:14: families "G5" must be an instance family such as g6
          nodeClassName: gpu   | nodeClassName: gpu\\n  budgetsNodes: "10" | pool.yaml:7:17: budgetsNodes "10" must be a percentage such as 10%
          nodeClassName: gpu   | nodeClassName: gpu\\n  requeueMinutes: -1 | pool.yaml:7:19: requeueMinutes "-1" must be a whole number from 0 to 1000000
          nodeClassName: gpu   | subnetSelectorTags: {a: ""}\\n  securityGroupSelectorTags: {c: d} | pool.yaml:6:23: tag "a: " must have a key of 1 to 128 and a value of 1 to 256 characters
          nodeClassName: gpu   | nodeClassName: gpu\\n  minGpus: 2 | pool.yaml:7:3: field "spec.minGpus" is unknown; did you mean "minGPUs"?
          """)
  void whatIsWrongIsSaidWithItsPlaceAndTheWayOut(String good, String bad, String problem) {
    String text = BARE.replace(good, bad.replace("\\n", "\n"));

    UnreadableException refused = assertThrows(UnreadableException.class, () -> read(text));

    assertTrue(
        refused.problems().stream().map(Problem::toString).anyMatch(problem::equals),
        refused.problems()::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "gpu-spot-euc1, leftover-gpu-spot-euc1",
    "a12345678901234567890, leftover-a12345678901234567890",
    "a123456789012345678901, leftover-a12345678901-HASH",
    "team.gpu, leftover-team-gpu-HASH",
    "gpu-for-tex-.eu, leftover-gpu-for-tex-HASH",
  })
  void itsSpotPoolIsCalledLikeItWhereThatFits(String name, String pool) {
    String made = LeftoverNodePool.poolName(name);

    assertEquals(pool, made.replaceFirst("(?<=-)[0-9a-f]{8}$", "HASH"));
    assertTrue(made.length() <= 30, made);
  }

  @Test
  void twoLongNamesMakeTwoSpotPools() {
    String one = "a-pool-for-inference-in-frankfurt";

    assertNotEquals(LeftoverNodePool.poolName(one), LeftoverNodePool.poolName(one + "-2"));
  }

  @Test
  void aNameThatIsTooLongForALabelIsThatOfItsSpotPoolThere() {
    String name = "a".repeat(64);

    assertEquals("team.gpu", LeftoverNodePool.label("team.gpu"));
    assertEquals(LeftoverNodePool.poolName(name), LeftoverNodePool.label(name));
  }
}
