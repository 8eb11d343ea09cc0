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

  @Test
  void aBookThatWasReplacedIsCollectedOnceTheHeapGrowsNoMore() {
    for (int look = 1; look < 8; look++) {
      assertEquals(0, collectionsAt(19));
    }
    assertEquals(1, collectionsAt(19));
    for (int look = 0; look < 20; look++) {
      assertEquals(1, collectionsAt(10));
    }
  }

  @Test
  void aHeapThatStillGrowsIsLeftToGrow() {
    for (int mebibytes = 12; mebibytes <= 26; mebibytes += 2) {
      assertEquals(0, collectionsAt(mebibytes));
    }
  }

  @Test
  void aFewMebibytesAreNotGoneAfter() {
    for (int look = 0; look < 100; look++) {
      assertEquals(0, collectionsAt(18));
    }
  }

  /** The book before it was alive still when the heap was last collected. */
  @Test
  void aBookIsCollectedOnceItWasReplacedAlsoAfterACollectionWhileTheNextWasRead() {
    alive = 40 * MIB;
    assertEquals(1, collectionsAt(50));
    alive = 20 * MIB;
    for (int look = 1; look < 8; look++) {
      assertEquals(1, collectionsAt(44));
    }

    assertEquals(2, collectionsAt(44));
    for (int look = 0; look < 20; look++) {
      assertEquals(2, collectionsAt(20));
    }
  }
}
