package dev.windfall.server;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * When to complain that the scheduler does not ask: never once it has, not because of a pod or two,
 * and not more than once an hour. Belongs to one thread.
 */
final class UnaskedWarning {
  /** Of so many pods it is no chance that they were not asked about. */
  static final int ENOUGH = 3;

  private static final Duration PAUSE = Duration.ofHours(1);

  private final Optional<String> assign;
  private final String urlPrefix;
  private final LongSupplier nanoTime;
  private long unasked;
  private boolean sure = true;
  private Optional<Long> saidAt = Optional.empty();

  UnaskedWarning(Optional<String> assign, String urlPrefix, LongSupplier nanoTime) {
    this.assign = assign;
    this.urlPrefix = urlPrefix;
    this.nanoTime = nanoTime;
  }

  /** What a scheduler's configuration of its extender needs, in a clause. */
  static String remedy(String urlPrefix) {
    return "its KubeSchedulerConfiguration needs under extenders: {urlPrefix: %s, prioritizeVerb: prioritize, weight: 20, nodeCacheCapable: true, ignorable: true}"
        .formatted(urlPrefix);
  }

  /**
   * What to say now.
   *
   * @param calls of the scheduler since the start
   * @param pods that were bound since the last time, though other nodes fitted
   */
  Optional<String> of(long calls, int pods, Leader leader) {
    unasked += pods;
    sure &= leader == Leader.HERE;
    long now = nanoTime.getAsLong();
    boolean saidLately = saidAt.filter(at -> now - at < PAUSE.toNanos()).isPresent();
    if (calls > 0 || unasked < ENOUGH || saidLately) {
      return Optional.empty();
    }
    saidAt = Optional.of(now);
    return Optional.of(
        "%d GPU pods%s were scheduled although several nodes fitted, and no scheduler has asked this replica since its start, so prices do not count for them; %s%s%s"
            .formatted(
                unasked,
                assign.map(name -> " of the scheduler " + name).orElse(""),
                remedy(urlPrefix),
                assign.isPresent()
                    ? ""
                    : "; pods of every scheduler count, since scheduler.assign names none",
                sure ? "" : "; where another replica of Windfall is asked, this one need not be"));
  }
}
