package dev.windfall.providers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuspicionTest {
  private static final OfferKey KEY = new OfferKey("zone-1", "g6.xlarge", Capacity.SPOT);
  private static final OfferKey OTHER = new OfferKey("zone-2", "g6.xlarge", Capacity.SPOT);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # polled              | counts as
          0.40                  | 0.40
          0.40 0.41 0.40        | 0.40 0.41 0.40
          0.40 3.99             | 0.40 3.99
          0.40 0.041            | 0.40 0.041
          # up tenfold for one minute
          0.40 4.00 0.40        | 0.40 4.00 0.40
          # and to stay
          0.40 4.00 4.00        | 0.40 4.00 4.00
          # down tenfold for one minute
          0.40 0.04 0.40        | 0.40 0.40 0.40
          # and to stay
          0.40 0.04 0.04 0.04   | 0.40 0.40 0.04 0.04
          0.40 0.04 0.05        | 0.40 0.40 0.05
          # one wrong answer does not make another believable
          0.40 0.04 4.00 0.40   | 0.40 0.40 4.00 0.40
          0.40 0.04 0.40 0.04   | 0.40 0.40 0.40 0.40
          """)
  void aTenfoldJumpCountsAsTheDearerUntilItIsSeenAgain(String polled, String counted) {
    Suspicion suspicion = new Suspicion();

    assertEquals(
        counted,
        Arrays.stream(polled.split(" ", -1))
            .map(price -> suspicion.counted(KEY, Usd.parse(price)).toString())
            .collect(Collectors.joining(" ")));
  }

  @ParameterizedTest
  @CsvSource({"0.04", "4.00"})
  void anotherOfferIsNotDoubtedForIt(String price) {
    Suspicion suspicion = new Suspicion();
    Usd _ = suspicion.counted(KEY, Usd.parse("0.40"));

    assertEquals(Usd.parse(price), suspicion.counted(OTHER, Usd.parse(price)));
  }
}
