package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.webhook.Heartbeat.Renewal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Heartbeat heartbeat = new Heartbeat(nanos::get);

  private void renewed(String time) {
    heartbeat.seen(Optional.of(new Renewal("scheduler-1", time, Duration.ofSeconds(15))));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aLeaseThatIsMerelyFoundProvesNothing() {
    renewed("10:00:00");

    assertFalse(heartbeat.alive());
  }

  @Test
  void aRenewalCountsForItsDurationFromWhenItWasSeen() {
    renewed("10:00:00");
    renewed("10:00:02");

    assertTrue(heartbeat.alive());
    pass(Duration.ofSeconds(15));
    assertTrue(heartbeat.alive());
    pass(Duration.ofNanos(1));
    assertFalse(heartbeat.alive());
  }

  /** A watch that starts again tells everything again. */
  @Test
  void theSameRenewalSeenAgainDoesNotCount() {
    renewed("10:00:00");
    renewed("10:00:02");
    pass(Duration.ofSeconds(16));
    renewed("10:00:02");

    assertFalse(heartbeat.alive());
  }

  @Test
  void aHoldersClockThatIsHoursBehindIsAsGoodAsAny() {
    renewed("04:00:00");
    renewed("03:59:00");

    assertTrue(heartbeat.alive());
  }

  @Test
  void aLeaseThatIsGivenBackOrGoneIsNobodys() {
    renewed("10:00:00");
    heartbeat.seen(Optional.of(new Renewal("", "10:00:02", Duration.ofSeconds(1))));
    assertFalse(heartbeat.alive());

    renewed("10:00:04");
    assertTrue(heartbeat.alive());
    heartbeat.seen(Optional.empty());
    assertFalse(heartbeat.alive());
    renewed("10:00:06");
    assertFalse(heartbeat.alive());
  }
}
