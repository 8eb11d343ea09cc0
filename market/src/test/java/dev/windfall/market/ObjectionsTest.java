package dev.windfall.market;

import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Memory;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Request;
import dev.windfall.policies.Spot;
import dev.windfall.policies.Usd;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectionsTest {
  private static final PriceBook BOOK =
      book(
          offer("g6.xlarge", "0.40"),
          offer("g6.12xlarge", "4.00").gpus(4),
          offer("g6.xlarge", "0.98").capacity(Capacity.ON_DEMAND),
          offer("p3.2xlarge", "0.90").model("V100").gpuMemory("16Gi"),
          offer("dgx", "0").gpus(8).capacity(Capacity.OWNED));

  private static Request wish(Spot spot, boolean onDemand, String cap) {
    return new Request(
        1,
        spot,
        onDemand,
        Optional.ofNullable(cap).map(Usd::parse),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        Request.LOST_WORK,
        NodeTerms.ANY);
  }

  private static String objection(Request request, String offer) {
    return new Objections(request)
        .to(Optional.ofNullable(offer).map(Offers::key), BOOK)
        .orElse("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # spot  | on demand | cap  | offer                           | objection
          PREFER  | true      |      | eu-central-1a.g6.xlarge.spot      | none
          PREFER  | true      |      |                                   | none
          PREFER  | true      |      | eu-central-1a.unheard-of.spot     | none
          PREFER  | false     |      | eu-central-1a.g6.xlarge.on-demand | capacity on-demand is not spot or reserved or owned
          PREFER  | false     |      | eu-central-1a.dgx.owned           | none
          PREFER  | false     |      | eu-central-1a.unheard-of.owned    | its labels do not say what it was rented as
          PREFER  | false     |      |                                   | its labels do not say what it was rented as
          REQUIRE | true      |      | eu-central-1a.g6.xlarge.spot      | none
          REQUIRE | true      |      | eu-central-1a.g6.xlarge.on-demand | capacity on-demand is not spot
          REQUIRE | true      |      | eu-central-1a.unheard-of.spot     | none
          REQUIRE | true      |      | eu-central-1a.unheard-of.on-demand| capacity on-demand is not what the pod asks for
          REQUIRE | true      |      |                                   | its labels do not say what it was rented as
          NEVER   | true      |      | eu-central-1a.g6.xlarge.spot      | capacity spot is not on-demand or reserved or owned
          NEVER   | true      |      | eu-central-1a.g6.xlarge.on-demand | none
          NEVER   | true      |      |                                   | none
          PREFER  | true      | 0.40 | eu-central-1a.g6.xlarge.spot      | none
          PREFER  | true      | 0.39 | eu-central-1a.g6.xlarge.spot      | costs 0.40 USD/GPU·h over 1 of its GPUs, above the cap of 0.39
          PREFER  | true      | 1.00 | eu-central-1a.g6.12xlarge.spot    | costs 4.00 USD/GPU·h over 1 of its GPUs, above the cap of 1.00
          PREFER  | true      | 0.39 | eu-central-1a.dgx.owned           | none
          PREFER  | true      | 9.00 | eu-central-1a.unheard-of.spot     | the market has no offer eu-central-1a.unheard-of.spot
          PREFER  | true      | 9.00 |                                   | its labels do not say what it was rented as
          """)
  void aNodeThatBreaksTheWishIsObjectedTo(
      Spot spot, boolean onDemand, String cap, String offer, String objection) {
    assertEquals(objection, objection(wish(spot, onDemand, cap), offer));
  }

  @Test
  void modelMemoryProviderAndZoneAreWishesToo() {
    Request wish =
        new Request(
            1,
            Spot.PREFER,
            true,
            Optional.empty(),
            List.of("L4", "A10G"),
            Optional.of(Memory.parse("20Gi")),
            List.of("aws"),
            List.of("eu-central-1a"),
            Request.LOST_WORK,
            NodeTerms.ANY);

    assertEquals("none", objection(wish, "eu-central-1a.g6.xlarge.spot"));
    assertEquals(
        "model V100 is not among L4, A10G", objection(wish, "eu-central-1a.p3.2xlarge.spot"));
    assertEquals(
        "zone eu-central-1b is not what the pod asks for",
        objection(wish, "eu-central-1b.g6.xlarge.spot"));
  }

  @Test
  void howOldAPriceIsOrWhetherMoreCouldBeHadIsNoMatterForANodeThatIsThere() {
    PriceBook old = book(offer("g6.xlarge", "0.40").seen("216H").barred("the quota is used up"));

    assertEquals(
        Optional.empty(),
        new Objections(wish(Spot.REQUIRE, true, "0.40"))
            .to(Optional.of(Offers.key("eu-central-1a.g6.xlarge.spot")), old));
  }
}
