package dev.windfall.reconciler.leftover;

import java.util.List;
import java.util.Map;

/**
 * The EC2NodeClasses of the cluster, which a selector is held against.
 *
 * @param labels of each, by its name; none where nobody asked
 * @param barred why they cannot be known; empty: they are
 */
record NodeClasses(Map<String, Map<String, String>> labels, String barred) {
  /** Of a cluster in which no selector asks for any. */
  static final NodeClasses UNASKED = new NodeClasses(Map.of(), "");

  /** The names of those that have all of {@code selector}, in order. */
  List<String> matching(Map<String, String> selector) {
    return labels.entrySet().stream()
        .filter(each -> each.getValue().entrySet().containsAll(selector.entrySet()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
