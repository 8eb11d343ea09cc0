package dev.windfall.policies;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What counts for a pod besides what it says itself.
 *
 * @param namespaces by name; empty: it is not known, or not yet
 */
public record Surroundings(Policies policies, Function<String, Optional<Namespace>> namespaces) {
  /** Nobody says anything. */
  public static final Surroundings NONE = bare(Policies.NONE);

  /** Policies, and namespaces that say nothing but their names. */
  public static Surroundings bare(Policies policies) {
    return new Surroundings(policies, name -> Optional.of(Namespace.named(name)));
  }

  /** The same where some namespaces are known. */
  public static Surroundings of(Policies policies, Map<String, Namespace> namespaces) {
    return new Surroundings(policies, name -> Optional.ofNullable(namespaces.get(name)));
  }

  /** Whether what {@code pod}'s namespace says is known; what is decided otherwise may be wrong. */
  public boolean know(Pod pod) {
    return namespaces.apply(pod.namespace()).isPresent();
  }

  /** What {@code pod}'s wish comes to. A namespace that is not known says nothing. */
  public Resolution resolve(Pod pod) {
    return Resolution.of(pod, namespace(pod), policies);
  }

  /** How much work of {@code pod} an interruption throws away. */
  public Duration lostWork(Pod pod) {
    return Resolution.lostWork(pod, namespace(pod), policies);
  }

  private Namespace namespace(Pod pod) {
    return namespaces.apply(pod.namespace()).orElseGet(() -> Namespace.named(pod.namespace()));
  }
}
