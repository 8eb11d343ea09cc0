package dev.windfall.reconciler.classes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Node classes that are made, followed by others, deleted by a hand, and no longer needed. */
class CrashTest {
  /** One such life. */
  private static final class ClassesLife extends Life {
    private String first = "";

    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> first = Described.pool(bench, "gpu", "nodes", ""),
          () -> {
            Described.nodePool(bench, "gpu-one", "gpu", first);
            Described.claim(bench, "one", first, true);
          },
          () -> Described.pool(bench, "gpu", "others", ""),
          () -> Described.remove(bench, "NodePool", "gpu-one"),
          () -> Described.remove(bench, "NodeClaim", "one"),
          () ->
              Described.remove(bench, Described.CLASS, Described.pool(bench, "gpu", "others", "")),
          () -> Described.pool(bench, "second", "nodes", ""),
          () -> Described.pool(bench, "gpu", "third", ", 'mode': 'Observe'"),
          () -> Described.pool(bench, "gpu", "third", ""),
          () -> {
            Described.remove(bench, "SpotPool", "gpu");
            Described.remove(bench, "SpotPool", "second");
          });
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      Pass pass =
          new Pass(
              bench.inputs,
              writes,
              new Applier(writes, bench.recorder, bench.metrics),
              bench.metrics,
              Roles.ANY,
              () -> bench.now);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      return objects(Described.AWS, Described.CLASS);
    }
  }

  @Test
  void aLifeHasClassesThatComeAndGo() {
    List<Integer> classes = Life.undisturbed(ClassesLife::new).stream().map(Map::size).toList();
    assertEquals(List.of(1, 1, 2, 2, 1, 1, 2, 2, 2, 0), classes);
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(ClassesLife::new, 8);
  }

  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(ClassesLife::new, 8);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(ClassesLife::new, 8);
  }
}
