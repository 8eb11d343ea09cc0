package dev.windfall.webhook;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate and its key. Its text shows neither, but for the certificate's owner and number.
 *
 * @param chain the certificate, then those who vouch for it, as a server shows them
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
  Identity {
    chain = List.copyOf(chain);
  }

  Identity(X509Certificate certificate, PrivateKey key) {
    this(List.of(certificate), key);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  Instant begin() {
    return certificate().getNotBefore().toInstant();
  }

  Instant end() {
    return certificate().getNotAfter().toInstant();
  }

  /** By which it is told apart, in logs and among replicas. */
  String serial() {
    return CaBundle.serial(certificate());
  }

  @Override
  public String toString() {
    return certificate().getSubjectX500Principal().getName() + " " + serial();
  }
}
