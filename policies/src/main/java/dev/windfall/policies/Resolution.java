package dev.windfall.policies;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a pod's wish comes to, after its namespace and the policies that hold for it.
 *
 * <p>Of each wish the first voice counts that says something: the pod, its namespace, the defaults
 * of policies by priority, what is built in. Bounds of all policies hold. What the pod or its
 * namespace asks over a bound is lowered with a warning, or the pod is refused, as that policy
 * says; a default over another policy's bound is lowered without a word.
 *
 * <p>A pod that nobody puts on spot is none of Windfall's business, unless a bound has to hold it
 * to some nodes.
 *
 * @param request empty when the pod is none of Windfall's business
 * @param bounds of all policies that hold, together
 * @param strict what holds although it is refused rather than lowered; empty: no policy refuses
 *     what is beyond bounds that hold nodes
 * @param waiting what becomes of the pod when nothing fits
 * @param doNotDisrupt whether Karpenter is told to leave its node
 * @param assignBursts whether it is held for a moment, and given its machine together with those
 *     that come at the same time
 * @param policies the names of those that hold for it, in order
 * @param reasons where each part of the request is from
 * @param refusals why the pod must not be created; empty: it may
 * @param warnings for whoever created the pod, each naming the wish and its value
 */
public record Resolution(
    Optional<Request> request,
    Bounds bounds,
    Optional<Strict> strict,
    Waiting waiting,
    boolean doNotDisrupt,
    boolean assignBursts,
    List<String> policies,
    List<Reason> reasons,
    List<String> refusals,
    List<String> warnings) {

  /** Of a pod that nobody has anything to say about. */
  private static final Resolution NOTHING =
      new Resolution(
          Optional.empty(),
          Bounds.NONE,
          Optional.empty(),
          Waiting.ON,
          false,
          false,
          List.of(),
          List.of(),
          List.of(),
          List.of());

  /**
   * The policies that refuse what is beyond their bounds.
   *
   * @param policy the first of them
   * @param bounds of all of them, and of no other
   */
  public record Strict(String policy, Bounds bounds) {}

  /**
   * What becomes of a pod when no offer meets its wish.
   *
   * @param refusedBy the policy that refuses such a pod; empty: it waits
   * @param most after which {@code fallback} holds; empty: there is no limit
   * @param fallback whether its cap no longer holds then; else it goes on waiting
   */
  public record Waiting(Optional<String> refusedBy, Optional<Duration> most, boolean fallback) {
    /** Waits on. */
    public static final Waiting ON = new Waiting(Optional.empty(), Optional.empty(), false);
  }

  /**
   * Where a part of a request is from.
   *
   * @param wish as the annotation is called, without its prefix
   * @param by {@code annotation}, {@code namespace "a"}, {@code policy "b"} or {@code the bound of
   *     policy "b"}
   */
  public record Reason(String wish, String value, String by) {
    /** {@code max-price-per-gpu 1.80 by policy "research"}. */
    @Override
    public String toString() {
      return wish + " " + value + " by " + by;
    }
  }

  public Resolution {
    policies = List.copyOf(policies);
    reasons = List.copyOf(reasons);
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
  }

  /** Resolves the wish of {@code pod}, which is in {@code namespace}. Pure. */
  public static Resolution of(Pod pod, Namespace namespace, Policies policies) {
    return pod.gpus() == 0 ? NOTHING : new Resolver(pod, namespace, policies).resolve();
  }

  /**
   * How much work of {@code pod} an interruption throws away, whether Windfall admitted it or not.
   */
  public static Duration lostWork(Pod pod, Namespace namespace, Policies policies) {
    return new Resolver(pod, namespace, policies).lostWork();
  }

  /** Whether anybody says {@code spot}; a bound alone may make a request too. */
  public boolean putOnSpot() {
    return reasons.stream().anyMatch(reason -> reason.wish().equals(Annotations.SPOT));
  }

  /** Where the cap is from, as an event says it; empty when there is none. */
  public Optional<Reason> cap() {
    return reasons.stream().filter(reason -> reason.wish().equals(Annotations.CAP)).findFirst();
  }
}
