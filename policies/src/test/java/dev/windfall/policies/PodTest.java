package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodTest {
  /** As kube-apiserver 1.36 sends a running pod to a watch. */
  private static final String RUNNING =
      """
      {"kind":"Pod","apiVersion":"v1","metadata":{"name":"train-0","generateName":"train-",
      "namespace":"research","uid":"5b0c7f6e-2f0e-4e4b-9c5c-0d6f0a4d9a11","resourceVersion":"812",
      "creationTimestamp":"2026-11-20T10:00:00Z","labels":{"app":"train"},
      "annotations":{"windfall.dev/spot":"require","windfall.dev/max-price-per-gpu":"0.90",
      "kubectl.kubernetes.io/restartedAt":"2026-11-20T09:00:00Z"},
      "ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"train","uid":"1","controller":true}],
      "managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1",
      "fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{}}}}}]},
      "spec":{"volumes":[{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":
      {"expirationSeconds":3607,"path":"token"}}],"defaultMode":420}}],
      "containers":[{"name":"main","image":"train","resources":{"limits":{"cpu":"4","memory":"16Gi",
      "nvidia.com/gpu":"2"},"requests":{"cpu":"4","memory":"16Gi","nvidia.com/gpu":"2"}},
      "terminationMessagePath":"/dev/termination-log","imagePullPolicy":"Always"}],
      "restartPolicy":"Never","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst",
      "nodeName":"ip-10-0-0-1","securityContext":{},"schedulerName":"default-scheduler",
      "tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute",
      "tolerationSeconds":300},{"key":"windfall.dev/rung","operator":"Exists","effect":"NoSchedule"}],
      "priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"},
      "status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"True",
      "lastProbeTime":null,"lastTransitionTime":"2026-11-20T10:00:01Z"}],"qosClass":"Guaranteed"}}
      """;

  private static final Optional<Instant> CREATED =
      Optional.of(Instant.parse("2026-11-20T10:00:00Z"));
  private static final Map<String, String> LABELS = Map.of("app", "train");

  @Test
  void whatMattersOfARunningPodIsRead() throws IOException {
    assertEquals(
        new Pod(
            "research",
            "train-0",
            "5b0c7f6e-2f0e-4e4b-9c5c-0d6f0a4d9a11",
            CREATED,
            LABELS,
            Map.of("windfall.dev/spot", "require", "windfall.dev/max-price-per-gpu", "0.90"),
            "default-scheduler",
            "ip-10-0-0-1",
            List.of(),
            GpuCounts.whole(2),
            new Needs(4_000, 16L << 30),
            List.of(),
            true,
            NodeTerms.ANY,
            "Running",
            Optional.empty(),
            true,
            false,
            false,
            false,
            Optional.empty()),
        read(RUNNING));
  }

  @Test
  void whatADaemonSetOrTheKubeletStartsIsTold() throws IOException {
    Pod daemon =
        read(
            """
            {"metadata":{"ownerReferences":[{"kind":"DaemonSet","name":"x","controller":true}]}}
            """);
    Pod mirror = read("{\"metadata\":{\"annotations\":{\"kubernetes.io/config.mirror\":\"1\"}}}");

    assertEquals(List.of(true, false), List.of(daemon.ofDaemonSet(), daemon.mirror()));
    assertEquals(List.of(false, true), List.of(mirror.ofDaemonSet(), mirror.mirror()));
  }

  /** Whoever evicts it has to know where it would go then; of others nobody asks any more. */
  @Test
  void ofAPodThatMayBeBegunAnewMoreIsKept() throws IOException {
    String running =
        """
        {"metadata":{"name":"a","annotations":{%s"karpenter.sh/do-not-disrupt":"true"},
          "ownerReferences":[{"kind":"X","uid":"x"},{"kind":"Job","uid":"j","controller":true}]},
         "spec":{"nodeName":"n","nodeSelector":{"topology.kubernetes.io/zone":"z"},
          "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
            {"matchExpressions":[{"key":"windfall.dev/offer","operator":"In","values":["a.b.spot"]}]}]}}},
          "volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]},
         "status":{"phase":"Running","startTime":"2026-11-20T10:00:00Z"}}
        """;
    Pod restartable = read(running.formatted("\"windfall.dev/restartable\":\"6h\","));
    Restart restart = restartable.restart().orElseThrow();
    assertEquals(new Restart(Duration.ofHours(6), CREATED, "j", true, false), restart);
    assertEquals(Duration.ofHours(4), restart.remaining(CREATED.get().plusSeconds(7_200)));
    assertEquals(Duration.ZERO, restart.remaining(CREATED.get().plusSeconds(70_000)));
    assertEquals(List.of("data"), restartable.claims());
    assertEquals(2, restartable.own().alternatives().getFirst().size());

    Pod ofABurst =
        read(
            running.formatted(
                "\"windfall.dev/restartable\":\"6h\",\"windfall.dev/assigned\":\"a.b.spot/m\","));
    assertEquals(1, ofABurst.own().alternatives().getFirst().size(), "its offers were the burst's");

    Pod ended =
        read(
            running.formatted("\"windfall.dev/restartable\":\"6h\",").replace("Running", "Failed"));
    assertEquals(List.of(), ended.claims());
    assertEquals(NodeTerms.ANY, ended.own());

    for (String other : List.of("", "\"windfall.dev/restartable\":\"soon\",")) {
      Pod stays = read(running.formatted(other));
      assertEquals(Optional.empty(), stays.restart());
      assertEquals(List.of(), stays.claims());
      assertEquals(NodeTerms.ANY, stays.own());
    }
  }

  /** Whoever evicts it could not tell whether the other machine has it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "nodeSelector":{"topology.kubernetes.io/zone":"a","windfall.dev/machine":"m"}       | false
          "nodeSelector":{"windfall.dev/offer":"a.b.spot"},"affinity":null                    | false
          "nodeSelector":{"karpenter.k8s.aws/instance-family":"g6"}                           | true
          AFFINITY {"matchExpressions":[{"key":"kubernetes.io/arch","operator":"Exists"}]}    | false
          AFFINITY {"matchExpressions":[{"key":"team","operator":"Exists"}]}                  | true
          AFFINITY {"matchExpressions":[{"key":"x","operator":"Gt","values":["4"]}]}          | true
          AFFINITY {"matchFields":[{"key":"metadata.name","operator":"In","values":["n"]}]}   | true
          RESOURCES "requests":{"cpu":"4","memory":"1Gi"},"limits":{"nvidia.com/gpu":"1"}     | false
          RESOURCES "limits":{"vpc.amazonaws.com/efa":"1"}                                    | true
          RESOURCES "limits":{"nvidia.com/mig-1g.5gb":"1"}                                    | true
          RESOURCES "requests":{"ephemeral-storage":"10Gi"}                                   | true
          """)
  void whatNoOfferSaysIsToldOfAPodThatMayBeBegunAnew(String said, boolean asksMore)
      throws IOException {
    String spec =
        said.startsWith("AFFINITY ")
            ? "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":"
                + "{\"nodeSelectorTerms\":[%s]}}}".formatted(said.substring(9))
            : said.startsWith("RESOURCES ")
                ? "\"initContainers\":[{\"resources\":{%s}}]".formatted(said.substring(10))
                : said;
    Pod pod =
        read(
            "{\"metadata\":{\"annotations\":{\"windfall.dev/restartable\":\"6h\"}},\"spec\":{%s}}"
                .formatted(spec));
    assertEquals(asksMore, pod.restart().orElseThrow().asksMore());
  }

  @Test
  void aPodThatIsBeingAdmittedHasNoNameNoUidAndNoStatus() throws IOException {
    Pod pod =
        read(
            """
            {"kind":"Pod","apiVersion":"v1","metadata":{"generateName":"train-","creationTimestamp":null},
            "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]},
            "status":{}}
            """);

    assertEquals(
        new Pod(
            "",
            "",
            "",
            Optional.empty(),
            Map.of(),
            Map.of(),
            "",
            "",
            List.of(),
            GpuCounts.whole(1),
            Needs.NONE,
            List.of(),
            false,
            NodeTerms.ANY,
            "",
            Optional.empty(),
            false,
            false,
            false,
            false,
            Optional.empty()),
        pod);
  }

  @Test
  void ofManyAnnotationsTheWishesAreKept() throws IOException {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      many.append("\"windfall.dev/a").append(i).append("\":\"\",");
    }

    Pod pod =
        read("{\"metadata\":{\"annotations\":{" + many + "\"windfall.dev/spot\":\"never\"}}}");

    assertEquals(65, pod.annotations().size());
    assertEquals("never", pod.annotations().get("windfall.dev/spot"));
  }

  @Test
  void aWishThatIsCutOffIsNotReadAsIfItWereWhole() throws IOException {
    String models = "L4," + " ".repeat(10_000) + "H100";
    Pod pod =
        read(
            """
            {"metadata":{"annotations":{"windfall.dev/spot":"prefer","windfall.dev/gpu-models":"%s"}},
            "spec":{"containers":[{"resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}
            """
                .formatted(models));

    Resolution resolution = Resolution.of(pod, Namespace.named("a"), Policies.NONE);

    assertEquals(List.of(), resolution.request().orElseThrow().gpuModels());
    assertEquals(1, resolution.warnings().size());
  }

  @Test
  void aPodThatWaitsForAPriceSaysSo() throws IOException {
    Pod pod =
        read(
            """
            {"spec":{"schedulingGates":[{"name":"kueue.x-k8s.io/topology"},{"name":"windfall.dev/price"}]}}
            """);

    assertEquals(List.of("kueue.x-k8s.io/topology", "windfall.dev/price"), pod.gates());
    assertTrue(pod.waitsForPrice());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"} | true
          {"type":"PodScheduled","status":"False","reason":"SchedulingGated"}                     | false
          {"type":"PodScheduled","status":"False","reason":"SchedulerError"}                      | false
          {"type":"PodScheduled","status":"True"}                                                 | false
          {"type":"Ready","status":"False","reason":"Unschedulable"}                              | false
          null                                                                                    | false
          """)
  void onlyAPodThatASchedulerGaveUpOnIsUnschedulable(String condition, boolean unschedulable)
      throws IOException {
    Pod pod = read("{\"status\":{\"phase\":\"Pending\",\"conditions\":[" + condition + "]}}");

    assertEquals(unschedulable, pod.unschedulable());
  }

  @Test
  void sinceWhenNoNodeIsFoundIsTheTimeOfTheConditionElseOfThePod() throws IOException {
    String condition =
        "{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":\"Unschedulable\"%s}";
    String pod =
        "{\"status\":{\"conditions\":[%s]},"
            + "\"metadata\":{\"creationTimestamp\":\"2026-11-20T09:00:00Z\"}}";
    String told = condition.formatted(",\"lastTransitionTime\":\"2026-11-20T10:00:00Z\"");

    assertEquals(
        Optional.of(Instant.parse("2026-11-20T10:00:00Z")),
        read(pod.formatted(told)).unschedulableSince());
    assertEquals(
        Optional.of(Instant.parse("2026-11-20T09:00:00Z")),
        read(pod.formatted(condition.formatted(""))).unschedulableSince());
  }

  @ParameterizedTest
  @CsvSource({"Pending,false", "Running,false", "Succeeded,true", "Failed,true", "Unknown,false"})
  void aPodHasEndedWhenItsPhaseSaysSo(String phase, boolean finished) throws IOException {
    assertEquals(finished, read("{\"status\":{\"phase\":\"" + phase + "\"}}").finished());
  }

  @Test
  void aPodWithADeletionTimestampIsBeingDeleted() throws IOException {
    assertTrue(read("{\"metadata\":{\"deletionTimestamp\":\"2026-11-20T10:00:00Z\"}}").deleting());
    assertFalse(read("{\"metadata\":{\"deletionTimestamp\":null}}").deleting());
  }

  @Test
  void sharesOfGpusAreCountedByTheirNamesAndAreNoWholeOnes() throws IOException {
    Pod pod =
        read(
            """
            {"spec":{"containers":[
            {"resources":{"limits":{"nvidia.com/mig-1g.5gb":"2","nvidia.com/gpu.shared":"1","cpu":"4"}}},
            {"resources":{"limits":{"nvidia.com/mig-1g.5gb":"1","nvidia.com/gpumem":"4000"}}}],
            "initContainers":[
            {"restartPolicy":"Always","resources":{"requests":{"nvidia.com/mig-1g.5gb":"1"}}},
            {"resources":{"requests":{"nvidia.com/mig-3g.20gb":"1","nvidia.com/gpu.shared":"5"}}}]}}
            """);

    assertEquals(
        Map.of("nvidia.com/mig-1g.5gb", 4, "nvidia.com/mig-3g.20gb", 1, "nvidia.com/gpu.shared", 5),
        pod.asks().byResource());
    assertEquals(0, pod.gpus());
  }

  @Test
  void whatIsRequestedCountsBeforeWhatItIsLimitedTo() throws IOException {
    Pod pod =
        read(
            """
            {"spec":{"containers":[{"resources":{"limits":{"nvidia.com/gpu":"2","nvidia.com/mig-1g.5gb":"1"},
            "requests":{"nvidia.com/gpu":"0"}}}]}}
            """);

    assertEquals(Map.of("nvidia.com/mig-1g.5gb", 1), pod.asks().byResource());
  }

  @Test
  void moreKindsOfSharesThanAnyNodeHasAreNotKept() throws IOException {
    StringBuilder limits = new StringBuilder("\"nvidia.com/mig-0\":\"1\"");
    for (int i = 1; i < 1_000; i++) {
      limits.append(",\"nvidia.com/mig-").append(i).append("\":\"1\"");
    }

    Pod pod = read("{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{" + limits + "}}}]}}");

    assertEquals(16, pod.asks().byResource().size());
  }

  /** Letters: c container, i init container, s sidecar; a digit is its GPUs. */
  @ParameterizedTest
  @CsvSource({
    "      '', 0",
    "      c0, 0",
    "      c1, 1",
    "   c1 c2, 3",
    "   i1 c2, 2",
    "   i4 c2, 4",
    "i4 i3 c2, 4",
    "   s1 c2, 3",
    "s1 s1 c2, 4",
    "s1 i4 c2, 5",
    "i4 s1 c2, 4",
    "i4 s3 c2, 5",
    "   s2 i1, 3",
    "s1 i3 s2, 4",
  })
  void gpusAreCountedAsTheSchedulerCountsThem(String containers, int gpus) throws IOException {
    StringBuilder main = new StringBuilder();
    StringBuilder init = new StringBuilder();
    for (String container : containers.isEmpty() ? new String[0] : containers.split(" ")) {
      String restart = container.startsWith("s") ? ",\"restartPolicy\":\"Always\"" : "";
      String json =
          "{\"name\":\"x\",\"resources\":{\"requests\":{\"nvidia.com/gpu\":\"%s\"}}%s}"
              .formatted(container.substring(1), restart);
      StringBuilder list = container.startsWith("c") ? main : init;
      list.append(list.isEmpty() ? "" : ",").append(json);
    }

    Pod pod =
        read("{\"spec\":{\"containers\":[%s],\"initContainers\":[%s]}}".formatted(main, init));

    assertEquals(gpus, pod.gpus());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"limits":{"nvidia.com/gpu":"2"}}                                   | 2
          {"limits":{"nvidia.com/gpu":2}}                                     | 2
          {"requests":{"cpu":"1"},"limits":{"nvidia.com/gpu":"2"}}            | 2
          {"requests":null,"limits":{"nvidia.com/gpu":"2"}}                   | 2
          {"limits":{"nvidia.com/gpu":"2"},"requests":{"nvidia.com/gpu":"2"}} | 2
          {"limits":{"nvidia.com/gpu":"1k"}}                                  | 1000
          {"limits":{"nvidia.com/gpu":null}}                                  | 0
          {"limits":{"nvidia.com/gpu.shared":"2"}}                            | 0
          {"limits":{"nvidia.com/mig-1g.5gb":"2"}}                            | 0
          {"limits":{"amd.com/gpu":"2"}}                                      | 0
          {"claims":[{"name":"gpu"}]}                                         | 0
          {}                                                                  | 0
          null                                                                | 0
          """)
  void limitsStandForRequestsThatAreNotThere(String resources, int gpus) throws IOException {
    assertEquals(gpus, read(container(resources)).gpus());
  }

  @Test
  void moreGpusThanAnybodyHasAreStillAPositiveNumber() throws IOException {
    String huge = "{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1152921504606846976\"}}}";
    String many = String.join(",", java.util.Collections.nCopies(8, huge));

    assertEquals(Integer.MAX_VALUE, read("{\"spec\":{\"containers\":[" + many + "]}}").gpus());
    assertEquals(
        Integer.MAX_VALUE,
        read("{\"spec\":{\"initContainers\":[%s]}}"
                .formatted(
                    many.replace("\"resources\"", "\"restartPolicy\":\"Always\",\"resources\"")))
            .gpus());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # Kubernetes' rules for the taint windfall.dev/rung:NoSchedule, whose value is empty
          {"key":"windfall.dev/rung","operator":"Exists","effect":"NoSchedule"}           | true
          {"key":"windfall.dev/rung","operator":"Exists"}                                 | true
          {"key":"windfall.dev/rung","operator":"Exists","effect":""}                     | true
          {"key":"windfall.dev/rung","operator":"Exists","effect":"NoExecute"}            | false
          {"key":"windfall.dev/rung","operator":"Exists","effect":"PreferNoSchedule"}     | false
          {"key":"windfall.dev/rung","operator":"Equal","effect":"NoSchedule"}            | true
          {"key":"windfall.dev/rung","operator":"Equal","value":"","effect":"NoSchedule"} | true
          {"key":"windfall.dev/rung","operator":"Equal","value":"true"}                   | false
          {"key":"windfall.dev/rung","value":"true"}                                      | false
          {"key":"windfall.dev/rung"}                                                     | true
          {"key":"windfall.dev/rung","operator":""}                                       | true
          {"key":"windfall.dev/rung","operator":null,"value":null,"effect":null}          | true
          {"key":"nvidia.com/gpu","operator":"Exists","effect":"NoSchedule"}              | false
          {"operator":"Exists"}                                                           | true
          {"key":"","operator":"Exists"}                                                  | true
          {"operator":"Exists","effect":"NoSchedule"}                                     | true
          {"operator":"Exists","effect":"NoExecute","tolerationSeconds":300}              | false
          {"operator":"Equal"}                                                            | false
          {}                                                                              | false
          null                                                                            | false
          """)
  void tolerationsFollowTheRulesOfKubernetes(String toleration, boolean tolerates)
      throws IOException {
    assertEquals(
        tolerates, read("{\"spec\":{\"tolerations\":[" + toleration + "]}}").toleratesRungs());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"metadata\":null,\"spec\":null,\"status\":null}",
        "{\"metadata\":{\"annotations\":null}}",
        "{\"metadata\":{\"annotations\":{\"windfall.dev/x\":null}}}",
        "{\"spec\":{\"containers\":null,\"initContainers\":null,\"tolerations\":null,"
            + "\"schedulingGates\":null}}",
        "{\"spec\":{\"containers\":[null],\"schedulingGates\":[null]}}",
        "{\"status\":{\"conditions\":null}}",
        "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":null}}]}}"
      })
  void whatIsEmptyMayBeNull(String json) throws IOException {
    assertEquals(0, read(json).gpus());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "5", "{\"spec\":[]}", "{\"spec\":{\"containers\":{}}}"})
  void whatHasAnOddShapeHoldsNothing(String json) throws IOException {
    assertEquals(0, read(json).gpus());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"two\"}}}]}}",
        "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"-1\"}}}]}}",
        "{\"spec\":{\"containers\":[",
        "{\"spec\":{\"containers\":[{}",
        "{\"spec\"",
        "{\"metadata\":{\"name\":\"x",
        "",
      })
  void whatIsNoPodIsRefused(String json) {
    assertThrows(IOException.class, () -> read(json));
  }

  @Test
  void aHugeFieldThatNobodyAsksForIsPassedOver() throws IOException {
    String huge =
        "\"f\":[" + "{\"x\":\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"},".repeat(200_000) + "1]";

    assertEquals(
        2, read(RUNNING.replace("{\"kind\":\"Pod\"", "{" + huge + ",\"kind\":\"Pod\"")).gpus());
  }

  @Test
  void nestingWithoutEndIsAnErrorAndNoCrash() {
    assertThrows(IOException.class, () -> read("{\"x\":" + "[".repeat(1_000_000)));
    assertThrows(IOException.class, () -> read("{\"spec\":" + "{\"x\":".repeat(1_000_000)));
  }

  @Test
  void theParserIsLeftAtTheEndOfThePod() throws IOException {
    try (JsonParser json = new JsonFactory().createParser("[" + RUNNING + ",{}]")) {
      json.nextToken();
      json.nextToken();
      Pod.read(json);
      assertEquals(JsonToken.END_OBJECT, json.currentToken());
      assertEquals(JsonToken.START_OBJECT, json.nextToken());
    }
  }

  @Test
  void theClaimsOfItsVolumesAreReadThoseMadeForItIncluded() throws IOException {
    String volumes =
        """
        [{"name":"data","persistentVolumeClaim":{"claimName":"data-0","readOnly":true}},
         {"name":"scratch","ephemeral":{"volumeClaimTemplate":{"spec":{}}}},
         {"name":"config","configMap":{"name":"c"}}]
        """;
    String spec = "{\"spec\":{\"volumes\":%s%s},\"metadata\":{\"name\":\"train-0\"}}";
    assertEquals(List.of("data-0", "train-0-scratch"), read(spec.formatted(volumes, "")).claims());
    assertEquals(List.of(), read(spec.formatted(volumes, ",\"nodeName\":\"node-1\"")).claims());
    assertEquals(List.of(), read(spec.formatted("null", "")).claims());
  }

  private static String container(String resources) {
    return "{\"spec\":{\"containers\":[{\"name\":\"main\",\"resources\":" + resources + "}]}}";
  }

  private static Pod read(String text) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(text)) {
      json.nextToken();
      return Pod.read(json);
    }
  }
}
