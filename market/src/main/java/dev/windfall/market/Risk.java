package dev.windfall.market;

import java.time.Duration;
import java.util.List;

/**
 * What interruptions are taken to be like: every number that the expected loss is made of.
 *
 * <p>The hazard of an offer that has been up for {@code a} hours is {@code theta * k / (a + a0)}
 * per hour. {@code theta} is 1 for a usual offer and is learnt for each, as the mean of a Gamma
 * distribution, from the advisor's band and from what was seen. Over the next {@code horizon} that
 * gives the chance of an interruption and the hours that are useful until then. What an
 * interruption costs is the work lost, done again at the price on demand, and a cold start paid for
 * twice, on the way out and on the way back.
 *
 * @param k and {@code a0}: fitted to traces of V100 of AWS (2023) and H100 of Google (2025), in
 *     which the hazard falls from 2 per hour in the first quarter of an hour to 0.02 after a day
 *     and a half
 * @param a0 see {@code k}
 * @param prior how much the band counts: as so many interruptions seen. Chosen: two interruptions
 *     say as much as the band
 * @param bands what the advisor's bands, from the best, add to a theta of 1. Chosen: equal steps
 *     from 1 to 3. The rates that the bands stand for are a hundred times below what traces show,
 *     and nearly half of all GPU types share the worst, so they rank and do not measure
 * @param assumedAge how long an offer has been up of which no outage is known. Chosen: a day
 * @param horizon how far ahead is looked. Chosen: a day
 * @param coldStart from the launch of a node to useful work: what the evaluation of the published
 *     policies assumes
 * @param memory after which what was seen counts a third, so that four days are remembered
 * @param contagion how many times the loss counts while {@code contagious} after an interruption in
 *     the region: traces show 3.3 to 3.7 times the usual rate within half an hour
 * @param contagious see {@code contagion}
 */
public record Risk(
    double k,
    Duration a0,
    double prior,
    List<Double> bands,
    Duration assumedAge,
    Duration horizon,
    Duration coldStart,
    Duration memory,
    double contagion,
    Duration contagious) {

  /** What Windfall goes by. */
  public static final Risk DEFAULT =
      new Risk(
          0.8,
          Duration.ofMinutes(15),
          2,
          List.of(0.0, 0.5, 1.0, 1.5, 2.0),
          Duration.ofHours(24),
          Duration.ofHours(24),
          Duration.ofMinutes(5),
          Duration.ofDays(4),
          3,
          Duration.ofMinutes(30));

  private static final List<String> BANDS = List.of("<5%", "5-10%", "10-15%", "15-20%", ">20%");

  public Risk {
    bands = List.copyOf(bands);
  }

  /** What {@code band} adds to a theta of 1; nothing for a band that nobody knows. */
  double added(String band) {
    int place = BANDS.indexOf(band);
    return place < 0 ? 0 : bands.get(place);
  }

  /**
   * Interruptions to expect for each useful hour of an offer that has been up for {@code age}.
   *
   * <p>With {@code A = a + a0} and {@code m = k * theta}, it stays up for {@code u} more hours with
   * the chance {@code (A / (A + u))^m}. The rate is one minus that chance at the horizon, over its
   * integral up to there.
   */
  double rate(double theta, Duration age) {
    double a = hours(age) + hours(a0);
    double ahead = hours(horizon);
    double m = k * theta;
    double stretch = (a + ahead) / a;
    double survives = Math.pow(stretch, -m);
    double useful =
        Math.abs(m - 1) < 1e-9
            ? a * Math.log(stretch)
            : a / (1 - m) * (Math.pow(stretch, 1 - m) - 1);
    return (1 - survives) / useful;
  }

  /** How much the hazard of a usual offer adds up to from {@code age} on, over {@code ran}. */
  double exposure(Duration age, Duration ran) {
    double a = hours(age) + hours(a0);
    return k * Math.log((a + hours(ran)) / a);
  }

  /** How much of what was seen so long ago still counts. */
  double remembered(Duration ago) {
    return Math.exp(-Math.max(0, hours(ago)) / hours(memory));
  }

  static double hours(Duration duration) {
    return duration.toMillis() / 3_600_000.0;
  }
}
