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

  /**
   * After another refusal.
   *
   * @param refused processors of the machine that was refused
   * @param row what follows the failures so far
   * @param alone what it would be if there had been none
   */
  Exceeded and(int refused, Setback row, Setback alone) {
    if (!row.equals(setback)) {
      // The time was over, so only that machine is known not to fit any more.
      return new Exceeded(row, refused);
    }
    if (refused >= processors) {
      return this;
    }
    // Smaller ones have just been let through: they are left alone for as long as the first were.
    return new Exceeded(alone.until().isAfter(row.until()) ? alone : row, refused);
  }
}
