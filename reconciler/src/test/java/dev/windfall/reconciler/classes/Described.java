package dev.windfall.reconciler.classes;

import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.Bench;

/** Pools that describe their node class, and who refers to such classes. */
final class Described {
  static final String WINDFALL = "windfall.dev/v1alpha1";
  static final String AWS = "karpenter.k8s.aws/v1";
  static final String CLASS = "EC2NodeClass";
  private static final String KARPENTER = "karpenter.sh/v1";

  private Described() {}

  /** Puts a pool of a node class of this role into the cluster; returns the name of that class. */
  static String pool(Bench bench, String name, String role, String more) {
    String document = document(name, role, more);
    bench.put(document);
    return SpotPool.readObject(name, document.replace('\'', '"')).nodeClassRef().name();
  }

  static String document(String name, String role, String more) {
    return """
    {'apiVersion': '%s', 'kind': 'SpotPool',
     'metadata': {'name': '%s', 'finalizers': ['windfall.dev/rungs']},
     'spec': {'provider': 'aws', 'region': 'eu-central-1',
       'nodeClass': {'role': '%s', 'amiAlias': 'al2023@v20260101',
         'subnetSelectorTags': {'team': 'research', 'karpenter.sh/discovery': '*'},
         'securityGroupSelectorTags': {'team': 'research'}}%s}}
    """
        .formatted(WINDFALL, name, role, more);
  }

  /** A rung of a pool, or with an empty pool somebody else's NodePool. */
  static void nodePool(Bench bench, String name, String pool, String nodeClass) {
    bench.put(
        """
        {'apiVersion': '%s', 'kind': 'NodePool', 'metadata': {'name': '%s', 'labels': {%s}},
         'spec': {'template': {'spec': {'nodeClassRef':
           {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': '%s'}}}}}
        """
            .formatted(
                KARPENTER,
                name,
                pool.isEmpty() ? "" : "'windfall.dev/pool': '%s'".formatted(pool),
                nodeClass));
  }

  /** A machine of a class, as Karpenter labels it, or as one of another version would not. */
  static void claim(Bench bench, String name, String nodeClass, boolean labelled) {
    bench.put(
        """
        {'apiVersion': '%s', 'kind': 'NodeClaim', 'metadata': {'name': '%s', 'labels': {%s}},
         'spec': {'nodeClassRef':
           {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': '%s'}}}
        """
            .formatted(
                KARPENTER,
                name,
                labelled ? "'karpenter.k8s.aws/ec2nodeclass': '%s'".formatted(nodeClass) : "",
                nodeClass));
  }

  static void remove(Bench bench, String kind, String name) {
    String group = kind.equals("SpotPool") ? WINDFALL : kind.equals(CLASS) ? AWS : KARPENTER;
    // Nobody waits for it.
    var _ =
        bench.server.change(
            group,
            kind,
            "",
            name,
            object -> {
              object.withObject("/metadata").remove("finalizers");
              return object;
            });
    if (bench.server.read(group, kind, "", name).isPresent()) {
      bench.server.remove(group, kind, "", name);
    }
  }
}
