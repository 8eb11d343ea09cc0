package dev.windfall.reconciler.nodes;

import dev.windfall.market.Replacement;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.Restart;
import dev.windfall.policies.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What runs on a machine where all of it may be begun anew. Where one pod may not, the machine
 * stays and is paid for, so moving the others would save nothing.
 *
 * @param pods one or more
 */
record Movable(List<Passenger> pods) {
  /** Who has just begun is not ended, however little it would lose. */
  private static final Duration LEAST_RUN = Duration.ofMinutes(30);

  /** A pod, and what it wants of the market. */
  record Passenger(Pod pod, Request request, Restart restart) {}

  Movable {
    pods = List.copyOf(pods);
  }

  /** Of the pods with GPUs that are on a machine; empty while one of them may not be moved. */
  static Optional<Movable> of(List<Pod> pods, Surroundings surroundings, Instant now) {
    List<Passenger> passengers = new ArrayList<>();
    for (Pod pod : pods) {
      Optional<Passenger> passenger = passenger(pod, surroundings, now);
      if (passenger.isEmpty()) {
        return Optional.empty();
      }
      passengers.add(passenger.get());
    }
    return passengers.isEmpty() ? Optional.empty() : Optional.of(new Movable(passengers));
  }

  private static Optional<Passenger> passenger(Pod pod, Surroundings surroundings, Instant now) {
    Optional<Restart> restart = pod.restart().filter(Restart::mayMove);
    boolean runs = pod.phase().equals("Running") && !pod.deleting();
    if (restart.isEmpty()
        || !runs
        || pod.gpus() == 0
        || pod.ofDaemonSet()
        || pod.mirror()
        || !surroundings.know(pod)) {
      return Optional.empty();
    }
    Resolution resolution = surroundings.resolve(pod);
    return resolution
        .request()
        .filter(request -> resolution.refusals().isEmpty())
        .filter(
            request -> restart.get().ran(now).compareTo(longer(request.lostWork(), LEAST_RUN)) >= 0)
        .map(request -> new Passenger(pod, request, restart.get()));
  }

  /** A machine is paid for until the last of its pods has ended. */
  Replacement.Work work(Instant now) {
    Duration remaining = Duration.ZERO;
    Duration lost = Duration.ZERO;
    for (Passenger one : pods) {
      remaining = longer(remaining, one.restart().remaining(now));
      lost = longer(lost, one.request().lostWork());
    }
    return new Replacement.Work(remaining, lost);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
