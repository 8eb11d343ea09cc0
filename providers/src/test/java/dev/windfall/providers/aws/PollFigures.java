package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.kind.ec2.Machine;
import dev.windfall.providers.Quotes;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a poll costs in a region as large as AWS's largest: 1,000 types, 120 of them with GPUs, six
 * zones, prices that move six times a day. Prints; holds nothing to a limit.
 */
@Tag("figures")
class PollFigures {
  private static final int TYPES = 1000;
  private static final int GPU_TYPES = 120;
  private static final int ZONES = 6;
  private static final int CHANGES = 18;

  private final Random random = new Random(1);

  @Test
  void aLargeRegion() {
    try (Account account = new Account()) {
      for (int zone = 0; zone < ZONES; zone++) {
        account.region.zone(zone(zone), "euc1-az" + (zone + 1)).score("euc1-az" + (zone + 1), 5);
      }
      for (int i = 0; i < TYPES; i++) {
        account.region.machine(
            i < GPU_TYPES
                ? Machine.nvidia(type(i), 8, 32, 1 + i % 2 * 3, "L" + i / 8, 24576)
                : Machine.plain("m" + i + ".large", 2, 8));
      }
      for (int change = 0; change < GPU_TYPES * ZONES * CHANGES; change++) {
        move(account, change % (GPU_TYPES * ZONES), Duration.ofMinutes(random.nextInt(4300)));
      }
      try (AwsSource source = account.source()) {
        poll(account, source, "first poll, cold");
        for (int minute = 1; minute <= 30; minute++) {
          account.pass(Duration.ofMinutes(1));
          for (int i = 0; i < 3; i++) {
            move(account, random.nextInt(GPU_TYPES * ZONES), Duration.ofSeconds(30));
          }
          poll(account, source, "minute " + minute);
        }
      }
    }
  }

  private void move(Account account, int place, Duration ago) {
    account.region.price(
        type(place % GPU_TYPES),
        zone(place / GPU_TYPES),
        "0." + (3000 + random.nextInt(500)),
        account.now().minus(ago));
  }

  private static void poll(Account account, AwsSource source, String what) {
    account.ec2.forgetRequests();
    long bytes = account.ec2.bytesSent();
    long begun = System.nanoTime();
    Quotes quotes = source.poll().orElseThrow();
    System.out.printf(
        "%-18s %3d calls %6d KiB %6d ms %5d offers%n",
        what,
        account.ec2.requests().size(),
        (account.ec2.bytesSent() - bytes) >> 10,
        Duration.ofNanos(System.nanoTime() - begun).toMillis(),
        quotes.offers().size());
    assertEquals(GPU_TYPES * ZONES, quotes.offers().size());
  }

  private static String type(int i) {
    return "g" + i + ".xlarge";
  }

  private static String zone(int zone) {
    return "eu-central-1" + (char) ('a' + zone);
  }
}
