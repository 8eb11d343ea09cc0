package dev.windfall.kind.local;

import java.util.Optional;

/**
 * A kind of object that is served.
 *
 * @param statusApart whether {@code status} is written through its own subresource only
 * @param definition what a CustomResourceDefinition says of it; empty for what is built in
 */
record Kind(
    String group,
    String version,
    Names names,
    boolean namespaced,
    boolean statusApart,
    Optional<Definition> definition) {
  String plural() {
    return names.plural();
  }

  String kind() {
    return names.kind();
  }

  String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** As the API server names the kind in its messages: {@code nodepools.karpenter.sh}. */
  String qualified() {
    return group.isEmpty() ? plural() : plural() + "." + group;
  }

  /**
   * Where its objects are kept: versions of a kind share a place, and so do both kinds of events.
   */
  String place() {
    return group.equals("events.k8s.io") ? "events" : qualified();
  }
}
