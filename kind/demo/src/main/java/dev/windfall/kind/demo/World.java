package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;

/** The cluster, its market, and who plays in it. All of it belongs to one thread. */
record World(
    Cluster cluster,
    Prices prices,
    Extender extender,
    PlayedKarpenter karpenter,
    PlayedScheduler scheduler,
    InstantSource clock) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long TURN_MILLIS = 100;

  static World of(Cluster cluster, Prices prices, Extender extender, InstantSource clock) {
    return new World(
        cluster,
        prices,
        extender,
        new PlayedKarpenter(cluster, prices.offers(), clock),
        new PlayedScheduler(cluster, extender, clock),
        clock);
  }

  Instant now() {
    return clock.instant();
  }

  /** Everybody who plays does what there is to do now. */
  void turn() throws InterruptedException {
    karpenter.turn();
    scheduler.turn();
    Thread.sleep(TURN_MILLIS);
  }

  /**
   * Plays on until something has come about.
   *
   * @param otherwise what to say when it does not
   * @return how long it took
   * @throws DemoException when it does not within half a minute
   */
  Duration await(String otherwise, BooleanSupplier cameAbout) throws InterruptedException {
    Instant begin = now();
    while (!cameAbout.getAsBoolean()) {
      if (Duration.between(begin, now()).compareTo(PATIENCE) > 0) {
        throw new DemoException("waited %d s, and %s".formatted(PATIENCE.toSeconds(), otherwise));
      }
      turn();
    }
    return Duration.between(begin, now());
  }

  /**
   * The rungs of one offer each, as the SpotPool's status has them: open ones first, heaviest
   * first. The wide ones beneath are for droughts, and here is none.
   */
  List<RungView> rungs() {
    return cluster.spotPool().stream()
        .flatMap(pool -> StreamSupport.stream(pool.at("/status/rungs").spliterator(), false))
        .filter(RungView::ofOneOffer)
        .map(RungView::of)
        .toList();
  }

  /** The open rungs of machines with one GPU, heaviest first. */
  List<RungView> openWithOneGpu() {
    return rungs().stream()
        .filter(RungView::open)
        .filter(rung -> offer(rung.offer()).gpu().count() == 1)
        .toList();
  }

  ObjectNode nodePool(RungView rung) {
    return cluster.nodePools().stream()
        .filter(pool -> pool.at("/metadata/name").asText().equals(rung.name()))
        .findFirst()
        .orElseThrow();
  }

  Situation situation() {
    return Situation.of(cluster);
  }

  Offer offer(OfferKey key) {
    Offer offer = prices.offers().get(key);
    if (offer == null) {
      throw new DemoException("Windfall names an offer that the market does not have: " + key);
    }
    return offer;
  }

  /** What a node of the demo was rented as. */
  Offer offerOf(String node) {
    return offer(situation().offer(node).orElseThrow());
  }

  /** Plays on until a pod runs. */
  Seen awaitRunning(String pod) throws InterruptedException {
    await("the pod " + pod + " does not run", () -> seen(pod).running());
    return seen(pod);
  }

  private Seen seen(String pod) {
    return situation().pods().stream()
        .filter(one -> one.name().equals(pod))
        .findFirst()
        .orElseThrow(() -> new DemoException("somebody deleted the pod " + pod));
  }

  /** NodeClaims that Karpenter would replace. Nobody plays that: Windfall never gives cause. */
  long drifted() {
    return cluster.nodeClaims().stream()
        .filter(claim -> claim.at("/status/conditions").toString().contains("\"Drifted\""))
        .count();
  }
}
