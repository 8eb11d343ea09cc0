package dev.windfall.market;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Offers as small as a test wants them: a type, a price, and what differs from the usual. */
final class Offers {
  static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private String source = "test";
  private String provider = "aws";
  private String region = "eu-central-1";
  private String zone = "eu-central-1a";
  private String type;
  private Capacity capacity = Capacity.SPOT;
  private Architecture architecture = Architecture.AMD64;
  private Gpu gpu = new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi"));
  private int cpu = 4;
  private String price;
  private Basis basis = Basis.QUOTED;
  private Optional<Instant> observedAt = Optional.empty();
  private OptionalInt score = OptionalInt.empty();
  private Optional<String> band = Optional.empty();
  private Optional<String> barred = Optional.empty();

  private Offers(String type, String price) {
    this.type = type;
    this.price = price;
  }

  /** A spot machine of AWS with one L4. */
  static Offers offer(String type, String price) {
    return new Offers(type, price);
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

  Offers with(Gpu other) {
    return but(offer -> offer.gpu = other);
  }

  Offers cpu(int other) {
    return but(offer -> offer.cpu = other);
  }

  Offers from(String other) {
    return but(offer -> offer.source = other);
  }

  Offers by(String other) {
    return but(offer -> offer.provider = other);
  }

  Offers region(String other) {
    return but(offer -> offer.region = other);
  }

  Offers zone(String other) {
    return but(offer -> offer.zone = other);
  }

  Offers type(String other) {
    return but(offer -> offer.type = other);
  }

  Offers capacity(Capacity other) {
    return but(offer -> offer.capacity = other);
  }

  Offers architecture(Architecture other) {
    return but(offer -> offer.architecture = other);
  }

  Offers price(String other) {
    return but(offer -> offer.price = other);
  }

  Offers basis(Basis other) {
    return but(offer -> offer.basis = other);
  }

  Offers seen(String ago) {
    Instant at = NOW.minus(Duration.parse("PT" + ago));
    return but(offer -> offer.observedAt = Optional.of(at));
  }

  Offers score(int other) {
    return but(offer -> offer.score = OptionalInt.of(other));
  }

  Offers band(String other) {
    return but(offer -> offer.band = Optional.of(other));
  }

  Offers barred(String why) {
    return but(offer -> offer.barred = Optional.of(why));
  }

  Offer build() {
    return new Offer(
        source,
        provider,
        region,
        new OfferKey(zone, type, capacity),
        architecture,
        gpu,
        cpu,
        Memory.parse("16Gi"),
        Usd.parse(price),
        basis,
        observedAt,
        score,
        band,
        barred);
  }

  private Offers but(Consumer<Offers> change) {
    Offers copy = new Offers(type, price);
    copy.source = source;
    copy.provider = provider;
    copy.region = region;
    copy.zone = zone;
    copy.capacity = capacity;
    copy.architecture = architecture;
    copy.gpu = gpu;
    copy.cpu = cpu;
    copy.basis = basis;
    copy.observedAt = observedAt;
    copy.score = score;
    copy.band = band;
    copy.barred = barred;
    change.accept(copy);
    return copy;
  }
}
