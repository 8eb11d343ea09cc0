package dev.windfall.cluster;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map of which changed copies are cheap: it is split into 256 parts by hash, and a
 * copy shares the parts that did not change. With 5,000 objects a part has about 20, so that
 * publishing one changed object copies some 2 KB.
 */
final class Shards<T> extends AbstractMap<Key, T> {
  private static final int PARTS = 256;

  private final List<Map<Key, T>> parts;
  private final int size;

  private Shards(List<Map<Key, T>> parts, int size) {
    this.parts = parts;
    this.size = size;
  }

  static <T> Shards<T> empty() {
    return new Shards<>(Collections.nCopies(PARTS, Map.of()), 0);
  }

  /** A copy with these changes; an empty value removes its key. */
  Shards<T> with(Map<Key, Optional<T>> changes) {
    List<Map<Key, T>> changed = new ArrayList<>(parts);
    boolean[] owned = new boolean[PARTS];
    int count = size;
    for (var change : changes.entrySet()) {
      int part = part(change.getKey());
      if (!owned[part]) {
        owned[part] = true;
        changed.set(part, new HashMap<>(changed.get(part)));
      }
      Map<Key, T> target = changed.get(part);
      T before =
          change.getValue().isPresent()
              ? target.put(change.getKey(), change.getValue().get())
              : target.remove(change.getKey());
      count += (change.getValue().isPresent() ? 1 : 0) - (before == null ? 0 : 1);
    }
    return new Shards<>(changed, count);
  }

  /** {@link Watcher#differences}; parts that two share are passed over. */
  static <T> void differences(
      Map<Key, T> before, Map<Key, T> after, BiConsumer<@Nullable T, @Nullable T> difference) {
    if (before instanceof Shards<T> was && after instanceof Shards<T> is) {
      for (int part = 0; part < PARTS; part++) {
        compare(was.parts.get(part), is.parts.get(part), difference);
      }
    } else {
      compare(before, after, difference);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the same object, not an equal one
  private static <T> void compare(
      Map<Key, T> before, Map<Key, T> after, BiConsumer<@Nullable T, @Nullable T> difference) {
    if (before == after) {
      return;
    }
    before.forEach((key, was) -> {
      T is = after.get(key);
      if (is != was) {
        difference.accept(was, is);
      }
    });
    after.forEach((key, is) -> {
      if (!before.containsKey(key)) {
        difference.accept(null, is);
      }
    });
  }

  private static int part(Object key) {
    int hash = key.hashCode();
    return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (PARTS - 1);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public @Nullable T get(@Nullable Object key) {
    return key == null ? null : parts.get(part(key)).get(key);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return get(key) != null;
  }

  @Override
  public Set<Map.Entry<Key, T>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public Iterator<Map.Entry<Key, T>> iterator() {
        return parts.stream()
            .flatMap(part -> part.entrySet().stream())
            .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
            .iterator();
      }
    };
  }
}
