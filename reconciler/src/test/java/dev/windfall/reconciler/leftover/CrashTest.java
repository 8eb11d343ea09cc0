package dev.windfall.reconciler.leftover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import dev.windfall.reconciler.Market;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A LeftoverNodePool that is applied, edited, spoilt, observed, and deleted. */
class CrashTest {
  private static final String GROUP = "gpu.devplatforms.io/v1alpha1";
  private static final String WINDFALL = "windfall.dev/v1alpha1";

  /** One such life. */
  private static final class LeftoverLife extends Life {
    private final Stage stage = new Stage(bench, Stage.CONFIG);

    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            bench.book = Market.book(Market.offer("g6.xlarge", "a", "0.40"));
            stage.apply("gpu");
          },
          () -> stage.open("leftover-gpu", "eu-central-1a.g6.xlarge.spot"),
          () -> stage.apply("gpu", ", 'nodeClassName': 'gpu', 'maxZones': 3"),
          () -> stage.open("leftover-gpu", "eu-central-1b.g6.xlarge.spot"),
          this::spoil,
          () -> stage.apply("second", ", 'nodeClassSelector': {'team': 'none'}"),
          () -> annotate("windfall.dev/force-delete"),
          () -> bench.server.remove(GROUP, "LeftoverNodePool", "", "gpu"),
          () -> bench.server.remove(GROUP, "LeftoverNodePool", "", "second"));
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      LeftoverLoop.Pass pass = stage.process(writes);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      Map<String, JsonNode> state = new TreeMap<>(objects(GROUP, "LeftoverNodePool"));
      state.putAll(objects(WINDFALL, "SpotPool"));
      return state;
    }

    private void spoil() {
      bench.server.change(
          WINDFALL,
          "SpotPool",
          "",
          "leftover-gpu",
          pool -> {
            pool.withObject("/spec").put("maxPricePerGpu", "0.10");
            return pool;
          });
    }

    private void annotate(String key) {
      bench.server.change(
          GROUP,
          "LeftoverNodePool",
          "",
          "gpu",
          object -> {
            object.withObject("/metadata/annotations").put(key, "true");
            return object;
          });
    }
  }

  @Test
  void aLifeHasSpotPoolsThatComeAndGo() {
    List<Integer> objects = Life.undisturbed(LeftoverLife::new).stream().map(Map::size).toList();
    assertEquals(List.of(2, 2, 2, 2, 2, 3, 3, 1, 0), objects);
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(LeftoverLife::new, 8);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(LeftoverLife::new, 8);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(LeftoverLife::new, 8);
  }
}
