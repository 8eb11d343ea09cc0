package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResolutionTest {
  private static final Namespace NAMESPACE = Namespace.named("default");

  @ParameterizedTest
  @CsvSource({
    "require, REQUIRE",
    "prefer, PREFER",
    "never, NEVER",
    "true, PREFER",
    "false, NEVER",
  })
  void theWishIsWhatTheAnnotationSays(String spot, Spot wish) {
    says(Optional.of(Request.of(1, wish)), resolve(pod(1, Map.of("windfall.dev/spot", spot))));
  }

  @Test
  void theRequestHasTheGpusAndTheCapOfThePod() {
    says(
        Optional.of(Request.of(4, Spot.PREFER).capped(Optional.of(Usd.parse("0.90")))),
        resolve(
            pod(
                4,
                Map.of("windfall.dev/spot", "prefer", "windfall.dev/max-price-per-gpu", "0.90"))));
  }

  @Test
  void aPodWithoutTheAnnotationIsNoneOfWindfallsBusiness() {
    says(Optional.empty(), resolve(pod(1, Map.of())));
  }

  @Test
  void aPodWithoutGpusIsNoneOfWindfallsBusinessWhateverItIsAnnotatedWith() {
    says(
        Optional.empty(),
        resolve(pod(0, Map.of("windfall.dev/spot", "always", "windfall.dev/x", "y"))));
  }

  @ParameterizedTest
  @CsvSource({"5m, PT5M", "2h, PT2H", "0s, PT0S", "720h, PT720H"})
  void theRequestSaysHowMuchWorkAnInterruptionLoses(String text, Duration lost) {
    Pod pod = pod(1, Map.of("windfall.dev/spot", "prefer", "windfall.dev/lost-work", text));

    assertEquals(lost, resolve(pod).request().orElseThrow().lostWork());
    assertEquals(List.of(), resolve(pod).warnings());
    assertEquals(lost, Resolution.lostWork(pod, NAMESPACE, Policies.NONE));
  }

  /** The request, and not a word. */
  private static void says(Optional<Request> request, Resolution resolution) {
    assertEquals(request, resolution.request());
    assertEquals(List.of(), resolution.warnings());
    assertEquals(List.of(), resolution.refusals());
  }

  @ParameterizedTest
  @CsvSource({
    "a while, must be a duration such as 30s",
    "721h, must be at most 720h",
  })
  void lostWorkThatCannotBeReadCountsAsHalfAnHourWithAWarning(String text, String why) {
    Pod pod = pod(1, Map.of("windfall.dev/spot", "prefer", "windfall.dev/lost-work", text));

    Resolution resolution = resolve(pod);

    assertEquals(Duration.ofMinutes(30), resolution.request().orElseThrow().lostWork());
    assertEquals(Duration.ofMinutes(30), Resolution.lostWork(pod, NAMESPACE, Policies.NONE));
    String warning = resolution.warnings().getFirst();
    assertTrue(warning.startsWith("windfall.dev/lost-work \"" + text + "\" " + why), warning);
  }

  @Test
  void theDecisionThatWindfallWroteIsNoNews() {
    assertEquals(
        List.of(),
        resolve(pod(1, Map.of("windfall.dev/spot", "prefer", "windfall.dev/decision", "{}")))
            .warnings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # spot  | cap   | request        | warning
          always  | -     | none           | windfall.dev/spot "always" is not one of require, prefer, never, true, false; it is ignored
          Require | -     | none           | windfall.dev/spot "Require" is not one of require, prefer, never, true, false; it is ignored
          ''      | -     | none           | windfall.dev/spot "" is not one of require, prefer, never, true, false; it is ignored
          always  | 0.90  | none           | windfall.dev/spot "always" is not one of require, prefer, never, true, false; it is ignored
          require | cheap | REQUIRE        | windfall.dev/max-price-per-gpu "cheap" must be a plain decimal number such as 0.40; it is ignored
          require | -1    | REQUIRE        | windfall.dev/max-price-per-gpu "-1" must not be negative; it is ignored
          prefer  | 1e9   | PREFER         | windfall.dev/max-price-per-gpu "1e9" must be a plain decimal number such as 0.40; it is ignored
          -       | 0.90  | none           | windfall.dev/max-price-per-gpu has no effect without windfall.dev/spot
          never   | 0.90  | NEVER          | windfall.dev/max-price-per-gpu has no effect with windfall.dev/spot "never"
          false   | 0.90  | NEVER          | windfall.dev/max-price-per-gpu has no effect with windfall.dev/spot "false"
          require | 0.90  | REQUIRE 0.90   | -
          require | 0     | REQUIRE 0.00   | -
          prefer  | 2     | PREFER 2.00    | -
          """)
  void whatHasNoEffectIsSaidAndTheRestHolds(
      String spot, String cap, String request, String warning) {
    Map<String, String> annotations = new HashMap<>();
    if (spot != null) {
      annotations.put("windfall.dev/spot", spot);
    }
    if (cap != null) {
      annotations.put("windfall.dev/max-price-per-gpu", cap);
    }

    Resolution resolution = resolve(pod(1, annotations));

    assertEquals(request, resolution.request().map(ResolutionTest::shown).orElse("none"));
    assertEquals(warning == null ? List.of() : List.of(warning), resolution.warnings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          windfall.dev/spots             | annotation "windfall.dev/spots" is unknown and has no effect; did you mean "windfall.dev/spot"?
          windfall.dev/max-price-per-gpus | annotation "windfall.dev/max-price-per-gpus" is unknown and has no effect; did you mean "windfall.dev/max-price-per-gpu"?
          windfall.dev/zone              | annotation "windfall.dev/zone" is unknown and has no effect; did you mean "windfall.dev/zones"?
          windfall.dev/burst             | annotation "windfall.dev/burst" is unknown and has no effect
          windfall.dev/                  | annotation "windfall.dev/" is unknown and has no effect
          """)
  void anUnknownAnnotationIsNamedWithTheNearestKnownOne(String key, String warning) {
    assertEquals(List.of(warning), resolve(pod(1, Map.of(key, "x"))).warnings());
  }

  @Test
  void warningsComeInAnOrderThatDoesNotChange() {
    Map<String, String> annotations =
        Map.of("windfall.dev/b", "", "windfall.dev/a", "", "windfall.dev/c", "");

    assertEquals(
        List.of("windfall.dev/a", "windfall.dev/b", "windfall.dev/c"),
        resolve(pod(1, annotations)).warnings().stream().map(w -> w.substring(12, 26)).toList());
  }

  @Test
  void aWarningFitsWhatTheApiServerPassesOn() {
    Map<String, String> annotations =
        Map.of("windfall.dev/spot", "x".repeat(100_000), "windfall.dev/" + "y".repeat(63), "");

    for (String warning : resolve(pod(1, annotations)).warnings()) {
      assertTrue(warning.length() <= 256, warning);
    }
  }

  private static String shown(Request request) {
    return request.spot().name() + request.maxPricePerGpu().map(cap -> " " + cap).orElse("");
  }

  private static Resolution resolve(Pod pod) {
    return Resolution.of(pod, NAMESPACE, Policies.NONE);
  }

  private static Pod pod(int gpus, Map<String, String> annotations) {
    return new Pod(
        "default",
        "pod",
        "uid",
        Optional.empty(),
        Map.of(),
        annotations,
        "",
        "",
        List.of(),
        GpuCounts.whole(gpus),
        Needs.NONE,
        List.of(),
        false,
        NodeTerms.ANY,
        "",
        Optional.empty(),
        false,
        false,
        false,
        false,
        Optional.empty());
  }
}
