package dev.windfall.policies;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * What counts for a pod besides what it says itself.
 *
 * @param namespaces by name
 */
public record Surroundings(Policies policies, Function<String, Namespace> namespaces) {
  /** Nobody says anything. */
  public static final Surroundings NONE = new Surroundings(Policies.NONE, Namespace::named);

  /** The same where all namespaces are known; one that is not among them says nothing. */
  public static Surroundings of(Policies policies, Map<String, Namespace> namespaces) {
    return new Surroundings(
        policies,
        name -> {
          Namespace known = namespaces.get(name);
          return known == null ? Namespace.named(name) : known;
        });
  }

  /** What {@code pod}'s wish comes to. */
  public Resolution resolve(Pod pod) {
    return Resolution.of(pod, namespaces.apply(pod.namespace()), policies);
  }

  /** How much work of {@code pod} an interruption throws away. */
  public Duration lostWork(Pod pod) {
    return Resolution.lostWork(pod, namespaces.apply(pod.namespace()), policies);
  }
}
