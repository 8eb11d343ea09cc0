package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SteadyOrderTest {
  private static List<String> steady(List<String> before, Map<String, Double> index) {
    return Hold.steady(before, index::get, 0.05);
  }

  @Test
  void aLeadBelowTheBandChangesNothing() {
    assertEquals(List.of("a", "b"), steady(List.of("a", "b"), Map.of("a", 1.00, "b", 0.96)));
  }

  @Test
  void aLeadAboveTheBandMovesUp() {
    assertEquals(List.of("b", "a"), steady(List.of("a", "b"), Map.of("a", 1.00, "b", 0.94)));
  }

  @Test
  void whatIsHeldOnceStaysHeld() {
    Map<String, Double> index = Map.of("a", 1.00, "b", 0.97, "c", 0.94, "d", 0.91);
    List<String> once = steady(List.of("a", "b", "c", "d"), index);
    assertEquals(once, steady(once, index));
  }
}
