package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OldGenerationTest {
  private static final long MIB = 1 << 20;

  private long used = 10 * MIB;
  private long alive = 10 * MIB;
  private int collections;
  private final OldGeneration old = new OldGeneration(() -> used, this::collect);

  private void collect() {
    collections++;
    used = alive;
  }

  private int collectionsAt(long mebibytes) {
    used = mebibytes * MIB;
    old.look();
    return collections;
  }

  @Test
  void aSmallHeapIsCollectedWhenItHasGrownBy16MiB() {
    assertEquals(0, collectionsAt(26));
    assertEquals(1, collectionsAt(27));
    assertEquals(1, collectionsAt(26));
    assertEquals(2, collectionsAt(27));
  }

  @Test
  void aLargeHeapIsCollectedWhenItHasGrownByAThird() {
    alive = 90 * MIB;
    assertEquals(1, collectionsAt(100));

    assertEquals(1, collectionsAt(120));
    assertEquals(2, collectionsAt(121));
  }

  @Test
  void whatAnotherCollectionLeftIsWhatIsAlive() {
    alive = 90 * MIB;
    assertEquals(1, collectionsAt(100));

    assertEquals(1, collectionsAt(20));
    assertEquals(2, collectionsAt(37));
  }
}
