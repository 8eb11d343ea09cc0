package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.BOOK;
import static dev.windfall.webhook.Markets.book;
import static dev.windfall.webhook.Markets.market;
import static dev.windfall.webhook.Markets.offer;
import static dev.windfall.webhook.Pods.admitted;
import static dev.windfall.webhook.Pods.decision;
import static dev.windfall.webhook.Pods.json;
import static dev.windfall.webhook.Pods.mutate;
import static dev.windfall.webhook.Pods.pod;
import static dev.windfall.webhook.Pods.terms;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Keys;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each wish makes of a pod. */
class MutationTest {
  private static final String PREFER = "'windfall.dev/spot':'prefer'";
  private static final String REQUIRE = "'windfall.dev/spot':'require'";
  private static final String NEVER = "'windfall.dev/spot':'never'";

  private static final JsonNode TOLERATIONS =
      json("""
      {'t':[{'key':'nvidia.com/gpu','operator':'Exists','effect':'NoSchedule'},
            {'key':'windfall.dev/rung','operator':'Exists','effect':'NoSchedule'}]}
      """)
          .get("t");

  private static String capped(String wish, String cap) {
    return wish + ",'windfall.dev/max-price-per-gpu':'" + cap + "'";
  }

  private static JsonNode term(String expressions) {
    return json("{'terms':[{'matchExpressions':[" + expressions + "]}]}").get("terms");
  }

  @Test
  void aPodWithoutTheAnnotationIsNotTouched() {
    Mutation mutation = mutate(pod(""), market(BOOK));

    assertTrue(mutation.patch().isEmpty());
    assertEquals(List.of(), mutation.warnings());
  }

  @Test
  void aPodWithoutGpusIsNotTouched() {
    ObjectNode cpu =
        json(
            """
            {'metadata':{'name':'web','annotations':{'windfall.dev/spot':'require'}},
             'spec':{'containers':[{'name':'main','image':'web:1'}]}}
            """);

    assertTrue(mutate(cpu, market(BOOK)).patch().isEmpty());
  }

  @Test
  void aMisspeltAnnotationIsWarnedAboutAndChangesNothing() {
    Mutation mutation = mutate(pod("'windfall.dev/sport':'prefer'"), market(BOOK));

    assertTrue(mutation.patch().isEmpty());
    assertEquals(
        List.of(
            "annotation \"windfall.dev/sport\" is unknown and has no effect; did you mean"
                + " \"windfall.dev/spot\"?"),
        mutation.warnings());
  }

  @Test
  void preferAddsTheTolerationsAndTheDecisionAndNothingElse() {
    ObjectNode pod = pod(PREFER);

    ObjectNode admitted = admitted(pod, market(BOOK));

    ObjectNode expected = pod.deepCopy();
    ((ObjectNode) expected.get("spec")).set("tolerations", TOLERATIONS);
    ((ObjectNode) expected.at("/metadata/annotations"))
        .put(
            Keys.DECISION,
            "{\"asked\":{\"spot\":\"prefer\"},\"granted\":\"any rung\",\"book\":\"%s\",\"cheapest\":[]}"
                .formatted(BOOK.version()));
    assertEquals(expected, admitted);
  }

  @Test
  void requireHoldsThePodToSpot() {
    ObjectNode admitted = admitted(pod(REQUIRE), market(BOOK));

    assertEquals(TOLERATIONS, admitted.at("/spec/tolerations"));
    assertEquals(
        term("{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}"),
        terms(admitted));
    assertEquals("labels", decision(admitted).path("granted").asText());
  }

  @Test
  void neverKeepsThePodOffSpotAndNeverGatesIt() {
    ObjectNode admitted = admitted(pod(capped(NEVER, "0.01")), market(book()));

    assertEquals(
        term("{'key':'karpenter.sh/capacity-type','operator':'NotIn','values':['spot']}"),
        terms(admitted));
    assertTrue(admitted.at("/spec/schedulingGates").isMissingNode());
  }

  @Test
  void aCapNamesTheOffersAtOrBelowItInOneTerm() {
    ObjectNode admitted = admitted(pod(capped(PREFER, "0.80")), market(BOOK));

    assertEquals(
        term(
            """
            {'key':'windfall.dev/offer','operator':'In',
             'values':['eu-central-1a.g6.xlarge.spot','eu-central-1b.g6.xlarge.spot']}
            """),
        terms(admitted));
    assertEquals(
        json(
            """
            {'asked':{'spot':'prefer','maxPricePerGpu':'0.80'},'granted':'offers','book':'%s',
             'cheapest':[{'offer':'eu-central-1a.g6.xlarge.spot','usdPerGpuHour':0.4},
                         {'offer':'eu-central-1b.g6.xlarge.spot','usdPerGpuHour':0.8}]}
            """
                .formatted(BOOK.version())),
        decision(admitted));
  }

  @Test
  void aCapAllowsOnlyWhatSomePoolMayBuy() {
    ObjectNode pod = pod(capped(PREFER, "20"));

    ObjectNode admitted = admitted(pod, market(BOOK, List.of(Markets.poolOf("p5"))));

    assertEquals(
        json("{'v':['eu-central-1a.p5.48xlarge.spot']}").get("v"),
        terms(admitted).at("/0/matchExpressions/0/values"));
  }

  @Test
  void aCapBelowEveryOfferGatesThePodAndSaysWhatIsNearest() {
    ObjectNode pod = pod(capped(REQUIRE, "0.30"));

    Mutation mutation = mutate(pod, market(BOOK));
    ObjectNode admitted = admitted(pod, market(BOOK));

    assertTrue(mutation.gated());
    assertEquals(
        List.of(
            "the pod waits: no offer at or below 0.30 USD/GPU·h; nearest is g6.xlarge in"
                + " eu-central-1a at 0.40"),
        mutation.warnings());
    assertEquals(
        json("{'g':[{'name':'windfall.dev/price'}]}").get("g"),
        admitted.at("/spec/schedulingGates"));
    assertEquals(TOLERATIONS, admitted.at("/spec/tolerations"));
    assertTrue(admitted.at("/spec/affinity").isMissingNode());
    assertEquals("wait", decision(admitted).path("granted").asText());
    assertEquals(
        "eu-central-1a.g6.xlarge.spot", decision(admitted).at("/cheapest/0/offer").asText());
  }

  @Test
  void aGateJoinsTheGatesThatAreThere() {
    ObjectNode pod =
        pod(capped(REQUIRE, "0.30"), "'schedulingGates':[{'name':'example.com/quota'}],");

    assertEquals(
        json("{'g':[{'name':'example.com/quota'},{'name':'windfall.dev/price'}]}").get("g"),
        admitted(pod, market(BOOK)).at("/spec/schedulingGates"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'tolerations':null,'affinity':null,'schedulingGates':null,",
        "'tolerations':[],'affinity':{},'schedulingGates':[],",
        "'affinity':{'nodeAffinity':null},",
        "'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':null}},"
      })
  void whatIsAbsentNullOrEmptyIsFilled(String spec) {
    ObjectNode admitted = admitted(pod(REQUIRE, spec), market(BOOK));

    assertEquals(TOLERATIONS, admitted.at("/spec/tolerations"));
    assertEquals(
        term("{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}"),
        terms(admitted));
  }

  @Test
  void eachOfTheUsersTermsIsNarrowedAndNoneIsAdded() {
    ObjectNode pod =
        pod(
            REQUIRE,
            """
            'affinity':{'nodeAffinity':{
              'preferredDuringSchedulingIgnoredDuringExecution':[{'weight':1,'preference':{}}],
              'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[
                {'matchExpressions':[{'key':'team','operator':'In','values':['a']}]},
                {'matchFields':[{'key':'metadata.name','operator':'In','values':['n1']}]},
                {}]}},
              'podAntiAffinity':{'x':[]}},
            """);

    ObjectNode admitted = admitted(pod, market(BOOK));

    String spot = "{'key':'karpenter.sh/capacity-type','operator':'In','values':['spot']}";
    assertEquals(
        json("""
        {'terms':[
          {'matchExpressions':[{'key':'team','operator':'In','values':['a']},%s]},
          {'matchFields':[{'key':'metadata.name','operator':'In','values':['n1']}],
           'matchExpressions':[%s]},
          {}]}
        """
                .formatted(spot, spot))
            .get("terms"),
        terms(admitted));
    assertEquals(
        pod.at("/spec/affinity/podAntiAffinity"), admitted.at("/spec/affinity/podAntiAffinity"));
    for (JsonNode operation : mutate(pod, market(BOOK)).patch()) {
      assertEquals("add", operation.path("op").asText());
      assertFalse(
          operation.path("path").asText().equals("/spec/affinity"),
          "the user's own stays in place");
    }
  }

  @Test
  void aWishThatTheNodeSelectorHoldsAlreadyAddsNoAffinity() {
    ObjectNode pod = pod(NEVER, "'nodeSelector':{'karpenter.sh/capacity-type':'on-demand'},");

    assertTrue(admitted(pod, market(BOOK)).at("/spec/affinity").isMissingNode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'operator':'Exists'}",
        "{'key':'nvidia.com/gpu','operator':'Exists'}",
        "{'key':'nvidia.com/gpu','operator':'Equal','value':'true','effect':'NoSchedule'}"
      })
  void aTaintThatIsToleratedAlreadyIsNotToleratedTwice(String toleration) {
    ObjectNode pod =
        pod(
            PREFER,
            "'tolerations':[%s,{'key':'windfall.dev/rung','operator':'Exists'}],"
                .formatted(toleration));

    assertTrue(mutate(pod, market(BOOK)).patch().isEmpty());
  }

  @Test
  void tolerationsOfTheUserStayInFrontAsTheyAre() {
    String own =
        "{'key':'nvidia.com/gpu','operator':'Equal','value':'present','effect':'NoSchedule'}";

    JsonNode tolerations =
        admitted(pod(PREFER, "'tolerations':[" + own + "],"), market(BOOK)).at("/spec/tolerations");

    assertEquals(json(own), tolerations.get(0));
    assertEquals(TOLERATIONS.get(0), tolerations.get(1));
    assertEquals(TOLERATIONS.get(1), tolerations.get(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'metadata':{'ownerReferences':[{'kind':'DaemonSet','name':'x'}]}}",
        "{'metadata':{'annotations':{'kubernetes.io/config.mirror':'1'}}}",
        "{'spec':{'nodeName':'n1'}}"
      })
  void podsWhoseNodeIsSettledAreNotTouched(String settled) throws IOException {
    ObjectNode pod = pod(capped(REQUIRE, "0.01") + ",'windfall.dev/x':''");
    Json.MAPPER.readerForUpdating(pod).readValue(json(settled).toString());

    Mutation mutation = mutate(pod, market(BOOK));

    assertTrue(mutation.patch().isEmpty());
    assertEquals(List.of(), mutation.warnings());
  }

  @Test
  void aForgedDecisionIsNotReadAndIsReplacedWithTheRest() {
    ObjectNode pod = pod(PREFER);
    ((ObjectNode) pod.at("/metadata/annotations")).put(Keys.DECISION, "{\"granted\":\"offers\"}");

    assertEquals("any rung", decision(admitted(pod, market(BOOK))).path("granted").asText());
  }

  @Test
  void theDecisionFitsIntoAKibibyteHoweverLongTheNamesAre() {
    String zone = "z".repeat(400);

    Optional<String> decision =
        mutate(
                pod(capped(PREFER, "9")),
                market(
                    book(
                        offer(zone + "1.g6.xlarge.spot", 1, "1"),
                        offer(zone + "2.g6.xlarge.spot", 1, "2"),
                        offer(zone + "3.g6.xlarge.spot", 1, "3"))))
            .decision();

    assertTrue(decision.orElseThrow().length() <= 1024);
    assertEquals(2, json(decision.orElseThrow()).path("cheapest").size());
  }

  @Test
  void whatIsNoPodIsRefused() {
    assertThrows(
        IOException.class,
        () ->
            Mutation.of(
                json("{'spec':{'containers':[{'resources':{'limits':{'nvidia.com/gpu':'-1'}}}]}}"),
                "research",
                market(BOOK)));
  }

  @Test
  void theAssignedSchedulerIsGivenToPodsThatChoseNoneWhileItLives() {
    assertEquals(
        "gpu-scheduler",
        admitted(pod(PREFER), Markets.assigning("gpu-scheduler", true))
            .at("/spec/schedulerName")
            .asText());
    assertEquals(
        "default-scheduler",
        admitted(pod(PREFER), Markets.assigning("gpu-scheduler", false))
            .at("/spec/schedulerName")
            .asText());
    ObjectNode unset = pod(PREFER);
    ((ObjectNode) unset.get("spec")).remove("schedulerName");
    assertEquals(
        "gpu-scheduler",
        admitted(unset, Markets.assigning("gpu-scheduler", true))
            .at("/spec/schedulerName")
            .asText());
  }

  @Test
  void aPodThatNamesTheAssignedSchedulerIsHeldToItsWishAlsoWhileThatIsDead() {
    ObjectNode pod = pod(capped(PREFER, "0.40"));
    ((ObjectNode) pod.get("spec")).put("schedulerName", "gpu-scheduler");

    ObjectNode admitted = admitted(pod, Markets.assigning("gpu-scheduler", false));

    assertEquals("gpu-scheduler", admitted.at("/spec/schedulerName").asText());
    assertEquals(1, terms(admitted).size());
  }
}
