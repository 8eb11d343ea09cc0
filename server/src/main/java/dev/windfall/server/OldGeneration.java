package dev.windfall.server;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
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
  private static final String POOL = "Tenured Gen";

  private static final Duration EVERY = Duration.ofMillis(250);

  /** It grows by less between two collections only because of much smaller books. */
  private static final long LEAST = 16L << 20;

  /** Within so many looks a book is read and takes the place of another. */
  private static final int AT_REST = 8;

  /** What it grows by is not a book. */
  private static final long STILL = 1L << 20;

  private final LongSupplier used;
  private final Runnable collect;
  private long alive;

  /** What was alive when it had last come to rest: within a book that is read, two are. */
  private long rested;

  private long stood;
  private int looks;

  /**
   * Looks at nothing yet.
   *
   * @param used bytes, alive or not
   */
  OldGeneration(LongSupplier used, Runnable collect) {
    this.used = used;
    this.collect = collect;
    this.alive = used.getAsLong();
    this.rested = alive;
  }

  /** Looks after that of this process, for as long as it runs; other collectors have none. */
  static void lookAfter() {
    pool()
        .ifPresent(
            pool -> Thread.ofPlatform().daemon().name("old-generation").start(() -> run(pool)));
  }

  private static Optional<MemoryPoolMXBean> pool() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals(POOL))
        .findFirst();
  }

  /** The bytes in that of this process, alive or not; of other collectors it is not known. */
  static LongSupplier used() {
    return pool().<LongSupplier>map(pool -> () -> pool.getUsage().getUsed()).orElse(() -> 0);
  }

  /** How often that of this process was collected; of other collectors it is not known. */
  static LongSupplier collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .filter(collector -> Arrays.asList(collector.getMemoryPoolNames()).contains(POOL))
        .findFirst()
        .<LongSupplier>map(collector -> collector::getCollectionCount)
        .orElse(() -> 0);
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
   * Collects when it has grown by a third, so that a larger heap is not gone through more often;
   * and when it has grown by less and grows no more, so that the next book does not come on top of
   * it.
   */
  void look() {
    long now = used.getAsLong();
    if (now > stood + STILL || now < stood) {
      stood = now;
      looks = 0;
    }
    looks++;
    boolean rests = looks >= AT_REST && now > rested + LEAST / 2;
    if (rests || now > alive + Math.max(LEAST, alive / 3)) {
      collect.run();
      alive = used.getAsLong();
      rested = rests ? alive : rested;
    } else {
      // Somebody else collected.
      alive = Math.min(alive, now);
    }
    rested = Math.min(rested, alive);
  }
}
