package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.MergePatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A large cluster, and what a plan for it takes: ten pools, as many rungs as there may be, pods
 * that wait for all sorts of machines. It is in the loop's package because the loop shows its parts
 * to nobody.
 */
public final class Planning {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int POOLS = 10;
  private static final int CLAIMS = 2_000;
  private static final int PODS = 5_000;

  private final PriceBook book;
  private final Instant now;
  private final List<LivePool> pools = new ArrayList<>();
  private final List<LiveRung> rungs = new ArrayList<>();
  private final List<LiveClaim> claims = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();

  public Planning(PriceBook book, Instant now) {
    this.book = book;
    this.now = now;
    for (int i = 0; i < POOLS; i++) {
      pools.add(LivePool.of(pool(i)));
    }
    List<String> offers =
        book.offers().stream()
            .filter(offer -> offer.region().equals("eu-central-1"))
            .map(offer -> offer.key().toString())
            .toList();
    for (int i = 0; i < PODS; i++) {
      pods.add(pod(i, offers));
    }
    carryOut(plan());
    for (int i = 0; i < CLAIMS; i++) {
      String rung = rungs.get(i % rungs.size()).name();
      claims.add(new LiveClaim("claim-" + i, Map.of(LiveClaim.NODEPOOL, rung), false));
    }
    // Twice: what is bought moves limits and figures.
    carryOut(plan());
    carryOut(plan());
  }

  public int rungs() {
    return rungs.size();
  }

  /** Looks at everything and plans; what is as it should be plans nothing. */
  public int planned() {
    Plan plan = plan();
    return plan.actions().size() + plan.statuses().size();
  }

  private Plan plan() {
    return Planner.plan(View.of(pools, rungs, claims, pods, book, now));
  }

  private void carryOut(Plan plan) {
    Map<String, LiveRung> byName =
        rungs.stream().collect(Collectors.toMap(LiveRung::name, rung -> rung));
    for (Action action : plan.actions()) {
      ObjectNode object =
          switch (action) {
            case Action.Create create -> create.wanted().manifest(create.knobs());
            case Action.Turn turn -> MergePatch.apply(turn.live().object(), turn.patch());
            case Action.Delete delete -> delete.live().object();
            case Action.ForceDelete delete -> delete.live().object();
          };
      byName.put(action.rung(), new LiveRung(json(object.toString())));
    }
    rungs.clear();
    rungs.addAll(byName.values());
    for (Plan.StatusWrite write : plan.statuses()) {
      int i = pools.indexOf(write.pool());
      ObjectNode object = pool(i);
      object.set("status", MergePatch.apply(write.pool().status(), write.patch()));
      pools.set(i, LivePool.of(json(object.toString())));
    }
  }

  private static ObjectNode pool(int number) {
    return json(
        """
        {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool",
         "metadata": {"name": "pool-%d", "generation": 1},
         "spec": {"provider": "aws", "region": "eu-central-1", "labels": {"team": "%d"},
           "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
           "limits": {"gpus": 100000}, "ranking": {"minHold": "10m"}}}
        """
            .formatted(number, number));
  }

  /** A fifth was granted sixty offers; they ask for machines of fifty shapes. */
  private static Pod pod(int number, List<String> offers) {
    String affinity = "";
    if (number % 5 == 0) {
      int first = number % 20 * 7;
      String named =
          IntStream.range(first, first + 60)
              .mapToObj(i -> "\"" + offers.get(i % offers.size()) + "\"")
              .collect(Collectors.joining(", "));
      affinity =
          """
          "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            {"nodeSelectorTerms": [{"matchExpressions": [
              {"key": "windfall.dev/offer", "operator": "In", "values": [%s]}]}]}}},
          """
              .formatted(named);
    }
    String text =
        """
        {"metadata": {"name": "pod-%d", "namespace": "research", "uid": "%d"},
         "spec": {%s "tolerations": [{"key": "windfall.dev/rung", "operator": "Exists"}],
           "containers": [{"name": "c", "resources": {
             "requests": {"cpu": "%dm", "memory": "1Gi", "nvidia.com/gpu": "%d"}}}]},
         "status": {"phase": "Pending", "conditions": [
           {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "lastTransitionTime": "2026-11-20T09:59:00Z"}]}}
        """
            .formatted(number, number, affinity, 500 + number % 50 * 50, 1 << number % 4);
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      return Pod.read(json);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }
}
