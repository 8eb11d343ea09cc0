package dev.windfall.extender;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds a node by the bytes of its name, without making a name of them, and has for each what an
 * answer says of it up to the score. Immutable.
 */
final class NodeNames {
  private static final byte[] BEFORE = "{\"Host\":".getBytes(StandardCharsets.US_ASCII);
  private static final int QUOTE = 1;
  private static final byte[] AFTER = ",\"Score\":".getBytes(StandardCharsets.US_ASCII);

  private final String[] names;
  private final byte[][] entries;

  /** By hash: one more than a slot; zero ends a search. At most half full. */
  private final int[] table;

  /** Of {@code names}, each once; a name's place there is its slot. */
  NodeNames(List<String> names) {
    this.names = names.toArray(String[]::new);
    entries = new byte[this.names.length][];
    table = new int[Integer.highestOneBit(Math.max(4, this.names.length) * 4 - 1)];
    for (int slot = 0; slot < this.names.length; slot++) {
      entries[slot] = entry(this.names[slot]);
      byte[] name = this.names[slot].getBytes(StandardCharsets.UTF_8);
      int at = PlainText.hash(name, 0, name.length) & (table.length - 1);
      while (table[at] != 0) {
        at = (at + 1) & (table.length - 1);
      }
      table[at] = slot + 1;
    }
  }

  int size() {
    return names.length;
  }

  String name(int slot) {
    return names[slot];
  }

  /** The slot of the name that these bytes are in UTF-8; -1 when there is none. */
  int find(byte[] text, int from, int to) {
    int at = PlainText.hash(text, from, to) & (table.length - 1);
    while (table[at] != 0) {
      if (is(entries[table[at] - 1], text, from, to)) {
        return table[at] - 1;
      }
      at = (at + 1) & (table.length - 1);
    }
    return -1;
  }

  int find(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return find(text, 0, text.length);
  }

  /** Compared with what is in the entry: the names of nodes are never escaped there. */
  private static boolean is(byte[] entry, byte[] text, int from, int to) {
    int begin = BEFORE.length + QUOTE;
    int end = entry.length - AFTER.length - QUOTE;
    return Arrays.equals(entry, begin, end, text, from, to);
  }

  /** What an answer says of a node up to its score; not to be changed. */
  byte[] entry(int slot) {
    return entries[slot];
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
