package dev.windfall.extender;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ComplaintsTest {
  private final List<String> said = new ArrayList<>();
  private long seconds = -5;
  private final Complaints complaints =
      new Complaints(() -> TimeUnit.SECONDS.toNanos(seconds), said::add);

  @Test
  void aKindIsSaidOnceAMinuteWithHowOftenItWas() {
    for (int i = 0; i < 1_000; i++) {
      complaints.about("a", "a is wrong");
    }
    assertEquals(List.of("a is wrong"), said);

    seconds += 60;
    complaints.about("a", "a is wrong");
    seconds += 60;
    complaints.about("a", "a is wrong");

    assertEquals(
        List.of("a is wrong", "a is wrong; 999 more since it was last said", "a is wrong"), said);
  }

  @Test
  void oneKindDoesNotHideAnother() {
    complaints.about("a", "a is wrong");
    complaints.about("b", "b is wrong");

    assertEquals(List.of("a is wrong", "b is wrong"), said);
  }
}
