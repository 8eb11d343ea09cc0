package dev.windfall.extender;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Scores candidates by what they cost, expected loss included. Pure: the same question about the
 * same book and nodes has the same answer.
 *
 * <p>The scheduler has eleven levels to offer, 0 to 10, and adds what we say to what its own
 * plug-ins say. So prices are put on a logarithmic scale: each level is a fifth dearer than the one
 * above, counted from the cheapest candidate. A price of zero, of a machine that is paid for
 * anyway, is not part of the scale and scores best.
 */
final class Scores {
  static final int BEST = 10;
  private static final int UNKNOWN = 5;
  private static final double STEP = Math.log(1.2);

  /**
   * Up to this many are all answered; of more, a tenth, since a dense answer is most of what an
   * extender costs.
   */
  private static final int DENSE = 64;

  private Scores() {}

  /**
   * What is thought of one candidate.
   *
   * @param usdPerGpuHour over the GPUs that would be used there with the pod; empty: unknown
   */
  record Score(String node, int value, OptionalDouble usdPerGpuHour) {}

  private record Priced(String node, OptionalDouble index) {}

  /**
   * The scores to send, in no order that means anything; a candidate that is missing counts as 0.
   *
   * @param lostWork of the pod, by an interruption
   */
  static List<Score> of(ExtenderArgs args, Duration lostWork, PriceBook book, NodeIndex nodes) {
    int gpus = args.pod().gpus();
    List<Priced> candidates = new ArrayList<>(args.nodeNames().size());
    for (String name : args.nodeNames()) {
      candidates.add(new Priced(name, index(name, gpus, lostWork, book, nodes)));
    }
    double cheapest =
        candidates.stream()
            .filter(candidate -> candidate.index().isPresent())
            .mapToDouble(candidate -> candidate.index().getAsDouble())
            .filter(index -> index > 0)
            .min()
            .orElse(1);
    List<Score> scores =
        new ArrayList<>(
            candidates.stream()
                .map(candidate ->
                    new Score(
                        candidate.node(), value(candidate.index(), cheapest), candidate.index()))
                .toList());
    if (scores.size() <= DENSE) {
      return scores;
    }
    Comparator<Score> bestFirst =
        comparingInt(Score::value)
            .reversed()
            .thenComparing(comparingDouble(score -> score.usdPerGpuHour().orElse(Double.MAX_VALUE)))
            .thenComparing(comparing(Score::node));
    scores.sort(bestFirst);
    return scores.subList(0, Math.max(DENSE, scores.size() / 10));
  }

  private static OptionalDouble index(
      String name, int gpus, Duration lostWork, PriceBook book, NodeIndex nodes) {
    Optional<NodeIndex.Entry> node = nodes.find(name);
    Optional<Offer> offer = node.flatMap(entry -> book.find(entry.offer()));
    if (node.isEmpty() || offer.isEmpty()) {
      return OptionalDouble.empty();
    }
    int usable = Math.max(1, Math.min(node.get().used() + gpus, offer.get().gpu().count()));
    return OptionalDouble.of(book.index(offer.get().key(), usable, lostWork).orElseThrow().value());
  }

  private static int value(OptionalDouble index, double cheapest) {
    if (index.isEmpty()) {
      return UNKNOWN;
    }
    if (index.getAsDouble() == 0) {
      return BEST;
    }
    int dearer = (int) Math.floor(Math.log(index.getAsDouble() / cheapest) / STEP);
    return Math.max(0, BEST - dearer);
  }
}
