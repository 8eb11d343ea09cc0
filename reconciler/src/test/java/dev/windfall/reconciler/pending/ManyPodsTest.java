package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.market.Grants;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ManyPodsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Map<String, Plan.Memory> memory = Map.of();
  private Instant now = Market.NOW;
  private List<LiveRung> rungs = List.of();

  private List<String> told(List<Pod> pods) {
    View view =
        View.of(
            pods,
            Surroundings.NONE,
            List.of(),
            rungs,
            List.of(),
            Set.of(),
            book(offer("g6.xlarge", "b", "0.94")),
            "windfall",
            now);
    Plan plan = Planner.plan(view, memory, new Grants(view.book(), view.pools(), view.now()));
    memory = plan.memory();
    return plan.actions().stream().map(action -> action.pod().name()).toList();
  }

  private static Pod unschedulable(int number) throws IOException {
    return pod(
        """
        {'metadata': {'name': 'p%d', 'namespace': 'research', 'uid': 'u%d'},
         'spec': {'tolerations': [{'operator': 'Exists'}],
           'containers': [{'resources': {'limits': {'nvidia.com/gpu': '1'}}}]},
         'status': {'phase': 'Pending',
           'conditions': [{'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable'}]}}
        """
            .formatted(number, number));
  }

  private static Pod pod(String json) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json.replace('\'', '"'))) {
      parser.nextToken();
      return Pod.read(parser);
    }
  }

  private static LiveRung rung(String name) throws IOException {
    return new LiveRung(
        JSON.createObjectNode()
            .set(
                "metadata",
                JSON.readTree(
                    "{\"name\": \"%s\", \"labels\": {\"windfall.dev/pool\": \"gpu\"}}"
                        .formatted(name))));
  }

  /** Events beyond the first thousand were dropped, and taken for said. */
  @Test
  void everybodyIsToldInTurnHoweverManyWait() throws IOException {
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < 3 * Planner.MOST_SAID; i++) {
      pods.add(unschedulable(i));
    }
    told(pods);
    Set<String> told = new HashSet<>();
    for (int pass = 0; pass < 3; pass++) {
      // Events are repeated after this long, which keeps nobody from a first one.
      now = now.plus(Duration.ofMinutes(5));
      List<String> once = told(pods);
      assertEquals(Planner.MOST_SAID, once.size());
      told.addAll(once);
    }
    assertEquals(pods.size(), told.size());
  }

  @Test
  void anotherRungThatOpensIsNoNews() throws IOException {
    List<Pod> pods = List.of(unschedulable(0));
    rungs = List.of(rung("gpu-a"));
    told(pods);
    now = now.plus(Duration.ofMinutes(1));
    assertEquals(List.of("p0"), told(pods));
    rungs = List.of(rung("gpu-a"), rung("gpu-b"));
    assertEquals(List.of(), told(pods));
    rungs = List.of();
    assertEquals(List.of("p0"), told(pods));
  }
}
