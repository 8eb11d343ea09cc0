package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers the scheduler's verb {@code prioritize}, out of memory alone.
 *
 * <p>Nothing a scheduler sends can fail: what cannot be read is answered with no opinion, which the
 * scheduler takes as such. It has no metric of its own for an extender, and drops a wrong answer
 * without a word, so what happens here is counted here.
 */
public final class Prioritizer {
  private static final Logger LOG = System.getLogger(Prioritizer.class.getName());
  private static final byte[] NO_OPINION = "[]".getBytes(StandardCharsets.US_ASCII);
  private static final JsonFactory JSON = new JsonFactory();

  private final Supplier<PriceBook> book;
  private final Supplier<NodeIndex> nodes;
  private final Supplier<Surroundings> surroundings;
  private final LongSupplier nanoTime;
  private final Counter calls;
  private final Counter unreadable;
  private final Counter sent;
  private final Histogram duration;

  /**
   * A prioritizer.
   *
   * @param surroundings what counts for a pod besides what it says itself
   * @param nanoTime a monotonic clock, in nanoseconds
   */
  public Prioritizer(
      Supplier<PriceBook> book,
      Supplier<NodeIndex> nodes,
      Supplier<Surroundings> surroundings,
      LongSupplier nanoTime,
      PrometheusRegistry registry) {
    this.book = book;
    this.nodes = nodes;
    this.surroundings = surroundings;
    this.nanoTime = nanoTime;
    calls =
        Counter.builder()
            .name("windfall_extender_calls_total")
            .help("Calls of the scheduler")
            .labelNames("verb")
            .register(registry);
    unreadable =
        Counter.builder()
            .name("windfall_extender_unreadable_total")
            .help("Calls whose body could not be read, and which were answered with no opinion")
            .register(registry);
    sent =
        Counter.builder()
            .name("windfall_extender_scores_total")
            .help("Scores sent, by whether the price of the node is known")
            .labelNames("price")
            .register(registry);
    duration =
        Histogram.builder()
            .name("windfall_extender_duration_seconds")
            .help("Time from a body read to an answer made")
            .labelNames("verb")
            .classicUpperBounds(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1)
            .register(registry);
  }

  /** The answer to a call with this body: a JSON array of hosts and scores. */
  public byte[] prioritize(byte[] body) {
    long start = nanoTime.getAsLong();
    calls.labelValues("prioritize").inc();
    try {
      ExtenderArgs args = ExtenderArgs.read(body);
      List<Scores.Score> scores =
          Scores.of(args, surroundings.get().lostWork(args.pod()), book.get(), nodes.get());
      count(scores);
      return write(scores);
    } catch (IOException e) {
      unreadable.inc();
      LOG.log(Level.WARNING, "a call of the scheduler could not be read: {0}", e.getMessage());
      return NO_OPINION;
    } finally {
      duration.labelValues("prioritize").observe((nanoTime.getAsLong() - start) / 1e9);
    }
  }

  private void count(List<Scores.Score> scores) {
    long known = scores.stream().filter(score -> score.usdPerGpuHour().isPresent()).count();
    sent.labelValues("known").inc(known);
    sent.labelValues("unknown").inc(scores.size() - known);
  }

  private static byte[] write(List<Scores.Score> scores) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(2 + 64 * scores.size());
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartArray();
      for (Scores.Score score : scores) {
        json.writeStartObject();
        json.writeStringField("Host", score.node());
        json.writeNumberField("Score", score.value());
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }
}
