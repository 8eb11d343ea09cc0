package dev.windfall.server;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Has what lived for long and is dead collected, once there may be much of it.
 *
 * <p>The serial collector looks for such only when the heap is at its limit, and the limit has room
 * for markets much larger than those of today. Each price book that is replaced is of that kind, so
 * the process would grow to the limit whatever it holds. Collectors that look earlier take more
 * memory for themselves than they would save here.
 *
 * <p>A collection stops the process for as long as it takes to go through what is alive, which is a
 * tenth of a second with a book of 100,000 offers. With small books there is hardly ever one.
 *
 * <p>Belongs to the thread that looks.
 */
final class OldGeneration {
  private static final Duration EVERY = Duration.ofMillis(250);

  /** It grows by less between two collections only because of much smaller books. */
  private static final long LEAST = 16L << 20;

  private final LongSupplier used;
  private final Runnable collect;
  private long alive;

  /**
   * Looks at nothing yet.
   *
   * @param used bytes, alive or not
   */
  OldGeneration(LongSupplier used, Runnable collect) {
    this.used = used;
    this.collect = collect;
    this.alive = used.getAsLong();
  }

  /** Looks after that of this process, for as long as it runs; other collectors have none. */
  static void lookAfter() {
    ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals("Tenured Gen"))
        .forEach(
            pool -> Thread.ofPlatform().daemon().name("old-generation").start(() -> run(pool)));
  }

  private static void run(MemoryPoolMXBean pool) {
    OldGeneration old = new OldGeneration(() -> pool.getUsage().getUsed(), System::gc);
    try {
      while (true) {
        Thread.sleep(EVERY);
        old.look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Collects when it has grown by a third, so that a larger heap is not gone through more often.
   */
  void look() {
    long now = used.getAsLong();
    if (now > alive + Math.max(LEAST, alive / 3)) {
      collect.run();
      alive = used.getAsLong();
    } else {
      // Somebody else collected.
      alive = Math.min(alive, now);
    }
  }
}
