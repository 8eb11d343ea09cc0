package dev.windfall.extender;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the end of a JSON string, and a hash of what is in it, eight bytes at a time. Names are
 * most of what the scheduler sends, and reading them one character after the other most of what an
 * answer took.
 */
final class PlainText {
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHEST = 0x8080808080808080L;
  private static final long QUOTES = '"' * ONES;

  /** An odd number whose bits look like chance: 2^64 over the golden ratio. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  private PlainText() {}

  /**
   * Where the next quote is, in the lower half, and {@link #hash} of what comes before it in the
   * upper one; -1 when there is none. It ends the string if that {@link #isPlain}.
   */
  static long scan(byte[] text, int from) {
    long hash = 0;
    int at = from;
    for (; at + Long.BYTES <= text.length; at += Long.BYTES) {
      long eight = (long) EIGHT.get(text, at);
      long hits = zeros(eight ^ QUOTES);
      if (hits != 0) {
        int before = Long.numberOfTrailingZeros(hits) / Byte.SIZE;
        return found(at + before, mixed(hash, eight & ~(-1L << (before * Byte.SIZE))));
      }
      hash = mixed(hash, eight);
    }
    for (; at < text.length; at++) {
      if (text[at] == '"') {
        return found(at, (long) hash(text, from, at) << Integer.SIZE);
      }
    }
    return -1;
  }

  /** Whether JSON has these bytes for themselves: ASCII, without escape or control character. */
  static boolean isPlain(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (text[at] < ' ' || text[at] == '\\') {
        return false;
      }
    }
    return true;
  }

  private static long found(int end, long hash) {
    return ((hash >>> Integer.SIZE) << Integer.SIZE) | end;
  }

  /**
   * The highest bit of the lowest byte that is zero, and of no byte below it; above may be more.
   */
  private static long zeros(long eight) {
    return (eight - ONES) & ~eight & HIGHEST;
  }

  static int hash(byte[] text, int from, int to) {
    long hash = 0;
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      hash = mixed(hash, (long) EIGHT.get(text, at));
    }
    long rest = 0;
    for (int last = to - 1; last >= at; last--) {
      rest = rest << Byte.SIZE | (text[last] & 0xff);
    }
    return (int) (mixed(hash, rest) >>> Integer.SIZE);
  }

  private static long mixed(long hash, long more) {
    return (Long.rotateLeft(hash, 29) ^ more) * SPREAD;
  }
}
