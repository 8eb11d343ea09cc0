package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small values that documents are made of. */
class ValuesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "8, 8",
    "1k, 1000",
    "1Ki, 1024",
    "24Gi, 25769803776",
    "24G, 24000000000",
    "1.5Gi, 1610612736",
    "5., 5",
    ".5Ki, 512",
    "+3, 3",
    "2M, 2000000",
    "2Mi, 2097152",
    "1T, 1000000000000",
    "1Ti, 1099511627776",
    "1P, 1000000000000000",
    "1Pi, 1125899906842624",
    "1E, 1000000000000000000",
    "1Ei, 1152921504606846976",
    "1e3, 1000",
    "1e000, 1",
    "1e-400, 1",
    "0000000000000000000000001, 1",
    "1E3, 1000",
    "12e-1, 2",
    "500m, 1",
    "1500m, 2",
    "1n, 1",
    "2000000u, 2",
  })
  void aQuantityIsReadAsKubernetesReadsItAndRoundedUp(String text, long whole) {
    assertEquals(whole, Quantity.whole(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-1",
        "Gi",
        ".",
        "1 Gi",
        "1gi",
        "1KI",
        "1e",
        "1e400",
        "0x10",
        "١",
        "1Gi ",
        "2Ei",
        "9999999999999999999",
        "111111111111111111111",
        "NaN",
        "Infinity"
      })
  void whatIsNoQuantityIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Quantity.whole(text));
  }

  @ParameterizedTest
  @CsvSource({"24Gi, 24Gi", "1024Mi, 1Gi", "1025Mi, 1025Mi", "0, 0", "1000, 1000", "1Pi, 1024Ti"})
  void memoryPrintsInTheLargestUnitThatSaysItExactly(String text, String printed) {
    assertEquals(printed, Memory.parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.00",
    "0.9, 0.90",
    "0.4021, 0.4021",
    "1000000, 1000000.00",
    "0.000001, 0.000001",
    "0.0000005, 0.000001",
    "007.50, 7.50",
  })
  void dollarsAreExactToAMillionth(String text, String printed) {
    assertEquals(printed, Usd.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-0.01", "1000000.000001", "1e3", "+1", ".5", "1.", "$1", "NaN", "١"})
  void whatIsNoPlainAmountIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Usd.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    // The same sums in doubles: 0.1 * 3 is more than 0.3, and 0.7 * 3 less than 2.1.
    "0.3, 0.1, 3, true",
    "2.1, 0.7, 3, true",
    "2.4, 0.3, 8, true",
    "0.300001, 0.1, 3, false",
    "0.299999, 0.1, 3, true",
    "0, 0, 1, true",
    "1000000, 1000000, 64, true",
  })
  void aPriceThatEqualsTheCapPassesExactly(String price, String cap, int gpus, boolean passes) {
    assertEquals(passes, Usd.parse(price).atMost(Usd.parse(cap), gpus));
  }

  @ParameterizedTest
  @CsvSource({"0.3, 3, 0.1", "2.1, 3, 0.7", "1, 3, 0.3333333333333333", "6.3, 7, 0.9"})
  void aPriceIsDividedOnceSoThatTiesStayTies(String price, int gpus, double each) {
    assertEquals(each, Usd.parse(price).dollarsEach(gpus));
  }

  @ParameterizedTest
  @CsvSource({"0.3, 3, 0.10", "1, 3, 0.333334", "0, 8, 0.00"})
  void aPriceForEachGpuIsShownRoundedUp(String price, int gpus, String each) {
    assertEquals(each, Usd.parse(price).each(gpus).toString());
  }

  @ParameterizedTest
  @CsvSource({"0s, PT0S", "30s, PT30S", "1h30m, PT1H30M", "250ms, PT0.25S", "90m, PT1H30M"})
  void aDurationIsWrittenAsInKubernetes(String text, Duration duration) {
    assertEquals(duration, Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "m",
        "-5m",
        "5 m",
        "1d",
        "5M",
        "9999999999h",
        "1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s1s"
      })
  void whatIsNoDurationIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"0%, 0", "5%, 0.05", "0.5%, 0.005", "100%, 1"})
  void aPercentageIsAFraction(String text, double fraction) {
    assertEquals(fraction, Shape.PERCENT.read(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "%", "-1%", "100.001%", "101%", "5 %", "1e1%"})
  void whatIsNoPercentageIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Shape.PERCENT.read(text));
  }

  @Test
  void theNearestNameIsSuggested() {
    assertEquals(
        "; did you mean \"maxZones\"?",
        Nearest.suggestion("maxzone", List.of("maxZones", "maxInstanceTypes")));
  }

  @Test
  void aNameThatIsNearToNothingGetsNoSuggestion() {
    assertEquals("", Nearest.suggestion("colour", List.of("maxZones", "maxInstanceTypes")));
  }

  @Test
  void aNameWithoutEndIsNearToNothing() {
    assertEquals("", Nearest.suggestion("x".repeat(10_000), List.of("maxZones")));
  }

  @Test
  void onlyNvidiaCountsHoweverItIsWritten() {
    assertTrue(new Gpu("nvidia", "L4", 1, Memory.parse("24Gi")).nvidia());
    assertFalse(new Gpu("AMD", "MI300X", 1, Memory.parse("192Gi")).nvidia());
  }

  @Test
  void onlyWhatIsPaidForAlreadyMayBeFree() {
    assertEquals(
        List.of(Capacity.RESERVED, Capacity.OWNED),
        List.of(Capacity.values()).stream().filter(Capacity::alreadyPaid).toList());
  }
}
