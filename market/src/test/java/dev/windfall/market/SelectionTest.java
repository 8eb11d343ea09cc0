package dev.windfall.market;

import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.Selection.LeftOut;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {

  @Test
  void theFirstTypesAreEnough() {
    Selection selection =
        select("maxInstanceTypes: 2", offer("a", "1"), offer("b", "2"), offer("c", "3"));

    assertEquals(List.of("a", "b"), Ranks.types(selection.chosen()));
    assertEquals(
        List.of("2 better types with 1 L4 GPUs are enough (maxInstanceTypes)"), reasons(selection));
  }

  @Test
  void theFirstZonesOfATypeAreEnough() {
    Selection selection =
        select(
            "maxZones: 1",
            offer("a", "1").zone("zone-1"),
            offer("a", "2").zone("zone-2"),
            offer("b", "3").zone("zone-2"));

    assertEquals(
        List.of("zone-1.a.spot", "zone-2.b.spot"),
        Ranks.keys(selection.chosen()).stream().map(OfferKey::toString).toList());
    assertEquals(List.of("1 better zones are enough (maxZones)"), reasons(selection));
  }

  @Test
  void aTypeThatWasChosenMayHaveAnotherZoneAfterTheTypesAreFull() {
    Selection selection =
        select(
            "maxInstanceTypes: 1",
            offer("a", "1").zone("zone-1"),
            offer("b", "2"),
            offer("a", "3").zone("zone-2"));

    assertEquals(List.of("a", "a"), Ranks.types(selection.chosen()));
  }

  @Test
  void everyModelAndCountIsBoundedForItself() {
    Selection selection =
        select(
            "maxInstanceTypes: 1",
            offer("a", "1"),
            offer("b", "2").model("T4"),
            offer("c", "6").gpus(2));

    assertEquals(List.of("a", "b", "c"), Ranks.types(selection.chosen()));
    assertEquals(List.of(), selection.leftOut());
  }

  @Test
  void theOrderIsTheOneGivenNotThatOfPrices() {
    List<Ranking.Ranked> dearFirst =
        Ranks.all(book(offer("a", "1"), offer("b", "2"))).offers().reversed();

    assertEquals(
        List.of("b"), Ranks.types(Selection.of(dearFirst, pool("maxInstanceTypes: 1")).chosen()));
  }

  @Test
  void nothingToChooseFromGivesNothing() {
    assertEquals(new Selection(List.of(), List.of()), Selection.of(List.of(), pool("")));
  }

  @Test
  void whatSomebodyNeedsTakesItsPlaceBeforeWhatIsCheaper() {
    Selection selection =
        needing("c", "maxInstanceTypes: 2", offer("a", "1"), offer("b", "2"), offer("c", "3"));

    assertEquals(List.of("a", "c"), Ranks.types(selection.chosen()));
    assertEquals(
        List.of("2 better types with 1 L4 GPUs are enough (maxInstanceTypes)"), reasons(selection));
  }

  @Test
  void whatSomebodyNeedsIsChosenBeyondTheBoundsToo() {
    Selection selection =
        needing("b c", "maxInstanceTypes: 1", offer("a", "1"), offer("b", "2"), offer("c", "3"));

    assertEquals(List.of("b", "c"), Ranks.types(selection.chosen()));
  }

  private static Selection needing(String types, String spec, Offers... offers) {
    return Selection.of(
        Ranks.all(book(offers)).offers(),
        pool(spec),
        ranked -> types.contains(ranked.offer().key().instanceType()));
  }

  private static Selection select(String spec, Offers... offers) {
    return Selection.of(Ranks.all(book(offers)).offers(), pool(spec));
  }

  private static List<String> reasons(Selection selection) {
    return selection.leftOut().stream().map(LeftOut::reason).toList();
  }
}
