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
  void nobodyCanChangeIt() {
    Shards<Integer> shards = Shards.<Integer>empty().with(Map.of(Key.of("a"), Optional.of(1)));
    assertThrows(UnsupportedOperationException.class, () -> shards.remove(Key.of("a")));
    assertThrows(UnsupportedOperationException.class, () -> shards.put(Key.of("b"), 2));
    assertThrows(UnsupportedOperationException.class, shards::clear);
  }
}
