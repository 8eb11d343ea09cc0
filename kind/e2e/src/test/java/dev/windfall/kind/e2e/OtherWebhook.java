package dev.windfall.kind.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A mutating webhook beside Windfall's. It gives every pod that has the label {@code other-webhook}
 * and lacks the label {@code changed} one and the same patch.
 */
final class OtherWebhook implements AutoCloseable {
  /** What a pod must carry to be asked about. */
  static final String LABEL = "other-webhook: \"true\"";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "not-a-secret";

  private final Bed bed;
  private final String name;
  private final String patch;
  private final HttpsServer server;
  private final AtomicInteger calls = new AtomicInteger();

  private OtherWebhook(Bed bed, String name, String patch, KeyStore keys)
      throws GeneralSecurityException, IOException {
    this.bed = bed;
    this.name = name;
    this.patch = patch;
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(serving(keys)));
    server.createContext("/", this::answer);
    server.start();
  }

  /**
   * Registers it, and waits until the API server calls it.
   *
   * @param name of the configuration: the API server asks in the order of these names
   * @param patch RFC 6902, for a pod that has labels
   */
  static OtherWebhook register(Bed bed, String name, String patch) {
    try {
      KeyStore keys = keys();
      OtherWebhook webhook = new OtherWebhook(bed, name, patch, keys);
      byte[] certificate = keys.getCertificate("webhook").getEncoded();
      bed.apply(webhook.manifest(caBundle(certificate)), "create", "-f", "-");
      await(name + " is called")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(webhook::isCalled);
      return webhook;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("starting a webhook", e);
    }
  }

  private static KeyStore keys() throws IOException, GeneralSecurityException {
    Path directory = Files.createTempDirectory("windfall-e2e");
    Path file = directory.resolve("keys.p12");
    String words =
        "-genkeypair -alias webhook -keyalg EC -dname CN=other-webhook -ext san=ip:127.0.0.1"
            + " -validity 2 -storetype PKCS12 -storepass "
            + PASSWORD
            + " -keystore "
            + file;
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Command.run(60, Map.of(), "", List.of((keytool + " " + words).split(" ")));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Files.delete(file);
    Files.delete(directory);
    return keys;
  }

  private static SSLContext serving(KeyStore keys) throws GeneralSecurityException {
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static String caBundle(byte[] certificate) {
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate)
            + "\n-----END CERTIFICATE-----\n";
    return Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII));
  }

  private String manifest(String caBundle) {
    return """
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingWebhookConfiguration
    metadata: {name: %s}
    webhooks:
    - name: pods.other.example.com
      clientConfig: {url: "https://127.0.0.1:%d/", caBundle: %s}
      rules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
      objectSelector: {matchLabels: {%s}}
      admissionReviewVersions: [v1]
      sideEffects: None
      failurePolicy: Fail
      timeoutSeconds: 5
    """
        .formatted(name, server.getAddress().getPort(), caBundle, LABEL);
  }

  private boolean isCalled() {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: probe, labels: {%s, changed: "true"}}
        spec: {containers: [{name: main, image: main}]}
        """
            .formatted(LABEL);
    bed.apply(pod, "create", "--dry-run=server", "-f", "-");
    return calls.get() > 0;
  }

  private void answer(HttpExchange exchange) throws IOException {
    calls.incrementAndGet();
    JsonNode request = JSON.readTree(exchange.getRequestBody()).path("request");
    ObjectNode review = JSON.createObjectNode();
    review.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
    ObjectNode response = review.putObject("response");
    response.put("uid", request.path("uid").asText()).put("allowed", true);
    if (!request.at("/object/metadata/labels").has("changed")) {
      response.put("patchType", "JSONPatch");
      response.put("patch", Base64.getEncoder().encodeToString(patch.getBytes(US_ASCII)));
    }
    byte[] body = JSON.writeValueAsBytes(review);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    bed.kubectl("delete", "mutatingwebhookconfigurations", name);
    server.stop(0);
  }
}
