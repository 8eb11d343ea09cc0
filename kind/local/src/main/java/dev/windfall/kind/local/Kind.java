package dev.windfall.kind.local;

/**
 * A kind of object that is served.
 *
 * @param statusApart whether {@code status} is written through its own subresource only
 */
record Kind(
    String group,
    String version,
    String plural,
    String kind,
    boolean namespaced,
    boolean statusApart) {
  String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** As the API server names the kind in its messages: {@code nodepools.karpenter.sh}. */
  String qualified() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
