package dev.windfall.server;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Loop;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.reconciler.LivePolicy;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * The policies that hold now: those of files, and of each object of the cluster the last version
 * that could be read. An object that is gone no longer holds.
 *
 * <p>Owned by one thread, the loop's; others see an immutable snapshot behind a volatile field.
 */
final class PoliciesInForce implements Supplier<Policies> {
  private static final System.Logger LOG = System.getLogger(PoliciesInForce.class.getName());
  private static final Duration LOOK_AT_FILES = Duration.ofMillis(500);
  private static final Duration WITHOUT_FILES = Duration.ofMinutes(1);

  private static final Optional<List<SpotPolicy>> NO_FILES = Optional.of(List.of());

  private final Optional<PolicyFiles> files;
  private final Supplier<Map<Key, LivePolicy>> objects;
  private final Readiness.Step read;
  private final PolicyMetrics metrics;
  private final CountDownLatch there = new CountDownLatch(1);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private Map<Key, Held> held = Map.of();
  private volatile Policies inForce = Policies.NONE;

  /**
   * One object.
   *
   * @param uid tells it from another of its name
   * @param good its last version that could be read; empty: there was none since the start
   * @param problems what is wrong with its newest version; empty: nothing
   */
  private record Held(String uid, Optional<SpotPolicy> good, String problems) {}

  /**
   * Nothing is read yet.
   *
   * @param objects as the cluster has them, once they have been listed
   * @param read says meanwhile what is wrong with the files
   */
  PoliciesInForce(
      Optional<PolicyFiles> files,
      Supplier<Map<Key, LivePolicy>> objects,
      Readiness.Step read,
      PrometheusRegistry registry) {
    this.files = files;
    this.objects = objects;
    this.read = read;
    this.metrics = new PolicyMetrics(files.isPresent(), registry);
  }

  /**
   * Reads them from now on, and returns when they are known. While files cannot be read it waits:
   * bounds that somebody wrote must not be missing.
   *
   * @param objects which have been listed
   */
  static PoliciesInForce start(
      WindfallConfig.PolicyFiles configured,
      Cache<LivePolicy> objects,
      Readiness.Step read,
      Closing closing,
      ClusterMetrics loops,
      PrometheusRegistry registry)
      throws InterruptedException {
    Optional<PolicyFiles> files = configured.directory().map(PolicyFiles::new);
    PoliciesInForce policies = new PoliciesInForce(files, objects::snapshot, read, registry);
    Loop loop =
        closing.later(
            "the policies",
            Loop.start(
                "policies",
                files.isPresent() ? LOOK_AT_FILES : WITHOUT_FILES,
                Duration.ZERO,
                loops,
                policies::look));
    objects.onChange(loop::wake);
    // What changed before anybody listened.
    loop.wake();
    policies.there.await();
    return policies;
  }

  @Override
  public Policies get() {
    return inForce;
  }

  /** Has somebody told when other policies hold. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Looks at files and objects once. */
  void look() {
    files.ifPresent(PolicyFiles::look);
    hold(objects.get());
    Optional<List<SpotPolicy>> ofFiles = files.map(PolicyFiles::policies).orElse(NO_FILES);
    metrics.filesReadable(
        ofFiles.isPresent() && files.map(PolicyFiles::problem).orElse("").isEmpty());
    if (ofFiles.isEmpty()) {
      files
          .filter(unread -> !unread.problem().isEmpty())
          .ifPresent(unread ->
              read.says(
                  "the policies of %s cannot be read: %s"
                      .formatted(unread.directory(), unread.problem())));
      return;
    }
    List<SpotPolicy> all = new ArrayList<>(ofFiles.get());
    held.values().forEach(one -> one.good().ifPresent(all::add));
    boolean whole = held.values().stream().allMatch(one -> one.good().isPresent());
    publish(Policies.of(all, whole, files.isPresent()), ofFiles.get().size());
    read.done();
    there.countDown();
  }

  private void publish(Policies now, int ofFiles) {
    metrics.inForce("file", ofFiles);
    metrics.inForce("object", now.inOrder().size() - ofFiles);
    if (!now.equals(inForce)) {
      inForce = now;
      listeners.forEach(Runnable::run);
    }
  }

  private void hold(Map<Key, LivePolicy> newest) {
    Map<Key, Held> next = new HashMap<>();
    newest.forEach((key, live) -> {
      Optional<Held> before =
          Optional.ofNullable(held.get(key)).filter(one -> one.uid().equals(live.uid()));
      Optional<SpotPolicy> good = live.policy().or(() -> before.flatMap(Held::good));
      if (!live.problems().isEmpty()
          && !live.problems().equals(before.map(Held::problems).orElse(""))) {
        // Nobody is kept from starting by it: one bad object would keep every replica.
        LOG.log(
            Level.WARNING,
            "{0}; {1}",
            live.problems(),
            good.isPresent()
                ? "its last version that could be read stays in force"
                : "nothing of it is in force");
      }
      next.put(key, new Held(live.uid(), good, live.problems()));
    });
    held = next;
    metrics.unreadable(next.values().stream().filter(one -> !one.problems().isEmpty()).count());
  }
}
