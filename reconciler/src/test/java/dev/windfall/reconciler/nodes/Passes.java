package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import java.time.InstantSource;

/** The loop's passes over all nodes of a bench. */
final class Passes {
  private Passes() {}

  /** Those of a process that has just begun. */
  static NodesLoop.Pass of(Bench bench, LeaderWrites writes, InstantSource clock) {
    return of(bench, bench.inputs, writes, clock);
  }

  /** The same of one that has read {@code inputs}. */
  static NodesLoop.Pass of(Bench bench, Inputs inputs, LeaderWrites writes, InstantSource clock) {
    return new NodesLoop.Pass(
        inputs,
        () -> bench.informed,
        () ->
            bench
                .client
                .list(Resource.NODES, Selection.ALL, (Decoder<LiveNode>) LiveNode::read)
                .items()
                .values(),
        writes,
        new Applier(writes, bench.recorder, bench.metrics),
        bench.metrics,
        clock);
  }
}
