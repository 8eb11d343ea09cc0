package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Node repair is kept from rungs where Karpenter can be told so. */
class BudgetReasonsTest {
  private final Bench bench = new Bench();
  private final BudgetReasons reasons = new BudgetReasons(bench.writes);

  @AfterEach
  void close() {
    bench.close();
  }

  private void karpenter(String known) {
    bench.put(
        """
        {'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition',
         'metadata': {'name': 'nodepools.karpenter.sh'}, 'spec': {'group': 'karpenter.sh',
           'names': {'plural': 'nodepools', 'kind': 'NodePool'}, 'scope': 'Cluster',
           'versions': [{'name': 'v1', 'served': true, 'storage': true, 'schema':
             {'openAPIV3Schema': {'type': 'object', 'properties': {'spec': {'type': 'object',
               'properties': {'disruption': {'type': 'object', 'properties': {'budgets':
                 {'type': 'array', 'items': {'type': 'object', 'properties': {'reasons':
                   {'type': 'array', 'items': {'type': 'string', 'enum': [%s]}}}}}}}}}}}}}]}}
        """
            .formatted(known));
  }

  @Test
  void aKarpenterThatKnowsNodeRepairIsToldToKeepOff() {
    karpenter("'Underutilized', 'Empty', 'Drifted', 'Unhealthy'");
    assertTrue(reasons.knowRepair(Market.NOW));
  }

  @Test
  void oneThatDoesNotIsNotAsTheWholeNodePoolWouldBeRefused() {
    karpenter("'Underutilized', 'Empty', 'Drifted'");
    assertFalse(reasons.knowRepair(Market.NOW));
  }

  @Test
  void withoutTheDefinitionOrTheRightToReadItItIsNot() {
    assertFalse(reasons.knowRepair(Market.NOW));
    bench.server.faults().next("get", "customresourcedefinitions", Fault.status(403));
    assertFalse(new BudgetReasons(bench.writes).knowRepair(Market.NOW));
  }

  @Test
  void itIsAskedOnceInTenMinutesAndAnUpgradeIsSeenThen() {
    assertFalse(reasons.knowRepair(Market.NOW));
    karpenter("'Unhealthy'");
    assertFalse(reasons.knowRepair(Market.NOW.plus(Duration.ofMinutes(9))));
    assertTrue(reasons.knowRepair(Market.NOW.plus(Duration.ofMinutes(10))));
  }

  @Test
  void whenSomethingWasRefusedItIsAskedAgain() {
    karpenter("'Unhealthy'");
    assertTrue(reasons.knowRepair(Market.NOW));
    karpenter("'Drifted'");
    reasons.forget();
    assertFalse(reasons.knowRepair(Market.NOW));
  }

  @Test
  void withoutAnAnswerWhatWasKnownHoldsAndNothingIsGuessedAtFirst() {
    karpenter("'Unhealthy'");
    bench.server.faults().always("get", "customresourcedefinitions", Fault.status(500));
    assertThrows(ClusterException.class, () -> reasons.knowRepair(Market.NOW));
    bench.server.faults().clear();
    assertTrue(reasons.knowRepair(Market.NOW));
    bench.server.faults().always("get", "customresourcedefinitions", Fault.status(500));
    assertTrue(reasons.knowRepair(Market.NOW.plus(Duration.ofHours(1))));
  }

  @Test
  void rungsGetTheBudgetOnceAndAreNotFoughtOver() {
    Cluster cluster = new Cluster().pool("gpu", "").prices(book(offer("g6.xlarge", "a", "0.40")));
    cluster.settle();
    Plan plan = Planner.plan(cluster.view().withRepairKnown(true));
    assertEquals(
        List.of("Adjust"), plan.actions().stream().map(a -> a.getClass().getSimpleName()).toList());
    plan.actions().forEach(cluster::carryOut);
    JsonNode budgets = cluster.object("g6.xlarge/a").at("/spec/disruption/budgets");
    assertEquals(
        List.of("Drifted", "Underutilized", "Unhealthy", "Empty"),
        budgets.valueStream().map(budget -> budget.at("/reasons/0").asText()).toList());
    assertEquals("0", budgets.at("/2/nodes").asText());
    assertEquals(List.of(), Planner.plan(cluster.view().withRepairKnown(true)).actions());
  }
}
