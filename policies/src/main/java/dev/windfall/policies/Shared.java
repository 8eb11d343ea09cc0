package dev.windfall.policies;

import java.util.HashMap;
import java.util.Map;

/**
 * Of equal values the first, for values that live as long as a price book: its 100,000 offers name
 * a few zones, times and bands, and each would hold its own. Belongs to one thread.
 */
public final class Shared<T> {
  private final Map<T, T> known = new HashMap<>();

  /** The value that is kept in the place of {@code value}, which it equals. */
  public T of(T value) {
    T first = known.putIfAbsent(value, value);
    return first == null ? value : first;
  }
}
