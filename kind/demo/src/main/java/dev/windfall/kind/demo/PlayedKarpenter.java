package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Plays Karpenter by the rules that Windfall counts on: a pod that no node can take gets a machine
 * of the heaviest NodePool that may hold it and whose limit allows it; a machine without pods goes
 * after {@code consolidateAfter}. Machines come in a second, and are never refused.
 */
final class PlayedKarpenter {
  private static final Duration LAUNCH = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final Map<OfferKey, Offer> catalogue;
  private final InstantSource clock;
  private final List<Coming> coming = new ArrayList<>();
  private final Map<String, Instant> emptySince = new HashMap<>();
  private int launched;

  /** A machine on its way, and the pods it is meant for, by UID. */
  private record Coming(Machine machine, Instant at, Set<String> pods) {
    int free(Situation now) {
      int taken =
          now.pods().stream()
              .filter(pod -> pods.contains(pod.pod().uid()))
              .mapToInt(pod -> pod.pod().gpus())
              .sum();
      return machine.offer().gpu().count() - taken;
    }
  }

  /**
   * Nothing is rented yet.
   *
   * @param catalogue what machines there are; their prices do not matter here
   */
  PlayedKarpenter(Cluster cluster, Map<OfferKey, Offer> catalogue, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
    this.catalogue = catalogue;
  }

  void turn() {
    Instant now = clock.instant();
    arrive(now);
    Situation situation = Situation.of(cluster);
    for (Seen pod : situation.pods()) {
      if (pod.pending() && pod.pod().unschedulable() && situation.feasible(pod).isEmpty()) {
        provide(pod, situation);
      }
    }
    removeEmpty(situation, now);
    cluster.nodePools().forEach(pool -> report(pool, now));
  }

  /** What {@code kubectl get nodepools} shows. */
  private void report(ObjectNode pool, Instant now) {
    String name = pool.at("/metadata/name").asText();
    long nodes =
        cluster.nodeClaims().stream().filter(claim -> nodePool(claim).equals(name)).count();
    if (pool.has("status") && pool.at("/status/nodes").asLong() == nodes) {
      return;
    }
    ObjectNode status = JsonNodeFactory.instance.objectNode().put("nodes", nodes);
    Machine.condition(status, "Ready", now);
    cluster.change(pool, current -> current.set("status", status));
  }

  /**
   * Rents a machine that nobody waits for, so that the cluster does not begin empty.
   *
   * @return the name of its node
   */
  String launch(ObjectNode rung) {
    Offer offer = offer(rung).orElseThrow();
    OfferKey key = offer.key();
    launched++;
    String zone = key.zone().substring(key.zone().lastIndexOf('-') + 1);
    Machine machine =
        new Machine(
            key.instanceType().replace('.', '-') + "-" + zone + "-" + launched, rung, offer);
    Instant now = clock.instant();
    cluster.put(machine.nodeClaim(now));
    coming.add(new Coming(machine, now.plus(LAUNCH), new HashSet<>()));
    return machine.name();
  }

  private void arrive(Instant now) {
    for (Coming one : List.copyOf(coming)) {
      if (!now.isBefore(one.at())) {
        cluster.put(one.machine().node(now));
        coming.remove(one);
      }
    }
  }

  private void provide(Seen pod, Situation situation) {
    if (coming.stream().anyMatch(one -> one.pods().contains(pod.pod().uid()))) {
      return;
    }
    for (Coming one : coming) {
      if (mayHold(one.machine().rung(), pod) && one.free(situation) >= pod.pod().gpus()) {
        one.pods().add(pod.pod().uid());
        return;
      }
    }
    heaviest(pod)
        .ifPresent(rung -> {
          String name = launch(rung);
          coming.stream()
              .filter(one -> one.machine().name().equals(name))
              .forEach(one -> one.pods().add(pod.pod().uid()));
        });
  }

  private Optional<ObjectNode> heaviest(Seen pod) {
    return cluster.nodePools().stream()
        .map(rung -> named(rung, pod))
        .filter(rung -> mayHold(rung, pod))
        .filter(this::withinLimit)
        .max(Comparator.comparingInt(rung -> rung.at("/spec/weight").asInt()));
  }

  /** Of a label that a rung only asks to be there, a pod may say the value; here its machine. */
  private static ObjectNode named(ObjectNode rung, Seen pod) {
    ObjectNode named = rung.deepCopy();
    for (JsonNode requirement : named.at("/spec/template/spec/requirements")) {
      if (requirement.path("operator").asText().equals("Exists")
          && requirement instanceof ObjectNode open) {
        String key = open.path("key").asText();
        Fit.required(pod.object(), key)
            .ifPresent(value -> open.put("operator", "In").putArray("values").add(value));
      }
    }
    return named;
  }

  private boolean mayHold(ObjectNode rung, Seen pod) {
    return offer(rung).filter(offer -> offer.gpu().count() >= pod.pod().gpus()).isPresent()
        && Fit.allowed(pod.object(), Machine.labels(rung), Machine.taints(rung));
  }

  private boolean withinLimit(ObjectNode rung) {
    JsonNode limit = rung.at("/spec/limits").path(Keys.GPU_RESOURCE);
    if (limit.isMissingNode()) {
      return true;
    }
    String name = rung.at("/metadata/name").asText();
    int used =
        cluster.nodeClaims().stream()
            .filter(claim -> nodePool(claim).equals(name))
            .mapToInt(claim -> claim.at("/status/capacity").path(Keys.GPU_RESOURCE).asInt())
            .sum();
    return used + offer(rung).orElseThrow().gpu().count() <= limit.asInt();
  }

  private Optional<Offer> offer(ObjectNode rung) {
    return OfferKey.parse(Machine.labels(rung).getOrDefault(Keys.OFFER, ""))
        .flatMap(key -> Optional.ofNullable(catalogue.get(key)));
  }

  private static String nodePool(JsonNode object) {
    return object.at("/metadata/labels").path("karpenter.sh/nodepool").asText();
  }

  private void removeEmpty(Situation situation, Instant now) {
    emptySince.keySet().retainAll(situation.nodes().keySet());
    Set<String> wanted =
        situation.pods().stream()
            .filter(Seen::pending)
            .flatMap(pod -> situation.feasible(pod).stream())
            .collect(Collectors.toSet());
    situation
        .nodes()
        .forEach((name, node) -> {
          if (!situation.on(name).isEmpty() || wanted.contains(name) || nodePool(node).isEmpty()) {
            emptySince.remove(name);
          } else if (!now.isBefore(since(name, now).plus(consolidateAfter(nodePool(node))))) {
            cluster.removeMachine(name);
          }
        });
  }

  private Instant since(String node, Instant now) {
    Instant before = emptySince.putIfAbsent(node, now);
    return before == null ? now : before;
  }

  private Duration consolidateAfter(String nodePool) {
    String seconds =
        cluster.nodePools().stream()
            .filter(rung -> rung.at("/metadata/name").asText().equals(nodePool))
            .map(rung -> rung.at("/spec/disruption/consolidateAfter").asText())
            .findFirst()
            .orElse("");
    // As Windfall writes it; a hand may have written something else, which then never comes.
    return seconds.matches("[0-9]{1,9}s")
        ? Duration.parse("PT" + seconds.toUpperCase(java.util.Locale.ROOT))
        : Duration.ofDays(1);
  }
}
