package dev.windfall.extender;

import dev.windfall.market.Node;
import dev.windfall.policies.Pod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows pods, and tells of each that was bound with a choice of nodes whether the scheduler had
 * asked about it. Belongs to one thread.
 *
 * <p>A pod that was asked about had a choice: the scheduler asks only where two nodes fit. Of one
 * that was not, what is seen here must prove it: a scheduler bound it, and besides the node it got
 * there is another with all the same labels and taints, enough free GPUs and no more of them in
 * use. What keeps a pod off such a node, a volume or an affinity to pods, is not seen.
 */
public final class Bindings {
  private final Predicate<String> asked;

  /** By node and resource, what bound pods use; none of them zero. */
  private final Map<String, Map<String, Integer>> used = new HashMap<>();

  /**
   * What became of a pod.
   *
   * @param before null: it was not there
   * @param after null: it is gone
   */
  public record Change(@Nullable Pod before, @Nullable Pod after) {}

  /**
   * A pod that was bound with a choice of nodes.
   *
   * @param scheduler that was to place it
   * @param asked whether the scheduler asked about it
   */
  public record Binding(String scheduler, boolean asked) {}

  /**
   * Follows pods from now on.
   *
   * @param pods as they are
   * @param asked whether there was a call about the pod with this uid
   */
  public Bindings(Collection<Pod> pods, Predicate<String> asked) {
    this.asked = asked;
    pods.stream().filter(Bindings::uses).forEach(pod -> add(pod, 1, used));
  }

  /** The bindings among some changes, in which no pod stands twice. */
  public List<Binding> follow(Collection<Change> changes, Collection<Node> nodes) {
    // What comes counts before it is asked who fitted, what goes only after: it may have been there
    // when the scheduler looked.
    Map<String, Map<String, Integer>> coming = new HashMap<>();
    changes.stream()
        .filter(change -> !uses(change.before()) && uses(change.after()))
        .forEach(change -> add(change.after(), 1, coming));
    List<Binding> bindings = new ArrayList<>();
    for (Change change : changes) {
      Pod pod = change.after();
      if (pod != null && pod.bound() && (change.before() == null || !change.before().bound())) {
        boolean wasAsked = asked.test(pod.uid());
        if (wasAsked || (chosen(pod) && hadChoice(pod, nodes, coming))) {
          bindings.add(new Binding(pod.schedulerName(), wasAsked));
        }
      }
    }
    for (Change change : changes) {
      if (uses(change.before()) != uses(change.after())) {
        boolean comes = uses(change.after());
        add(comes ? change.after() : change.before(), comes ? 1 : -1, used);
      }
    }
    return bindings;
  }

  /** Whether a scheduler chose its node, for all that is known. */
  private static boolean chosen(Pod pod) {
    return pod.scheduled()
        && !pod.ofDaemonSet()
        && !pod.mirror()
        && !pod.deleting()
        && !pod.finished();
  }

  private boolean hadChoice(
      Pod pod, Collection<Node> nodes, Map<String, Map<String, Integer>> coming) {
    Node chosen =
        nodes.stream().filter(node -> node.name().equals(pod.nodeName())).findFirst().orElse(null);
    return chosen != null
        && nodes.stream()
            .anyMatch(other -> chosen.isLike(other) && wouldDo(other, chosen, pod, coming));
  }

  private boolean wouldDo(
      Node other, Node chosen, Pod pod, Map<String, Map<String, Integer>> coming) {
    for (Map.Entry<String, Integer> each : other.gpus().byResource().entrySet()) {
      String resource = each.getKey();
      int inUse = of(used, other, resource) + of(coming, other, resource);
      int wanted = pod.asks().byResource().getOrDefault(resource, 0);
      if (inUse + wanted > each.getValue() || inUse > of(used, chosen, resource)) {
        return false;
      }
    }
    return other.gpus().byResource().keySet().containsAll(pod.asks().byResource().keySet());
  }

  private static int of(Map<String, Map<String, Integer>> sums, Node node, String resource) {
    return sums.getOrDefault(node.name(), Map.of()).getOrDefault(resource, 0);
  }

  private static boolean uses(@Nullable Pod pod) {
    return pod != null && pod.bound() && !pod.finished();
  }

  private static void add(@Nullable Pod pod, int sign, Map<String, Map<String, Integer>> sums) {
    if (pod == null) {
      return;
    }
    Map<String, Integer> node = sums.computeIfAbsent(pod.nodeName(), name -> new HashMap<>());
    pod.asks()
        .byResource()
        .forEach((resource, count) ->
            node.merge(
                resource, sign * count, (some, more) -> some + more == 0 ? null : some + more));
    if (node.isEmpty()) {
      sums.remove(pod.nodeName());
    }
  }
}
