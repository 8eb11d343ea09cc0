package dev.windfall.webhook;

import static dev.windfall.webhook.TestReplica.NAMESPACE;
import static dev.windfall.webhook.TestReplica.SETTLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.webhook.TestReplica.Time;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates that somebody else puts into a directory. */
@Timeout(60)
class MountedTest {
  private static final List<String> NAMES = TestReplica.ENDPOINT.names();

  @TempDir private Path directory;
  private final LocalApiServer server = LocalApiServer.start();
  private final Instant begin = Instant.now();
  private final Time time = new Time(begin);
  private final List<TestReplica> replicas = new ArrayList<>();
  private final Identity authority = Issuer.authority(begin);

  @BeforeEach
  void registered() {
    server.addNamespace(NAMESPACE);
    server.put(WebhookConfiguration.manifest(TestReplica.ENDPOINT, NAMESPACE, ""));
  }

  @AfterEach
  void close() {
    replicas.forEach(TestReplica::close);
    server.close();
  }

  private TestReplica open() throws IOException {
    TestReplica replica =
        new TestReplica("replica-" + replicas.size(), server, Optional.of(directory), time);
    replicas.add(replica);
    return replica;
  }

  private static String pem(X509Certificate... certificates) {
    return Arrays.stream(certificates).map(Pem::of).collect(Collectors.joining());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  private void write(Identity pair) throws IOException {
    write("tls.crt", pem(pair.chain().toArray(X509Certificate[]::new)));
    write("tls.key", Pem.of(pair.key()));
  }

  private Identity leaf(Identity by) {
    return Issuer.server(by, NAMES, time.now());
  }

  private String caBundle() {
    return server
        .read("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", "windfall")
        .orElseThrow()
        .at("/webhooks/0/clientConfig/caBundle")
        .asText("");
  }

  private CaBundle bundle() {
    return CaBundle.read(caBundle());
  }

  @Test
  void theBundleFollowsTheAuthorityInTheDirectory() throws Exception {
    write(leaf(authority));
    write("ca.crt", pem(authority.certificate()));
    TestReplica replica = open();
    replica.pass();

    assertEquals(List.of(authority.certificate()), bundle().authorities());
    assertEquals(replica.shown().getFirst(), replica.dial().shown(bundle().authorities(), begin));
    assertTrue(server.writes().stream().noneMatch(asked -> asked.plural().equals("secrets")));
  }

  @Test
  void withoutAnAuthorityTheBundleIsLeftToWhoeverKeepsIt() throws Exception {
    write(leaf(authority));
    TestReplica replica = open();
    replica.pass();
    assertEquals("", caBundle());

    ObjectNode injected =
        WebhookConfiguration.manifest(TestReplica.ENDPOINT, NAMESPACE, "aW5qZWN0ZWQ=");
    ObjectNode atStart = replica.certificates.manifest(TestReplica.ENDPOINT, Optional.of(injected));

    assertEquals("aW5qZWN0ZWQ=", atStart.at("/webhooks/0/clientConfig/caBundle").asText());
    assertFalse(
        replica
            .certificates
            .manifest(TestReplica.ENDPOINT, Optional.empty())
            .at("/webhooks/0/clientConfig")
            .has("caBundle"));
    assertTrue(server.writes().isEmpty());
    assertTrue(replica.ready());
  }

  @Test
  void aRenewedCertificateIsServedAtOnce() throws Exception {
    write(leaf(authority));
    write("ca.crt", pem(authority.certificate()));
    TestReplica replica = open();
    replica.pass();
    Identity renewed = leaf(authority);

    write(renewed);
    replica.pass();

    assertEquals(renewed.chain(), replica.shown());
    assertEquals(
        renewed.certificate(), replica.dial().shown(List.of(authority.certificate()), begin));
  }

  /** As the kubelet replaces a mounted Secret: one link that leads to another directory. */
  @Test
  void aLinkThatLeadsElsewhereIsFollowed() throws Exception {
    Identity first = leaf(authority);
    Identity second = leaf(authority);
    Path mount = directory;
    for (Identity each : List.of(first, second)) {
      directory = Files.createDirectory(mount.resolve(".." + each.serial()));
      write(each);
    }
    directory = mount;
    Path data = mount.resolve("..data");
    Files.createSymbolicLink(data, Path.of(".." + first.serial()));
    for (String file : List.of("tls.crt", "tls.key")) {
      Files.createSymbolicLink(mount.resolve(file), Path.of("..data", file));
    }
    TestReplica replica = open();
    assertEquals(first.chain(), replica.shown());

    Path next = Files.createSymbolicLink(mount.resolve("..next"), Path.of(".." + second.serial()));
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    replica.pass();

    assertEquals(second.chain(), replica.shown());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls.crt", "tls.key"})
  void aPairOfWhichOneHalfIsNewLeavesTheLastGoodOneInForce(String half) throws Exception {
    Identity first = leaf(authority);
    write(first);
    TestReplica replica = open();
    Identity second = leaf(authority);

    write(half, half.equals("tls.crt") ? pem(second.certificate()) : Pem.of(second.key()));
    replica.pass();
    assertEquals(first.chain(), replica.shown());
    write(second);
    replica.pass();

    assertEquals(second.chain(), replica.shown());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-----BEGIN CERTIFICATE-----\nAAAA", "nonsense"})
  void aFileThatIsHalfWrittenLeavesTheLastGoodOneInForce(String text) throws Exception {
    Identity first = leaf(authority);
    write(first);
    TestReplica replica = open();

    write("tls.crt", text);
    replica.pass();

    assertEquals(first.chain(), replica.shown());
  }

  @Test
  void aNewAuthorityIsTrustedBeforeItsCertificateIsServed() throws Exception {
    write(leaf(authority));
    write("ca.crt", pem(authority.certificate()));
    TestReplica replica = open();
    replica.pass();
    Identity other = Issuer.authority(begin);
    Identity first = replica.certificates.loop().serving().identity();

    write(leaf(other));
    write("ca.crt", pem(other.certificate()));
    replica.pass();
    assertEquals(first.chain(), replica.shown());
    assertEquals(List.of(authority.certificate(), other.certificate()), bundle().authorities());

    for (int i = 0; i < 12; i++) {
      time.pass(SETTLE.dividedBy(2));
      replica.pass();
    }
    assertEquals(other.serial(), replica.serves());
    assertEquals(List.of(other.certificate()), bundle().authorities());
  }

  @Test
  void aStartWithoutACertificateSaysWhatIsMissing() throws Exception {
    assertRefused("there is no tls.crt");
    write(leaf(authority));
    write("ca.crt", pem(Issuer.authority(begin).certificate()));
    assertRefused("nobody in ca.crt vouches for tls.crt now");
    write("ca.crt", pem(authority.certificate()));
    write("tls.key", "no key");
    assertRefused("tls.key: no PEM of a private key that is not encrypted");
    write("tls.key", Pem.of(leaf(authority).key()));
    assertRefused("tls.key is not the key of the first certificate in tls.crt");
    write(Issuer.server(authority, NAMES, begin.minus(Duration.ofDays(100))));
    assertRefused("tls.crt ended at ");
  }

  private void assertRefused(String reason) {
    AuthorityException refused = assertThrows(AuthorityException.class, this::open);

    String message = String.valueOf(refused.getMessage());
    assertTrue(
        message.startsWith("reading the certificate in " + directory + ": " + reason), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC"})
  void keysMayBeOfEitherKindAndInEitherForm(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
    KeyPair root = generator.generateKeyPair();
    KeyPair middle = generator.generateKeyPair();
    KeyPair end = generator.generateKeyPair();
    X509Certificate anchor = certificate("CN=root", "CN=root", root, root.getPrivate(), true);
    X509Certificate between = certificate("CN=root", "CN=middle", middle, root.getPrivate(), true);
    X509Certificate leaf = certificate("CN=middle", "CN=leaf", end, middle.getPrivate(), false);
    StringWriter traditional = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(traditional)) {
      if (end.getPrivate() instanceof ECPrivateKey key) {
        // As OpenSSL writes it, with the curve; the JDK's has none.
        var sec1 =
            new org.bouncycastle.asn1.sec.ECPrivateKey(
                256, key.getS(), SECObjectIdentifiers.secp256r1);
        writer.writeObject(new PemObject("EC PRIVATE KEY", sec1.getEncoded()));
      } else {
        writer.writeObject(end);
      }
    }
    assertTrue(traditional.toString().contains("BEGIN " + algorithm + " PRIVATE KEY"));

    for (String key : List.of(traditional.toString(), Pem.of(end.getPrivate()))) {
      write("tls.crt", pem(leaf, between));
      write("tls.key", key);
      write("ca.crt", pem(anchor));
      TestReplica replica = open();

      assertEquals(leaf, replica.dial().shown(List.of(anchor), begin));
    }
  }

  private X509Certificate certificate(
      String issuer, String subject, KeyPair keys, PrivateKey signer, boolean authority)
      throws Exception {
    var builder =
        new JcaX509v3CertificateBuilder(
                new X500Principal(issuer),
                BigInteger.valueOf(subject.hashCode() & 0xffff),
                Date.from(begin.minusSeconds(60)),
                Date.from(begin.plus(Duration.ofDays(1))),
                new X500Principal(subject),
                keys.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.dNSName, NAMES.getFirst())));
    String signature = "SHA256with" + (signer.getAlgorithm().equals("EC") ? "ECDSA" : "RSA");
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(signer)));
  }
}
