package dev.windfall.market;

/**
 * A quota that launches passed. What was too large says nothing of smaller machines: AWS counts
 * virtual CPUs, and four may fit where 48 did not.
 *
 * @param processors of the smallest machine that was refused, in virtual CPUs; those with as many,
 *     or more, are passed over
 */
public record Exceeded(Setback setback, int processors) {
  boolean bars(Offer offer) {
    return offer.cpu() >= processors;
  }

  /** After another refusal; {@code this} is what stood before it. */
  Exceeded and(Setback later, int refused) {
    // Of a refusal after the time was over only that machine is known not to fit any more.
    return new Exceeded(later, later.equals(setback) ? Math.min(processors, refused) : refused);
  }
}
