package dev.windfall.policies;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which pods admission looks at, as the API server is told. The webhook is asked about these, and
 * the bounds that hold without it hold for these, so that both speak of the same pods.
 */
public final class AdmittedPods {
  /** Where no pod meets admission, so that a cluster can start without it. */
  public static final List<String> SYSTEM_NAMESPACES =
      List.of("kube-system", "kube-public", "kube-node-lease");

  /** All of them hold for such a pod: it has GPUs, and its node is still to be found. */
  public static final List<Condition> CONDITIONS =
      List.of(
          new Condition(
              "wants-gpu",
              """
              (object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))\
              .exists(c, has(c.resources) && (\
              (has(c.resources.requests) && 'nvidia.com/gpu' in c.resources.requests) || \
              (has(c.resources.limits) && 'nvidia.com/gpu' in c.resources.limits)))\
              """),
          new Condition("not-bound", "!has(object.spec.nodeName) || object.spec.nodeName == ''"),
          new Condition(
              "not-mirror",
              "!has(object.metadata.annotations)"
                  + " || !('kubernetes.io/config.mirror' in object.metadata.annotations)"),
          new Condition(
              "not-daemon",
              "!has(object.metadata.ownerReferences)"
                  + " || !object.metadata.ownerReferences.exists(o, o.kind == 'DaemonSet')"));

  private AdmittedPods() {}

  /**
   * What the API server checks before it asks.
   *
   * @param expression in CEL
   */
  public record Condition(String name, String expression) {}

  /**
   * The namespaces in which pods meet admission.
   *
   * @param own Windfall's, whose pods must start without it
   */
  public static Selector namespaces(String own) {
    List<String> without = Stream.concat(SYSTEM_NAMESPACES.stream(), Stream.of(own)).toList();
    return new Selector(
        List.of(
            new Selector.Expression(
                "kubernetes.io/metadata.name", Selector.Operator.NOT_IN, without)));
  }
}
