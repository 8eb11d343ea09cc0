package dev.windfall.market;

import dev.windfall.policies.Capacity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An offer in a book. What ranks are made of stands in one object: an offer is a dozen, strewn over
 * the memory, and of 100,000 offers fetching them is nearly all of the time a rank takes.
 *
 * @param place among the offers of the book, were their indexes all the same
 * @param observedSecond of the epoch, in which the price was last confirmed; the largest number:
 *     its source vouches for it
 * @param score 0: unknown
 * @param passedOver why it could last not be had; null: it can
 */
record Listing(
    Offer offer,
    Outlook outlook,
    int place,
    String provider,
    String region,
    Capacity capacity,
    int gpus,
    long micros,
    long observedSecond,
    int score,
    boolean nvidia,
    boolean barred,
    @Nullable PassedOver passedOver) {

  static Listing of(Offer offer, Outlook outlook, int place, @Nullable PassedOver passedOver) {
    return new Listing(
        offer,
        outlook,
        place,
        offer.provider(),
        offer.region(),
        offer.key().capacity(),
        offer.gpu().count(),
        offer.usdPerHour().micros(),
        offer.observedAt().map(Instant::getEpochSecond).orElse(Long.MAX_VALUE),
        offer.placementScore().orElse(0),
        offer.gpu().nvidia(),
        offer.barred().isPresent(),
        passedOver);
  }
}
