package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import dev.windfall.reconciler.MergePatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The objects of a cluster, and what a plan makes of them. No watch, no HTTP, no Karpenter. */
final class Cluster {
  static final ObjectMapper JSON = new ObjectMapper();

  final Map<String, ObjectNode> pools = new TreeMap<>();
  final Map<String, ObjectNode> rungs = new TreeMap<>();
  final List<LiveClaim> claims = new ArrayList<>();
  final List<Pod> pods = new ArrayList<>();

  /** By a claim's name. */
  final Map<String, Set<String>> zonesOfVolumes = new HashMap<>();

  Daemons daemons = Daemons.NONE;
  PriceBook book = PriceBook.empty();
  Map<String, ClassTrouble> classTroubles = Map.of();
  Instant now = Market.NOW;
  private int version;

  /** Reads JSON in which single quotes stand for double ones. */
  static ObjectNode json(String text) {
    return wire(text.replace('\'', '"'));
  }

  private static ObjectNode wire(String text) {
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** A pool of everything that aws has on spot in the region; {@code spec} is added to that. */
  Cluster pool(String name, String spec) {
    ObjectNode pool =
        json(
            """
            {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool',
             'metadata': {'generation': 1, 'finalizers': ['windfall.dev/rungs']},
             'spec': {'provider': 'aws', 'region': 'eu-central-1',
               'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'gpu'}}}
            """);
    pool.withObject("/metadata").put("name", name).put("uid", "uid-of-" + name);
    ObjectNode merged = MergePatch.apply(pool, json("{'spec': {" + spec + "}}"));
    ObjectNode before = pools.get(name);
    if (before != null && before.has("status")) {
      merged.set("status", before.get("status"));
    }
    pools.put(name, touched(merged));
    return this;
  }

  Cluster prices(PriceBook newBook) {
    book = newBook;
    return this;
  }

  /** A pod that no scheduler found a node for. */
  Cluster waits(int gpus) {
    return waits(gpus, NodeTerms.ANY);
  }

  /** A pod that no scheduler found a node for, of which it allows some only. */
  Cluster waits(int gpus, NodeTerms own) {
    return waits(gpus, Needs.NONE, own, List.of());
  }

  /** One that asks for more than GPUs. */
  Cluster waits(int gpus, Needs needs, NodeTerms own, List<String> volumes) {
    pods.add(
        new Pod(
            "default",
            "p" + pods.size(),
            "u" + pods.size(),
            Optional.empty(),
            Map.of(),
            Map.of(),
            "",
            "",
            List.of(),
            GpuCounts.whole(gpus),
            needs,
            volumes,
            true,
            own,
            "Pending",
            Optional.of(now),
            false,
            false,
            false,
            false,
            Optional.empty()));
    return this;
  }

  /** Karpenter launches a node from a rung. */
  LiveClaim launch(String rung) {
    Map<String, String> labels = new HashMap<>();
    labels.put(LiveClaim.NODEPOOL, rung);
    ObjectNode template = (ObjectNode) rungObject(rung).at("/spec/template");
    template
        .at("/metadata/labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    template
        .at("/spec/requirements")
        // Where any value will do, Karpenter makes one up.
        .forEach(r -> labels.put(r.path("key").asText(), r.at("/values/0").asText("7362548")));
    LiveClaim claim = new LiveClaim(rung + "-" + claims.size(), labels, false);
    claims.add(claim);
    return claim;
  }

  /** Somebody else's node pool launches a machine with the pools' node class. */
  Cluster launchElsewhere(String type, String zone, String capacity) {
    claims.add(
        new LiveClaim(
            "foreign-" + claims.size(),
            Map.of(
                LiveClaim.NODEPOOL,
                "general",
                "karpenter.k8s.aws/ec2nodeclass",
                "gpu",
                Keys.INSTANCE_TYPE,
                type,
                Keys.ZONE,
                "eu-central-1" + zone,
                Keys.CAPACITY_TYPE,
                capacity),
            false));
    return this;
  }

  /** Somebody deletes a pool; finalizers hold it. */
  Cluster delete(String pool) {
    poolObject(pool).withObject("/metadata").put("deletionTimestamp", now.toString());
    return this;
  }

  Cluster later(Duration time) {
    now = now.plus(time);
    return this;
  }

  JsonNode status(String pool) {
    return poolObject(pool).path("status");
  }

  View view() {
    return View.of(
            pools.values().stream().map(LivePool::of).toList(),
            rungs.values().stream().map(LiveRung::new).toList(),
            claims,
            pods,
            pod -> pod.claims().stream().findFirst().map(zonesOfVolumes::get),
            daemons,
            book,
            now)
        .withClassTroubles(classTroubles);
  }

  Plan plan() {
    return Planner.plan(view());
  }

  /** Plans and carries out. */
  Plan settle() {
    Plan plan = plan();
    for (Plan.Finalizer finalizer : plan.finalizers()) {
      ObjectNode pool = poolObject(finalizer.pool().name());
      ObjectNode held = MergePatch.apply(pool, finalizer.patch());
      if (held.at("/metadata/finalizers").isEmpty()
          && held.at("/metadata").has("deletionTimestamp")) {
        pools.remove(finalizer.pool().name());
      } else {
        pools.put(finalizer.pool().name(), touched(held));
      }
    }
    plan.actions().forEach(this::carryOut);
    Set<String> written =
        plan.finalizers().stream().map(each -> each.pool().name()).collect(Collectors.toSet());
    for (Plan.StatusWrite write : plan.statuses()) {
      if (written.contains(write.pool().name())) {
        continue;
      }
      ObjectNode pool = poolObject(write.pool().name());
      ObjectNode patch = JSON.createObjectNode();
      patch.set("status", write.patch());
      pools.put(write.pool().name(), touched(MergePatch.apply(pool, patch)));
    }
    return plan;
  }

  void carryOut(Action action) {
    switch (action) {
      case Action.Create create -> {
        ObjectNode made = create.wanted().manifest(create.knobs());
        made.withObject("/metadata").put("uid", "uid-of-" + create.rung());
        rungs.put(create.rung(), touched(made));
      }
      case Action.Turn turn ->
          rungs.put(turn.rung(), touched(MergePatch.apply(rungObject(turn.rung()), turn.patch())));
      case Action.Delete delete -> rungs.remove(delete.rung());
      case Action.ForceDelete delete -> rungs.remove(delete.rung());
    }
  }

  /**
   * The open rungs' offers, without zone's region and capacity, the heaviest first; groups of wide
   * ones as they are.
   */
  List<String> order() {
    return rungs.values().stream()
        .map(LiveRung::new)
        .filter(rung -> rung.closed().isEmpty())
        .sorted(
            (a, b) -> b.object().at("/spec/weight").asInt() - a.object().at("/spec/weight").asInt())
        .map(rung -> rung.offer().map(Cluster::shortly).or(rung::what).orElseThrow())
        .toList();
  }

  private static String shortly(OfferKey key) {
    return key.instanceType() + "/" + key.zone().substring("eu-central-1".length());
  }

  /** The wide rungs, open or not. */
  List<LiveRung> wide() {
    return rungs.values().stream().map(LiveRung::new).filter(LiveRung::wide).toList();
  }

  /** The name of the rung of one offer; the open one, when there are several. */
  String rung(String typeAndZone) {
    String[] parts = typeAndZone.split("/", -1);
    return rungs.values().stream()
        .map(LiveRung::new)
        .filter(rung ->
            rung.offer()
                .filter(key -> key.instanceType().equals(parts[0]))
                .filter(key -> key.zone().endsWith("1" + parts[1]))
                .isPresent())
        .sorted((a, b) -> Boolean.compare(a.closed().isPresent(), b.closed().isPresent()))
        .map(LiveRung::name)
        .findFirst()
        .orElseThrow();
  }

  ObjectNode object(String typeAndZone) {
    return rungObject(rung(typeAndZone));
  }

  ObjectNode rungObject(String name) {
    return Objects.requireNonNull(rungs.get(name), name);
  }

  ObjectNode poolObject(String name) {
    return Objects.requireNonNull(pools.get(name), name);
  }

  String limit(String typeAndZone) {
    return object(typeAndZone).at("/spec/limits").path(Keys.GPU_RESOURCE).asText("none");
  }

  private ObjectNode touched(ObjectNode object) {
    object.withObject("/metadata").put("resourceVersion", Integer.toString(++version));
    // As read again from the wire, where a number has no type.
    return wire(object.toString());
  }
}
