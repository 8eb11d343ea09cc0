package dev.windfall.webhook;

import dev.windfall.market.Basis;
import dev.windfall.market.Grants;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Small markets. */
final class Markets {
  static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private Markets() {}

  /**
   * One L4 in each of two zones, at 0.40 and 0.80; eight H100 at 16.00; an L4 on demand at 1.00.
   */
  static final PriceBook BOOK =
      PriceBook.of(
          List.of(
              offer("eu-central-1a.g6.xlarge.spot", 1, "0.40"),
              offer("eu-central-1b.g6.xlarge.spot", 1, "0.80"),
              offer("eu-central-1a.p5.48xlarge.spot", 8, "16.00"),
              offer("eu-central-1a.g6.xlarge.on-demand", 1, "1.00")),
          List.of());

  /** They buy whatever that book has. */
  static final List<SpotPool> POOLS = List.of(pool("capacity: spot"), pool("capacity: on-demand"));

  static Offer offer(String key, int gpus, String usdPerHour) {
    OfferKey parsed = OfferKey.parse(key).orElseThrow();
    return new Offer(
        "test",
        "aws",
        "eu-central-1",
        parsed,
        Architecture.AMD64,
        new Gpu("NVIDIA", gpus == 8 ? "H100" : "L4", gpus, Memory.parse("24Gi")),
        4 * gpus,
        Memory.parse("16Gi"),
        Usd.parse(usdPerHour),
        Basis.QUOTED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static PriceBook book(Offer... offers) {
    return PriceBook.of(Arrays.asList(offers), List.of());
  }

  static Mutation.Market market(PriceBook book) {
    return market(book, POOLS);
  }

  static Mutation.Market market(PriceBook book, List<SpotPool> pools) {
    return new Mutation.Market(
        Surroundings.NONE, new Grants(book, pools, NOW), Optional.empty(), true);
  }

  /** The usual book, and a second scheduler. */
  static Mutation.Market assigning(String scheduler, boolean live) {
    return new Mutation.Market(
        Surroundings.NONE,
        new Grants(BOOK, POOLS, NOW),
        Optional.of(new AssignedScheduler(scheduler, live)),
        true);
  }

  /**
   * The usual book, in a cluster with a policy.
   *
   * @param spec of the policy, which is called research
   */
  static Mutation.Market under(String spec) {
    String document =
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPolicy
        metadata: {name: research}
        spec: {%s}
        """
            .formatted(spec);
    Policies policies = Policies.of(SpotPolicy.readAll("policy.yaml", document));
    return new Mutation.Market(
        Surroundings.bare(policies), new Grants(BOOK, POOLS, NOW), Optional.empty(), true);
  }

  /** The same with policies that allow everything but on-demand nodes. */
  static Mutation.Market underPoliciesNamed(String... names) {
    String documents =
        Stream.of(names)
            .map(
                """
                apiVersion: windfall.dev/v1alpha1
                kind: SpotPolicy
                metadata: {name: %s}
                spec: {bounds: {onDemand: false}}
                """
                    ::formatted)
            .collect(Collectors.joining("---\n"));
    return new Mutation.Market(
        Surroundings.bare(Policies.of(SpotPolicy.readAll("policies.yaml", documents))),
        new Grants(BOOK, POOLS, NOW),
        Optional.empty(),
        true);
  }

  /** The same without a leader. */
  static Mutation.Market withoutLeader(Mutation.Market market) {
    return new Mutation.Market(market.surroundings(), market.grants(), market.assigned(), false);
  }

  /** A pool that buys spot of one family only. */
  static SpotPool poolOf(String family) {
    return pool("families: [" + family + "]");
  }

  private static SpotPool pool(String spec) {
    return SpotPool.read(
        "pool.yaml",
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPool
        metadata: {name: gpu}
        spec:
          provider: aws
          region: eu-central-1
          nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
          %s
        """
            .formatted(spec));
  }
}
