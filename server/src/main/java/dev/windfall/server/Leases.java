package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.webhook.AssignedScheduler;
import dev.windfall.webhook.SchedulerLease;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The Leases of those whom admission leaves pods to. */
record Leases(WindfallConfig config, KubeClient client, Clocks clocks, Closing closing) {
  /** The name of the leader's. */
  static final String LEADER = "windfall";

  /** The second scheduler, where there is one. */
  Supplier<Optional<AssignedScheduler>> assigned() {
    Optional<SchedulerLease> lease =
        config.scheduler().assign().map(name -> watch("the scheduler's lease", name));
    return () -> lease.map(SchedulerLease::assigned);
  }

  /** Whether a leader is there. */
  BooleanSupplier led() {
    return watch("the leader's lease", LEADER)::alive;
  }

  private SchedulerLease watch(String what, String name) {
    return closing.later(
        what, SchedulerLease.watch(client, config.cluster().namespace(), name, clocks));
  }
}
