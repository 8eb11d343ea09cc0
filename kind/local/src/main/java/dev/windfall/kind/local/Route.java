package dev.windfall.kind.local;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a URL path asks for.
 *
 * @param namespace empty for all, and for what is cluster-scoped
 * @param name empty for a collection
 * @param subresource empty for the object itself
 */
record Route(Kind kind, String namespace, String name, String subresource) {
  /**
   * Whether it is where a pod's eviction is asked for, which creates nothing that could be read.
   */
  boolean isEviction() {
    return kind.place().equals(Kinds.PODS) && subresource.equals("eviction");
  }

  /** As a rule of RBAC names it, but for the status, which goes with its object here. */
  String resource() {
    return isEviction() ? kind.plural() + "/" + subresource : kind.plural();
  }

  /**
   * Reads a path.
   *
   * @throws Refusal 404 when no such kind is served
   */
  static Route parse(String rawPath, Kinds kinds) {
    List<String> rest =
        Arrays.stream(rawPath.substring(1).split("/", -1))
            .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
            .toList();
    boolean core = rest.getFirst().equals("api");
    int skipped = core ? 2 : 3;
    if ((!core && !rest.getFirst().equals("apis")) || rest.size() <= skipped) {
      throw Refusal.unknownPath();
    }
    String group = core ? "" : rest.get(1);
    String version = rest.get(skipped - 1);
    rest = rest.subList(skipped, rest.size());
    String namespace = "";
    // "namespaces" is itself a kind: /namespaces/x is an object, /namespaces/x/pods a collection.
    if (rest.getFirst().equals("namespaces") && rest.size() > 2 && !rest.get(2).equals("status")) {
      namespace = rest.get(1);
      rest = rest.subList(2, rest.size());
    }
    Kind kind = kinds.find(group, version, rest.getFirst()).orElseThrow(Refusal::unknownPath);
    boolean misplaced =
        kind.namespaced() ? namespace.isEmpty() && rest.size() > 1 : !namespace.isEmpty();
    if (misplaced || rest.size() > 3) {
      throw Refusal.unknownPath();
    }
    return new Route(
        kind, namespace, rest.size() > 1 ? rest.get(1) : "", rest.size() > 2 ? rest.get(2) : "");
  }
}
