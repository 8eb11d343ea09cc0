package dev.windfall.kind.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Asks webhooks: one POST of an AdmissionReview over TLS, whose answer is checked. */
final class WebhookCall implements AutoCloseable {
  /** A call without a usable answer. */
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    FailedException(String message) {
      super(message);
    }
  }

  /** Two objects of the greatest size that is stored, and room for words. */
  private static final int LONGEST_ANSWER = 7 << 20;

  private static final String REVIEW = "admission.k8s.io/v1";

  private final ObjectMapper mapper = new ObjectMapper();

  /** By caBundle: whoever changes it gets new connections. */
  private final Map<String, HttpClient> clients = new ConcurrentHashMap<>();

  /**
   * Asks.
   *
   * @return the {@code response} of the review
   * @throws FailedException when there is no answer, or one that is none
   */
  JsonNode ask(Webhook webhook, Attempt attempt) throws FailedException, InterruptedException {
    ObjectNode review = mapper.createObjectNode();
    String uid = UUID.randomUUID().toString();
    ObjectNode request = attempt.request().put("uid", uid);
    request.set("object", attempt.object());
    request.set("oldObject", attempt.old());
    review.put("kind", "AdmissionReview").put("apiVersion", REVIEW).set("request", request);
    return checked(answer(webhook, review), uid);
  }

  private HttpResponse<byte[]> answer(Webhook webhook, ObjectNode review)
      throws FailedException, InterruptedException {
    String failing = "failed to call webhook: ";
    if (webhook.url().isEmpty()) {
      throw new FailedException(
          failing
              + "service "
              + webhook.service()
              + " cannot be reached: this server has no network of services; give the webhook a"
              + " clientConfig.url");
    }
    String url = webhook.url() + "?timeout=" + webhook.timeout().toSeconds() + "s";
    failing += "Post \"" + url + "\": ";
    HttpRequest post;
    try {
      post =
          HttpRequest.newBuilder(URI.create(url))
              .header("Content-Type", "application/json")
              .header("Accept", "application/json")
              .POST(BodyPublishers.ofByteArray(mapper.writeValueAsBytes(review)))
              .build();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing a JSON tree", e);
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        client(webhook)
            .sendAsync(post, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER));
    try {
      return answer.get(webhook.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new FailedException(failing + "context deadline exceeded");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String why =
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
      throw new FailedException(failing + why);
    } finally {
      answer.cancel(true);
    }
  }

  private JsonNode checked(HttpResponse<byte[]> answer, String uid) throws FailedException {
    if (answer.statusCode() != 200) {
      throw new FailedException(
          "failed to call webhook: an error on the server (\""
              + new String(answer.body(), StandardCharsets.UTF_8).strip()
              + "\", status "
              + answer.statusCode()
              + ") has prevented the request from succeeding");
    }
    String invalid = "received invalid webhook response: ";
    JsonNode review;
    try {
      review = mapper.readTree(answer.body());
    } catch (IOException e) {
      throw new FailedException("failed to call webhook: the answer is no JSON: " + e.getMessage());
    }
    JsonNode response = review.path("response");
    if (!response.isObject()) {
      throw new FailedException(invalid + "webhook response was absent");
    }
    if (!review.path("kind").asText().equals("AdmissionReview")
        || !review.path("apiVersion").asText().equals(REVIEW)) {
      throw new FailedException(
          invalid
              + "expected webhook response of "
              + REVIEW
              + ", Kind=AdmissionReview, got "
              + review.path("apiVersion").asText()
              + ", Kind="
              + review.path("kind").asText());
    }
    if (!response.path("uid").asText().equals(uid)) {
      throw new FailedException(
          invalid
              + "expected response.uid=\""
              + uid
              + "\", got \""
              + response.path("uid").asText()
              + "\"");
    }
    boolean patch = !response.path("patch").asText("").isEmpty();
    String type = response.path("patchType").asText("");
    if (patch && type.isEmpty()) {
      throw new FailedException(
          invalid + "webhook returned response.patch but not response.patchType");
    }
    if (!patch && !type.isEmpty()) {
      throw new FailedException(
          invalid + "webhook returned response.patchType but not response.patch");
    }
    if (patch && !type.equals("JSONPatch")) {
      throw new FailedException(
          invalid + "webhook returned invalid response.patchType of \"" + type + "\"");
    }
    return response;
  }

  /** The operations of a response's patch, which must have one. */
  JsonNode patch(JsonNode response) throws FailedException {
    try {
      return mapper.readTree(Base64.getDecoder().decode(response.path("patch").asText()));
    } catch (IOException | IllegalArgumentException e) {
      throw new FailedException(
          "received undecodable patch in webhook response: " + e.getMessage());
    }
  }

  private HttpClient client(Webhook webhook) throws FailedException {
    HttpClient known = clients.get(webhook.caBundle());
    if (known != null) {
      return known;
    }
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER);
    if (!webhook.caBundle().isEmpty()) {
      builder.sslContext(trusting(webhook.caBundle()));
    }
    HttpClient client = builder.build();
    HttpClient first = clients.putIfAbsent(webhook.caBundle(), client);
    if (first != null) {
      client.close();
      return first;
    }
    return client;
  }

  private static SSLContext trusting(String caBundle) throws FailedException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      byte[] pem = Base64.getMimeDecoder().decode(caBundle);
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        store.setCertificateEntry("ca" + store.size(), certificate);
      }
      if (store.size() == 0) {
        throw new FailedException("failed to call webhook: the caBundle holds no certificate");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new FailedException(
          "failed to call webhook: unable to load root certificates of the caBundle: "
              + e.getMessage());
    }
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::shutdownNow);
  }
}
