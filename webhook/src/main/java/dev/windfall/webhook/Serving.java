package dev.windfall.webhook;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What this replica shows its callers.
 *
 * @param voucher the authority that vouches for it; empty: somebody else knows
 * @param signer that authority with its key, where it is Windfall's own
 */
record Serving(Identity identity, Optional<X509Certificate> voucher, Optional<Identity> signer) {
  /** A certificate of Windfall's own is replaced when this much of its life is left. */
  private static final Duration RENEW_BEFORE = Issuer.SERVER_LIFE.dividedBy(2);

  /** A new certificate of an authority's. */
  static Serving signed(Identity authority, List<String> names, Instant now) {
    return new Serving(
        Issuer.server(authority, names, now),
        Optional.of(authority.certificate()),
        Optional.of(authority));
  }

  /** The authority's serial; empty when it is not known. */
  String serial() {
    return voucher.map(CaBundle::serial).orElse("");
  }

  /** The authority, while callers can rely on it. */
  Optional<X509Certificate> good(Instant now) {
    return voucher.filter(
        each -> now.isBefore(each.getNotAfter().toInstant()) && now.isBefore(identity.end()));
  }

  /** The same with a new certificate, once that would be better. */
  Optional<Serving> renewed(List<String> names, Instant now) {
    return signer
        .filter(authority -> !now.isBefore(identity.end().minus(RENEW_BEFORE)))
        // Nothing that is signed now would last longer.
        .filter(authority -> identity.end().isBefore(authority.end()))
        .map(authority -> signed(authority, names, now));
  }
}
