package dev.windfall.reconciler.launches;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Retry;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Launches that go well, that find no capacity, and machines that are of no use, run and are taken
 * away: what is remembered of them. Only of a claim that is gone without a word of Karpenter's, and
 * that no process which still lives has seen, nobody knows.
 */
class CrashTest {
  private static final String V1 = "karpenter.sh/v1";
  private static final String NAMESPACE = "windfall-system";
  private static final String RUNG = "gpu-g6-xlarge-eu-central-1a-0a1b2c3d";
  private static final OfferKey OFFER = Market.offer("g6.xlarge", "a", "0.40").key();

  /** One such life. */
  private static final class LaunchesLife extends Life {
    private final List<ClaimEvent> events = new ArrayList<>();

    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            bench.server.addNamespace(NAMESPACE);
            bench.book = Market.book(Market.offer("g6.xlarge", "a", "0.40"));
            bench.put(
                """
                {'apiVersion': '%s', 'kind': 'NodePool',
                 'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': 'gpu'},
                   'annotations': {'windfall.dev/offer': '%s'}}}
                """
                    .formatted(V1, RUNG, OFFER));
            claim("good", "Launched", "Registered", "Initialized");
            claim("blind", "Launched", "Registered");
            claim("lost", "Launched");
          },
          () -> said("nowhere", ClaimEvent.Kind.NO_CAPACITY),
          () -> later(Duration.ofMinutes(16)),
          () -> leaves("lost"),
          () -> gone("lost"),
          () -> {
            later(Duration.ofMinutes(5));
            leaves("blind");
          },
          () -> said("elsewhere", ClaimEvent.Kind.OVER_QUOTA),
          () -> gone("blind"),
          () -> {
            later(Duration.ofMinutes(20));
            said("good", ClaimEvent.Kind.INTERRUPTED);
            leaves("good");
          },
          () -> gone("good"),
          () -> said("nowhere", ClaimEvent.Kind.NO_CAPACITY));
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      LaunchLoop.Pass pass =
          new LaunchLoop.Pass(
              bench.inputs,
              () -> List.copyOf(events),
              writes,
              new Store(writes, NAMESPACE),
              (history, carried) -> carried.run(),
              Retry.DEFAULT,
              bench.metrics,
              () -> bench.now);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Duration rest() {
      return LaunchLoop.WRITE_EVERY.plusSeconds(1);
    }

    @Override
    protected Map<String, JsonNode> state() {
      // When it was written is another time in another life.
      return Map.of(
          "history",
          bench
              .server
              .read("v1", "ConfigMap", NAMESPACE, Store.NAME)
              .map(map -> map.at("/data/history.json"))
              .orElse(TextNode.valueOf("none")));
    }

    private void claim(String name, String... conditions) {
      StringBuilder list = new StringBuilder();
      for (String condition : conditions) {
        list.append(list.isEmpty() ? "" : ", ")
            .append(
                "{'type': '%s', 'status': 'True', 'lastTransitionTime': '%s'}"
                    .formatted(condition, bench.now));
      }
      bench.put(
          """
          {'apiVersion': '%s', 'kind': 'NodeClaim',
           'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s',
             'windfall.dev/offer': '%s'}, 'finalizers': ['karpenter.sh/termination']},
           'status': {'conditions': [%s]}}
          """
              .formatted(V1, RUNG + "-" + name, RUNG, OFFER, list));
    }

    private void leaves(String claim) {
      bench.server.remove(V1, "NodeClaim", "", RUNG + "-" + claim);
    }

    private void gone(String claim) {
      bench.server.change(
          V1,
          "NodeClaim",
          "",
          RUNG + "-" + claim,
          object -> {
            object.withObject("/metadata").remove("finalizers");
            return object;
          });
    }

    private void said(String claim, ClaimEvent.Kind kind) {
      String name = claim + "." + events.size();
      String about = RUNG + "-" + (claim + "12345").substring(0, 5);
      events.add(
          new ClaimEvent(name, claim.equals("good") ? RUNG + "-good" : about, kind, bench.now));
    }
  }

  @Test
  void aLifeTeachesSomethingWithEachEventButThoseThatOnlyEndWhatWasTold() {
    List<Map<String, JsonNode>> states = Life.undisturbed(LaunchesLife::new);
    List<Boolean> news = new ArrayList<>();
    for (int i = 1; i < states.size(); i++) {
      news.add(!states.get(i).equals(states.get(i - 1)));
    }
    assertEquals(List.of(true, true, true, false, true, true, false, true, false, true), news);
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(LaunchesLife::new, 8);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(LaunchesLife::new, 8);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(LaunchesLife::new, 8);
  }
}
