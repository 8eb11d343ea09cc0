package dev.windfall.reconciler.guards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Guards that are made, changed, spoilt and no longer needed. */
class CrashTest {
  private static final String GROUP = "admissionregistration.k8s.io/v1";
  private static final String POLICY = "ValidatingAdmissionPolicy";
  private static final String BINDING = "ValidatingAdmissionPolicyBinding";
  private static final String WINDFALL = "windfall.dev/v1alpha1";
  private static final String BOUNDED = "'enforcement': 'Deny', 'bounds': {'onDemand': false}";

  /** One such life. */
  private static final class GuardsLife extends Life {
    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> research(BOUNDED),
          () -> research("'enforcement': 'Deny', 'bounds': {'maxGpusPerPod': 2}"),
          this::spoil,
          () -> research(BOUNDED + ", 'namespaceSelector': {'matchLabels': {'team': 'research'}}"),
          () -> research("'enforcement': 'Warn', 'bounds': {'onDemand': false}"),
          () -> research(BOUNDED),
          () -> {
            bench.server.remove(WINDFALL, "SpotPolicy", "", "research");
            bench.surroundings = Surroundings.NONE;
          });
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      GuardLoop.Pass pass =
          new GuardLoop.Pass(
              bench.inputs,
              writes,
              new Applier(writes, bench.recorder, bench.metrics),
              "windfall-system",
              () -> bench.now);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      Map<String, JsonNode> state = new TreeMap<>(objects(GROUP, POLICY));
      state.putAll(objects(GROUP, BINDING));
      state.putAll(objects(WINDFALL, "SpotPolicy"));
      return state;
    }

    private void research(String spec) {
      String document =
          "{'apiVersion': '%s', 'kind': 'SpotPolicy', 'metadata': {'name': 'research'}, 'spec': {%s}}"
              .formatted(WINDFALL, spec);
      bench.put(document);
      SpotPolicy policy = SpotPolicy.readObject("research", document.replace('\'', '"'));
      bench.surroundings = Surroundings.of(Policies.of(List.of(policy)), Map.of());
    }

    private void spoil() {
      String name = "windfall.policy.research";
      ObjectNode policy = bench.read(GROUP, POLICY, "", name).deepCopy();
      policy.withObject("/spec").putArray("validations");
      bench.server.put(policy);
      ObjectNode binding = bench.read(GROUP, BINDING, "", name).deepCopy();
      binding.withObject("/spec").putArray("validationActions").add("Audit");
      bench.server.put(binding);
    }
  }

  @Test
  void aLifeHasGuardsThatComeAndGo() {
    List<Integer> objects = Life.undisturbed(GuardsLife::new).stream().map(Map::size).toList();
    assertEquals(List.of(3, 3, 3, 3, 1, 3, 0), objects);
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(GuardsLife::new, 15);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(GuardsLife::new, 15);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(GuardsLife::new, 15);
  }
}
