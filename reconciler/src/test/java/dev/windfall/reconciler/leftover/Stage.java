package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.LeftoverConfig;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LeaderWrites;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A cluster with LeftoverNodePools, and one who keeps their SpotPools. Single quotes are double
 * ones.
 */
final class Stage implements AutoCloseable {
  static final LeftoverConfig CONFIG =
      new LeftoverConfig(Optional.of("gpu-nodes"), Optional.of("al2023@v20260101"), Mode.ACT);
  private static final String GROUP = "gpu.devplatforms.io/v1alpha1";
  private static final String KIND = "LeftoverNodePool";
  private static final String WINDFALL = "windfall.dev/v1alpha1";

  final Bench bench;
  boolean known = true;
  private LeftoverConfig config;
  private LeftoverLoop.Pass pass;

  Stage() {
    this(new Bench(), CONFIG);
  }

  Stage(Bench bench, LeftoverConfig config) {
    this.bench = bench;
    this.config = config;
    this.pass = process(bench.writes);
  }

  /** One that remembers nothing. */
  LeftoverLoop.Pass process(LeaderWrites writes) {
    return new LeftoverLoop.Pass(
        bench.inputs.once(() -> known),
        new LeftoverLoop.Leftovers(
            () ->
                bench
                    .client
                    .list(Resource.LEFTOVER_NODE_POOLS, Selection.ALL, LiveLeftover::read)
                    .items()
                    .values(),
            () -> known),
        config,
        writes,
        new Applier(writes, bench.recorder, bench.metrics),
        new Teller(writes, bench.recorder),
        () -> bench.now);
  }

  /** The same cluster with another configuration, and who remembers nothing. */
  void configured(LeftoverConfig other) {
    config = other;
    pass = process(bench.writes);
  }

  /** Passes until nothing is written. */
  void settle() {
    int before;
    do {
      before = bench.server.writes().size();
      pass.run();
    } while (before != bench.server.writes().size());
  }

  void pass() {
    pass.run();
  }

  void apply(String name, String spec) {
    apply(name, "", spec);
  }

  void apply(String name, String metadata, String spec) {
    ObjectNode object =
        json(
            "{'apiVersion': '%s', 'kind': '%s', 'metadata': {'name': '%s'%s}, 'spec': {'region': 'eu-central-1'%s}}"
                .formatted(GROUP, KIND, name, metadata, spec));
    boolean there =
        bench.server.change(
            GROUP,
            KIND,
            "",
            name,
            // As kubectl, which leaves what others wrote.
            before -> {
              before.set("spec", object.get("spec"));
              return before;
            });
    if (!there) {
      bench.server.put(object);
    }
  }

  /** Leftover's manifest with a node class that is there. */
  void apply(String name) {
    apply(name, ", 'nodeClassName': 'gpu'");
  }

  Optional<ObjectNode> leftover(String name) {
    return bench.server.read(GROUP, KIND, "", name);
  }

  Optional<ObjectNode> pool(String name) {
    return bench.server.read(WINDFALL, "SpotPool", "", name);
  }

  JsonNode spec(String pool) {
    return pool(pool).orElseThrow().path("spec");
  }

  /** What the rungs' loop says in the status of a SpotPool. */
  void says(String pool, String ready, String market, String rungs) {
    ObjectNode status =
        json(
            "{'observedGeneration': %d, 'rungs': [%s], 'conditions': [{'type': 'Ready', %s}, {'type': 'MarketFresh', %s}]}"
                .formatted(
                    pool(pool).orElseThrow().at("/metadata/generation").asLong(),
                    rungs,
                    ready,
                    market));
    bench.server.change(
        WINDFALL,
        "SpotPool",
        "",
        pool,
        object -> {
          object.set("status", status);
          return object;
        });
  }

  void open(String pool, String... offers) {
    List<String> rungs = new ArrayList<>();
    for (String offer : offers) {
      rungs.add(
          "{'name': 'r%d', 'offer': '%s', 'state': 'Open', 'placementScore': 7}"
              .formatted(rungs.size(), offer));
    }
    says(
        pool,
        "'status': 'True', 'reason': 'Open', 'message': 'm'",
        "'status': 'True', 'reason': 'PricesRead', 'message': 'm'",
        String.join(", ", rungs));
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) Bench.JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  String condition(String name, String type) {
    JsonNode condition =
        Conditions.find(leftover(name).orElseThrow().at("/status/conditions"), type);
    return condition.path("status").asText()
        + " "
        + condition.path("reason").asText()
        + ": "
        + condition.path("message").asText();
  }

  /** What was written, with what it was of. */
  List<String> written() {
    List<String> written = new ArrayList<>();
    bench.server.writes().forEach(write -> written.add(write.verb() + " " + write.plural()));
    return written;
  }

  @Override
  public void close() {
    bench.close();
  }
}
