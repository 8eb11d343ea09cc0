package dev.windfall.policies;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The policies in force, the one whose defaults count first.
 *
 * @param inOrder the higher priority first, then by name, then those of files
 */
public record Policies(List<SpotPolicy> inOrder) {
  /** None at all. */
  public static final Policies NONE = new Policies(List.of());

  private static final Comparator<SpotPolicy> ORDER =
      Comparator.comparingInt(SpotPolicy::priority)
          .reversed()
          .thenComparing(SpotPolicy::name)
          .thenComparing(policy -> policy.file().isEmpty())
          .thenComparing(policy -> policy.file().orElse(""));

  public Policies {
    inOrder = List.copyOf(inOrder);
  }

  /** The policies in their order. */
  public static Policies of(Collection<SpotPolicy> policies) {
    return new Policies(policies.stream().sorted(ORDER).toList());
  }

  /** Those that hold for {@code pod} in {@code namespace}. */
  List<SpotPolicy> holding(Namespace namespace, Pod pod) {
    return inOrder.stream().filter(policy -> policy.holdsFor(namespace, pod)).toList();
  }
}
