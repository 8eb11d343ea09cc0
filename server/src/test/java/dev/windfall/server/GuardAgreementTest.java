package dev.windfall.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.kind.local.AdmissionPolicy;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.providers.file.FileSource;
import dev.windfall.reconciler.guards.Guard;
import dev.windfall.webhook.Admission;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The webhook and the API server that cannot ask it say the same of a pod. */
@Timeout(120)
class GuardAgreementTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final int PODS = 400;

  private static final String SPOT = "eu-central-1a.g6.xlarge.spot";
  private static final String OTHER = "eu-central-1b.g6.xlarge.spot";
  private static final String ON_DEMAND = "eu-central-1a.g6.xlarge.on-demand";

  /** All of one provider and within the caps below, since what offers are only the webhook sees. */
  private static final PriceBook BOOK =
      PriceBook.of(
          FileSource.quotes(
                  "market.yaml",
                  """
                  offers:
                  - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g6.xlarge,
                     capacity: spot, gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.40"}
                  - {provider: aws, region: eu-central-1, zone: eu-central-1b, instanceType: g6.xlarge,
                     capacity: spot, gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.45"}
                  - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g6.xlarge,
                     capacity: on-demand, gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "1.00"}
                  """)
              .offers(),
          List.of());

  private final LocalApiServer cluster = LocalApiServer.start();
  private final KubeClient client =
      KubeClient.at(cluster.uri(), new ClusterMetrics(new PrometheusRegistry()));

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static SpotPolicy policy(String bounds) {
    return SpotPolicy.readAll(
            "research.yaml",
            """
            apiVersion: windfall.dev/v1alpha1
            kind: SpotPolicy
            metadata: {name: research}
            spec: {enforcement: Deny, bounds: {%s}}
            """
                .formatted(bounds))
        .getFirst();
  }

  private static AdmissionPolicy guard(SpotPolicy policy) {
    return new AdmissionPolicy(Guard.of(policy, "windfall-system").orElseThrow().policy());
  }

  private static Admission webhook(SpotPolicy policy) {
    List<SpotPool> pools = List.of(pool("spot"), pool("on-demand"));
    Surroundings surroundings = Surroundings.of(Policies.of(List.of(policy)), Map.of());
    return new Admission(
        () -> BOOK,
        () -> pools,
        () -> surroundings,
        Optional::empty,
        () -> true,
        () -> NOW,
        new PrometheusRegistry());
  }

  private static SpotPool pool(String capacity) {
    return SpotPool.read(
        "pool.yaml",
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPool
        metadata: {name: %s}
        spec:
          provider: aws
          region: eu-central-1
          capacity: %s
          nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
        """
            .formatted(capacity, capacity));
  }

  private static JsonNode ask(Admission webhook, ObjectNode pod) {
    ObjectNode review =
        JSON.createObjectNode()
            .put("apiVersion", "admission.k8s.io/v1")
            .put("kind", "AdmissionReview");
    ObjectNode request =
        review
            .putObject("request")
            .put("uid", "a-review")
            .put("namespace", "default")
            .put("operation", "CREATE");
    request.putObject("kind").put("group", "").put("version", "v1").put("kind", "Pod");
    request.putObject("resource").put("group", "").put("version", "v1").put("resource", "pods");
    request.set("object", pod);
    try {
      return JSON.readTree(webhook.review(review.toString().getBytes(UTF_8))).path("response");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> refusals(AdmissionPolicy guard, JsonNode pod) {
    return guard.refusals("CREATE", pod, NullNode.getInstance());
  }

  private static ObjectNode pod(String spec) {
    return json(
        """
        {'apiVersion':'v1','kind':'Pod','metadata':{'name':'train','namespace':'default'},
         'spec':{%s'containers':[{'name':'main','image':'train',
           'resources':{'requests':{'nvidia.com/gpu':'1'},'limits':{'nvidia.com/gpu':'1'}}}]}}
        """
            .formatted(spec));
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private static String terms(String terms) {
    return "'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
        + "{'nodeSelectorTerms':["
        + terms
        + "]}}},";
  }

  /** Pods that another system places: the webhook leaves them as they are, or refuses them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          onDemand: false        | refused |
          onDemand: false        | passes  | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}]}
          onDemand: false        | passes  | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot','owned','reserved']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot','on-demand']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'NotIn','values':['on-demand']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}]},{'matchExpressions':[{'key':'zone','operator':'Exists'}]}
          onDemand: false        | passes  | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}]},{}
          onDemand: false        | refused | {'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]}
          onDemand: false        | passes  | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['eu-central-1a.g6.xlarge.spot']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['eu-central-1a.g6.xlarge.spot','eu-central-1a.g6.xlarge.on-demand']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['nobodys.on-demand']}]}
          onDemand: false        | refused | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'NotIn','values':['eu-central-1a.g6.xlarge.on-demand']}]}
          providers: [aws]       | refused |
          providers: [aws]       | passes  | {'matchExpressions':[{'key':'windfall.dev/provider','operator':'In','values':['aws']}]}
          providers: [aws]       | refused | {'matchExpressions':[{'key':'windfall.dev/provider','operator':'In','values':['aws','gcp']}]}
          providers: [aws]       | passes  | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['eu-central-1a.g6.xlarge.spot']}]}
          maxPricePerGpu: "3.00" | refused |
          maxPricePerGpu: "3.00" | refused | {'matchExpressions':[{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}]}
          maxPricePerGpu: "3.00" | passes  | {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['eu-central-1a.g6.xlarge.spot']}]}
          maxGpusPerPod: 0       | refused |
          maxGpusPerPod: 1       | passes  |
          """)
  void aPodThatAnotherSystemPlacesIsRefusedByBothOrNeither(
      String bounds, String verdict, String terms) {
    SpotPolicy policy = policy(bounds);
    ObjectNode pod = pod("'schedulerName':'volcano'," + (terms == null ? "" : terms(terms)));

    assertEquals(
        verdict.equals("passes"),
        ask(webhook(policy), pod).path("allowed").asBoolean(),
        "the webhook");
    assertEquals(
        verdict.equals("passes"), refusals(guard(policy), pod).isEmpty(), "the API server");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "onDemand: false",
        "providers: [aws]",
        "maxPricePerGpu: \"3.00\"",
        "maxGpusPerPod: 2",
        "onDemand: false, providers: [aws, gcp], maxPricePerGpu: \"3.00\", maxGpusPerPod: 3"
      })
  void ofAnyPodThatAnotherSystemPlacesAndThatAsksForNothingTheyAgree(String bounds) {
    SpotPolicy policy = policy(bounds);
    Admission webhook = webhook(policy);
    AdmissionPolicy guard = guard(policy);
    int passed = 0;
    for (ObjectNode pod : randomPods(1)) {
      ((ObjectNode) pod.get("spec")).put("schedulerName", "volcano").remove("schedulingGates");
      ((ObjectNode) pod.get("metadata")).remove("annotations");
      JsonNode answer = ask(webhook, pod);
      boolean passes = answer.path("allowed").asBoolean();
      passed += passes ? 1 : 0;

      assertEquals(
          passes, refusals(guard, pod).isEmpty(), pod + "\n" + answer + refusals(guard, pod));
    }
    assertTrue(passed > 10 && passed < PODS - 10, "of " + PODS + " passed " + passed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "onDemand: false",
        "providers: [aws]",
        "maxPricePerGpu: \"3.00\"",
        "maxPricePerGpu: \"0.10\"",
        "maxGpusPerPod: 2",
        "onDemand: false, providers: [aws, gcp], maxPricePerGpu: \"0.42\", maxGpusPerPod: 3"
      })
  void whatTheWebhookMakesOfAPodAlwaysPasses(String bounds) {
    SpotPolicy policy = policy(bounds);
    Admission webhook = webhook(policy);
    AdmissionPolicy guard = guard(policy);
    int changed = 0;
    for (ObjectNode pod : randomPods(2)) {
      JsonNode answer = ask(webhook, pod);
      if (answer.path("allowed").asBoolean()) {
        JsonNode admitted = patched(pod, answer.path("patch"));
        changed += admitted.path("spec").equals(pod.path("spec")) ? 0 : 1;

        assertEquals(List.of(), refusals(guard, admitted), pod + "\n" + admitted);
      }
    }
    assertTrue(bounds.startsWith("maxGpus") || changed > 50, "changed " + changed);
  }

  private JsonNode patched(ObjectNode pod, JsonNode patch) {
    if (patch.isMissingNode()) {
      return pod;
    }
    cluster.put(pod.deepCopy());
    try {
      return client.jsonPatch(
          Resource.PODS,
          new Key("default", "train"),
          (ArrayNode) JSON.readTree(patch.binaryValue()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aPodBehindTheGatePassesAndMeetsTheBoundWhenItLeaves() {
    AdmissionPolicy guard = guard(policy("onDemand: false"));
    ObjectNode gated = pod("'schedulingGates':[{'name':'windfall.dev/price'}],");
    ObjectNode free = pod("");
    String held =
        terms(
            "{'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['"
                + SPOT
                + "']}]}");

    assertEquals(List.of(), refusals(guard, gated));
    assertEquals(1, guard.refusals("UPDATE", free, gated).size());
    assertEquals(List.of(), guard.refusals("UPDATE", pod(held), gated));
    assertEquals(List.of(), guard.refusals("UPDATE", gated, gated));
    assertEquals(List.of(), guard.refusals("UPDATE", free, free), "it left long ago");
  }

  @Test
  void theRefusalNamesPolicyAndBoundAndSaysWhatToDo() {
    String bounds =
        "onDemand: false, providers: [aws, gcp], maxPricePerGpu: \"3.00\", maxGpusPerPod: 0";

    assertEquals(
        List.of(
            "the pod asks for 1 GPUs; policy \"research\" allows 0 at most (bounds.maxGpusPerPod);"
                + " ask for fewer",
            "policy \"research\" allows no on-demand nodes (bounds.onDemand); have the pod require"
                + " karpenter.sh/capacity-type In [owned, reserved, spot], or windfall.dev/offer In"
                + " offers of which none ends with .on-demand; Windfall adds that itself while it"
                + " can be asked",
            "policy \"research\" allows nodes of aws, gcp only (bounds.providers); have the pod"
                + " require windfall.dev/provider In [aws, gcp], or windfall.dev/offer In offers of"
                + " theirs; Windfall adds that itself while it can be asked",
            "policy \"research\" allows 3.00 USD per GPU-hour at most (bounds.maxPricePerGpu); have"
                + " the pod require windfall.dev/offer In offers that cost no more; Windfall adds"
                + " that itself while it can be asked"),
        refusals(guard(policy(bounds)), pod("")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          two containers          | 3 | {'containers':[{%1$s},{%2$s}]}
          a sidecar beside        | 3 | {'containers':[{%2$s}],'initContainers':[{'restartPolicy':'Always',%1$s}]}
          a large init container  | 2 | {'containers':[{%1$s}],'initContainers':[{%2$s}]}
          a small init container  | 2 | {'containers':[{%2$s}],'initContainers':[{%1$s}]}
          """)
  void gpusAreCountedAsTheSchedulerDoes(String what, int gpus, String spec) {
    String resources = "'resources':{'requests':{'nvidia.com/gpu':'%d'}}";
    ObjectNode pod = pod("");
    ((ObjectNode) pod.get("spec"))
        .setAll(json(spec.formatted(resources.formatted(1), resources.formatted(2))));

    assertEquals(
        List.of(), refusals(guard(policy("maxGpusPerPod: " + gpus)), pod), what + " is that much");
    assertEquals(
        1, refusals(guard(policy("maxGpusPerPod: " + (gpus - 1))), pod).size(), what + " is more");
  }

  /** Charts write it into pods that need none. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "onDemand: false",
        "providers: [aws]",
        "maxPricePerGpu: \"3.00\"",
        "maxGpusPerPod: 0"
      })
  void aPodThatAsksForNoGpuInSoManyWordsPasses(String bounds) {
    ObjectNode pod = pod("");
    ((ObjectNode) pod.get("spec"))
        .setAll(json("{'containers':[{'resources':{'limits':{'nvidia.com/gpu':'0'}}}]}"));

    assertEquals(List.of(), refusals(guard(policy(bounds)), pod));
    assertTrue(ask(webhook(policy(bounds)), pod).path("allowed").asBoolean());
  }

  private static List<ObjectNode> randomPods(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<ObjectNode> pods = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      pods.add(randomPod(random));
    }
    return pods;
  }

  private static ObjectNode randomPod(RandomGenerator random) {
    StringBuilder spec = new StringBuilder();
    if (random.nextInt(3) > 0) {
      List<String> terms = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        terms.add(randomTerm(random));
      }
      spec.append(terms(String.join(",", terms)));
    }
    if (random.nextInt(4) == 0) {
      spec.append("'nodeSelector':{").append(pick(random, SELECTED)).append("},");
    }
    if (random.nextInt(5) == 0) {
      spec.append("'initContainers':[{'name':'i','resources':{'requests':{'nvidia.com/gpu':'")
          .append(random.nextInt(5))
          .append("'}}}],");
    }
    if (random.nextInt(10) == 0) {
      spec.append("'schedulingGates':[{'name':'windfall.dev/price'}],");
    }
    ObjectNode pod = pod(spec.toString());
    ObjectNode container = (ObjectNode) pod.at("/spec/containers/0/resources/requests");
    container.put("nvidia.com/gpu", Integer.toString(1 + random.nextInt(4)));
    String wish = pick(random, List.of("", "require", "prefer", "never"));
    if (!wish.isEmpty()) {
      ((ObjectNode) pod.get("metadata")).putObject("annotations").put("windfall.dev/spot", wish);
    }
    return pod;
  }

  private static final List<String> SELECTED =
      List.of(
          "'karpenter.sh/capacity-type':'spot'",
          "'karpenter.sh/capacity-type':'on-demand'",
          "'windfall.dev/offer':'" + SPOT + "'",
          "'windfall.dev/offer':'" + ON_DEMAND + "'",
          "'windfall.dev/provider':'aws'",
          "'topology.kubernetes.io/zone':'eu-central-1a'");

  private static final Map<String, List<String>> VALUES =
      Map.of(
          "windfall.dev/offer", List.of(SPOT, OTHER, ON_DEMAND),
          "karpenter.sh/capacity-type", List.of("spot", "on-demand", "reserved", "owned"),
          "windfall.dev/provider", List.of("aws", "gcp", "other"),
          "topology.kubernetes.io/zone", List.of("eu-central-1a", "eu-central-1b"));

  private static String randomTerm(RandomGenerator random) {
    if (random.nextInt(12) == 0) {
      return random.nextBoolean()
          ? "{}"
          : "{'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]}";
    }
    List<String> expressions = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      String key = pick(random, VALUES.keySet().stream().sorted().toList());
      String operator = random.nextInt(4) == 0 ? "NotIn" : "In";
      List<String> values = new ArrayList<>(VALUES.get(key));
      while (values.size() > 1 && random.nextInt(3) > 0) {
        values.remove(random.nextInt(values.size()));
      }
      expressions.add(
          "{'key':'%s','operator':'%s','values':['%s']}"
              .formatted(key, operator, String.join("','", values)));
    }
    return "{'matchExpressions':[" + String.join(",", expressions) + "]}";
  }

  private static String pick(RandomGenerator random, List<String> among) {
    return among.get(random.nextInt(among.size()));
  }
}
