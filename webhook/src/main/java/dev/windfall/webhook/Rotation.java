package dev.windfall.webhook;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the next step is on the way from one certificate authority to the next, such that at every
 * moment each replica shows a certificate that each API server trusts. Pure; every replica may take
 * the step.
 *
 * <pre>
 * kept           bundle       served by      step
 * A              A            A              due, or asked for: make B and keep it beside A
 * A, next B      A            A              have B trusted too
 * A, next B      A B          A              wait until every API server has heard of it; B takes
 *                                            over: certificates are signed with it from now on
 * B              A B          A, then B      wait until every replica has been seen to serve B, and
 *                                            once more until everybody has heard; trust B alone
 * B              B            B
 * </pre>
 *
 * <p>Why no election is needed: every write of the Secret names the version it was decided on, and
 * loses if that has moved. A bundle is only ever added to, except in the last step. That one looks
 * at the configuration first, then at the Secret, then at the roll, and writes on the condition
 * that the configuration is still the one it saw. Had the Secret gone on since, the configuration
 * would have too: what takes over has to be in it first. And a replica that is not on the roll yet
 * puts itself there before it looks which authority signs, so it looked after the takeover.
 *
 * <p>Every replica keeps the authority that it serves in the bundle, whatever the Secret says. So a
 * Secret that was deleted, or spoilt, or put there by somebody else, breaks nothing that runs.
 */
final class Rotation {
  private Rotation() {}

  /** What is kept of the authority. */
  sealed interface State {
    /**
     * By whom certificates are to be signed; empty: nobody knows, or it is not Windfall's to say.
     */
    default Optional<X509Certificate> current() {
      return Optional.empty();
    }

    /** Whom the API server has to trust for that, now or soon. */
    default List<X509Certificate> trusted() {
      return List.of();
    }
  }

  /** Nothing is kept. */
  record Missing() implements State {}

  /**
   * What is kept is no use.
   *
   * @param next what was kept to take over, if that is good
   */
  record Spoilt(String resourceVersion, String reason, Optional<Identity> next) implements State {}

  /** A rotation that somebody asked for. */
  enum Asked {
    NO,
    YES,
    /** The next authority has taken over; what is left is to trust the last one no more. */
    ENDING
  }

  /**
   * An authority of Windfall's own.
   *
   * @param next the one that takes over
   */
  record Kept(String resourceVersion, Identity authority, Optional<Identity> next, Asked asked)
      implements State {
    @Override
    public Optional<X509Certificate> current() {
      return Optional.of(authority.certificate());
    }

    @Override
    public List<X509Certificate> trusted() {
      List<X509Certificate> trusted = new ArrayList<>(List.of(authority.certificate()));
      next.map(Identity::certificate).ifPresent(trusted::add);
      return List.copyOf(trusted);
    }
  }

  /**
   * A certificate that somebody else renews.
   *
   * @param trusted empty: somebody else also says whom the API server trusts
   * @param current the one of them that vouches for it
   */
  record Mounted(Identity pair, List<X509Certificate> trusted, Optional<X509Certificate> current)
      implements State {}

  /**
   * All that counts.
   *
   * @param bundle whom the API server trusts; empty: it does not call
   * @param serving who vouches for what this replica serves, while that is good; empty: nobody
   *     knows
   * @param replicas the serial that each replica is known to serve, this one included
   * @param settled which authorities every API server has heard of
   * @param agreed whether all replicas have served the current one for long enough
   */
  record View(
      State state,
      Optional<CaBundle> bundle,
      Optional<X509Certificate> serving,
      Map<String, String> replicas,
      Set<X509Certificate> settled,
      boolean agreed) {
    /** Whether the API server trusts what this replica serves. */
    boolean trusted() {
      return bundle.isEmpty()
          || serving.filter(each -> bundle.get().authorities().contains(each)).isPresent();
    }
  }

  /** What is to be done. */
  sealed interface Step {}

  /** Nothing: everything is as it should be. */
  record Rest() implements Step {}

  /** Nothing yet. */
  record Wait(String reason) implements Step {}

  /** An authority is kept again: the next one where there is one, or else a new one. */
  record Restore(State from) implements Step {}

  /** Others are trusted too. */
  record Trust(CaBundle bundle) implements Step {}

  /** The next authority is made, and kept beside the current one. */
  record Introduce(Kept from, String reason) implements Step {}

  /** The next authority takes over. */
  record Promote(Kept from, Identity next) implements Step {}

  /** Those that nobody needs any more are trusted no longer. */
  record Prune(CaBundle bundle) implements Step {}

  /** Nothing is left to be done, and whoever asked is told. */
  record End(Kept from) implements Step {}

  static Step plan(View view, Instant now) {
    return switch (view.state()) {
      case Missing missing -> new Restore(missing);
      case Spoilt spoilt -> new Restore(spoilt);
      case Mounted mounted when mounted.trusted().isEmpty() -> new Rest();
      case Mounted mounted ->
          missing(view).or(() -> superfluous(view, mounted)).orElseGet(Rest::new);
      case Kept kept -> missing(view).or(() -> ahead(view, kept)).orElseGet(() -> begin(kept, now));
    };
  }

  private static Optional<Step> missing(View view) {
    List<X509Certificate> needed = needed(view);
    return view.bundle()
        .filter(bundle -> !bundle.containsAll(needed))
        .map(bundle -> new Trust(bundle.plus(needed)));
  }

  private static List<X509Certificate> needed(View view) {
    List<X509Certificate> needed = new ArrayList<>(view.state().trusted());
    view.serving().ifPresent(needed::add);
    return needed;
  }

  private static Optional<Step> ahead(View view, Kept kept) {
    if (kept.next().isEmpty()) {
      return superfluous(view, kept);
    }
    Identity next = kept.next().get();
    return Optional.of(
        view.settled().contains(next.certificate())
            ? new Promote(kept, next)
            : new Wait("until every API server has heard of " + next));
  }

  private static Optional<Step> superfluous(View view, State state) {
    CaBundle rest = new CaBundle(needed(view));
    boolean tooMuch = view.bundle().filter(is -> !rest.containsAll(is.authorities())).isPresent();
    boolean ending = state instanceof Kept kept && kept.asked() == Asked.ENDING;
    if (!tooMuch && !ending) {
      return Optional.empty();
    }
    Map<String, String> behind = behind(state, view.replicas());
    if (!behind.isEmpty()) {
      return Optional.of(
          new Wait(
              "until the new certificates are served by " + String.join(", ", behind.keySet())));
    }
    if (!view.agreed()) {
      return Optional.of(new Wait("until the new certificates have been served for a while"));
    }
    return Optional.of(tooMuch || !(state instanceof Kept kept) ? new Prune(rest) : new End(kept));
  }

  /** The replicas that do not serve the current authority's certificates. */
  static Map<String, String> behind(State state, Map<String, String> replicas) {
    Map<String, String> behind = new TreeMap<>(replicas);
    String current = state.current().map(CaBundle::serial).orElse("");
    behind.values().removeIf(current::equals);
    return behind;
  }

  private static Step begin(Kept kept, Instant now) {
    if (kept.asked() == Asked.YES) {
      return new Introduce(kept, "somebody asked for it");
    }
    Identity authority = kept.authority();
    return now.isBefore(due(authority))
        ? new Rest()
        : new Introduce(kept, "a third of its life is left");
  }

  /** When an authority is to be replaced: when a third of its life is left. */
  static Instant due(Identity authority) {
    return authority.end().minus(Duration.between(authority.begin(), authority.end()).dividedBy(3));
  }

  /**
   * Whether a certificate of the current authority may be served now: every API server has heard of
   * that, or what is served now is no better.
   */
  static boolean mayServe(View view) {
    Optional<X509Certificate> current = view.state().current();
    if (current.isEmpty() || view.bundle().isEmpty() || view.serving().isEmpty()) {
      return true;
    }
    List<X509Certificate> trusted = view.bundle().get().authorities();
    boolean distrusted = !trusted.contains(view.serving().get());
    return view.serving().equals(current)
        || view.settled().contains(current.get())
        || (distrusted && trusted.contains(current.get()));
  }
}
