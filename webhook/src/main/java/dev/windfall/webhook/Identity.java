package dev.windfall.webhook;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A certificate and its key. Its text shows the certificate's owner only. */
record Identity(X509Certificate certificate, PrivateKey key) {
  @Override
  public String toString() {
    return certificate.getSubjectX500Principal().getName();
  }
}
