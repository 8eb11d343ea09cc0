package dev.windfall.webhook;

import dev.windfall.cluster.Clocks;
import dev.windfall.webhook.CertificateMetrics.Task;
import dev.windfall.webhook.Registration.Found;
import dev.windfall.webhook.Rotation.State;
import dev.windfall.webhook.Rotation.View;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Sees what {@link Rotation} decides on, and for how long it has been so. For one thread. */
final class Lookout {
  private final CertificateLoop.Source source;
  private final Registration registration;
  private final Roll roll;
  private final Duration settle;
  private final CertificateMetrics metrics;
  private final Settling settling;

  Lookout(
      CertificateLoop.Source source,
      Registration registration,
      Roll roll,
      Duration settle,
      Clocks clocks,
      CertificateMetrics metrics) {
    this.source = source;
    this.registration = registration;
    this.roll = roll;
    this.settle = settle;
    this.metrics = metrics;
    this.settling = new Settling(clocks.nanos());
  }

  Registration registration() {
    return registration;
  }

  /**
   * What there is.
   *
   * @param found how the webhook is registered; empty: it is not, and nobody calls
   * @param others the serial that each other replica serves
   */
  record Look(Optional<Found> found, State state, Map<String, String> others) {
    /** Whom the API servers trust; where none calls, that is whoever they would have to. */
    private List<X509Certificate> known() {
      return found.map(each -> each.bundle().authorities()).orElseGet(state::trusted);
    }

    /** That this authority is trusted; begins anew when anything else changes for API servers. */
    private String fact(X509Certificate authority) {
      String generation = found.map(each -> Long.toString(each.generation())).orElse("none");
      return "trusted in generation " + generation + ": " + CaBundle.serial(authority);
    }
  }

  /**
   * Looks, after having said that this replica is there, and in the order that {@link Rotation}
   * relies on.
   *
   * @param checked the serial that this replica was seen to serve; empty: none yet
   */
  Look look(Serving serving, String checked, Instant now) {
    boolean counted = serving.voucher().isPresent();
    if (counted) {
      metrics.counting(Task.TELLING, () -> roll.stand(checked));
    }
    Optional<Found> found = metrics.counting(Task.TRUSTING, registration::read);
    State state = metrics.counting(Task.KEEPING, () -> source.read(now));
    Map<String, String> others = counted ? metrics.counting(Task.TELLING, roll::others) : Map.of();
    return new Look(found, state, others);
  }

  /** What was seen, by a replica that serves this meanwhile. */
  View view(Look look, Serving serving, String checked, Instant now) {
    Map<String, String> replicas = new TreeMap<>(look.others());
    replicas.put("this replica", checked);
    Set<String> facts = look.known().stream().map(look::fact).collect(Collectors.toSet());
    String agreement = "served by all: " + look.state().current().map(CaBundle::serial).orElse("");
    if (Rotation.behind(look.state(), replicas).isEmpty()) {
      facts.add(agreement);
    }
    settling.seen(facts);
    return new View(
        look.state(),
        look.found().map(Found::bundle),
        serving.good(now),
        replicas,
        look.known().stream()
            .filter(each -> settling.lasted(look.fact(each), settle))
            .collect(Collectors.toSet()),
        settling.lasted(agreement, settle));
  }
}
