package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.under;
import static dev.windfall.webhook.Markets.withoutLeader;
import static dev.windfall.webhook.Pods.admitted;
import static dev.windfall.webhook.Pods.decision;
import static dev.windfall.webhook.Pods.json;
import static dev.windfall.webhook.Pods.mutate;
import static dev.windfall.webhook.Pods.pod;
import static dev.windfall.webhook.Pods.terms;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is held until the pods that come with it are seen. */
class BurstGateTest {
  private static final String PREFER = "'windfall.dev/spot':'prefer'";
  private static final String CAPPED = PREFER + ",'windfall.dev/max-price-per-gpu':'5'";
  private static final JsonNode GATE = json("{'g':[{'name':'windfall.dev/burst'}]}").get("g");

  private static JsonNode gates(ObjectNode pod) {
    return pod.at("/spec/schedulingGates");
  }

  @ParameterizedTest
  @ValueSource(strings = {PREFER, CAPPED, "'windfall.dev/spot':'require'"})
  void aPodOfABurstIsHeldAndNotYetHeldToAnything(String annotations) {
    Mutation mutation = mutate(pod(annotations), under("assignBursts: true"));
    ObjectNode admitted = admitted(pod(annotations), under("assignBursts: true"));

    assertTrue(mutation.gated());
    assertEquals(GATE, gates(admitted));
    assertTrue(terms(admitted).isMissingNode(), admitted::toString);
    assertEquals("burst", decision(admitted).path("granted").asText());
    assertEquals(2, admitted.at("/spec/tolerations").size());
  }

  @Test
  void withoutALeaderItIsAdmittedAsWithoutThePolicy() {
    ObjectNode without = admitted(pod(CAPPED), under("assignBursts: false"));

    assertEquals(without, admitted(pod(CAPPED), withoutLeader(under("assignBursts: true"))));
    assertTrue(gates(without).isMissingNode());
  }

  @Test
  void whatIsHeldIsNotChangedAgainWhoeverLeads() {
    ObjectNode held = admitted(pod(PREFER), under("assignBursts: true"));

    assertTrue(mutate(held, under("assignBursts: true")).patch().isEmpty());
    assertTrue(mutate(held, withoutLeader(under("assignBursts: true"))).patch().isEmpty());
    assertTrue(mutate(held, under("assignBursts: false")).patch().isEmpty());
  }

  @Test
  void whatNoOfferMeetsWaitsForItsPrice() {
    ObjectNode admitted =
        admitted(
            pod(PREFER + ",'windfall.dev/max-price-per-gpu':'0.01'"), under("assignBursts: true"));

    assertEquals("windfall.dev/price", gates(admitted).at("/0/name").asText());
  }

  @Test
  void whoIsNeverToRunOnSpotIsNotHeld() {
    assertFalse(mutate(pod("'windfall.dev/spot':'never'"), under("assignBursts: true")).gated());
  }

  @Test
  void whoNamesItsOffersIsNotHeld() {
    ObjectNode named =
        pod(
            PREFER,
            """
            'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{
              'nodeSelectorTerms':[{'matchExpressions':[{'key':'windfall.dev/offer',
                'operator':'In','values':['eu-central-1a.g6.xlarge.spot']}]}]}}},
            """);

    assertFalse(mutate(named, under("assignBursts: true")).gated());
  }

  @Test
  void thePodsOfOthersAreNotHeld() {
    ObjectNode theirs = pod(PREFER);
    theirs.withObjectProperty("spec").put("schedulerName", "volcano");

    assertFalse(mutate(theirs, under("assignBursts: true")).gated());
  }
}
