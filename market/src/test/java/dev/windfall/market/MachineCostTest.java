package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineCostTest {
  private static final PriceBook BOOK =
      book(
          offer("g6.xlarge", "0.40").band(">20%"),
          offer("g6.12xlarge", "1.37").gpus(4).band("<5%"),
          offer("g6.12xlarge", "5.67").gpus(4).capacity(Capacity.ON_DEMAND),
          offer("dgx", "0").gpus(8).capacity(Capacity.OWNED),
          offer("g5.xlarge", "0.51").seen("0S"));

  @ParameterizedTest
  @CsvSource({
    "eu-central-1a.g6.xlarge.spot,       1,     0",
    "eu-central-1a.g6.xlarge.spot,       1,  1800",
    "eu-central-1a.g6.12xlarge.spot,     3,  7200",
    "eu-central-1a.g6.12xlarge.spot,     4, 86399",
    "eu-central-1a.g6.12xlarge.on-demand,2,  1800",
    "eu-central-1a.dgx.owned,            5,  1800",
  })
  void dividedByTheGpusInUseItIsTheIndex(String offer, int gpus, int lostSeconds) {
    MachineCost cost = BOOK.machineCost(key(offer)).orElseThrow();
    Index index = BOOK.index(key(offer), gpus, Duration.ofSeconds(lostSeconds)).orElseThrow();

    Index over = cost.over(gpus, lostSeconds / 3600.0);
    assertEquals(index.usdPerGpuHour(), over.usdPerGpuHour(), 1e-12);
    assertEquals(index.expectedLoss(), over.expectedLoss(), 1e-12);
  }

  @Test
  void itSaysWhenItsPriceWasLastConfirmed() {
    assertEquals(
        NOW.getEpochSecond(),
        BOOK.machineCost(key("eu-central-1a.g5.xlarge.spot")).orElseThrow().observedSecond());
    assertEquals(
        Long.MAX_VALUE,
        BOOK.machineCost(key("eu-central-1a.g6.xlarge.spot")).orElseThrow().observedSecond(),
        "its source vouches for it");
  }

  @Test
  void whatTheMarketDoesNotHaveCostsNobodyKnowsWhat() {
    assertEquals(Optional.empty(), BOOK.machineCost(key("eu-central-1a.p5.48xlarge.spot")));
  }
}
