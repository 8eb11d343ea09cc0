package dev.windfall.kind.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** A market in which prices move and jump, and offers go and come back. */
final class RandomMarket {
  private static final String BROKEN = "offers: [{provider: aws, zone";

  private static final List<Type> TYPES =
      List.of(
          new Type("g6.xlarge", "L4", 1, 4, 16, 0.40),
          new Type("g6.4xlarge", "L4", 1, 16, 64, 0.55),
          new Type("g6.12xlarge", "L4", 4, 48, 192, 1.98),
          new Type("g5.xlarge", "A10G", 1, 4, 16, 0.46),
          new Type("g5.4xlarge", "A10G", 1, 16, 64, 0.60),
          new Type("g5.12xlarge", "A10G", 4, 48, 192, 2.51),
          new Type("p4d.24xlarge", "A100", 8, 96, 1152, 9.81));

  private static final List<String> ZONES =
      List.of("eu-central-1a", "eu-central-1b", "eu-central-1c");
  private static final double NOISE = 0.07;
  private static final double LIST_PRICE = 2.5;

  private final Random random;
  private final List<Offer> offers = new ArrayList<>();
  private boolean broken;

  /** A machine; the price is what one usually costs on spot, USD per hour. */
  private record Type(String name, String model, int gpus, int cpu, int gibibytes, double usd) {}

  /** One offer of the market, which may be without it for a while. */
  private static final class Offer {
    private final Type type;
    private final String zone;
    private final String capacity;
    private double usd;
    private int score = 9;
    private boolean gone;

    Offer(Type type, String zone, String capacity, double usd) {
      this.type = type;
      this.zone = zone;
      this.capacity = capacity;
      this.usd = usd;
    }

    String key() {
      return "%s.%s.%s".formatted(zone, type.name, capacity);
    }

    String yaml(double factor) {
      return String.format(
          Locale.ROOT,
          """
          - provider: aws
            region: eu-central-1
            zone: %s
            instanceType: %s
            capacity: %s
            architecture: amd64
            gpu: {manufacturer: NVIDIA, model: %s, count: %d, memory: %dGi}
            cpu: %d
            memory: %dGi
            usdPerHour: "%.4f"
            placementScore: %d
          """,
          zone,
          type.name,
          capacity,
          type.model,
          type.gpus,
          type.model.equals("A100") ? 40 : 24,
          type.cpu,
          type.gibibytes,
          usd * factor,
          score);
    }
  }

  /** All that is ever offered, at its usual price. */
  RandomMarket(Random random) {
    this.random = random;
    for (Type type : TYPES) {
      for (String zone : ZONES) {
        offers.add(new Offer(type, zone, "spot", type.usd));
      }
      offers.add(new Offer(type, ZONES.getFirst(), "on-demand", type.usd * LIST_PRICE));
    }
  }

  /** The file as it is; what is on spot moves a little each time, beyond what is held steady. */
  String text() {
    if (broken) {
      return BROKEN;
    }
    StringBuilder text = new StringBuilder("offers:\n");
    for (Offer offer : offers) {
      if (!offer.gone) {
        boolean moves = offer.capacity.equals("spot");
        text.append(offer.yaml(moves ? 1 + NOISE * (2 * random.nextDouble() - 1) : 1));
      }
    }
    return text.toString();
  }

  /** The key of any offer, as {@code kind/capacity} takes it. */
  String any() {
    return offers.get(random.nextInt(offers.size())).key();
  }

  /** Something happens to it that is more than noise. */
  void shake() {
    Offer offer = offers.get(random.nextInt(offers.size()));
    switch (random.nextInt(6)) {
      case 0 -> offers.forEach(this::reprice);
      case 1 -> offers.forEach(each -> each.gone = random.nextInt(4) == 0);
      case 2 -> offer.gone ^= true;
      case 3 -> offer.score = 1 + random.nextInt(10);
      default -> reprice(offer);
    }
  }

  private void reprice(Offer offer) {
    double usual = offer.type.usd * (offer.capacity.equals("spot") ? 1 : LIST_PRICE);
    offer.usd = usual * (0.5 + random.nextDouble() * 1.5);
  }

  /** Somebody spoils the file. */
  void spoil() {
    broken = true;
  }

  /** Somebody puts it right. */
  void mend() {
    broken = false;
  }
}
