package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Pods that come together and alone, with and without a cap. Which of two that are alike is put on
 * which machine is chance; what is put together, and bought, is not.
 */
class CrashTest {
  private static final String SMALL = "eu-central-1a.g6.xlarge.spot";
  private static final String LARGE = "eu-central-1a.g6.12xlarge.spot";
  private static final String PREFER = "'windfall.dev/spot': 'prefer'";
  private static final String CAPPED = PREFER + ", 'windfall.dev/max-price-per-gpu': '0.30'";
  private static final String TOLERATES = "'tolerations': [{'operator': 'Exists'}]";

  /** One such life. */
  private static final class PodsLife extends Life {
    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            under("assignBursts: true");
            bench.pool("gpu", "");
            rung("small", SMALL, 60);
            rung("large", LARGE, 50);
            prices("0.45", "2.00");
            burst("first", 4, 2, 1, 1, 1, 1);
          },
          () -> {
            gated("capped-a", 1, CAPPED, "price");
            gated("capped-b", 1, CAPPED, "price");
          },
          () -> pod("late", 1, PREFER, "'tolerations': [{'key': 'x', 'operator': 'Exists'}]"),
          () -> prices("0.28", "2.00"),
          () -> burst("second", 1, 1, 3, 3),
          () -> {
            under("assignBursts: false");
            burst("third", 1, 2);
          });
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      PendingLoop.Pass pass =
          new PendingLoop.Pass(
              bench.inputs,
              writes,
              new Applier(writes, bench.recorder, bench.metrics),
              "windfall-system",
              () -> bench.now);
      return pass::run;
    }

    @Override
    protected Map<String, JsonNode> state() {
      Map<String, Integer> counts = new TreeMap<>();
      Map<String, String> machines = new TreeMap<>();
      for (ObjectNode pod : bench.server.all("v1", "Pod")) {
        String gpus = pod.at("/spec/containers/0/resources/limits/nvidia.com~1gpu").asText();
        String assigned = pod.at("/metadata/annotations/windfall.dev~1assigned").asText();
        if (!assigned.isEmpty()) {
          machines.merge(assigned, gpus, (one, other) -> one + " " + other);
        }
        String requirements =
            pod.at(
                    "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                        + "/nodeSelectorTerms/0/matchExpressions")
                .valueStream()
                .filter(each -> !each.path("key").asText().equals("windfall.dev/machine"))
                .toList()
                .toString();
        String said =
            "%s GPUs, gates %s, %s, tolerations %s"
                .formatted(
                    gpus,
                    pod.at("/spec/schedulingGates"),
                    requirements,
                    pod.at("/spec/tolerations"));
        counts.merge(said, 1, Integer::sum);
      }
      machines.forEach((assigned, held) -> {
        List<String> sorted = List.of(held.split(" ", -1)).stream().sorted().toList();
        counts.merge(
            "machine " + assigned.substring(0, assigned.indexOf('/')) + " " + sorted,
            1,
            Integer::sum);
      });
      Map<String, JsonNode> state = new TreeMap<>();
      counts.forEach((what, count) -> state.put(what, JsonNodeFactory.instance.numberNode(count)));
      return state;
    }

    private void under(String spec) {
      String document =
          """
          apiVersion: windfall.dev/v1alpha1
          kind: SpotPolicy
          metadata: {name: together}
          spec: {%s}
          """
              .formatted(spec);
      bench.surroundings =
          Surroundings.bare(Policies.of(SpotPolicy.readAll("policy.yaml", document)));
    }

    private void prices(String small, String large) {
      bench.book =
          book(
              offer("g6.12xlarge", "a", Capacity.SPOT, 4, large, Optional.empty()),
              offer("g6.xlarge", "a", small));
    }

    private void rung(String name, String offer, int weight) {
      bench.put(
          """
          {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool', 'metadata': {'name': '%s',
            'labels': {'windfall.dev/pool': 'gpu'}, 'annotations': {'windfall.dev/offer': '%s'}},
           'spec': {'weight': %d}}
          """
              .formatted(name, offer, weight));
    }

    private void burst(String name, int... gpus) {
      for (int i = 0; i < gpus.length; i++) {
        gated(name + "-" + i, gpus[i], PREFER, "burst");
      }
    }

    private void gated(String name, int gpus, String annotations, String gate) {
      String gates = "'schedulingGates': [{'name': 'windfall.dev/" + gate + "'}], ";
      pod(name, gpus, annotations, gates + TOLERATES);
    }

    private void pod(String name, int gpus, String annotations, String spec) {
      bench.put(
          """
          {'apiVersion': 'v1', 'kind': 'Pod',
           'metadata': {'name': '%s', 'namespace': 'research', 'annotations': {%s}},
           'spec': {%s,
             'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '%d'}}}]},
           'status': {'phase': 'Pending'}}
          """
              .formatted(name, annotations, spec, gpus));
    }
  }

  @Test
  void aLifeFreesEveryPodInTheEnd() {
    List<Map<String, JsonNode>> states = Life.undisturbed(PodsLife::new);
    assertTrue(states.get(1).toString().contains("windfall.dev/price"), states::toString);
    assertTrue(states.get(2).toString().contains("windfall.dev/rung"), states::toString);
    assertEquals(
        List.of(),
        states.getLast().keySet().stream()
            .filter(what -> what.contains("windfall.dev/burst") || what.contains("dev/price"))
            .toList());
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(PodsLife::new, 14);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(PodsLife::new, 14);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(PodsLife::new, 14);
  }
}
