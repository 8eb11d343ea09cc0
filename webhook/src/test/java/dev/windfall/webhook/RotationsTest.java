package dev.windfall.webhook;

import static dev.windfall.webhook.TestReplica.NAMESPACE;
import static dev.windfall.webhook.TestReplica.SETTLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.webhook.TestReplica.Time;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replicas rotate the authority, against an API server that keeps going wrong. At every moment each
 * replica that says it may be called is trusted by whoever knows the bundle of that moment, or any
 * that stood within the time that news may take.
 */
@Timeout(60)
class RotationsTest {
  private static final Duration TICK = SETTLE.dividedBy(4);

  private final LocalApiServer server = LocalApiServer.start();
  private final Time time = new Time(Instant.now());
  private final List<TestReplica> replicas = new ArrayList<>();
  private final List<Stood> bundles = new ArrayList<>();

  /** A bundle, and when it was seen last. */
  private record Stood(CaBundle bundle, Instant until) {}

  @BeforeEach
  void registered() {
    server.addNamespace(NAMESPACE);
    ObjectNode manifest = WebhookConfiguration.manifest(TestReplica.ENDPOINT, NAMESPACE, "");
    server.put(manifest);
  }

  @AfterEach
  void close() {
    server.faults().clear();
    replicas.forEach(TestReplica::close);
    server.close();
  }

  private TestReplica start() throws IOException {
    TestReplica replica =
        new TestReplica("replica-" + replicas.size(), server, Optional.empty(), time);
    replicas.add(replica);
    replica.pass();
    return replica;
  }

  private ObjectNode secret() {
    return server.read("v1", "Secret", NAMESPACE, KeptAuthority.SECRET).orElseThrow();
  }

  private CaBundle bundle() {
    return CaBundle.read(
        server
            .read(
                "admissionregistration.k8s.io/v1",
                "MutatingWebhookConfiguration",
                "",
                WebhookConfiguration.NAME)
            .orElseThrow()
            .at("/webhooks/0/clientConfig/caBundle")
            .asText(""));
  }

  private void change(UnaryOperator<ObjectNode> change) {
    assertTrue(server.change("v1", "Secret", NAMESPACE, KeptAuthority.SECRET, change));
  }

  private void ask() {
    change(secret -> {
      secret
          .withObjectProperty("metadata")
          .withObjectProperty("annotations")
          .put(KeptAuthority.ROTATE, "now");
      return secret;
    });
  }

  private boolean asked() {
    return secret().path("metadata").path("annotations").has(KeptAuthority.ROTATE);
  }

  /** One look of every replica, and some time. */
  private void round() throws Exception {
    for (TestReplica replica : replicas) {
      replica.pass();
      everybodyIsTrusted();
    }
    time.pass(TICK);
  }

  private void rounds(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      round();
    }
  }

  /** Rounds until the rotation that was asked for has ended. */
  private void rotate() throws Exception {
    ask();
    for (int i = 0; asked(); i++) {
      assertTrue(i < 40, () -> "still asked: " + secret().path("metadata"));
      round();
    }
  }

  private void everybodyIsTrusted() throws Exception {
    CaBundle now = bundle();
    bundles.removeIf(stood -> stood.bundle().equals(now));
    bundles.removeIf(stood -> !stood.until().plus(SETTLE).isAfter(time.now()));
    bundles.add(new Stood(now, time.now()));
    for (TestReplica replica : replicas) {
      if (replica.ready()) {
        for (Stood stood : bundles) {
          assertTrusted(replica, stood.bundle());
        }
      }
    }
  }

  private void assertTrusted(TestReplica replica, CaBundle bundle) throws GeneralSecurityException {
    PKIXParameters parameters =
        new PKIXParameters(
            bundle.authorities().stream()
                .map(each -> new TrustAnchor(each, null))
                .collect(Collectors.toSet()));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(time.now()));
    try {
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(replica.shown()),
              parameters);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(
          "%s serves %s, the bundle trusts %s".formatted(replica.name, replica.serves(), bundle),
          e);
    }
  }

  @Test
  void aRotationThatIsAskedForReplacesTheAuthorityAndTellsWhenItHasEnded() throws Exception {
    TestReplica first = start();
    TestReplica second = start();
    String before = first.serves();

    rotate();

    assertNotEquals(before, first.serves());
    assertEquals(first.serves(), second.serves());
    assertEquals(1, bundle().authorities().size());
    assertEquals(first.serves(), CaBundle.serial(bundle().authorities().getFirst()));
    assertFalse(secret().path("data").has("next.key"));
  }

  @Test
  void withNothingToDoNothingIsWrittenButTheRoll() throws Exception {
    start();
    start();
    rounds(2);
    server.forgetRequests();

    rounds(20);

    assertTrue(
        server.writes().stream().allMatch(asked -> asked.plural().equals("leases")),
        () -> server.writes().toString());
  }

  @Test
  void anAuthorityIsReplacedInTimeByItself() throws Exception {
    start();
    start();
    String before = replicas.getFirst().serves();
    Duration day = Duration.ofDays(1);
    for (int i = 0; i < 250; i++) {
      round();
      time.pass(day);
      bundles.clear();
    }
    rounds(20);

    assertNotEquals(before, replicas.getFirst().serves());
    assertFalse(asked());
  }

  @Test
  void aReplicaThatDiesInTheMiddleIsWaitedForOnlySoLong() throws Exception {
    TestReplica first = start();
    TestReplica second = start();
    rounds(2);
    ask();
    rounds(1);
    replicas.remove(second);
    second.kill();

    rounds(12);
    assertTrue(asked(), "it may live still, and serve what it served");
    rounds(30);

    assertFalse(asked());
    assertEquals(1, bundle().authorities().size());
    assertEquals(first.serves(), CaBundle.serial(bundle().authorities().getFirst()));
  }

  @Test
  void aReplicaThatStopsInGoodOrderIsNotWaitedFor() throws Exception {
    start();
    TestReplica second = start();
    rounds(2);
    replicas.remove(second);
    second.close();

    ask();
    rounds(14);

    assertFalse(asked());
  }

  /** It went on serving what nobody trusted any more. */
  @Test
  void aReplicaThatCannotReachTheApiServerMustNotBeCalledAnyMoreWhenTheOthersGiveItUp()
      throws Exception {
    start();
    TestReplica cut = start();
    rounds(2);
    replicas.remove(cut);
    String before = cut.serves();
    ask();
    boolean refused = false;
    for (int i = 0; i < 60; i++) {
      round();
      if (cut.ready()) {
        assertFalse(refused);
        for (Stood stood : bundles) {
          assertTrusted(cut, stood.bundle());
        }
      } else {
        refused = true;
      }
    }
    assertTrue(refused);
    assertFalse(asked());
    assertEquals(before, cut.serves());

    replicas.add(cut);
    rounds(1);

    assertTrue(cut.ready());
    assertEquals(replicas.getFirst().serves(), cut.serves());
  }

  @Test
  void aReplicaThatStartsInTheMiddleIsWaitedFor() throws Exception {
    start();
    rounds(2);
    ask();
    for (int i = 0; asked(); i++) {
      assertTrue(i < 100);
      round();
      if (i < 6) {
        start();
        everybodyIsTrusted();
      }
    }
    assertEquals(1, replicas.stream().map(TestReplica::serves).distinct().count());
  }

  @Test
  void aSecretThatIsDeletedIsThereAgainAndItsAuthorityIsRotated() throws Exception {
    start();
    start();
    rounds(2);
    String before = replicas.getFirst().serves();
    server.remove("v1", "Secret", NAMESPACE, KeptAuthority.SECRET);

    round();
    assertTrue(asked());
    rounds(30);

    assertFalse(asked());
    assertNotEquals(before, replicas.getFirst().serves());
    assertEquals(1, bundle().authorities().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls.crt", "tls.key"})
  void aSecretThatIsSpoiltWhileRunningIsMadeGoodAgain(String field) throws Exception {
    start();
    start();
    rounds(2);
    change(secret -> {
      secret.withObjectProperty("data").put(field, "AAAA");
      return secret;
    });

    rounds(30);

    assertFalse(asked());
    assertEquals(1, bundle().authorities().size());
    assertEquals(1, replicas.stream().map(TestReplica::serves).distinct().count());
  }

  @Test
  void anAuthorityThatSomebodyElsePutsThereIsTrustedFirstAndThenServed() throws Exception {
    start();
    start();
    rounds(2);
    Identity theirs = Issuer.authority(time.now());
    change(secret -> {
      secret
          .withObjectProperty("data")
          .put("tls.crt", base64(Pem.of(theirs.certificate())))
          .put("tls.key", base64(Pem.of(theirs.key())));
      return secret;
    });

    rounds(30);

    assertEquals(theirs.serial(), replicas.getFirst().serves());
    assertEquals(List.of(theirs.certificate()), bundle().authorities());
  }

  private static String base64(String text) {
    return java.util.Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  @Test
  void aBundleThatSomebodyEmptiesIsFilledAgain() throws Exception {
    start();
    rounds(1);
    server.put(WebhookConfiguration.manifest(TestReplica.ENDPOINT, NAMESPACE, ""));
    assertEquals(CaBundle.NONE, bundle());

    replicas.getFirst().pass();

    assertTrusted(replicas.getFirst(), bundle());
  }

  @Test
  void nothingButTheBundleOfAConfigurationIsWritten() throws Exception {
    start();
    ObjectNode before = configuration();
    rotate();
    ObjectNode after = configuration();

    for (ObjectNode each : List.of(before, after)) {
      ((ObjectNode) each.at("/webhooks/0/clientConfig")).remove("caBundle");
      each.withObjectProperty("metadata").remove(List.of("resourceVersion", "generation"));
    }
    assertEquals(before, after);
  }

  private ObjectNode configuration() {
    return server
        .read("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", "windfall")
        .orElseThrow()
        .deepCopy();
  }

  /** Whatever goes wrong, and whoever does what next. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noReplicaIsEverDistrusted(long seed) throws Exception {
    Random random = new Random(seed);
    start();
    start();
    start();
    rounds(1);
    int rotations = 0;
    boolean running = false;
    for (int tick = 0; tick < 150; tick++) {
      boolean calm = tick % 50 > 25;
      if (!running && random.nextInt(4) == 0) {
        meddle(random);
        running = true;
      }
      for (int i = 0; i < replicas.size(); i++) {
        TestReplica replica = replicas.get(random.nextInt(replicas.size()));
        if (!calm) {
          fault(random);
        }
        try {
          replica.pass();
        } catch (ClusterException | IOException e) {
          // It tries again.
        }
        server.faults().clear();
        everybodyIsTrusted();
      }
      time.pass(TICK);
      if (calm) {
        round();
      }
      if (running
          && server.read("v1", "Secret", NAMESPACE, KeptAuthority.SECRET).isPresent()
          && !asked()) {
        running = false;
        rotations++;
      }
    }
    assertTrue(rotations >= 3, "rotations that ended: " + rotations);
  }

  private void meddle(Random random) {
    switch (random.nextInt(4)) {
      case 0 -> server.remove("v1", "Secret", NAMESPACE, KeptAuthority.SECRET);
      case 1 ->
          change(secret -> {
            secret.withObjectProperty("data").put("tls.key", "AAAA");
            return secret;
          });
      default -> ask();
    }
  }

  private void fault(Random random) {
    switch (random.nextInt(8)) {
      case 0 -> server.faults().next("patch", "*", Fault.status(409));
      case 1 -> server.faults().next("patch", "*", Fault.mute());
      case 2 -> server.faults().next("create", "*", Fault.mute());
      case 3 -> server.faults().next("*", "*", Fault.status(503));
      case 4 -> server.faults().next("patch", "secrets", Fault.mute());
      case 5 -> server.faults().next("patch", "mutatingwebhookconfigurations", Fault.mute());
      case 6 -> server.faults().always("*", "*", Fault.refuse());
      default -> {}
    }
  }
}
