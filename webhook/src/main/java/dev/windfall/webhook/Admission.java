package dev.windfall.webhook;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grants;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.webhook.AdmissionMetrics.Outcome;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Answers the API server: an AdmissionReview in, an AdmissionReview out. Safe for use by many
 * threads.
 *
 * <p>It fails open. It refuses what a policy says, and whatever goes wrong with one pod, the pod is
 * admitted as it was written, with a warning that says so. It has no effect but its answer, so that
 * a dry run needs no care.
 */
public final class Admission {
  private static final System.Logger LOG = System.getLogger(Admission.class.getName());
  private static final ArrayNode NOTHING = JsonNodeFactory.instance.arrayNode();

  private final Supplier<PriceBook> book;
  private final Supplier<List<SpotPool>> pools;
  private final Supplier<Surroundings> surroundings;
  private final Supplier<Optional<AssignedScheduler>> assigned;
  private final BooleanSupplier led;
  private final InstantSource clock;
  private final AdmissionMetrics metrics;
  private volatile Grants grants;

  /**
   * Registers its meters.
   *
   * @param book the prices of this moment
   * @param pools what may be bought
   * @param surroundings what counts for a pod besides what it says itself
   * @param assigned the scheduler that pods are given; empty when they keep what they have
   * @param led whether a leader is there, to free pods that are held for a moment
   * @throws IllegalArgumentException if {@code registry} has the meters already
   */
  public Admission(
      Supplier<PriceBook> book,
      Supplier<List<SpotPool>> pools,
      Supplier<Surroundings> surroundings,
      Supplier<Optional<AssignedScheduler>> assigned,
      BooleanSupplier led,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.book = book;
    this.pools = pools;
    this.surroundings = surroundings;
    this.assigned = assigned;
    this.led = led;
    this.clock = clock;
    this.metrics = new AdmissionMetrics(registry);
    this.grants = new Grants(book.get(), pools.get(), clock.instant());
  }

  /** What is answered. */
  private record Answer(
      Outcome outcome,
      ArrayNode patch,
      List<String> warnings,
      Map<String, String> audit,
      Optional<String> refusal) {
    static Answer pass(Outcome outcome, List<String> warnings) {
      return new Answer(outcome, NOTHING, Warnings.fitted(warnings), Map.of(), Optional.empty());
    }
  }

  /**
   * Answers one review.
   *
   * @param body JSON; whoever reads it off the network bounds its length
   * @return the JSON of the answer, which refuses only what a policy says
   * @throws UnreadableReviewException when it cannot be answered
   */
  public byte[] review(byte[] body) {
    long start = System.nanoTime();
    Review review;
    try {
      review = Review.read(body);
    } catch (UnreadableReviewException e) {
      metrics.reviewed(Outcome.UNREADABLE, 0, System.nanoTime() - start);
      throw e;
    }
    Answer answer = answer(review);
    byte[] said =
        answer.refusal().isPresent()
            ? review.refused(answer.refusal().get(), answer.warnings())
            : review.allowed(answer.patch(), answer.warnings(), answer.audit());
    metrics.reviewed(answer.outcome(), answer.warnings().size(), System.nanoTime() - start);
    return said;
  }

  private Answer answer(Review review) {
    if (!review.createsPod()) {
      return Answer.pass(Outcome.UNTOUCHED, List.of());
    }
    try {
      if (!(review.object() instanceof ObjectNode pod)) {
        throw new IOException("request.object is no object");
      }
      return mutate(pod, review.namespace());
    } catch (IOException e) {
      String reason = reason(e);
      LOG.log(Level.WARNING, Warnings.line("admitting " + review.subject() + ": " + reason));
      return asWritten(reason);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, Warnings.line("admitting " + review.subject()), e);
      return asWritten("an error of Windfall's own, which its log shows");
    }
  }

  private Answer mutate(ObjectNode pod, String namespace) throws IOException {
    Mutation mutation =
        Mutation.of(
            pod,
            namespace,
            new Mutation.Market(surroundings.get(), grants(), assigned.get(), led.getAsBoolean()));
    List<String> warnings = Warnings.fitted(mutation.warnings());
    if (mutation.refusal().isPresent()) {
      return new Answer(
          Outcome.REFUSED, NOTHING, warnings, Map.of(), mutation.refusal().map(Warnings::refusal));
    }
    if (mutation.patch().isEmpty()) {
      return Answer.pass(Outcome.UNTOUCHED, warnings);
    }
    return new Answer(
        mutation.gated() ? Outcome.GATED : Outcome.PATCHED,
        mutation.patch(),
        warnings,
        mutation.decision().map(text -> Map.of("decision", text)).orElse(Map.of()),
        Optional.empty());
  }

  /** Lets go of a book that was replaced, which would else be held until a pod is admitted. */
  public void renew() {
    var _ = grants();
  }

  /** Of two threads that make new ones at once each uses its own, which say the same. */
  private Grants grants() {
    Grants now = grants.at(book.get(), pools.get(), clock.instant());
    grants = now;
    return now;
  }

  private static Answer asWritten(String reason) {
    return Answer.pass(
        Outcome.FAILED, List.of("Windfall leaves this pod as it was written: " + reason));
  }

  private static String reason(IOException e) {
    // Jackson's own message would add a position in a tree.
    String message = e instanceof JacksonException j ? j.getOriginalMessage() : e.getMessage();
    return message == null ? e.toString() : message;
  }
}
