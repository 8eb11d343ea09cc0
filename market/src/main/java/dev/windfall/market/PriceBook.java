package dev.windfall.market;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The prices of this moment, from every source, and what is known of the risk that comes with each.
 * Replaced whole; a reader keeps the one it took.
 */
public final class PriceBook {
  private static final int UNKNOWN_SCORE = 0;

  /** The order among offers of one index. */
  static final Comparator<Offer> AT_ONE_INDEX =
      comparingInt((Offer offer) -> offer.placementScore().orElse(UNKNOWN_SCORE))
          .reversed()
          .thenComparing(Offer::usdPerHour)
          .thenComparing(offer -> offer.key().instanceType())
          .thenComparing(offer -> offer.key().zone())
          .thenComparing(Offer::key);

  private static final PriceBook EMPTY = of(List.of(), List.of());

  private final String version;
  private final ByKey byKey;
  private final List<SourceHealth> sources;

  /** By key; not to be changed. */
  private final Listing[] listings;

  /** By place; not to be changed. */
  private final Listing[] byPlace;

  /** Those that are paid for anyway, by key; not to be changed. */
  private final Listing[] alreadyPaid;

  private PriceBook(String version, Listing[] listings, List<SourceHealth> sources) {
    this.version = version;
    this.listings = listings;
    this.sources = List.copyOf(sources);
    byKey = new ByKey(listings);
    alreadyPaid =
        Arrays.stream(listings)
            .filter(listing -> listing.capacity().alreadyPaid())
            .toArray(Listing[]::new);
    byPlace = new Listing[listings.length];
    for (Listing listing : listings) {
      byPlace[listing.place()] = listing;
    }
  }

  /**
   * A book of {@code offers}; of two with one key the first counts. Nothing is known of what became
   * of them.
   */
  public static PriceBook of(Collection<Offer> offers, List<SourceHealth> sources) {
    return of(offers, sources, History.empty(), Instant.EPOCH);
  }

  /**
   * The same with what became of the offers.
   *
   * @param now from when on it is looked ahead
   */
  public static PriceBook of(
      Collection<Offer> offers, List<SourceHealth> sources, History history, Instant now) {
    Offer[] sorted = sorted(offers);
    return new PriceBook(version(sorted), listings(sorted, history, now), sources);
  }

  /** By key; of two with one key the first. */
  static Offer[] sorted(Collection<Offer> offers) {
    Offer[] sorted = offers.toArray(Offer[]::new);
    Arrays.sort(sorted, comparing(Offer::key));
    int once = 0;
    for (Offer offer : sorted) {
      if (once == 0 || !sorted[once - 1].key().equals(offer.key())) {
        sorted[once++] = offer;
      }
    }
    return once == sorted.length ? sorted : Arrays.copyOf(sorted, once);
  }

  /** The same offers at the same prices, with what became of them. */
  public PriceBook with(History history, Instant now) {
    Offer[] sorted = Arrays.stream(listings).map(Listing::offer).toArray(Offer[]::new);
    return new PriceBook(version, listings(sorted, history, now), sources);
  }

  private static Listing[] listings(Offer[] sorted, History history, Instant now) {
    Integer[] places = new Integer[sorted.length];
    Arrays.setAll(places, i -> i);
    Arrays.sort(places, comparing(i -> sorted[i], AT_ONE_INDEX));
    Outlooks outlooks = new Outlooks(Arrays.asList(sorted), history, Risk.DEFAULT, now);
    int[] placeOf = new int[sorted.length];
    for (int place = 0; place < places.length; place++) {
      placeOf[places[place]] = place;
    }
    // In the order in which they are read.
    Listing[] listings = new Listing[sorted.length];
    Arrays.setAll(
        listings,
        i -> {
          Offer offer = sorted[i];
          PassedOver passedOver = history.isEmpty() ? null : history.passedOver(offer);
          return Listing.of(offer, outlooks.of(offer), placeOf[i], passedOver);
        });
    return listings;
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
    return Collections.unmodifiableList(
        new java.util.AbstractList<Offer>() {
          @Override
          public Offer get(int index) {
            return listings[index].offer();
          }

          @Override
          public int size() {
            return listings.length;
          }
        });
  }

  /** Every offer, by key; not to be changed. */
  Listing[] listings() {
    return listings;
  }

  /** Those that are paid for anyway; not to be changed. */
  Listing[] alreadyPaid() {
    return alreadyPaid;
  }

  /** Every offer, by place; not to be changed. */
  Listing[] byPlace() {
    return byPlace;
  }

  public Optional<Offer> find(OfferKey key) {
    return listing(key).map(Listing::offer);
  }

  /**
   * What an offer of this book costs per useful GPU-hour; empty when it has none with that key.
   *
   * @param usableGpus how many of its GPUs would be used, 1 or more
   * @param lostWork how much work an interruption throws away
   */
  public Optional<Index> index(OfferKey key, int usableGpus, Duration lostWork) {
    return listing(key)
        .map(listing -> listing.outlook().index(listing.micros(), usableGpus, lostWork));
  }

  /** What a machine of an offer costs as a whole; empty when the book has none with that key. */
  public Optional<MachineCost> machineCost(OfferKey key) {
    return listing(key).map(MachineCost::of);
  }

  Optional<Listing> listing(OfferKey key) {
    return Optional.ofNullable(byKey.find(key));
  }

  public List<SourceHealth> sources() {
    return sources;
  }

  /**
   * When a source was last read, by whichever replica: what is published says it of its offers.
   * Empty: never.
   */
  public Optional<Instant> lastRead(SourceHealth source) {
    return Stream.concat(
            source.lastSuccess().stream(),
            offers().stream()
                .filter(offer -> offer.source().equals(source.name()))
                .flatMap(offer -> offer.observedAt().stream()))
        .max(Instant::compareTo);
  }

  /** The version of a book of these, which are sorted. */
  static String version(Offer[] offers) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Offer offer : offers) {
        digest.update(line(offer).getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** When a price was confirmed does not make it another price. */
  private static String line(Offer offer) {
    return String.join(
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
  }
}
