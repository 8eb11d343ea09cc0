package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A webhook on loopback that answers over TLS what the test says, and keeps what it was asked. */
final class FakeWebhook implements AutoCloseable {
  /** What is answered to one review. */
  interface Answering {
    /** The whole body, for a review's request. */
    String to(JsonNode request) throws Exception;
  }

  private final HttpsServer server;
  private final X509Certificate certificate;
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  private volatile Answering answering = request -> allow(request, "");
  private volatile int code = 200;

  private FakeWebhook(HttpsServer server, X509Certificate certificate) {
    this.server = server;
    this.certificate = certificate;
  }

  /** Starts with a certificate of its own for a host, such as 127.0.0.1. */
  static FakeWebhook start(String host) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X509Certificate certificate = certificate(keys, host);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(keys, certificate)));
    FakeWebhook webhook = new FakeWebhook(server, certificate);
    server.createContext("/", webhook::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return webhook;
  }

  private static X509Certificate certificate(KeyPair keys, String host)
      throws OperatorCreationException, IOException, GeneralSecurityException {
    X500Principal name = new X500Principal("CN=webhook");
    Instant now = Instant.now();
    boolean address = host.chars().allMatch(c -> c == '.' || Character.isDigit(c));
    return new JcaX509CertificateConverter()
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(now.minus(Duration.ofHours(1))),
                    Date.from(now.plus(Duration.ofHours(1))),
                    name,
                    keys.getPublic())
                .addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(
                        new GeneralName(
                            address ? GeneralName.iPAddress : GeneralName.dNSName, host)))
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
  }

  private static SSLContext context(KeyPair keys, X509Certificate certificate)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry(
        "webhook", keys.getPrivate(), new char[0], new X509Certificate[] {certificate});
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = Caller.JSON.readTree(exchange.getRequestBody()).path("request");
      asked.add(request);
      byte[] answer = answering.to(request).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(code, answer.length);
      exchange.getResponseBody().write(answer);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("answering a review", e);
    }
  }

  /** From now on answers so. */
  void answers(Answering next) {
    answering = next;
  }

  /** From now on answers with this HTTP status. */
  void answersWith(int next) {
    code = next;
  }

  /** From now on applies these operations, given as JSON with single quotes. */
  void patches(String operations) {
    answering = request -> allow(request, operations);
  }

  static String allow(JsonNode request, String operations) {
    ObjectNode response = Caller.JSON.createObjectNode();
    response.put("uid", request.path("uid").asText()).put("allowed", true);
    if (!operations.isEmpty()) {
      byte[] patch = Caller.quoted(operations).getBytes(StandardCharsets.UTF_8);
      response
          .put("patchType", "JSONPatch")
          .put("patch", Base64.getEncoder().encodeToString(patch));
    }
    return review(response);
  }

  /** A review with this response, to which the right uid is added. */
  static String review(JsonNode request, String response) throws IOException {
    ObjectNode json = (ObjectNode) Caller.JSON.readTree(Caller.quoted(response));
    return review(json.put("uid", request.path("uid").asText()));
  }

  private static String review(ObjectNode response) {
    ObjectNode review = Caller.JSON.createObjectNode();
    review.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
    return review.set("response", response).toString();
  }

  /** The requests that it was asked about, oldest first. */
  List<JsonNode> asked() {
    return asked;
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/mutate";
  }

  /** Base64 of the PEM of its certificate, as a caBundle has it. */
  String caBundle() throws GeneralSecurityException {
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
