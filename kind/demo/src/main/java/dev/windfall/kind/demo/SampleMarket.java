package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import dev.windfall.providers.file.FileSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Spot offers whose prices move. They are made up, in the proportions that such machines have; each
 * wanders about a usual price of its own, and most of them stay as they are in any one move. The
 * same seed moves them the same way.
 */
final class SampleMarket {
  private static final String PROVIDER = "aws";
  private static final String REGION = "eu-central-1";
  private static final List<String> ZONES =
      List.of("eu-central-1a", "eu-central-1b", "eu-central-1c");

  /** Of a hundred offers, how many move at a time. */
  private static final int MOVING = 35;

  /**
   * How far a price moves at a time, and how much of the way to its usual price it is drawn back.
   */
  private static final double STEP = 0.05;

  private static final double PULL = 0.15;

  private static final List<InstanceType> TYPES =
      List.of(
          new InstanceType("g4dn.xlarge", "T4", 1, 16, 4, 16, 0.2410),
          new InstanceType("g4dn.12xlarge", "T4", 4, 16, 48, 192, 1.6240),
          new InstanceType("g5.xlarge", "A10G", 1, 24, 4, 16, 0.5120),
          new InstanceType("g5.12xlarge", "A10G", 4, 24, 48, 192, 2.5900),
          new InstanceType("g5.48xlarge", "A10G", 8, 24, 192, 768, 6.8800),
          new InstanceType("g6.xlarge", "L4", 1, 24, 4, 16, 0.4080),
          new InstanceType("g6.12xlarge", "L4", 4, 24, 48, 192, 2.1400),
          new InstanceType("g6e.xlarge", "L40S", 1, 48, 4, 32, 0.9350),
          new InstanceType("g6e.12xlarge", "L40S", 4, 48, 48, 384, 5.1100),
          new InstanceType("p4d.24xlarge", "A100", 8, 40, 96, 1152, 11.8000),
          new InstanceType("p5.48xlarge", "H100", 8, 80, 192, 2048, 27.9000));

  /**
   * What can be rented.
   *
   * @param gpuMemory of each GPU, GiB
   * @param memory of the machine, GiB
   * @param usdPerHour what it usually costs
   */
  private record InstanceType(
      String name, String model, int gpus, int gpuMemory, int cpu, int memory, double usdPerHour) {}

  private record Place(InstanceType type, String zone, double usual) {}

  private final RandomGenerator random;
  private final Map<OfferKey, Place> places = new LinkedHashMap<>();
  private final Map<OfferKey, Double> prices = new LinkedHashMap<>();

  /** A market in which nothing has moved yet. */
  SampleMarket(long seed) {
    random = new SplittableRandom(seed);
    for (InstanceType type : TYPES) {
      for (String zone : ZONES) {
        // Zones differ by more than a price moves at a time, or nobody could follow the order.
        double usual = type.usdPerHour() * (0.85 + 0.4 * random.nextDouble());
        OfferKey key = new OfferKey(zone, type.name(), Capacity.SPOT);
        places.put(key, new Place(type, zone, usual));
        prices.put(key, usual);
      }
    }
  }

  /** Time goes by. */
  void move() {
    for (Map.Entry<OfferKey, Double> entry : prices.entrySet()) {
      if (random.nextInt(100) < MOVING) {
        double usual = place(entry.getKey()).usual();
        double drawn = PULL * Math.log(usual / entry.getValue());
        entry.setValue(entry.getValue() * Math.exp(drawn + STEP * random.nextGaussian()));
      }
    }
  }

  /** Makes an offer cost something else; from there it wanders back. */
  void set(OfferKey key, Usd usdPerHour) {
    var _ = place(key);
    prices.put(key, usdPerHour.dollars());
  }

  private Place place(OfferKey key) {
    Place place = places.get(key);
    if (place == null) {
      throw new IllegalArgumentException("no offer " + key + " in the sample market");
    }
    return place;
  }

  /** The offers, as Windfall reads them from {@link #text}. */
  List<Offer> offers() {
    return FileSource.quotes("the sample market", text()).offers();
  }

  /** The market file of this moment. */
  String text() {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    ArrayNode offers = file.putArray("offers");
    prices.forEach((key, price) -> write(offers.addObject(), place(key), price));
    return file.toPrettyString();
  }

  private static void write(ObjectNode offer, Place place, double price) {
    InstanceType type = place.type();
    offer
        .put("provider", PROVIDER)
        .put("region", REGION)
        .put("zone", place.zone())
        .put("instanceType", type.name())
        .put("capacity", Capacity.SPOT.text());
    offer
        .putObject("gpu")
        .put("model", type.model())
        .put("count", type.gpus())
        .put("memory", type.gpuMemory() + "Gi");
    offer
        .put("cpu", type.cpu())
        .put("memory", type.memory() + "Gi")
        .put("usdPerHour", String.format(java.util.Locale.ROOT, "%.4f", price));
  }
}
