package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShardsTest {
  @Test
  void itIsEqualToAMapThatSawTheSameChanges() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Map<Key, Integer> expected = new HashMap<>();
    Shards<Integer> shards = Shards.empty();
    for (int i = 0; i < 2_000; i++) {
      Key key = Key.of("k" + random.nextInt(300));
      if (random.nextInt(3) == 0) {
        expected.remove(key);
        shards = shards.with(Map.of(key, Optional.empty()));
      } else {
        expected.put(key, i);
        shards = shards.with(Map.of(key, Optional.of(i)));
      }
      assertEquals(expected.size(), shards.size(), "seed " + seed);
    }
    assertEquals(expected, shards, "seed " + seed);
    assertEquals(expected, new HashMap<>(shards), "seed " + seed);
  }

  @Test
  void theDifferencesOfTwoAreWhatChangedBetweenThem() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Shards<Integer> shards = Shards.empty();
    Map<Key, Integer> followed = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      Shards<Integer> before = shards;
      Map<Key, Optional<Integer>> changes = new HashMap<>();
      for (int change = random.nextInt(5); change > 0; change--) {
        int key = random.nextInt(50);
        changes.put(
            Key.of("k" + key),
            random.nextBoolean() ? Optional.of(100 * i + key) : Optional.empty());
      }
      shards = shards.with(changes);
      Watcher.differences(
          before,
          shards,
          (was, is) -> {
            if (was != null) {
              followed.remove(Key.of("k" + was % 100));
            }
            if (is != null) {
              followed.put(Key.of("k" + is % 100), is);
            }
          });
      assertEquals(new HashMap<>(shards), followed, "seed " + seed);
      assertEquals(0, told(shards, shards), "seed " + seed);
    }
  }

  @Test
  void ofAStateThatWasReadAnewOnlyWhatIsAnotherObjectDiffers() {
    Integer same = 1_000;
    Shards<Integer> before = Shards.<Integer>empty().with(Map.of(Key.of("a"), Optional.of(same)));
    Shards<Integer> anew =
        Shards.<Integer>empty()
            .with(Map.of(Key.of("a"), Optional.of(same), Key.of("b"), Optional.of(2)));

    assertEquals(1, told(before, anew));
    assertEquals(1, told(Map.of(Key.of("a"), 1), Map.of()));
  }

  private static int told(Map<Key, Integer> before, Map<Key, Integer> after) {
    int[] count = {0};
    Watcher.differences(before, after, (was, is) -> count[0]++);
    return count[0];
  }

  @Test
  void nobodyCanChangeIt() {
    Shards<Integer> shards = Shards.<Integer>empty().with(Map.of(Key.of("a"), Optional.of(1)));
    assertThrows(UnsupportedOperationException.class, () -> shards.remove(Key.of("a")));
    assertThrows(UnsupportedOperationException.class, () -> shards.put(Key.of("b"), 2));
    assertThrows(UnsupportedOperationException.class, shards::clear);
  }
}
