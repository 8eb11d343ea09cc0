package dev.windfall.market;

import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Capacity;
import java.util.List;
import org.junit.jupiter.api.Test;

class FamilyCheckTest {
  private static final PriceBook BOOK =
      book(
          offer("p4d.24xlarge", "10").capacity(Capacity.ON_DEMAND),
          offer("p4de.24xlarge", "12"),
          offer("g6.xlarge", "0.4"),
          offer("g6e.xlarge", "0.9"),
          offer("g4ad.xlarge", "0.1").manufacturer("AMD"),
          offer("g5.xlarge", "0.5").region("us-east-1"));

  private static List<String> unknown(String families) {
    return FamilyCheck.unknown(pool("families: " + families), BOOK);
  }

  /** Nothing was bought, and nothing said why. */
  @Test
  void aFamilyThatIsCutShortIsNotedWithThoseThatMayBeMeant() {
    assertEquals(
        List.of("p4 is no family on offer in eu-central-1; p4d, p4de are"), unknown("[g6, p4]"));
    assertEquals(List.of("p4d2 is no family on offer in eu-central-1"), unknown("[p4d, p4d2]"));
    assertEquals(List.of("g is no family on offer in eu-central-1; g6, g6e are"), unknown("[g]"));
  }

  @Test
  void soIsOneOfAnotherRegion() {
    assertEquals(List.of("g5 is no family on offer in eu-central-1"), unknown("[g5]"));
  }

  @Test
  void anyFamilyIsNone() {
    assertEquals(List.of(), unknown("[]"));
  }

  @Test
  void whereNothingOfTheRegionIsKnownNothingIsSaid() {
    assertEquals(
        List.of(),
        FamilyCheck.unknown(
            pool("families: [p4]"), book(offer("g6.xlarge", "1").region("us-east-1"))));
  }
}
