package dev.windfall.policies;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The policies in force, the one whose defaults count first.
 *
 * @param inOrder the higher priority first, then by name, then those of files
 * @param whole whether none is missing: of each that exists some version could be read
 * @param ofFiles whether files are read too, so that a policy that was in one and is not here is
 *     gone
 */
public record Policies(List<SpotPolicy> inOrder, boolean whole, boolean ofFiles) {
  /** None at all. */
  public static final Policies NONE = new Policies(List.of(), true, true);

  private static final Comparator<SpotPolicy> ORDER =
      Comparator.comparingInt(SpotPolicy::priority)
          .reversed()
          .thenComparing(SpotPolicy::name)
          .thenComparing(policy -> policy.file().isEmpty())
          .thenComparing(policy -> policy.file().orElse(""));

  public Policies {
    inOrder = List.copyOf(inOrder);
  }

  /** The policies in their order; there are no others. */
  public static Policies of(Collection<SpotPolicy> policies) {
    return of(policies, true, true);
  }

  /** The policies in their order. */
  public static Policies of(Collection<SpotPolicy> policies, boolean whole, boolean ofFiles) {
    return new Policies(policies.stream().sorted(ORDER).toList(), whole, ofFiles);
  }

  /** Those that hold for {@code pod} in {@code namespace}. */
  List<SpotPolicy> holding(Namespace namespace, Pod pod) {
    return inOrder.stream().filter(policy -> policy.holdsFor(namespace, pod)).toList();
  }
}
