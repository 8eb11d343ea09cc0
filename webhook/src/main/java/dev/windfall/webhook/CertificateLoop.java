package dev.windfall.webhook;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.webhook.CertificateMetrics.Phase;
import dev.windfall.webhook.CertificateMetrics.Task;
import dev.windfall.webhook.Lookout.Look;
import dev.windfall.webhook.Registration.Found;
import dev.windfall.webhook.Rotation.Asked;
import dev.windfall.webhook.Rotation.Kept;
import dev.windfall.webhook.Rotation.Mounted;
import dev.windfall.webhook.Rotation.State;
import dev.windfall.webhook.Rotation.Step;
import dev.windfall.webhook.Rotation.View;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Looks at what there is, serves the right certificate, and takes the next step of {@link
 * Rotation}. For one thread, but for what it says of itself.
 */
final class CertificateLoop {
  private static final System.Logger LOG = System.getLogger(CertificateLoop.class.getName());

  /** Steps that may follow each other at once; the next pass takes the rest. */
  private static final int STEPS = 4;

  private final Source source;
  private final Lookout lookout;
  private final Roll roll;
  private final Certificates.Setup setup;
  private final Clocks clocks;
  private final CertificateMetrics metrics;
  private final ServedIdentity served;

  private volatile Serving serving;

  /** Whether the API servers were seen to trust what is served. */
  private volatile boolean trusted;

  /** Since when, at the latest, nothing can have changed unseen. Monotonic. */
  private volatile long heard;

  /** The serial of the authority that the port was seen to be known by; empty: none yet. */
  private String checked = "";

  private String said = "";

  /** Where the authority, or the certificate, comes from. */
  interface Source {
    /** What is there for a replica that serves nothing yet. */
    State first(Instant now);

    /** What is there now, by a consistent read. */
    State read(Instant now);

    /** What is served once the state's authority is to vouch for it. */
    Serving serving(State state, Instant now);

    /**
     * Takes a step that is about what is kept.
     *
     * @return whether it was one
     */
    boolean take(Step step, Instant now);
  }

  CertificateLoop(
      Source source,
      Lookout lookout,
      Roll roll,
      Certificates.Setup setup,
      Clocks clocks,
      State first,
      CertificateMetrics metrics) {
    this.source = source;
    this.lookout = lookout;
    this.roll = roll;
    this.setup = setup;
    this.clocks = clocks;
    this.serving = source.serving(first, clocks.wall().instant());
    this.served = new ServedIdentity(serving.identity());
    this.heard = clocks.nanos().getAsLong();
    this.metrics = metrics;
    metrics.show(
        clocks.wall(),
        () -> serving.identity().end(),
        () -> serving.voucher().map(each -> each.getNotAfter().toInstant()));
  }

  ServedIdentity served() {
    return served;
  }

  Serving serving() {
    return serving;
  }

  /**
   * Why this replica must not be called; empty when it may be.
   *
   * <p>One that has not been heard by the others for long is taken for gone, and what it serves for
   * needed no more. It knows that before they do, by a settling time.
   */
  Optional<String> trouble() {
    if (serving.voucher().isEmpty()) {
      return Optional.empty();
    }
    if (!trusted) {
      return Optional.of("the API server does not trust the webhook's certificate yet");
    }
    Duration silent = Duration.ofNanos(clocks.nanos().getAsLong() - heard);
    return silent.compareTo(Certificates.Terms.of(setup.settle()).retreat()) <= 0
        ? Optional.empty()
        : Optional.of(
            "the API server could not be asked for %d s whether it still trusts the webhook's certificate"
                .formatted(silent.toSeconds()));
  }

  /**
   * One round. When rounds keep failing, {@link #trouble} says what comes of it.
   *
   * @throws IOException when the port does not show what it should; all else has been done then
   */
  void pass(SelfDial dial) throws IOException {
    Instant now = clocks.wall().instant();
    serving.renewed(setup.names(), now).ifPresent(renewed -> serve(renewed, "renewed"));
    Optional<IOException> unseen = Optional.empty();
    boolean again = true;
    for (int i = 0; again && i < STEPS; i++) {
      long begin = clocks.nanos().getAsLong();
      Look look = lookout.look(serving, checked, now);
      if (offersBetter(look.state())
          && Rotation.mayServe(lookout.view(look, serving, checked, now))) {
        serve(source.serving(look.state(), now), "taken over");
      }
      unseen = check(dial, now);
      View view = lookout.view(look, serving, checked, now);
      trusted = trusted || view.trusted();
      heard = serving.voucher().isEmpty() ? begin : Math.min(begin, roll.stoodAt());
      Step step = Rotation.plan(view, now);
      say(view, step);
      again = take(step, look.found(), now);
    }
    if (unseen.isPresent()) {
      throw unseen.get();
    }
  }

  private boolean offersBetter(State state) {
    return switch (state) {
      case Kept kept -> !kept.current().equals(serving.voucher());
      case Mounted mounted -> !mounted.pair().equals(serving.identity());
      default -> false;
    };
  }

  private void serve(Serving next, String how) {
    served.replace(next.identity());
    serving = next;
    LOG.log(
        Level.INFO,
        "webhook certificate {0}: {1}, valid until {2}, vouched for by {3}",
        how,
        next.identity().serial(),
        next.identity().end(),
        next.voucher().map(CaBundle::serial).orElse("whom the API server knows"));
  }

  /** Sees that the port shows what it should, and tells the others then. */
  private Optional<IOException> check(SelfDial dial, Instant now) {
    if (checked.equals(serving.serial())) {
      return Optional.empty();
    }
    try {
      X509Certificate shown = dial.shown(serving.voucher().stream().toList(), now);
      if (!shown.equals(serving.identity().certificate())) {
        throw new IOException(
            "it shows certificate %s, not %s; another process answers there"
                .formatted(CaBundle.serial(shown), serving.identity().serial()));
      }
    } catch (IOException e) {
      metrics.failed(Task.DIALLING);
      String port = "calling the webhook's own port as %s: ".formatted(dial);
      return Optional.of(new IOException(port + e.getMessage(), e));
    }
    checked = serving.serial();
    metrics.counting(Task.TELLING, () -> roll.stand(checked));
    return Optional.empty();
  }

  /** Logs what is being waited for, once, and shows how far it has come. */
  private void say(View view, Step step) {
    metrics.reached(
        switch (view.state()) {
          case Kept kept when kept.next().isPresent() -> Phase.INTRODUCING;
          case Kept kept when kept.asked() == Asked.ENDING -> Phase.ENDING;
          default -> Phase.STEADY;
        });
    boolean alone = view.bundle().isEmpty() && serving.voucher().isPresent();
    String saying =
        alone
            ? "nobody asks Windfall about pods, since there is no %s with a webhook %s; apply it, or set cluster.install to true"
                .formatted(lookout.registration(), lookout.registration().webhook())
            : step instanceof Rotation.Wait wait ? "waiting " + wait.reason() : "";
    if (!saying.isEmpty() && !saying.equals(said)) {
      LOG.log(alone ? Level.WARNING : Level.INFO, "webhook certificates: {0}", saying);
    }
    said = saying;
  }

  /**
   * Takes a step.
   *
   * @return whether another one may follow at once
   */
  private boolean take(Step step, Optional<Found> found, Instant now) {
    try {
      return switch (step) {
        case Rotation.Rest _, Rotation.Wait _ -> false;
        case Rotation.Trust trust -> write(found.orElseThrow(), trust.bundle());
        case Rotation.Prune prune -> write(found.orElseThrow(), prune.bundle());
        default -> {
          boolean taken = metrics.counting(Task.KEEPING, () -> source.take(step, now));
          if (step instanceof Rotation.End) {
            metrics.rotated();
          }
          yield taken;
        }
      };
    } catch (ClusterException e) {
      if (e.isConflict() || e.isNotFound()) {
        // Another replica was first, or the answer to our own write was lost: look again.
        return true;
      }
      throw e;
    }
  }

  private boolean write(Found found, CaBundle bundle) {
    metrics.counting(Task.TRUSTING, () -> lookout.registration().write(found, bundle));
    LOG.log(Level.INFO, "the API server trusts webhook authorities {0} now", bundle);
    return true;
  }
}
