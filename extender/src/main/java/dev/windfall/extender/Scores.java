package dev.windfall.extender;

import dev.windfall.market.MachineCost;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Pod;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is thought of the candidates for one pod. Pure: the same question about the same book and
 * nodes has the same answer.
 *
 * <p>A candidate costs what its machine costs, expected loss included, over the GPUs that would be
 * used there with the pod. So an 8-GPU machine is dear for a pod that would be alone on it.
 *
 * <p>The scheduler has eleven levels to offer, 0 to 10, and adds what we say to what its own
 * plug-ins say. So costs are put on a logarithmic scale: each level is a fifth dearer than the one
 * above, counted from the cheapest candidate. One on which GPUs stay free is a level below one that
 * the pod fills. A machine that is paid for anyway is not part of the scale, and comes before all
 * that is.
 */
final class Scores {
  static final int BEST = 10;
  private static final int UNKNOWN = 5;
  private static final double STEP = 1.2;

  /** What may be at most so many times as dear as the cheapest, by level. */
  private static final double[] LEVELS = new double[BEST];

  static {
    double dearer = 1;
    for (int level = 0; level < BEST; level++) {
      dearer *= STEP;
      LEVELS[level] = dearer;
    }
  }

  /**
   * Up to this many are all answered, and of more the best: what the scheduler's client takes to
   * decode an answer is most of what an extender costs.
   */
  private static final int MOST = 64;

  private final Question question;
  private final NodeIndex nodes;
  private final Prices prices;
  private final double lostHours;

  /** What the pod asks for in sevenths of a GPU, by way of slicing. */
  private final double[] asked;

  /** How many GPUs or shares it asks for. */
  private final int units;

  /** By candidate: USD per hour for each GPU used, expected loss included; NaN: not known. */
  private final double[] index;

  private final int[] score;

  private int unknown;
  private long oldestPrice = Long.MAX_VALUE;

  private Scores(Question question, Duration lostWork, NodeIndex nodes, Prices prices) {
    this.question = question;
    this.nodes = nodes;
    this.prices = prices;
    lostHours = lostWork.toSeconds() / 3600.0;
    GpuCounts asks = question.pod().asks();
    units = asks.total();
    asked = nodes.slicings().stream().mapToDouble(one -> one.sevenths(asks)).toArray();
    index = new double[question.size()];
    score = new int[index.length];
  }

  /**
   * The scores for a question.
   *
   * @param lostWork of the pod, by an interruption
   */
  static Scores of(Question question, Duration lostWork, NodeIndex nodes, Prices prices) {
    Scores scores = new Scores(question, lostWork, nodes, prices);
    scores.price();
    scores.rate();
    return scores;
  }

  private void price() {
    for (int i = 0; i < index.length; i++) {
      int slot = question.slot(i);
      MachineCost cost = cost(slot);
      if (cost == null) {
        index[i] = Double.NaN;
        unknown++;
      } else {
        index[i] = cost.over(usedWith(slot), lostHours).value();
        oldestPrice = Math.min(oldestPrice, cost.observedSecond());
      }
    }
  }

  @Nullable MachineCost cost(int slot) {
    return slot < 0 ? null : prices.cost(nodes.offerOf(slot));
  }

  private double asked(int slot) {
    return asked[nodes.slicingOf(slot)];
  }

  /** How many GPUs, or shares such as the pod asks for, would be in use there with it. */
  double usedWith(int slot) {
    double sevenths = asked(slot);
    return (nodes.used(slot) + sevenths) * units / sevenths;
  }

  /** Whether GPUs would stay free there. */
  boolean leavesSome(int slot) {
    return nodes.leavesSome(slot, asked(slot));
  }

  private void rate() {
    double cheapest = Double.MAX_VALUE;
    boolean paidAnyway = false;
    for (double one : index) {
      if (one > 0) {
        cheapest = Math.min(cheapest, one);
      }
      paidAnyway |= one == 0;
    }
    // Below what is paid for anyway, whether that is filled or not.
    int first = paidAnyway ? 2 : 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < index.length; i++) {
      int level = index[i] > 0 ? first + level(index[i] / cheapest) : 0;
      score[i] = Double.isNaN(index[i]) ? -1 : level + (leavesSome(question.slot(i)) ? 1 : 0);
      least = score[i] < 0 ? least : Math.min(least, score[i]);
    }
    for (int i = 0; i < index.length; i++) {
      score[i] = score[i] < 0 ? UNKNOWN : Math.max(0, BEST - (score[i] - least));
    }
  }

  private static int level(double ratio) {
    int level = 0;
    while (level < BEST && ratio >= LEVELS[level]) {
      level++;
    }
    return level;
  }

  /** How many candidates there are. */
  int size() {
    return score.length;
  }

  /** The score of a candidate, whether it is sent or not: 0 to 10. */
  int score(int candidate) {
    return score[candidate];
  }

  double lostHours() {
    return lostHours;
  }

  /** What its price divided by the GPUs in use comes to, expected loss included; NaN: unknown. */
  double index(int candidate) {
    return index[candidate];
  }

  /** How many prices are not known. */
  int unknown() {
    return unknown;
  }

  /** The second of the epoch in which the oldest price was confirmed; the largest number: none. */
  long oldestPrice() {
    return oldestPrice;
  }

  /**
   * The candidates whose scores are sent, in the order of the question. One that is not sent counts
   * as 0, so of many those with 0 are left out. The best scores come first, of one score the
   * cheapest, of one cost whoever is named first.
   */
  int[] sent() {
    if (size() <= MOST) {
      return IntStream.range(0, size()).toArray();
    }
    int[] having = new int[BEST + 1];
    for (int one : score) {
      having[one]++;
    }
    // All above the last score are sent, and of those who have it as many as there is room for.
    int last = BEST;
    int room = MOST;
    while (last > 0 && having[last] <= room) {
      room -= having[last--];
    }
    room = last == 0 ? 0 : room;
    double[] costs = room == 0 ? new double[0] : sortedCosts(last, having[last]);
    double dearest = room == 0 ? -1 : costs[room - 1];
    int equals = 0;
    while (equals < room && costs[room - 1 - equals] == dearest) {
      equals++;
    }
    int[] sent = new int[MOST];
    int count = 0;
    for (int i = 0; i < size(); i++) {
      if (score[i] > last
          || (score[i] == last
              && (knownCost(i) < dearest || (knownCost(i) == dearest && equals-- > 0)))) {
        sent[count++] = i;
      }
    }
    return Arrays.copyOf(sent, count);
  }

  private double[] sortedCosts(int ofScore, int having) {
    double[] costs = new double[having];
    int count = 0;
    for (int i = 0; i < size(); i++) {
      if (score[i] == ofScore) {
        costs[count++] = knownCost(i);
      }
    }
    Arrays.sort(costs);
    return costs;
  }

  /** What is not known comes after all that is. */
  private double knownCost(int i) {
    return Double.isNaN(index[i]) ? Double.MAX_VALUE : index[i];
  }

  /** The names and the pod that were asked about. */
  Question question() {
    return question;
  }

  NodeIndex nodes() {
    return nodes;
  }

  Pod pod() {
    return question.pod();
  }
}
