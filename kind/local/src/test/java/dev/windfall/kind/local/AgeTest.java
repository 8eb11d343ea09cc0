package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgeTest {
  @ParameterizedTest
  @CsvSource({
    "PT-5S,<invalid>",
    "PT-1S,0s",
    "PT0S,0s",
    "PT119S,119s",
    "PT2M,2m",
    "PT9M59S,9m59s",
    "PT10M59S,10m",
    "PT179M,179m",
    "PT3H,3h",
    "PT7H59M,7h59m",
    "PT8H59M,8h",
    "PT47H,47h",
    "P2D,2d",
    "P7DT23H,7d23h",
    "P8DT23H,8d",
    "P729D,729d",
    "P730D,2y",
    "P735D,2y5d",
    "P3000D,8y",
  })
  void anAgeIsAsShortAsItMayBe(Duration age, String shown) {
    assertEquals(shown, Age.text(age));
  }

  @Test
  void whatIsNoTimeHasNoAge() {
    assertEquals("<unknown>", Age.of("", Instant.EPOCH));
    assertEquals("<invalid>", Age.of("yesterday", Instant.EPOCH));
  }
}
