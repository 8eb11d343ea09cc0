package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorldTest {
  private final Stage stage = new Stage();

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void open() {
    world =
        World.of(
            stage.cluster,
            new Prices(new SampleMarket(1), directory.resolve("market.json")),
            new Extender(stage.cluster.uri(), stage.http),
            stage::now);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void rungsAreThoseOfTheSpotPoolsStatus() {
    var pool = Samples.spotPool();
    pool.withObjectProperty("status")
        .putArray("rungs")
        .add(rung("eu-central-1a.g6.xlarge.spot", "Open"))
        .add(rung("eu-central-1b.g6.12xlarge.spot", "Open"))
        .add(rung("eu-central-1c.g6.xlarge.spot", "Closed"));
    stage.cluster.put(pool);

    assertEquals(3, world.rungs().size());
    assertEquals(
        List.of(Stage.spot("a", "g6.xlarge")),
        world.openWithOneGpu().stream().map(RungView::offer).toList());
  }

  /** Whoever deleted the SpotPool to see what happens saw the demo break down. */
  @Test
  void withoutASpotPoolThereAreNoRungs() {
    assertEquals(List.of(), world.rungs());
  }

  private static com.fasterxml.jackson.databind.node.ObjectNode rung(String offer, String state) {
    return Cluster.json(
        "{\"name\": \"%1$s\", \"offer\": \"%1$s\", \"weight\": 9, \"state\": \"%2$s\"}"
            .formatted(offer, state));
  }
}
