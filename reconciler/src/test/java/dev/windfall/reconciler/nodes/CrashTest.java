package dev.windfall.reconciler.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Nodes that come, retire, are of use again, and are given back. */
class CrashTest {
  private static final String V1 = "karpenter.sh/v1";
  private static final String OFFER = "eu-central-1a.g6.xlarge.spot";
  private static final String RUNG = "gpu-g6-xlarge-eu-central-1a-0a1b2c3d";

  /** One such life. */
  private static final class NodesLife extends Life {
    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            bench.book = Market.book(Market.offer("g6.xlarge", "a", "0.40"));
            bench.pool("gpu", "");
            rung("");
            claim("one", "Registered", "Initialized");
            node("one", RUNG, "1");
            node("foreign", "", "8");
          },
          () -> {
            rung("costs 0.50 USD/GPU·h, above the cap of 0.40");
            claim("two", "Registered", "Initialized");
            node("two", RUNG, "1");
          },
          () -> later(Duration.ofMinutes(6)),
          () -> rung(""),
          () -> {
            claim("three", "Registered");
            node("three", RUNG, "");
            claim("four", "Registered");
            node("four", RUNG, "");
          },
          () -> later(Duration.ofMinutes(20)),
          () -> ended("four"),
          () -> ended("three"));
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      NodesLoop.Pass pass = Passes.of(bench, writes, () -> bench.now);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      Map<String, JsonNode> state = new TreeMap<>(objects("v1", "Node"));
      state.putAll(objects(V1, "NodeClaim"));
      return state;
    }

    private void rung(String closed) {
      bench.put(
          """
          {'apiVersion': '%s', 'kind': 'NodePool',
           'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': 'gpu'},
             'annotations': {'windfall.dev/gpus': '1', 'windfall.dev/offer': '%s'%s}}}
          """
              .formatted(
                  V1,
                  RUNG,
                  OFFER,
                  closed.isEmpty()
                      ? ""
                      : ", 'windfall.dev/closed': '%s', 'windfall.dev/closed-at': '%s'"
                          .formatted(closed, bench.now)));
    }

    private void claim(String name, String... conditions) {
      StringBuilder list = new StringBuilder();
      for (String condition : conditions) {
        list.append(list.isEmpty() ? "" : ", ")
            .append(
                "{'type': '%s', 'status': 'True', 'lastTransitionTime': '%s'}"
                    .formatted(condition, bench.now.minusSeconds(180)));
      }
      bench.put(
          """
          {'apiVersion': '%s', 'kind': 'NodeClaim',
           'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s'},
             'finalizers': ['karpenter.sh/termination']},
           'status': {'nodeName': '%s', 'conditions': [%s]}}
          """
              .formatted(V1, name, RUNG, name, list));
    }

    private void node(String name, String rung, String gpus) {
      bench.put(
          """
          {'apiVersion': 'v1', 'kind': 'Node',
           'metadata': {'name': '%s', 'labels': {%s
             'topology.kubernetes.io/zone': 'eu-central-1a', 'karpenter.sh/capacity-type': 'spot',
             'node.kubernetes.io/instance-type': 'g6.xlarge'}},
           'spec': {'taints': [{'key': 'nvidia.com/gpu', 'effect': 'NoSchedule'}]},
           'status': {'allocatable': {%s}}}
          """
              .formatted(
                  name,
                  rung.isEmpty() ? "" : "'windfall.dev/rung': '" + rung + "',",
                  gpus.isEmpty() ? "" : "'nvidia.com/gpu': '" + gpus + "'"));
    }

    /** Karpenter has given the machine back. */
    private void ended(String name) {
      bench.server.remove("v1", "Node", "", name);
      bench.server.change(
          V1,
          "NodeClaim",
          "",
          name,
          claim -> {
            claim.withObject("/metadata").remove("finalizers");
            return claim;
          });
    }
  }

  @Test
  void aLifeHasAllThatMayBecomeOfANode() {
    List<Map<String, JsonNode>> states = Life.undisturbed(NodesLife::new);
    assertEquals(OFFER, label(states.get(0), "foreign"));
    assertFalse(retires(states.get(1), "one"));
    assertTrue(retires(states.get(2), "one"));
    assertTrue(retires(states.get(2), "two"));
    assertFalse(retires(states.get(3), "one"));
    assertTrue(isGivenBack(states.get(5), "four"));
    assertFalse(isGivenBack(states.get(5), "three"), "one at a time");
    assertTrue(isGivenBack(states.get(6), "three"));
    assertFalse(states.get(7).containsKey("NodeClaim three"));
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(NodesLife::new, 8);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(NodesLife::new, 8);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(NodesLife::new, 8);
  }

  private static JsonNode of(Map<String, JsonNode> state, String object) {
    JsonNode there = state.get(object);
    assertTrue(there != null, () -> object + " is missing in " + state.keySet());
    return there;
  }

  private static String label(Map<String, JsonNode> state, String node) {
    return of(state, "Node " + node).at("/metadata/labels/windfall.dev~1offer").asText();
  }

  private static boolean retires(Map<String, JsonNode> state, String node) {
    return of(state, "Node " + node)
        .at("/spec/taints")
        .valueStream()
        .anyMatch(taint -> taint.path("key").asText().equals(LiveNode.RETIRING));
  }

  private static boolean isGivenBack(Map<String, JsonNode> state, String claim) {
    return of(state, "NodeClaim " + claim).path("metadata") instanceof ObjectNode metadata
        && metadata.has("deletionTimestamp");
  }
}
