package dev.windfall.policies;

/**
 * Adds up one resource of a pod as the scheduler does: containers and sidecars together, or the
 * largest of the init containers with the sidecars that were started before it.
 */
final class Tally {
  /** More than anybody has stays more than anybody has. */
  private static final long MOST = 1L << 60;

  private long containers;
  private long sidecars;
  private long peak;

  void container(long asks) {
    containers = sum(containers, asks);
  }

  void initContainer(long asks, boolean sidecar) {
    long together = sum(sidecars, asks);
    peak = Math.max(peak, together);
    if (sidecar) {
      sidecars = together;
    }
  }

  long total() {
    return Math.max(sum(containers, sidecars), peak);
  }

  static long sum(long some, long more) {
    return Math.min(MOST, some + Math.min(MOST, more));
  }
}
