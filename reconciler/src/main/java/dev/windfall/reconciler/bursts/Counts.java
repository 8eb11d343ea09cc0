package dev.windfall.reconciler.bursts;

import java.util.Arrays;

/** How many of each, by number. Does not change. */
final class Counts {
  static final Counts NONE = new Counts();

  private final int[] values;

  Counts(int... values) {
    this.values = values.clone();
  }

  int of(int number) {
    return values[number];
  }

  int size() {
    return values.length;
  }

  int total() {
    return Arrays.stream(values).sum();
  }

  int[] toArray() {
    return values.clone();
  }

  /** The first {@code size} of them. */
  Counts first(int size) {
    return new Counts(Arrays.copyOf(values, size));
  }

  /** The same, less one of {@code number}. */
  Counts lessOne(int number) {
    Counts less = new Counts(values);
    less.values[number]--;
    return less;
  }

  /** The same, less {@code taken} of the first of them. */
  Counts less(Counts taken) {
    Counts less = new Counts(values);
    for (int i = 0; i < taken.values.length; i++) {
      less.values[i] -= taken.values[i];
    }
    return less;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Counts counts && Arrays.equals(values, counts.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
