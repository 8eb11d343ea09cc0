package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.NOW;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class AuthorityTest {
  private static final String NAMESPACE = "windfall-system";
  private static final Key SECRET = new Key(NAMESPACE, Authority.SECRET);
  private static final Endpoint LOOPBACK = new Endpoint.Address("0.0.0.0", 8443);

  /** Handshakes are checked against the machine's clock. */
  private final Instant today = Instant.now();

  private final LocalApiServer server = LocalApiServer.start();
  private final KubeClient client =
      KubeClient.at(server.uri(), new ClusterMetrics(new PrometheusRegistry()));

  @BeforeEach
  void namespace() {
    server.addNamespace(NAMESPACE);
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private Authority open(Instant now) {
    return Authority.open(client, NAMESPACE, LOOPBACK, now);
  }

  private Optional<ObjectNode> kept() {
    return server.read("v1", "Secret", NAMESPACE, Authority.SECRET);
  }

  /** What a client that trusts {@code caBundle} only is shown by {@code server}. */
  private static X509Certificate handshake(SSLContext server, String caBundle, String protocol)
      throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    byte[] pem = Base64.getDecoder().decode(caBundle);
    trusted.setCertificateEntry(
        "ca",
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);

    try (SSLServerSocket listening =
            (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> serving =
          threads.submit(() -> {
            try (SSLSocket accepted = (SSLSocket) listening.accept()) {
              accepted.startHandshake();
              accepted.getInputStream().read();
            }
            return null;
          });
      try (SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket("127.0.0.1", listening.getLocalPort())) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getOutputStream().write(0);
        socket.getOutputStream().flush();
        serving.get();
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aClientThatTrustsOnlyTheBundleReachesTheWebhook(String protocol) throws Exception {
    Authority authority = open(today);

    X509Certificate shown = handshake(authority.sslContext(), authority.caBundle(), protocol);

    assertEquals(authority.notAfter(), shown.getNotAfter().toInstant());
    assertTrue(shown.getNotBefore().toInstant().isBefore(today.minus(Duration.ofMinutes(59))));
  }

  @Test
  void aClientThatTrustsAnotherAuthorityDoesNot() {
    Authority authority = open(today);
    server.remove("v1", "Secret", NAMESPACE, Authority.SECRET);
    Authority another = open(today);

    assertThrows(
        SSLHandshakeException.class,
        () -> handshake(authority.sslContext(), another.caBundle(), "TLSv1.3"));
  }

  @Test
  void aSecondStartFindsTheSameAuthorityAndWritesNothing() throws Exception {
    String first = open(today).caBundle();
    server.forgetRequests();

    Authority second = open(today.plus(Duration.ofDays(1)));

    assertEquals(first, second.caBundle());
    assertTrue(server.writes().isEmpty());
    assertEquals("kubernetes.io/tls", kept().orElseThrow().path("type").asText());
  }

  @Test
  void ofTwoReplicasThatStartTogetherBothUseWhatTheFirstCreated() {
    server.faults().next("get", "secrets", Fault.status(404));
    String winner = open(today).caBundle();
    server.faults().next("get", "secrets", Fault.status(404));

    assertEquals(winner, open(today).caBundle());
  }

  @Test
  void aCreateWhoseAnswerIsLostIsReadBack() {
    server.faults().next("create", "secrets", Fault.mute());

    assertEquals(open(today).caBundle(), open(today).caBundle());
  }

  @Test
  void whenSecretsMayNotBeCreatedItSaysSo() {
    server.faults().always("create", "secrets", Fault.status(403));

    ClusterException refused = assertThrows(ClusterException.class, () -> open(today));

    assertEquals(403, refused.status());
  }

  @Test
  void aCertificateIsRenewedInPlaceWhenAThirdOfItsLifeIsLeft() throws Exception {
    Instant made = today.minus(Duration.ofDays(60));
    Authority authority = open(made);
    Instant first = authority.notAfter();

    assertFalse(authority.renewIfDue(today.minus(Duration.ofMinutes(1))));
    assertTrue(authority.renewIfDue(today.plusSeconds(1)));

    assertNotEquals(first, authority.notAfter());
    assertEquals(
        authority.notAfter(),
        handshake(authority.sslContext(), authority.caBundle(), "TLSv1.3")
            .getNotAfter()
            .toInstant());
    assertFalse(authority.renewIfDue(today.plusSeconds(2)));
  }

  @Test
  void noCertificateOutlivesTheAuthority() {
    open(NOW);
    Instant end = NOW.plus(Issuer.AUTHORITY_LIFE);

    Authority late = open(end.minus(Duration.ofDays(10)));

    assertEquals(end, late.notAfter());
    assertFalse(late.renewIfDue(end.minus(Duration.ofDays(1))));
  }

  @Test
  void anAuthorityThatHasEndedIsRefusedWithTheWayOut() {
    open(NOW);

    AuthorityException refused =
        assertThrows(
            AuthorityException.class, () -> open(NOW.plus(Issuer.AUTHORITY_LIFE).plusSeconds(1)));

    assertEquals(
        "reading the certificate authority in secret windfall-system/windfall-webhook-ca: it ended"
            + " at 2036-11-17T10:00:00Z; delete the secret and restart every replica",
        refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls.crt", "tls.key"})
  void anUnreadableSecretIsRefusedAndItsKeyIsNotShown(String field) {
    ObjectNode secret = Authority.secret(SECRET, Issuer.authority(NOW));
    String damaged = secret.at("/data").path(field).asText().substring(0, 101) + "!";
    ((ObjectNode) secret.get("data")).put(field, damaged);

    AuthorityException refused =
        assertThrows(AuthorityException.class, () -> Authority.read(SECRET, secret, NOW));

    assertTrue(refused.toString().contains("data." + field + " is not base64"));
    assertFalse(refused.toString().contains(damaged.substring(40, 60)));
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsRefused() {
    ObjectNode secret = Authority.secret(SECRET, Issuer.authority(NOW));
    ObjectNode other = Authority.secret(SECRET, Issuer.authority(NOW));
    ((ObjectNode) secret.get("data")).set("tls.key", other.at("/data").path("tls.key"));

    AuthorityException refused =
        assertThrows(AuthorityException.class, () -> Authority.read(SECRET, secret, NOW));

    assertTrue(refused.toString().contains("its key is not the certificate's"));
  }

  @Test
  void aCertificateThatMaySignNothingIsRefused() {
    Identity authority = Issuer.authority(NOW);
    Identity leaf = Issuer.server(authority, LOOPBACK.names(), NOW);

    assertThrows(
        AuthorityException.class,
        () -> Authority.read(SECRET, Authority.secret(SECRET, leaf), NOW));
  }

  @Test
  void certificatesAreForTheNamesOfTheEndpoint() throws Exception {
    Identity leaf =
        Issuer.server(
            Issuer.authority(NOW), new Endpoint.Service(NAMESPACE, "windfall").names(), NOW);

    assertEquals(
        "[[2, windfall.windfall-system.svc], [2, windfall.windfall-system.svc.cluster.local],"
            + " [2, windfall.windfall-system], [2, windfall]]",
        leaf.certificate().getSubjectAlternativeNames().toString());
  }

  @Test
  void aHandshakeUnderWayKeepsTheIdentityItBeganWith() {
    Identity authority = Issuer.authority(NOW);
    ServedIdentity served = new ServedIdentity(Issuer.server(authority, LOOPBACK.names(), NOW));
    String begun = served.chooseEngineServerAlias("EC", null, null);
    Identity first = served.identity();

    served.replace(Issuer.server(authority, LOOPBACK.names(), NOW));

    assertEquals(first.key(), served.getPrivateKey(begun));
    assertArrayEquals(
        new X509Certificate[] {first.certificate()}, served.getCertificateChain(begun));
    assertNotEquals(begun, served.chooseEngineServerAlias("EC", null, null));
  }

  @Test
  void theBundleIsThePemInBase64() {
    Authority authority = open(today);

    assertEquals(
        authority.caBundlePem(),
        new String(Base64.getDecoder().decode(authority.caBundle()), US_ASCII));
    assertTrue(authority.caBundlePem().startsWith("-----BEGIN CERTIFICATE-----\n"));
  }
}
