package dev.windfall.extender;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Finds a node by the characters of its name, without making a name of them, and has for each what
 * an answer says of it up to the score. Immutable.
 */
final class NodeNames {
  private static final byte[] BEFORE = "{\"Host\":".getBytes(StandardCharsets.US_ASCII);
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
      int at = spread(this.names[slot].hashCode());
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

  /** The slot of the name that these characters are; -1 when there is none. */
  int find(char[] text, int offset, int length) {
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + text[i];
    }
    for (int at = spread(hash); table[at] != 0; at = (at + 1) & (table.length - 1)) {
      if (is(names[table[at] - 1], text, offset, length)) {
        return table[at] - 1;
      }
    }
    return -1;
  }

  int find(String name) {
    return find(name.toCharArray(), 0, name.length());
  }

  private int spread(int hash) {
    return (hash ^ (hash >>> 16)) & (table.length - 1);
  }

  private static boolean is(String name, char[] text, int offset, int length) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != text[offset + i]) {
        return false;
      }
    }
    return true;
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
