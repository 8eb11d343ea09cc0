package dev.windfall.reconciler.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import dev.windfall.reconciler.Market;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Books that move, grow and shrink, in one ConfigMap and in several. */
class CrashTest {
  private static final String NAMESPACE = "windfall-system";

  /** {@link Market#offer} says it. */
  private static final String SOURCE = "test";

  private static final int BYTES = 300;

  /** One such life. */
  private static final class BooksLife extends Life {
    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            bench.server.addNamespace(NAMESPACE);
            know(50, "0.40");
          },
          () -> know(50, "0.41"),
          () -> know(10, "0.42"),
          () -> know(50, "0.43"),
          () -> know(1, "0.44"),
          () -> know(1, "0.45"),
          () -> know(50, "0.46"));
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      PublishLoop.Pass pass =
          new PublishLoop.Pass(
              bench.inputs,
              Set.of(SOURCE),
              writes,
              new Publisher(writes, NAMESPACE),
              () -> bench.now,
              BYTES);
      return () -> {
        pass.run();
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      return objects("v1", "ConfigMap");
    }

    private void know(int count, String usdPerHour) {
      List<Offer> offers =
          IntStream.range(0, count)
              .mapToObj(i ->
                  Market.offer(
                      "g6." + Integer.toHexString(i * 2_654_435),
                      "a",
                      Capacity.SPOT,
                      1,
                      usdPerHour,
                      Optional.of(bench.now)))
              .toList();
      bench.book =
          PriceBook.of(
              offers,
              List.of(
                  new SourceHealth(
                      SOURCE,
                      count,
                      Optional.of(bench.now),
                      Optional.empty(),
                      List.of(),
                      List.of())));
    }
  }

  @Test
  void aLifeHasBooksInOneConfigMapAndInSeveralAndLeavesNoneOfTheOldOnes() {
    List<Integer> maps = Life.undisturbed(BooksLife::new).stream().map(Map::size).toList();
    assertEquals(List.of(4, 4, 3, 4, 1, 1, 4), maps);
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(BooksLife::new, 20);
  }

  /** The parts of the book before stayed. */
  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(BooksLife::new, 20);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(BooksLife::new, 20);
  }
}
