package dev.windfall.reconciler.classes;

import java.util.List;
import java.util.Optional;

/**
 * The roles that a pool may hand to nodes. The API server asks for the same before it takes a pool,
 * but not where that admission policy is not installed, or of pools from before it was.
 *
 * @param classes the node classes that a pool may name; empty: any
 * @param roles those that its own class may say; empty: any, but none where {@code classes} are
 *     named, since a class of one's own would be a way around those
 */
public record Roles(List<String> classes, List<String> roles) {
  public static final Roles ANY = new Roles(List.of(), List.of());

  public Roles {
    classes = List.copyOf(classes);
    roles = List.copyOf(roles);
  }

  /** Why {@code role} may not be handed out; empty when it may. */
  Optional<String> refusal(String role) {
    if (!roles.isEmpty()) {
      return roles.contains(role)
          ? Optional.empty()
          : Optional.of(
              "spec.nodeClass.role %s is none of those that a SpotPool may hand to nodes here: %s (cluster.nodeClassRoles)"
                  .formatted(role, String.join(", ", roles)));
    }
    return classes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "spec.nodeClass.role %s: a SpotPool may only name node classes that are there, in nodeClassRef, since cluster.nodeClasses lists some and cluster.nodeClassRoles no role"
                .formatted(role));
  }
}
