package dev.windfall.webhook;

import static dev.windfall.webhook.TestReplica.NAMESPACE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.webhook.Rotation.Kept;
import dev.windfall.webhook.Rotation.Spoilt;
import dev.windfall.webhook.TestReplica.Time;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One replica, from nothing to what it serves. */
@Timeout(60)
class CertificatesTest {
  private static final List<String> NAMES = TestReplica.ENDPOINT.names();

  private final LocalApiServer server = LocalApiServer.start();
  private final Instant begin = Instant.now();
  private final Time time = new Time(begin);
  private final List<TestReplica> replicas = new ArrayList<>();

  @BeforeEach
  void namespace() {
    server.addNamespace(NAMESPACE);
  }

  @AfterEach
  void close() {
    server.faults().clear();
    replicas.forEach(TestReplica::close);
    server.close();
  }

  private TestReplica open() throws IOException {
    TestReplica replica =
        new TestReplica("replica-" + replicas.size(), server, Optional.empty(), time);
    replicas.add(replica);
    return replica;
  }

  private Optional<ObjectNode> kept() {
    return server.read("v1", "Secret", NAMESPACE, KeptAuthority.SECRET);
  }

  private void keep(Identity authority) {
    ObjectNode secret = Json.object().put("apiVersion", "v1").put("kind", "Secret");
    secret.putObject("metadata").put("namespace", NAMESPACE).put("name", KeptAuthority.SECRET);
    secret
        .putObject("data")
        .put("tls.crt", base64(Pem.of(authority.certificate())))
        .put("tls.key", base64(Pem.of(authority.key())));
    server.put(secret);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void register() {
    server.put(replicas.getFirst().certificates.manifest(TestReplica.ENDPOINT, registered()));
  }

  private Optional<ObjectNode> registered() {
    return server.read(
        "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", "windfall");
  }

  private CaBundle bundle() {
    return CaBundle.read(
        registered().orElseThrow().at("/webhooks/0/clientConfig/caBundle").asText());
  }

  @Test
  void aCallerThatTrustsOnlyTheBundleReachesTheWebhook() throws Exception {
    TestReplica replica = open();
    register();

    X509Certificate shown = replica.dial().shown(bundle().authorities(), time.now());

    assertEquals(replica.shown().getFirst(), shown);
    assertTrue(shown.getNotBefore().toInstant().isBefore(begin.minus(Duration.ofMinutes(59))));
  }

  @Test
  void aCallerThatTrustsAnotherAuthorityDoesNot() throws Exception {
    TestReplica replica = open();
    List<X509Certificate> another = List.of(Issuer.authority(begin).certificate());

    assertThrows(IOException.class, () -> replica.dial().shown(another, time.now()));
  }

  @Test
  void aSecondStartFindsTheSameAuthorityAndWritesNothingButTheRoll() throws Exception {
    String first = open().serves();
    server.forgetRequests();

    assertEquals(first, open().serves());
    assertTrue(server.writes().stream().allMatch(asked -> asked.plural().equals("leases")));
    assertEquals("kubernetes.io/tls", kept().orElseThrow().path("type").asText());
  }

  @Test
  void ofTwoReplicasThatStartTogetherBothUseWhatTheFirstCreated() throws Exception {
    String winner = open().serves();
    server.faults().next("get", "secrets", Fault.status(404));

    assertEquals(winner, open().serves());
  }

  @Test
  void aCreateWhoseAnswerIsLostIsReadBack() throws Exception {
    server.faults().next("create", "secrets", Fault.mute());

    assertEquals(open().serves(), open().serves());
  }

  @Test
  void whenSecretsMayNotBeCreatedItSaysSo() {
    server.faults().always("create", "secrets", Fault.status(403));

    assertEquals(403, assertThrows(ClusterException.class, this::open).status());
  }

  @Test
  void anAuthorityThatHasEndedIsReplacedAtTheStart() throws Exception {
    keep(Issuer.authority(begin.minus(Issuer.AUTHORITY_LIFE).minusSeconds(1)));

    TestReplica replica = open();

    Kept now = assertInstanceOf(Kept.class, KeptAuthority.read(kept().orElseThrow(), begin));
    assertEquals(now.authority().serial(), replica.serves());
  }

  @Test
  void anAuthorityOfAnEarlierVersionIsKept() throws Exception {
    Identity old = Issuer.authority(begin.minus(Duration.ofDays(100)));
    keep(old);

    assertEquals(old.serial(), open().serves());
  }

  @Test
  void aCertificateIsRenewedInPlaceLongBeforeItEnds() throws Exception {
    TestReplica replica = open();
    replica.pass();
    X509Certificate first = replica.shown().getFirst();
    time.pass(Issuer.SERVER_LIFE.dividedBy(2).minusSeconds(1));
    replica.pass();
    assertEquals(first, replica.shown().getFirst());

    time.pass(Duration.ofSeconds(1));
    replica.pass();

    assertNotEquals(first, replica.shown().getFirst());
    assertTrue(first.getNotAfter().toInstant().isAfter(time.now()));
  }

  @Test
  void aCertificateIsRenewedAlsoWhileTheApiServerIsAway() throws Exception {
    TestReplica replica = open();
    X509Certificate first = replica.shown().getFirst();
    time.pass(Issuer.SERVER_LIFE.dividedBy(2));
    server.faults().always("*", "*", Fault.refuse());

    assertThrows(ClusterException.class, replica::pass);

    assertNotEquals(first, replica.shown().getFirst());
  }

  @Test
  void noCertificateOutlivesItsAuthority() throws Exception {
    Identity old = Issuer.authority(begin.minus(Issuer.AUTHORITY_LIFE).plus(Duration.ofDays(2)));
    keep(old);

    assertEquals(old.end(), open().shown().getFirst().getNotAfter().toInstant());
  }

  @Test
  void certificatesAreForTheNamesOfTheEndpoint() throws Exception {
    assertEquals(
        "[[2, windfall.windfall-system.svc], [2, windfall.windfall-system.svc.cluster.local],"
            + " [2, windfall.windfall-system], [2, windfall]]",
        open().shown().getFirst().getSubjectAlternativeNames().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls.crt", "tls.key"})
  void whyASecretIsUselessIsSaidWithoutItsKey(String field) throws Exception {
    keep(Issuer.authority(begin));
    ObjectNode secret = kept().orElseThrow().deepCopy();
    String damaged = secret.at("/data").path(field).asText().substring(0, 101) + "!";
    secret.withObjectProperty("data").put(field, damaged);

    Spoilt spoilt = assertInstanceOf(Spoilt.class, KeptAuthority.read(secret, begin));

    assertEquals("data." + field + " is not base64", spoilt.reason());
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsOfNoUse() {
    keep(new Identity(Issuer.authority(begin).certificate(), Issuer.authority(begin).key()));

    assertEquals(
        "its key is not the certificate's",
        assertInstanceOf(Spoilt.class, KeptAuthority.read(kept().orElseThrow(), begin)).reason());
  }

  @Test
  void aCertificateThatMaySignNothingIsOfNoUse() {
    keep(Issuer.server(Issuer.authority(begin), NAMES, begin));

    assertEquals(
        "its certificate may not sign others",
        assertInstanceOf(Spoilt.class, KeptAuthority.read(kept().orElseThrow(), begin)).reason());
  }

  /** It was kept, and then nobody could sign with it: every replica went out of service. */
  @Test
  void anAuthorityWithAKeyThatWindfallDoesNotSignWithIsOfNoUse() throws Exception {
    keep(rsaAuthority(KeyUsage.keyCertSign));

    assertEquals(
        "its key is of type RSA; Windfall signs with EC keys",
        assertInstanceOf(Spoilt.class, KeptAuthority.read(kept().orElseThrow(), begin)).reason());
  }

  @Test
  void anAuthorityWhoseKeyIsNotForCertificatesIsOfNoUse() throws Exception {
    keep(rsaAuthority(KeyUsage.digitalSignature));

    assertEquals(
        "its key usage does not allow to sign certificates",
        assertInstanceOf(Spoilt.class, KeptAuthority.read(kept().orElseThrow(), begin)).reason());
  }

  private Identity rsaAuthority(int usage) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    X500Principal name = new X500Principal("CN=another");
    var builder =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(begin.minusSeconds(60)),
                Date.from(begin.plus(Duration.ofDays(365))),
                name,
                keys.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
            .addExtension(Extension.keyUsage, true, new KeyUsage(usage));
    return new Identity(
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()))),
        keys.getPrivate());
  }

  @Test
  void clocksMayBeAnHourApart() {
    keep(Issuer.authority(begin.plus(Duration.ofHours(2))));

    assertInstanceOf(Kept.class, KeptAuthority.read(kept().orElseThrow(), begin));
    assertInstanceOf(Spoilt.class, KeptAuthority.read(kept().orElseThrow(), begin.minusSeconds(2)));
  }

  @Test
  void aHandshakeUnderWayKeepsTheIdentityItBeganWith() {
    Identity authority = Issuer.authority(begin);
    ServedIdentity served = new ServedIdentity(Issuer.server(authority, NAMES, begin));
    String begun = served.chooseEngineServerAlias("EC", null, null);
    Identity first = served.identity();

    served.replace(Issuer.server(authority, NAMES, begin));

    assertEquals(first.key(), served.getPrivateKey(begun));
    assertArrayEquals(
        new X509Certificate[] {first.certificate()}, served.getCertificateChain(begun));
    assertNotEquals(begun, served.chooseEngineServerAlias("EC", null, null));
  }

  @Test
  void aManifestAddsToWhomTheApiServerTrustsAndTakesNobodyAway() throws Exception {
    open();
    register();
    CaBundle before = bundle();
    Identity other = Issuer.authority(begin);
    ObjectNode live = registered().orElseThrow().deepCopy();
    ((ObjectNode) live.at("/webhooks/0/clientConfig"))
        .put("caBundle", new CaBundle(List.of(other.certificate())).base64());
    server.put(live);

    register();

    assertEquals(new CaBundle(List.of(other.certificate())).plus(before.authorities()), bundle());
  }

  @Test
  void whenNobodyIsToldToCallItSaysSo() throws Exception {
    TestReplica replica = open();

    String log = logged(replica::pass);

    assertTrue(
        log.contains(
            "there is no mutatingwebhookconfiguration windfall with a webhook"
                + " pods.mutate.windfall.dev; apply it, or set cluster.install to true"),
        log);
    assertTrue(replica.ready());
  }

  @Test
  void noKeyIsEverLogged() throws Exception {
    String log =
        logged(() -> {
          TestReplica replica = open();
          register();
          replica.pass();
          server.change(
              "v1",
              "Secret",
              NAMESPACE,
              KeptAuthority.SECRET,
              secret -> {
                String key = secret.at("/data/tls.key").asText();
                secret.withObjectProperty("data").put("tls.crt", key);
                return secret;
              });
          for (int i = 0; i < 20; i++) {
            replica.pass();
            time.pass(TestReplica.SETTLE);
          }
        });
    assertTrue(log.contains("could not be used"), log);
    assertFalse(log.contains("PRIVATE"), log);
    for (String line : log.split("[\\s:;,]+", -1)) {
      // Nothing there is as long as a line of a key; serials have forty digits.
      assertTrue(line.length() < 60, line);
    }
  }

  @Test
  void whatIsMeasuredHasUnits() throws Exception {
    TestReplica replica = open();
    register();
    replica.pass();
    server.faults().next("get", "secrets", Fault.status(503));
    assertThrows(ClusterException.class, replica::pass);

    assertEquals(
        (double) Issuer.SERVER_LIFE.toSeconds(), measured(replica, "remaining_seconds", ""), 1);
    assertEquals(
        (double) Issuer.AUTHORITY_LIFE.toSeconds(),
        measured(replica, "authority_remaining_seconds", ""),
        1);
    assertEquals(1, measured(replica, "phase", "steady"));
    assertEquals(0, measured(replica, "phase", "ending"));
    assertEquals(0, measured(replica, "rotations", ""));
    assertEquals(1, measured(replica, "failures", "keeping"));
    assertEquals(0, measured(replica, "failures", "dialling"));
  }

  /** The value of a metric, whose only label has a value. */
  private static double measured(TestReplica replica, String name, String label) {
    for (MetricSnapshot metric : replica.registry.scrape()) {
      if (metric.getMetadata().getName().equals("windfall_certificate_" + name)) {
        for (DataPointSnapshot point : metric.getDataPoints()) {
          if (label.isEmpty() || point.getLabels().getValue(0).equals(label)) {
            return switch (point) {
              case GaugeSnapshot.GaugeDataPointSnapshot gauge -> gauge.getValue();
              case CounterSnapshot.CounterDataPointSnapshot counter -> counter.getValue();
              default -> throw new AssertionError(point);
            };
          }
        }
      }
    }
    throw new AssertionError(name + " " + label);
  }

  private interface Work {
    void run() throws Exception;
  }

  /** Everything that this room logs meanwhile, with its causes. */
  private static String logged(Work work) throws Exception {
    StringBuilder log = new StringBuilder();
    Handler handler =
        new Handler() {
          @Override
          public synchronized void publish(LogRecord entry) {
            log.append(new java.util.logging.SimpleFormatter().format(entry)).append('\n');
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.windfall.webhook");
    Level before = logger.getLevel();
    logger.setLevel(Level.ALL);
    logger.addHandler(handler);
    try {
      work.run();
    } finally {
      logger.removeHandler(handler);
      logger.setLevel(before);
    }
    return log.toString();
  }

  /** With threads, watches and clocks as they are; only the patience is short. */
  @Test
  void replicasThatRunByThemselvesRotateAlsoWhenTheirWatchesAreCut() throws Exception {
    for (int i = 0; i < 3; i++) {
      replicas.add(
          new TestReplica(
              "replica-" + i, server, Optional.empty(), Duration.ofMillis(200), Clocks.SYSTEM));
      register();
      replicas.getLast().start();
    }
    for (int rotation = 0; rotation < 3; rotation++) {
      String before = replicas.getFirst().serves();
      server.cutWatches();
      server.change(
          "v1",
          "Secret",
          NAMESPACE,
          KeptAuthority.SECRET,
          secret -> {
            secret
                .withObjectProperty("metadata")
                .putObject("annotations")
                .put(KeptAuthority.ROTATE, "now");
            return secret;
          });
      while (kept().orElseThrow().at("/metadata/annotations").has(KeptAuthority.ROTATE)) {
        for (TestReplica replica : replicas) {
          X509Certificate _ = replica.dial().shown(bundle().authorities(), Instant.now());
        }
      }
      assertNotEquals(before, replicas.getFirst().serves());
    }
  }
}
