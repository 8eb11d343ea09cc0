package dev.windfall.cluster;

import java.util.Comparator;

/**
 * Which object of a kind.
 *
 * @param namespace empty for a cluster-scoped object
 * @param name never empty
 */
public record Key(String namespace, String name) implements Comparable<Key> {
  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::namespace).thenComparing(Key::name);

  public Key {
    segment(name);
    if (!namespace.isEmpty()) {
      segment(namespace);
    }
  }

  /** The key of a cluster-scoped object. */
  public static Key of(String name) {
    return new Key("", name);
  }

  @Override
  public int compareTo(Key other) {
    return ORDER.compare(this, other);
  }

  /** {@code namespace/name}, or {@code name}: as kubectl users write it. */
  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }

  /** Refuses what Kubernetes refuses as a path segment, so that no name can lead to another URL. */
  static String segment(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of a Kubernetes object");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '/' || c == '%' || c == '?' || c == '#' || c == '\\') {
        throw new IllegalArgumentException("\"" + name + "\" is no name of a Kubernetes object");
      }
    }
    return name;
  }
}
