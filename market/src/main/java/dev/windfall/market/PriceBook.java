package dev.windfall.market;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The prices of this moment, from every source. Replaced whole; a reader keeps the one it took. */
public final class PriceBook {
  private static final PriceBook EMPTY = of(List.of(), List.of());

  private final String version;
  private final Map<OfferKey, Offer> offers;
  private final List<SourceHealth> sources;

  private PriceBook(String version, Map<OfferKey, Offer> offers, List<SourceHealth> sources) {
    this.version = version;
    this.offers = offers;
    this.sources = List.copyOf(sources);
  }

  /** A book of {@code offers}; of two with one key the first counts. */
  public static PriceBook of(Collection<Offer> offers, List<SourceHealth> sources) {
    TreeMap<OfferKey, Offer> sorted = new TreeMap<>();
    offers.forEach(offer -> sorted.putIfAbsent(offer.key(), offer));
    return new PriceBook(version(sorted.values()), new LinkedHashMap<>(sorted), sources);
  }

  /** The book before any source was read. */
  public static PriceBook empty() {
    return EMPTY;
  }

  /**
   * Names what is offered at which price: the same on every replica that knows the same, whenever
   * it learnt it. Twelve hexadecimal digits.
   */
  public String version() {
    return version;
  }

  /** Every offer, by key. */
  public Collection<Offer> offers() {
    return java.util.Collections.unmodifiableCollection(offers.values());
  }

  public Optional<Offer> find(OfferKey key) {
    return Optional.ofNullable(offers.get(key));
  }

  public List<SourceHealth> sources() {
    return sources;
  }

  private static String version(Collection<Offer> offers) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Offer offer : offers) {
        // When a price was confirmed does not make it another price.
        String line =
            String.join(
                "|",
                offer.key().toString(),
                offer.provider(),
                offer.region(),
                offer.architecture().toString(),
                offer.gpu().toString(),
                offer.cpu() + "",
                offer.memory().toString(),
                offer.usdPerHour().toString(),
                offer.placementScore().toString(),
                offer.interruption().orElse(""),
                offer.barred().orElse(""));
        digest.update(line.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
