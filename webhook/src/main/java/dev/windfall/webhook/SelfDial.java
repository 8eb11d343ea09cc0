package dev.windfall.webhook;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Calls the webhook's own port as the API server does, to see which certificate is really shown.
 *
 * @param port of the listener
 * @param name by which the API server calls
 */
record SelfDial(String host, int port, String name) {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /**
   * A call of a listener.
   *
   * @param host that it listens on
   */
  static SelfDial to(String host, int port, String name) {
    return new SelfDial(Endpoint.called(host), port, name);
  }

  /**
   * The certificate that is shown to a caller who trusts {@code authorities} only.
   *
   * @throws IOException when nobody answers, or none that they vouch for, by that name
   */
  X509Certificate shown(Collection<X509Certificate> authorities, Instant now) throws IOException {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(host, port), Math.toIntExact(TIMEOUT.toMillis()));
      plain.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
      try (SSLSocket socket =
          (SSLSocket)
              trusting(authorities, now)
                  .getSocketFactory()
                  .createSocket(plain, name, port, /* autoClose= */ true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        Certificate[] chain = socket.getSession().getPeerCertificates();
        return (X509Certificate) chain[0];
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("trusting the webhook's own authority", e);
    }
  }

  /** For clients that trust these only, at a time. */
  static SSLContext trusting(Collection<X509Certificate> authorities, Instant now)
      throws GeneralSecurityException {
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(
            authorities.stream()
                .map(each -> new TrustAnchor(each, null))
                .collect(Collectors.toSet()),
            new X509CertSelector());
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(new CertPathTrustManagerParameters(parameters));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Override
  public String toString() {
    return "%s, at %s:%d".formatted(name, host, port);
  }
}
