package dev.windfall.kind.demo;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Usd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The sample market, and the market file that Windfall reads it from. */
final class Prices {
  private final SampleMarket market;
  private final Path file;
  private Map<OfferKey, Offer> before;
  private Map<OfferKey, Offer> offers;

  /** Writes the file for the first time, after one move. */
  Prices(SampleMarket market, Path file) {
    this.market = market;
    this.file = file;
    before = byKey(market.offers());
    offers = before;
    move();
  }

  /** Time goes by in the market. */
  void move() {
    market.move();
    publish();
  }

  void set(Map<OfferKey, Usd> usdPerHour) {
    usdPerHour.forEach(market::set);
    publish();
  }

  /** What is offered now. */
  Map<OfferKey, Offer> offers() {
    return offers;
  }

  /** How far the price of an offer went in the last move: 0.05 is five in a hundred dearer. */
  double moved(OfferKey key) {
    return dollars(offers, key) / dollars(before, key) - 1;
  }

  private static double dollars(Map<OfferKey, Offer> offers, OfferKey key) {
    Offer offer = offers.get(key);
    if (offer == null) {
      throw new IllegalArgumentException("no offer " + key);
    }
    return offer.usdPerHour().dollars();
  }

  /** As an editor would: a new file in the place of the old. */
  private void publish() {
    before = offers;
    offers = byKey(market.offers());
    try {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, market.text());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("writing the market file of the demo", e);
    }
  }

  private static Map<OfferKey, Offer> byKey(List<Offer> offers) {
    return offers.stream().collect(Collectors.toUnmodifiableMap(Offer::key, Function.identity()));
  }
}
