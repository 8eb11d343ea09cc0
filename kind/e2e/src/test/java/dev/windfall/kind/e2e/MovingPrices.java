package dev.windfall.kind.e2e;

import dev.windfall.kind.ec2.Region;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Spot prices that move every second, each around what is usual for it. */
final class MovingPrices implements AutoCloseable {
  /** Each move is up to this much of the usual price, more or less: beyond the hysteresis. */
  private static final double NOISE = 0.07;

  private final Region region;
  private final Map<Place, Double> usual = new ConcurrentHashMap<>();
  private final Random random = new Random(1);
  private final AtomicInteger moves = new AtomicInteger();
  private final ScheduledExecutorService seconds = Executors.newSingleThreadScheduledExecutor();

  private record Place(String zone, String type) {}

  /** Nothing moves until {@link #start}. */
  MovingPrices(Region region) {
    this.region = region;
  }

  MovingPrices usual(String zone, String type, double usdPerHour) {
    usual.put(new Place(zone, type), usdPerHour);
    return this;
  }

  /** Moves all prices once now, and every second from now on. */
  void start() {
    move();
    var _ = seconds.scheduleAtFixedRate(this::move, 1, 1, TimeUnit.SECONDS);
  }

  private void move() {
    usual.forEach((place, usd) -> {
      double now = usd * (1 + NOISE * (2 * random.nextDouble() - 1));
      region.price(place.type(), place.zone(), String.format(Locale.ROOT, "%.6f", now));
    });
    moves.incrementAndGet();
  }

  /** How often all prices moved so far. */
  int moves() {
    return moves.get();
  }

  @Override
  public void close() {
    seconds.shutdownNow();
  }
}
