package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.WindfallConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server in this process, against an API server in this process. */
@Timeout(60)
class ServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MARKET =
      """
      offers:
      - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g6.xlarge, capacity: spot,
         gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.40"}
      """;

  /** Below every price there is. */
  private static final String POLICY =
      """
      {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPolicy", "metadata": {"name": "a"},
       "spec": {"bounds": {"maxPricePerGpu": "0.10"}}}
      """;

  @TempDir private Path directory;
  private final LocalApiServer cluster = LocalApiServer.start();
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void market() throws IOException {
    Files.writeString(directory.resolve("market.yaml"), MARKET);
  }

  @AfterEach
  void close() {
    cluster.close();
    http.close();
  }

  private Server start(String more) throws InterruptedException {
    Server server = server(more);
    start(server);
    return server;
  }

  private void start(Server server) throws InterruptedException {
    server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
  }

  private Server server(String more) {
    WindfallConfig config =
        WindfallConfig.read(
            directory.resolve("windfall.yaml"),
            """
            admission: {host: 127.0.0.1, port: 0}
            scheduler: {port: 0}
            management: {host: 127.0.0.1, port: 0}
            market: {sources: [{type: file, path: market.yaml}]}
            """
                + more,
            Map.of(),
            Map.of());
    return new Server(config, Clocks.SYSTEM);
  }

  private HttpResponse<String> get(Server server, String path) throws Exception {
    int port = server.ports().getOrDefault(Wiring.Port.MANAGEMENT, 0);
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void aStartedServerIsAliveReadyAndMeasured() throws Exception {
    try (Server server = start("")) {
      assertEquals(200, get(server, "/livez").statusCode());
      assertEquals("ready\n", get(server, "/readyz").body());
      String metrics = get(server, "/metrics").body();
      assertTrue(metrics.contains("windfall_build_info{"), metrics);
      assertTrue(metrics.contains("windfall_source_offers"), metrics);
      assertTrue(metrics.contains("jvm_memory_used_bytes"), metrics);
      assertEquals(404, get(server, "/").statusCode());
    }
  }

  @Test
  void doctorAndScoreUnderstandWhatARunningServerSays() throws Exception {
    cluster.put(
        (ObjectNode)
            JSON.readTree(
                """
                {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "labels":
                 {"windfall.dev/offer": "eu-central-1a.g6.xlarge.spot"}},
                 "status": {"allocatable": {"nvidia.com/gpu": "1"}}}
                """));
    try (Server server = start("")) {
      CommandLineRun doctor =
          CommandLineRun.of("doctor", "--server", url(server, Wiring.Port.MANAGEMENT));
      assertEquals(0, doctor.exit(), doctor.out());
      assertTrue(doctor.out().endsWith("0 problems, 0 warnings\n"), doctor.out());
      assertTrue(doctor.out().contains("knows 1 GPU node"), doctor.out());

      CommandLineRun score =
          CommandLineRun.of(
              "score",
              "--pod",
              Repository.root().resolve("examples/pod.yaml").toString(),
              "--server",
              url(server, Wiring.Port.SCHEDULER));
      assertEquals(0, score.exit(), score.err());
      assertTrue(
          score.out().contains("one       10   eu-central-1a.g6.xlarge.spot   0.4000    1/1"),
          score.out());
    }
  }

  private static String url(Server server, Wiring.Port port) {
    return "http://127.0.0.1:" + server.ports().getOrDefault(port, 0);
  }

  @Test
  void theWrongMethodIsToldTheRightOne() throws Exception {
    try (Server server = start("roles: [extender]\n")) {
      int port = server.ports().getOrDefault(Wiring.Port.SCHEDULER, 0);
      HttpResponse<String> refused =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + port + Routes.PRIORITIZE_PATH))
                  .build(),
              BodyHandlers.ofString());

      assertEquals(405, refused.statusCode());
      assertEquals("POST", refused.headers().firstValue("allow").orElse("none"));
    }
  }

  @Test
  void namespaceKindAndWebhookAreThereAfterTheFirstStart() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      assertTrue(read("v1", "Namespace", "windfall-system").isPresent());
      for (String kind :
          List.of(
              "spotpools.windfall.dev",
              "spotpolicies.windfall.dev",
              "leftovernodepools.gpu.devplatforms.io")) {
        assertTrue(
            read("apiextensions.k8s.io/v1", "CustomResourceDefinition", kind).isPresent(), kind);
      }
      assertTrue(webhook().isPresent());
    }
  }

  @Test
  void whoMayWriteSpotPoolsIsGuardedFromTheFirstStart() throws Exception {
    try (Server server = start("cluster: {nodeClasses: [gpu, \"it's\"]}\n")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      String group = "admissionregistration.k8s.io/v1";
      JsonNode policy =
          read(group, "ValidatingAdmissionPolicy", "windfall.spotpools").orElseThrow();
      assertTrue(
          policy.at("/spec/validations/0/expression").asText().contains("nodepools"),
          policy.toString());
      assertEquals(
          "!has(object.spec.nodeClassRef) || object.spec.nodeClassRef.name in ['gpu', 'it\\'s']",
          policy.at("/spec/validations/3/expression").asText());
      assertTrue(read(group, "ValidatingAdmissionPolicyBinding", "windfall.spotpools").isPresent());
      String leftovers = "windfall.leftovernodepools";
      String own =
          read(group, "ValidatingAdmissionPolicy", leftovers)
              .orElseThrow()
              .at("/spec/validations")
              .toString();
      assertTrue(own.contains("nodepools"), own);
      assertTrue(own.contains("ec2nodeclasses"), own);
      assertTrue(own.contains("object.spec.nodeClassName in ['gpu', 'it\\\\'s']"), own);
      assertTrue(read(group, "ValidatingAdmissionPolicyBinding", leftovers).isPresent());
    }
  }

  /** With the rights that an older version needed. */
  @Test
  void withoutTheRightToServeLeftoverNodePoolsItStartsAndSaysSo() throws Exception {
    cluster.faults().always("list", "leftovernodepools", Fault.status(403));
    try (Told told = Told.listen();
        Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      assertTrue(told.says("LeftoverNodePools are not", "deploy/rbac.yaml"));
    }
  }

  /** As Kubernetes was before 1.30. */
  @Test
  void anApiServerWithoutValidatingAdmissionPoliciesIsNoReasonNotToStart() throws Exception {
    cluster.faults().always("*", "validatingadmissionpolicies", Fault.status(404));
    cluster.faults().always("*", "validatingadmissionpolicybindings", Fault.status(404));
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
    }
  }

  @Test
  void withoutInstallNothingButTheLeaseAndTheAuthorityIsWritten() throws Exception {
    putNamespace();
    try (Told told = Told.listen();
        Server server = start("cluster: {install: false}\n")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      assertFalse(webhook().isPresent());
      assertTrue(told.says("windfall.spotpools", "who may write SpotPools"));
      assertTrue(told.says("windfall.leftovernodepools", "who may write LeftoverNodePools"));
    }
  }

  /** With the rights that an older version needed. */
  @Test
  void withoutInstallAndTheRightToLookForAGuardItStartsAndSaysSo() throws Exception {
    putNamespace();
    cluster.faults().always("get", "validatingadmissionpolicybindings", Fault.status(403));
    try (Told told = Told.listen();
        Server server = start("cluster: {install: false}\n")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      assertTrue(told.says("403", "it is not known who may write LeftoverNodePools"));
    }
  }

  @Test
  void withoutInstallAMissingNamespaceIsAFailure() {
    FailureException failure =
        assertThrows(FailureException.class, () -> start("cluster: {install: false}\n"));

    assertTrue(String.valueOf(failure.getMessage()).contains("namespace windfall-system"));
  }

  @Test
  void theApiServerCanCallAtTheUrlItWasGivenAndTrustWhoAnswers() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      JsonNode client = webhook().orElseThrow().at("/webhooks/0/clientConfig");
      SSLContext trust = trusting(client.path("caBundle").asText());
      try (HttpClient https = HttpClient.newBuilder().sslContext(trust).build()) {
        HttpResponse<String> answer =
            https.send(
                HttpRequest.newBuilder(URI.create(client.path("url").asText()))
                    .POST(BodyPublishers.ofString(review()))
                    .build(),
                BodyHandlers.ofString());

        JsonNode response = JSON.readTree(answer.body()).path("response");
        assertTrue(response.path("allowed").asBoolean(), answer.body());
        assertEquals("a-review", response.path("uid").asText());
        assertTrue(response.path("patch").isTextual(), answer.body());
      }
    }
  }

  @Test
  void aPodWithGpusComesBackAsTheWebhookWantsIt() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      JsonNode pod = create("train", "'nvidia.com/gpu':'1'");

      JsonNode rung = null;
      for (JsonNode toleration : pod.at("/spec/tolerations")) {
        rung = toleration.path("key").asText().equals("windfall.dev/rung") ? toleration : rung;
      }
      assertTrue(rung != null, pod.toString());
      assertEquals(pod, read("v1", "Pod", "default", "train").orElseThrow());
    }
  }

  @Test
  void aPodWithoutGpusIsNotAskedAbout() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      String before = reviews(server);
      JsonNode pod = create("web", "'cpu':'1'");

      assertTrue(pod.at("/spec/tolerations").isMissingNode(), pod.toString());
      assertEquals(before, reviews(server));
      create("train", "'nvidia.com/gpu':'1'");
      assertNotEquals(before, reviews(server));
    }
  }

  @Test
  void aPodIsAdmittedAsWrittenWhenNobodyAnswers() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
    }
    assertTrue(webhook().isPresent());
    JsonNode pod = create("train", "'nvidia.com/gpu':'1'");

    assertTrue(pod.at("/spec/tolerations").isMissingNode(), pod.toString());
  }

  /** What the webhook has counted. */
  private void putNamespace() throws IOException {
    cluster.put(
        (ObjectNode)
            JSON.readTree(
                """
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "windfall-system"}}
                """));
  }

  private String reviews(Server server) throws Exception {
    return get(server, "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("windfall_admission_reviews_total"))
        .collect(Collectors.joining("\n"));
  }

  /** Creates a pod as a client of the API server does. */
  private JsonNode create(String name, String limits) throws Exception {
    String pod =
        """
        {'metadata':{'name':'%s','annotations':{'windfall.dev/spot':'prefer'}},'spec':{'containers':[
         {'name':'main','image':'train','resources':{'limits':{%s}}}]}}
        """
            .formatted(name, limits)
            .replace('\'', '"');
    HttpResponse<String> created =
        http.send(
            HttpRequest.newBuilder(cluster.uri().resolve("/api/v1/namespaces/default/pods"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(pod))
                .build(),
            BodyHandlers.ofString());
    assertEquals(201, created.statusCode(), created.body());
    return JSON.readTree(created.body());
  }

  @Test
  void whatIsNoReviewIsRefusedAndNothingBreaks() throws Exception {
    try (Server server = start("roles: [webhook]\n")) {
      JsonNode client = webhook().orElseThrow().at("/webhooks/0/clientConfig");
      SSLContext trust = trusting(client.path("caBundle").asText());
      try (HttpClient https = HttpClient.newBuilder().sslContext(trust).build()) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(client.path("url").asText()))
                .POST(BodyPublishers.ofString("no json"))
                .build();

        assertEquals(400, https.send(request, BodyHandlers.ofString()).statusCode());
        assertEquals("ready\n", get(server, "/readyz").body());
      }
    }
  }

  @Test
  void aRoleThatIsNotWantedHasNoPort() throws Exception {
    try (Server server = start("roles: [extender]\n")) {
      assertEquals(Set.of(Wiring.Port.MANAGEMENT, Wiring.Port.SCHEDULER), server.ports().keySet());
      assertFalse(webhook().isPresent());
    }
  }

  @Test
  void aSecondStartRightAfterTheFirstHasStoppedWritesNothingButTheLease() throws Exception {
    try (Server first = start("")) {
      assertEquals("ready\n", get(first, "/readyz").body());
    }
    String before = webhook().orElseThrow().at("/webhooks/0/clientConfig/caBundle").asText();

    try (Server second = start("")) {
      assertEquals("ready\n", get(second, "/readyz").body());
      assertEquals(
          before, webhook().orElseThrow().at("/webhooks/0/clientConfig/caBundle").asText());
    }
  }

  /** A replica that restarted while the file was broken ended, and took the webhook with it. */
  @Test
  void aStartWithoutPricesWaitsForThemAndSaysWhatIsWrong() throws Exception {
    Path market = directory.resolve("market.yaml");
    Files.delete(market);
    try (Server server = server("");
        ExecutorService starting = Executors.newSingleThreadExecutor()) {
      Future<?> started =
          starting.submit(() -> {
            start(server);
            return null;
          });
      String missing = awaitTheReasonFor(server);

      assertTrue(missing.contains("- no source of prices can be read; file "), missing);
      assertTrue(missing.contains("market.yaml: there is no such file\n"), missing);
      assertEquals(200, get(server, "/livez").statusCode());
      assertEquals(Set.of(Wiring.Port.MANAGEMENT), server.ports().keySet());

      Files.writeString(market, MARKET);
      started.get();
      assertEquals("ready\n", get(server, "/readyz").body());
      assertEquals(Set.of(Wiring.Port.values()), server.ports().keySet());
    }
  }

  /** Without them nobody would be bound to anything, and nobody would notice. */
  @Test
  void aStartWithoutItsPoliciesWaitsForThemAndSaysWhatIsWrong() throws Exception {
    try (Server server = server("policies: {directory: policies}\n");
        ExecutorService starting = Executors.newSingleThreadExecutor()) {
      Future<?> started =
          starting.submit(() -> {
            start(server);
            return null;
          });
      String missing = awaitTheReasonFor(server);

      assertTrue(missing.contains("policies cannot be read: there is no such directory"), missing);
      assertEquals(200, get(server, "/livez").statusCode());
      assertEquals(Set.of(Wiring.Port.MANAGEMENT), server.ports().keySet());

      Path policies = Files.createDirectory(directory.resolve("policies"));
      Files.writeString(policies.resolve("a.yaml"), POLICY);
      started.get();
      assertEquals("ready\n", get(server, "/readyz").body());
      assertTrue(
          get(server, "/metrics").body().contains("windfall_policies{origin=\"file\"} 1.0\n"));
    }
  }

  @Test
  void aPolicyOfTheClusterHoldsForPodsAsSoonAsItIsThereAndNoLongerThanThat() throws Exception {
    try (Server server = start("")) {
      assertEquals("ready\n", get(server, "/readyz").body());
      cluster.put((ObjectNode) JSON.readTree(POLICY));
      awaitPolicies(server, 1);
      JsonNode bound = create("bound", "'nvidia.com/gpu':'1'");
      assertEquals("windfall.dev/price", bound.at("/spec/schedulingGates/0/name").asText());

      cluster.remove("windfall.dev/v1alpha1", "SpotPolicy", "", "a");
      awaitPolicies(server, 0);
      JsonNode free = create("free", "'nvidia.com/gpu':'1'");
      assertTrue(free.at("/spec/schedulingGates").isMissingNode(), free.toString());
    }
  }

  private void awaitPolicies(Server server, int objects) throws Exception {
    String line = "windfall_policies{origin=\"object\"} " + objects + ".0\n";
    while (!get(server, "/metrics").body().contains(line)) {
      Thread.onSpinWait();
    }
  }

  private String awaitTheReasonFor(Server server) throws Exception {
    String body = "";
    while (!body.contains("can be read") && !body.contains("cannot be read")) {
      body = server.ports().isEmpty() ? "" : get(server, "/readyz").body();
    }
    return body;
  }

  private Optional<ObjectNode> webhook() {
    return read("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "windfall");
  }

  private Optional<ObjectNode> read(String apiVersion, String kind, String name) {
    return read(apiVersion, kind, "", name);
  }

  private Optional<ObjectNode> read(String apiVersion, String kind, String namespace, String name) {
    return cluster.read(apiVersion, kind, namespace, name);
  }

  private static SSLContext trusting(String caBundle) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry(
        "ca",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(caBundle))));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static String review() {
    return """
    {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a-review",
    "kind":{"group":"","version":"v1","kind":"Pod"},
    "resource":{"group":"","version":"v1","resource":"pods"},
    "namespace":"default","operation":"CREATE","object":{"apiVersion":"v1","kind":"Pod",
    "metadata":{"name":"train","annotations":{"windfall.dev/spot":"prefer"}},
    "spec":{"containers":[{"name":"main","image":"train",
    "resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}}}
    """;
  }
}
