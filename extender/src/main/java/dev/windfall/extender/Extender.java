package dev.windfall.extender;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers the scheduler, out of memory alone.
 *
 * <p>Nothing a scheduler sends can fail: what cannot be read is answered with no opinion, or with
 * an error where the verb has one, and is counted.
 */
public final class Extender {
  private static final Logger LOG = System.getLogger(Extender.class.getName());
  private static final byte[] NO_OPINION = "[]".getBytes(StandardCharsets.US_ASCII);

  /** Each takes some 400 bytes. */
  private static final int MOST_EXPLAINED = 10_000;

  private final Sight sight;
  private final boolean filtering;
  private final LongSupplier nanoTime;
  private final InstantSource clock;
  private final ExtenderMetrics metrics;
  private final Complaints complaints;
  private final AskedPods askedPods = new AskedPods();

  private volatile Prices prices = Prices.none();

  /**
   * What an extender looks at.
   *
   * @param surroundings what counts for a pod besides what it says itself
   */
  public record Sight(
      Supplier<PriceBook> book, Supplier<NodeIndex> nodes, Supplier<Surroundings> surroundings) {}

  /**
   * An extender.
   *
   * @param filtering whether nodes that break a pod's own wish are filtered out; else all pass
   * @param nanoTime a monotonic clock, in nanoseconds
   */
  public Extender(
      Sight sight,
      boolean filtering,
      LongSupplier nanoTime,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.sight = sight;
    this.filtering = filtering;
    this.nanoTime = nanoTime;
    this.clock = clock;
    this.metrics = new ExtenderMetrics(registry, sight.nodes());
    this.complaints = new Complaints(nanoTime, text -> LOG.log(Level.WARNING, text));
  }

  /**
   * The answer to the verb {@code prioritize} with this body: a JSON array of hosts and scores. It
   * is empty, which is no opinion, when the pod asks for no GPU, or the body cannot be read.
   */
  public byte[] prioritize(byte[] body) {
    long start = begin("prioritize");
    try {
      NodeIndex nodes = sight.nodes().get();
      Question question = Question.read(body, nodes.names());
      askedPods.add(question.pod().uid());
      if (question.pod().asks().isEmpty()) {
        return NO_OPINION;
      }
      Scores scores = scores(question, nodes, sight.book().get());
      int[] sent = scores.sent();
      count(scores, sent.length);
      return Answer.prioritize(scores, sent);
    } catch (RejectedException e) {
      reject(e);
      return NO_OPINION;
    } finally {
      end("prioritize", start);
    }
  }

  private Scores scores(Question question, NodeIndex nodes, PriceBook book) {
    Prices now = prices.at(book, nodes);
    prices = now;
    return Scores.of(question, sight.surroundings().get().lostWork(question.pod()), nodes, now);
  }

  private void count(Scores scores, int sent) {
    int unknown = scores.unknown();
    metrics.asked.labelValues("unknown").inc(unknown);
    metrics.asked.labelValues("known").inc(scores.size() - unknown);
    metrics.sent.inc(sent);
    long oldest = scores.oldestPrice();
    long now = clock.instant().getEpochSecond();
    metrics.oldest.set(oldest == Long.MAX_VALUE ? 0.0 : (double) Math.max(0, now - oldest));
  }

  /**
   * The answer to the verb {@code filter} with this body. A body that cannot be read is answered
   * with an error, which a scheduler that takes the extender for ignorable ignores.
   */
  public byte[] filter(byte[] body) {
    long start = begin("filter");
    try {
      NodeIndex nodes = sight.nodes().get();
      Question question = Question.read(body, nodes.names());
      Filter filter =
          Filter.of(
              question,
              filtering
                  ? sight.surroundings().get().resolve(question.pod()).request()
                  : Optional.empty(),
              nodes,
              sight.book().get());
      metrics.refused.inc(filter.refused());
      return filter.bytes();
    } catch (RejectedException e) {
      reject(e);
      return Filter.error("the call " + e.getMessage());
    } finally {
      end("filter", start);
    }
  }

  /**
   * What is thought of each node for the pod of a call with this body, in words: for people. The
   * body is that of {@code prioritize}; without names it asks about every node that has room.
   *
   * @throws UnreadableQuestionException when the body cannot be read, or nothing can be said
   */
  public byte[] explain(byte[] body) throws UnreadableQuestionException {
    NodeIndex nodes = sight.nodes().get();
    try {
      Question asked = Question.read(body, nodes.names());
      if (asked.pod().asks().isEmpty()) {
        throw new UnreadableQuestionException("the question is about a pod that asks for no GPU");
      }
      if (asked.size() > MOST_EXPLAINED) {
        throw new UnreadableQuestionException(
            "the question asks about more than " + MOST_EXPLAINED + " nodes");
      }
      Question question =
          asked.named()
              ? asked
              : Question.about(asked.pod(), Room.slots(nodes, asked.pod().asks()));
      PriceBook book = sight.book().get();
      return Explanation.of(
          scores(question, nodes, book),
          sight.surroundings().get().resolve(question.pod()).request(),
          book,
          clock.instant());
    } catch (RejectedException e) {
      throw new UnreadableQuestionException("the question " + e.getMessage());
    }
  }

  /** Whether one of the last calls asked for scores for the pod with this uid. */
  public boolean askedAbout(String uid) {
    return askedPods.has(uid);
  }

  /** How many calls there were, of both verbs. */
  public long calls() {
    return metrics.calls();
  }

  private long begin(String verb) {
    metrics.calls.labelValues(verb).inc();
    return nanoTime.getAsLong();
  }

  private void end(String verb, long start) {
    metrics.duration.labelValues(verb).observe((nanoTime.getAsLong() - start) / 1e9);
  }

  private void reject(RejectedException e) {
    reject(e.kind().toString(), "it " + e.getMessage());
  }

  /**
   * Counts a call that did not get as far as here.
   *
   * @param kind why, as a metric has it
   */
  public void turnedAway(String kind) {
    reject(kind, "its caller got no answer, or an empty one");
  }

  private void reject(String kind, String why) {
    metrics.rejected.labelValues(kind).inc();
    complaints.about(
        kind, "a call of the scheduler was not answered as asked (" + kind + "): " + why);
  }
}
