package dev.windfall.market;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Offers as small as a test wants them: a type, a price, and what differs from the usual. */
record Offers(
    String provider,
    String region,
    String zone,
    String type,
    Capacity capacity,
    Gpu gpu,
    String price,
    Optional<Instant> observedAt,
    OptionalInt score) {

  static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private static final Memory GPU_MEMORY = Memory.parse("24Gi");

  /** A spot machine of AWS with one L4. */
  static Offers offer(String type, String price) {
    return new Offers(
        "aws",
        "eu-central-1",
        "eu-central-1a",
        type,
        Capacity.SPOT,
        new Gpu("NVIDIA", "L4", 1, GPU_MEMORY),
        price,
        Optional.empty(),
        OptionalInt.empty());
  }

  static PriceBook book(Offers... offers) {
    return PriceBook.of(List.of(offers).stream().map(Offers::build).toList(), List.of());
  }

  static OfferKey key(String text) {
    return OfferKey.parse(text).orElseThrow();
  }

  /** A pool of AWS in eu-central-1 with {@code spec} beside what has to be there. */
  static SpotPool pool(String spec) {
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
        """
            + spec.indent(2));
  }

  Offers gpus(int count) {
    return with(new Gpu(gpu.manufacturer(), gpu.model(), count, gpu.memory()));
  }

  Offers model(String model) {
    return with(new Gpu(gpu.manufacturer(), model, gpu.count(), gpu.memory()));
  }

  Offers manufacturer(String manufacturer) {
    return with(new Gpu(manufacturer, gpu.model(), gpu.count(), gpu.memory()));
  }

  Offers gpuMemory(String memory) {
    return with(new Gpu(gpu.manufacturer(), gpu.model(), gpu.count(), Memory.parse(memory)));
  }

  Offers by(String other) {
    return new Offers(other, region, zone, type, capacity, gpu, price, observedAt, score);
  }

  Offers region(String other) {
    return new Offers(provider, other, zone, type, capacity, gpu, price, observedAt, score);
  }

  Offers zone(String other) {
    return new Offers(provider, region, other, type, capacity, gpu, price, observedAt, score);
  }

  Offers capacity(Capacity other) {
    return new Offers(provider, region, zone, type, other, gpu, price, observedAt, score);
  }

  Offers with(Gpu other) {
    return new Offers(provider, region, zone, type, capacity, other, price, observedAt, score);
  }

  Offers price(String other) {
    return new Offers(provider, region, zone, type, capacity, gpu, other, observedAt, score);
  }

  Offers seen(String ago) {
    Instant at = NOW.minus(java.time.Duration.parse("PT" + ago));
    return new Offers(provider, region, zone, type, capacity, gpu, price, Optional.of(at), score);
  }

  Offers score(int other) {
    return new Offers(
        provider, region, zone, type, capacity, gpu, price, observedAt, OptionalInt.of(other));
  }

  Offer build() {
    return new Offer(
        provider,
        region,
        new OfferKey(zone, type, capacity),
        Architecture.AMD64,
        gpu,
        4,
        Memory.parse("16Gi"),
        Usd.parse(price),
        observedAt,
        score,
        Optional.empty());
  }
}
