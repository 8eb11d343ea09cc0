package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.JsonPatch;
import dev.windfall.market.Grants;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random pods, wishes and books; what has to hold for each. */
class MutationFuzzTest {
  private static final int PODS = 500;

  private static final Map<String, List<String>> FIELDS =
      Map.of(
          "tolerations",
          List.of(
              "null",
              "[]",
              "[{'operator':'Exists'}]",
              "[{'key':'nvidia.com/gpu','operator':'Exists'}]",
              "[{'key':'windfall.dev/rung','value':'x'}]"),
          "affinity",
          List.of(
              "null",
              "{}",
              "{'nodeAffinity':null}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':null}}}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{}]}}}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':["
                  + "{'matchExpressions':null,'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]},"
                  + "{'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['a.b.spot']}]}]}},"
                  + "'podAffinity':{}}"),
          "schedulingGates",
          List.of(
              "null",
              "[]",
              "[{'name':'windfall.dev/price'}]",
              "[{'name':'example.com/x'}]",
              "[{'name':'kueue.x-k8s.io/admission'}]"),
          "nodeSelector",
          List.of("null", "{}", "{'karpenter.sh/capacity-type':'spot'}"),
          "schedulerName",
          List.of("'default-scheduler'", "''", "'volcano'", "'gpu-scheduler'"),
          "unknownYet",
          List.of("{'a/b~c':[1.5,null,true]}"));

  private static final List<String> WISHES =
      List.of("prefer", "require", "never", "true", "false", "no", "");
  private static final List<String> CAPS = List.of("0.05", "0.4", "1", "7.5", "1000000", "-1", "x");

  @Test
  void everyPatchAppliesAddsOnlyAndIsNotNeededTwice() {
    long seed = new SplittableRandom().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < PODS; i++) {
      ObjectNode pod = pod(random);
      List<SpotPool> pools = pools(random);
      Mutation.Market market = market(random, pools);
      String which = "seed " + seed + ", pod " + i + ": " + pod;

      JsonNode admitted = JsonPatch.apply(Pods.mutate(pod, market).patch(), pod);

      assertHolds(pod, admitted, which);
      assertTrue(
          Pods.mutate((ObjectNode) admitted, withBook(market, pools, book(random)))
              .patch()
              .isEmpty(),
          which);
      assertEquals(
          Pods.mutate(pod, market).patch(), Pods.mutate(pod.deepCopy(), market).patch(), which);
    }
  }

  /** Whatever was there is there still, in its place; only a scheduler's default gives way. */
  private static void assertHolds(JsonNode before, JsonNode after, String which) {
    if (before.isObject() && after.isObject()) {
      before
          .properties()
          .forEach(field -> {
            if (!field.getKey().equals("schedulerName")) {
              assertTrue(after.has(field.getKey()), which);
              assertHolds(field.getValue(), after.get(field.getKey()), which);
            }
          });
    } else if (before.isArray() && after.isArray()) {
      for (int i = 0; i < before.size(); i++) {
        assertHolds(before.get(i), after.path(i), which);
      }
    } else if (!before.isNull()) {
      assertEquals(before, after, which);
    }
  }

  private static ObjectNode pod(SplittableRandom random) {
    ObjectNode pod = Pods.pod("");
    ObjectNode metadata = (ObjectNode) pod.get("metadata");
    ObjectNode annotations = (ObjectNode) metadata.get("annotations");
    ObjectNode spec = (ObjectNode) pod.get("spec");
    if (random.nextInt(10) > 0) {
      annotations.put("windfall.dev/spot", pick(random, WISHES));
    }
    if (random.nextBoolean()) {
      annotations.put("windfall.dev/max-price-per-gpu", pick(random, CAPS));
    }
    if (random.nextInt(10) == 0) {
      metadata.putNull("labels");
    }
    FIELDS.forEach((field, values) -> {
      if (random.nextBoolean()) {
        spec.set(field, Pods.json("{'v':" + pick(random, values) + "}").get("v"));
      }
    });
    return pod;
  }

  private static List<SpotPool> pools(SplittableRandom random) {
    return random.nextBoolean()
        ? List.of()
        : List.of(Markets.poolOf(pick(random, List.of("g6", "p5"))));
  }

  private static Mutation.Market market(SplittableRandom random, List<SpotPool> pools) {
    Optional<AssignedScheduler> assigned =
        random.nextBoolean()
            ? Optional.of(new AssignedScheduler("gpu-scheduler", random.nextBoolean()))
            : Optional.empty();
    return new Mutation.Market(
        Surroundings.NONE, new Grants(book(random), pools, Markets.NOW), assigned);
  }

  private static Mutation.Market withBook(
      Mutation.Market market, List<SpotPool> pools, PriceBook book) {
    return new Mutation.Market(
        market.surroundings(), new Grants(book, pools, Markets.NOW), market.assigned());
  }

  private static PriceBook book(SplittableRandom random) {
    List<Offer> offers = new ArrayList<>();
    for (String type : List.of("g6.xlarge", "p5.48xlarge")) {
      for (String zone : List.of("eu-central-1a", "eu-central-1b")) {
        for (String capacity : List.of("spot", "on-demand")) {
          if (random.nextInt(3) > 0) {
            offers.add(
                Markets.offer(
                    zone + "." + type + "." + capacity,
                    type.startsWith("p5") ? 8 : 1,
                    random.nextInt(1, 20_000) / 1000 + ".25"));
          }
        }
      }
    }
    return PriceBook.of(offers, List.of());
  }

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
