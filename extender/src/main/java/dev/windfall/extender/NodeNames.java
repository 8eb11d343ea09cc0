package dev.windfall.extender;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds a node by the bytes of its name, without making a name of them, and has for each what an
 * answer says of it up to the score. Immutable but for a memory of the order in which it was asked,
 * which makes it faster and nothing else.
 */
final class NodeNames {
  private static final byte[] BEFORE = "{\"Host\":".getBytes(StandardCharsets.US_ASCII);
  private static final int QUOTE = 1;
  private static final byte[] AFTER = ",\"Score\":".getBytes(StandardCharsets.US_ASCII);

  private final String[] names;

  /**
   * Of each slot, one after the other, since those that are asked about together are neighbours.
   */
  private final byte[] entries;

  /** By slot, where its entry begins; one more for the end of the last. */
  private final int[] begins;

  /** By hash, which is the upper half; the lower is one more than a slot. At most half full. */
  private final long[] table;

  /**
   * By slot, who was asked about after it, and at the end who was first: one more than a slot.
   * Calls write here without waiting for each other, since it is a guess that they check.
   */
  private final int[] next;

  /** Of {@code names}, each once; a name's place there is its slot. */
  NodeNames(List<String> names) {
    this.names = names.toArray(String[]::new);
    begins = new int[this.names.length + 1];
    next = new int[this.names.length + 1];
    table = new long[Integer.highestOneBit(Math.max(4, this.names.length) * 4 - 1)];
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int slot = 0; slot < this.names.length; slot++) {
      all.writeBytes(entry(this.names[slot]));
      begins[slot + 1] = all.size();
      byte[] name = this.names[slot].getBytes(StandardCharsets.UTF_8);
      int hash = PlainText.hash(name, 0, name.length);
      int at = hash & (table.length - 1);
      while (table[at] != 0) {
        at = (at + 1) & (table.length - 1);
      }
      table[at] = (long) hash << Integer.SIZE | (slot + 1);
    }
    entries = all.toByteArray();
  }

  int size() {
    return names.length;
  }

  String name(int slot) {
    return names[slot];
  }

  /**
   * The slot of the name that these bytes are in UTF-8; -1 when there is none.
   *
   * @param hash theirs, by {@link PlainText}
   */
  int find(byte[] text, int from, int to, int hash) {
    for (int at = hash & (table.length - 1); table[at] != 0; at = (at + 1) & (table.length - 1)) {
      int slot = (int) table[at] - 1;
      if ((int) (table[at] >>> Integer.SIZE) == hash && is(slot, text, from, to)) {
        return slot;
      }
    }
    return -1;
  }

  /**
   * Who will be asked about after a node if it goes as the last time; -1: that is not known. A
   * scheduler goes through its nodes in one order, and comparing a name with one that is expected
   * takes a fraction of what finding it takes.
   *
   * @param slot -1: the first
   */
  int expected(int slot) {
    return next[slot < 0 ? names.length : slot] - 1;
  }

  /** Remembers that {@code slot} was asked about after {@code before}; -1: as the first. */
  void expect(int slot, int before) {
    next[before < 0 ? names.length : before] = slot + 1;
  }

  /** Where the quote is that ends the name of a node in JSON; -1 when it does not stand there. */
  int endOf(int slot, byte[] text, int from) {
    int begin = begins[slot] + BEFORE.length + QUOTE;
    int length = begins[slot + 1] - AFTER.length - begin;
    return from + length <= text.length
            && Arrays.equals(entries, begin, begin + length, text, from, from + length)
        ? from + length - QUOTE
        : -1;
  }

  int find(byte[] name) {
    return find(name, 0, name.length, PlainText.hash(name, 0, name.length));
  }

  /** Compared with what is in the entry: the names of nodes are never escaped there. */
  private boolean is(int slot, byte[] text, int from, int to) {
    int begin = begins[slot] + BEFORE.length + QUOTE;
    int end = begins[slot + 1] - AFTER.length - QUOTE;
    return Arrays.equals(entries, begin, end, text, from, to);
  }

  /** Adds what an answer says of a node up to its score. */
  void addEntry(int slot, Answer answer) {
    answer.add(entries, begins[slot], begins[slot + 1]);
  }

  /** The same of a node that is not in an index. */
  static byte[] entry(String name) {
    byte[] quoted = Json.quoted(name);
    byte[] entry = new byte[BEFORE.length + quoted.length + AFTER.length];
    System.arraycopy(BEFORE, 0, entry, 0, BEFORE.length);
    System.arraycopy(quoted, 0, entry, BEFORE.length, quoted.length);
    System.arraycopy(AFTER, 0, entry, BEFORE.length + quoted.length, AFTER.length);
    return entry;
  }
}
