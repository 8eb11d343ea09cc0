package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.under;
import static dev.windfall.webhook.Pods.admitted;
import static dev.windfall.webhook.Pods.decision;
import static dev.windfall.webhook.Pods.json;
import static dev.windfall.webhook.Pods.mutate;
import static dev.windfall.webhook.Pods.pod;
import static dev.windfall.webhook.Pods.terms;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What policies make of a pod at admission; by which rules they are resolved is in policies. */
class UnderPoliciesTest {
  private static final String CHEAP = "eu-central-1a.g6.xlarge.spot";
  private static final String DEAR = "eu-central-1b.g6.xlarge.spot";
  private static final String DEMAND = "eu-central-1a.g6.xlarge.on-demand";
  private static final String PREFER = "'windfall.dev/spot':'prefer'";

  private static JsonNode values(ObjectNode pod) {
    return terms(pod).at("/0/matchExpressions/0/values");
  }

  private static JsonNode list(String... values) {
    return json("{'l':['" + String.join("','", values) + "']}").get("l");
  }

  private static String affinity(String key, String... values) {
    return """
    'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{
      'nodeSelectorTerms':[{'matchExpressions':[{'key':'%s','operator':'In','values':['%s']}]}]}}},
    """
        .formatted(key, String.join("','", values));
  }

  @Test
  void aPodThatSaysNothingGetsThePolicysDefaults() {
    ObjectNode admitted =
        admitted(pod(""), under("defaults: {spot: prefer, maxPricePerGpu: \"0.50\"}"));

    assertEquals(list(CHEAP), values(admitted));
    assertEquals(list("research"), decision(admitted).path("policies"));
  }

  @Test
  void aPolicyWithBoundsThatHoldNoNodesLeavesAPodThatSaysNothing() {
    assertTrue(mutate(pod(""), under("bounds: {maxGpusPerPod: 8}")).patch().isEmpty());
  }

  @Test
  void aPodOverABoundIsRefusedWhereThePolicyDenies() {
    Mutation mutation =
        mutate(
            pod(PREFER + ",'windfall.dev/max-price-per-gpu':'5'"),
            under("enforcement: Deny, bounds: {maxPricePerGpu: \"3.00\"}"));

    assertEquals(
        Optional.of(
            "windfall.dev/max-price-per-gpu \"5.00\" asks for too much; policy \"research\" allows"
                + " 3.00 at most"),
        mutation.refusal());
    assertTrue(mutation.patch().isEmpty());
  }

  @Test
  void whereAPolicyAllowsNoOnDemandNodesWhatRemainsIsNamed() {
    ObjectNode admitted = admitted(pod(PREFER), under("bounds: {onDemand: false}"));

    assertEquals(
        "karpenter.sh/capacity-type", terms(admitted).at("/0/matchExpressions/0/key").asText());
    assertEquals(list("owned", "reserved", "spot"), values(admitted));
  }

  @Test
  void aPodThatWouldWaitIsRefusedWhereThePolicySaysSo() {
    Mutation mutation =
        mutate(
            pod(PREFER + ",'windfall.dev/max-price-per-gpu':'0.10'"),
            under("whenNothingFits: Deny"));

    assertEquals(
        Optional.of(
            "no offer at or below 0.10 USD/GPU·h; nearest is g6.xlarge in eu-central-1a at 0.40;"
                + " policy \"research\" refuses pods that would wait"),
        mutation.refusal());
  }

  @Test
  void offersThatAPodNamesAreLeftButForThoseBeyondABound() {
    ObjectNode pod = pod(PREFER, affinity("windfall.dev/offer", CHEAP, DEAR, DEMAND, "a.x1.spot"));
    Mutation.Market market =
        under("enforcement: Deny, bounds: {maxPricePerGpu: \"0.50\", onDemand: false}");

    assertEquals(list(CHEAP, "a.x1.spot"), values(admitted(pod, market)));
    assertEquals(
        List.of("offers beyond the bounds of research were taken out of the affinity"),
        mutate(pod, market).warnings());
    assertTrue(mutate(admitted(pod, market), market).patch().isEmpty());
  }

  @Test
  void aPodThatNamesOnlyOffersBeyondABoundIsRefusedOrWarned() {
    ObjectNode pod = pod(PREFER, "'nodeSelector':{'windfall.dev/offer':'" + DEAR + "'},");

    assertEquals(
        Optional.of("the pod requires offers beyond the bounds of policy \"research\""),
        mutate(pod, under("enforcement: Deny, bounds: {maxPricePerGpu: \"0.50\"}")).refusal());
    assertEquals(
        List.of("the pod requires offers beyond the bounds of research; it only warns"),
        mutate(pod, under("bounds: {maxPricePerGpu: \"0.50\"}")).warnings());
  }

  @Test
  void aPodThatAnotherSystemPlacesHasToMeetTheBoundsByItself() {
    Mutation.Market market =
        under("enforcement: Deny, bounds: {onDemand: false, providers: [aws]}");
    String kueue = "'schedulingGates':[{'name':'kueue.x-k8s.io/admission'}],";

    assertEquals(
        Optional.of(
            "Kueue places this pod, so Windfall does not hold it to nodes; policy \"research\" asks"
                + " its template to require karpenter.sh/capacity-type In [owned, reserved, spot]"),
        mutate(pod(PREFER, kueue), market).refusal());
    assertEquals(
        Optional.of(
            "Kueue places this pod, so Windfall does not hold it to nodes; policy \"research\" asks"
                + " its template to require windfall.dev/provider In [aws]"),
        mutate(pod(PREFER, kueue + affinity("karpenter.sh/capacity-type", "spot")), market)
            .refusal());
    assertEquals(
        Optional.empty(),
        mutate(pod(PREFER, kueue + affinity("windfall.dev/offer", CHEAP)), market).refusal());
    assertEquals(
        Optional.of(
            "Kueue places this pod, so Windfall does not hold it to nodes; policy \"research\" asks"
                + " its template to require other offers than "
                + DEMAND),
        mutate(pod(PREFER, kueue + affinity("windfall.dev/offer", CHEAP, DEMAND)), market)
            .refusal());
  }

  @Test
  void anAlternativeThatNamesNoOfferIsNoWayAroundABound() {
    String terms =
        """
        'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{
          'nodeSelectorTerms':[
            {'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['%s']}]},
            {'matchExpressions':[{'key':'kubernetes.io/arch','operator':'In','values':['amd64']}]}
          ]}}},
        """;
    Mutation.Market market = under("enforcement: Deny, bounds: {maxPricePerGpu: \"0.50\"}");

    assertEquals(
        Optional.of("the pod requires offers beyond the bounds of policy \"research\""),
        mutate(pod(PREFER, terms.formatted(DEAR)), market).refusal());
    ObjectNode admitted = admitted(pod(PREFER, terms.formatted(CHEAP + "','" + DEAR)), market);
    assertEquals(list(CHEAP), values(admitted));
    assertEquals(list(CHEAP), terms(admitted).at("/1/matchExpressions/1/values"));
  }

  @Test
  void theGateIsNoWayAroundAPolicyByWhichPodsDoNotWait() {
    ObjectNode pod =
        pod(
            PREFER + ",'windfall.dev/max-price-per-gpu':'0.10'",
            "'schedulingGates':[{'name':'windfall.dev/price'}],");

    assertTrue(mutate(pod, under("whenNothingFits: Deny")).refusal().isPresent());
    assertTrue(mutate(pod, under("whenNothingFits: Wait")).refusal().isEmpty());
  }

  @Test
  void whatOnePolicyOnlyWarnsOfIsNotRefusedForAnother() {
    Mutation.Market market =
        under(
            """
            bounds: {maxPricePerGpu: "0.50"}}
            ---
            apiVersion: windfall.dev/v1alpha1
            kind: SpotPolicy
            metadata: {name: strict}
            spec: {enforcement: Deny, bounds: {onDemand: false}\
            """);
    String kueue = "'schedulingGates':[{'name':'kueue.x-k8s.io/admission'}],";
    ObjectNode placed = pod(PREFER, kueue + affinity("karpenter.sh/capacity-type", "spot"));
    ObjectNode dear = pod(PREFER, affinity("windfall.dev/offer", DEAR));

    assertEquals(Optional.empty(), mutate(placed, market).refusal());
    assertEquals(Optional.empty(), mutate(dear, market).refusal());
    assertEquals(
        List.of("the pod requires offers beyond the bounds of research, strict; it only warns"),
        mutate(dear, market).warnings());
    assertEquals(
        Optional.of("the pod requires offers beyond the bounds of policy \"strict\""),
        mutate(pod(PREFER, affinity("windfall.dev/offer", DEMAND)), market).refusal());
  }

  @Test
  void aBoundAloneOpensNoRungToPodsThatAnotherSystemPlaces() {
    ObjectNode pod = pod("", "'schedulingGates':[{'name':'kueue.x-k8s.io/admission'}],");

    assertTrue(mutate(pod, under("bounds: {maxPricePerGpu: \"3.00\"}")).patch().isEmpty());
  }

  @Test
  void neverIsNotHeldBackByABoundThatOnlyWarnsButByOneThatDenies() {
    ObjectNode pod = pod("'windfall.dev/spot':'never'");

    assertEquals(list("spot"), values(admitted(pod, under("bounds: {maxPricePerGpu: \"0.50\"}"))));
    assertEquals(
        Optional.of(
            "no offer at or below 0.50 USD/GPU·h; nearest is g6.xlarge in eu-central-1a at 1.00;"
                + " without an offer the pod cannot be held to the bounds of policy"
                + " \"research\""),
        mutate(pod, under("enforcement: Deny, bounds: {maxPricePerGpu: \"0.50\"}")).refusal());
  }
}
