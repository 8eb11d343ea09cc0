package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.reconciler.LivePolicy;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All that a plan is made from.
 *
 * @param inForce the policies in force, of objects and of files
 * @param ofFiles whether those of files are among them
 * @param live every SpotPolicy that is an object, by name
 * @param standing the guards' objects that are there, Windfall's own only
 * @param namespace Windfall's own
 */
record View(
    List<SpotPolicy> inForce,
    boolean ofFiles,
    List<LivePolicy> live,
    Standing standing,
    String namespace,
    Instant now) {

  /**
   * What stands in the cluster.
   *
   * @param policies by name
   * @param bindings by name
   * @param barred why that cannot be known; empty: it is
   */
  record Standing(
      Map<String, ObjectNode> policies, Map<String, ObjectNode> bindings, Optional<Barred> barred) {
    static Standing unknown(Barred barred) {
      return new Standing(Map.of(), Map.of(), Optional.of(barred));
    }

    boolean both(String guard) {
      return policies.containsKey(guard) && bindings.containsKey(guard);
    }
  }

  /**
   * Why no guard can be looked at, let alone made.
   *
   * @param reason one word
   */
  record Barred(String reason, String message) {}

  static View of(
      Policies policies,
      Collection<LivePolicy> live,
      Standing standing,
      String namespace,
      Instant now) {
    return new View(
        policies.inOrder(),
        policies.ofFiles(),
        live.stream().sorted(Comparator.comparing(LivePolicy::name)).toList(),
        standing,
        namespace,
        now);
  }

  /** The guards that have to stand, by name. */
  Map<String, Guard> wanted() {
    return inForce.stream()
        .map(policy -> Guard.of(policy, namespace))
        .flatMap(Optional::stream)
        .collect(Collectors.toMap(Guard::name, Function.identity(), (one, same) -> one));
  }

  /** The version in force of the policy that is the object {@code name}. */
  Optional<SpotPolicy> objectInForce(String name) {
    return inForce.stream()
        .filter(policy -> policy.file().isEmpty() && policy.name().equals(name))
        .findFirst();
  }

  /**
   * Whether nobody wants the guard any more. One whose policy is there but of which no version is
   * in force may be wanted: after a restart nobody knows what the last one that could be read said.
   * Who reads no files cannot say that a file is gone: another replica may have led, and read them.
   */
  boolean retired(String guard) {
    if (guard.startsWith(Guard.FILE) && !ofFiles) {
      return false;
    }
    return live.stream()
        .noneMatch(policy ->
            guard.equals(Guard.OBJECT + policy.name()) && objectInForce(policy.name()).isEmpty());
  }
}
