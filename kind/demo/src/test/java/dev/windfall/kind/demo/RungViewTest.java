package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RungViewTest {
  private static RungView of(String more) {
    return RungView.of(
        Cluster.json(
            """
            {"name": "gpu-g6-xlarge-eu-central-1a-0a1b2c3d", "offer": "eu-central-1a.g6.xlarge.spot",
             "weight": 83, "nodes": 2, %s}
            """
                .formatted(more)));
  }

  @Test
  void anOpenRungHasNoReason() {
    RungView rung = of("\"state\": \"Open\", \"usdPerGpuHour\": \"0.3741\"");

    assertEquals(
        new RungView(
            "gpu-g6-xlarge-eu-central-1a-0a1b2c3d",
            Stage.spot("a", "g6.xlarge"),
            83,
            "Open",
            0.3741,
            "",
            2),
        rung);
    assertTrue(rung.open());
  }

  @Test
  void aClosedRungSaysWhy() {
    RungView rung =
        of("\"state\": \"Closed\", \"usdPerGpuHour\": \"1.42\", \"reason\": \"costs 1.42\"");

    assertFalse(rung.open());
    assertEquals("costs 1.42", rung.reason());
  }
}
