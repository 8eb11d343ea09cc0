package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.BOOK;
import static dev.windfall.webhook.Markets.market;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each wish becomes as little as says it exactly, in one term. */
class WishesTest {
  private static final String L4_A = "eu-central-1a.g6.xlarge.spot";
  private static final String L4_B = "eu-central-1b.g6.xlarge.spot";
  private static final String L4_DEMAND = "eu-central-1a.g6.xlarge.on-demand";
  private static final String H100 = "eu-central-1a.p5.48xlarge.spot";

  private static final String CAPACITY = "karpenter.sh/capacity-type";
  private static final String ZONE = "topology.kubernetes.io/zone";

  private static String wishes(String... keysAndValues) {
    StringBuilder annotations = new StringBuilder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      annotations
          .append(i == 0 ? "" : ",")
          .append("'windfall.dev/")
          .append(keysAndValues[i])
          .append("':'")
          .append(keysAndValues[i + 1])
          .append('\'');
    }
    return annotations.toString();
  }

  /** One term that holds one expression. */
  private static JsonNode only(String key, String operator, String... values) {
    String list = "'" + String.join("','", values) + "'";
    return json("{'t':[{'matchExpressions':[{'key':'%s','operator':'%s','values':[%s]}]}]}"
            .formatted(key, operator, list))
        .get("t");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # wish                     | the offers it names
          gpu-models=L4              | eu-central-1a.g6.xlarge.on-demand,eu-central-1a.g6.xlarge.spot,eu-central-1b.g6.xlarge.spot
          gpu-models=H100            | eu-central-1a.p5.48xlarge.spot
          gpu-models=L4;zones=eu-central-1b | eu-central-1b.g6.xlarge.spot
          min-gpu-memory=24Gi;max-price-per-gpu=0.50 | eu-central-1a.g6.xlarge.spot
          providers=aws;max-price-per-gpu=0.90 | eu-central-1a.g6.xlarge.spot,eu-central-1b.g6.xlarge.spot
          """)
  void whatNoLabelSaysIsSaidByOffers(String wish, String offers) {
    ObjectNode admitted =
        admitted(pod(wishes(("spot=prefer;" + wish).split("[=;]"))), market(BOOK));

    assertEquals(only("windfall.dev/offer", "In", offers.split(",")), terms(admitted));
    assertEquals("offers", decision(admitted).path("granted").asText());
  }

  @Test
  void zonesAloneAreSaidByTheirLabel() {
    ObjectNode admitted =
        admitted(
            pod(wishes("spot", "prefer", "zones", "eu-central-1b,eu-central-1a")), market(BOOK));

    assertEquals(only(ZONE, "In", "eu-central-1a", "eu-central-1b"), terms(admitted));
    assertEquals("labels", decision(admitted).path("granted").asText());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gpu-models=B200        | model B200
          min-gpu-memory=80Gi    | 80Gi a GPU
          providers=runpod       | provider runpod
          gpu-models=L4;zones=eu-west-1a,eu-west-1b | model L4, zone eu-west-1a or eu-west-1b
          """)
  void aWishThatTheMarketDoesNotKnowWaitsAndSaysWhatIsMissing(String wish, String missing) {
    ObjectNode pod = pod(wishes(("spot=require;" + wish).split("[=;]")));

    Mutation mutation = mutate(pod, market(BOOK));

    assertTrue(mutation.gated());
    assertEquals(
        List.of(
            "the pod waits: no offer is as wished; the market has none that fits at any price,"
                + " with "
                + missing),
        mutation.warnings());
  }

  @Test
  void thePodsOwnSelectorNarrowsTheOffersItIsHeldTo() {
    ObjectNode pod =
        pod(
            wishes("spot", "prefer", "max-price-per-gpu", "0.90"),
            "'nodeSelector':{'" + ZONE + "':'eu-central-1b'},");

    assertEquals(only("windfall.dev/offer", "In", L4_B), terms(admitted(pod, market(BOOK))));
  }

  @Test
  void thePodsOwnTermsNarrowTheOffersItIsHeldToAndAreNarrowedEach() {
    ObjectNode pod =
        pod(
            wishes("spot", "prefer", "max-price-per-gpu", "0.90"),
            """
            'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{
              'nodeSelectorTerms':[
                {'matchExpressions':[{'key':'%1$s','operator':'In','values':['eu-central-1b']}]},
                {'matchExpressions':[{'key':'team','operator':'Exists'},
                  {'key':'%1$s','operator':'NotIn','values':['eu-central-1a']}]}]}}},
            """
                .formatted(ZONE));

    JsonNode terms = terms(admitted(pod, market(BOOK)));

    assertEquals(2, terms.size());
    for (JsonNode term : terms) {
      JsonNode last = term.path("matchExpressions").path(term.path("matchExpressions").size() - 1);
      assertEquals(only("windfall.dev/offer", "In", L4_B).at("/0/matchExpressions/0"), last);
    }
  }

  @Test
  void aSelectorThatNoOfferMeetsWaitsBehindTheGate() {
    ObjectNode pod =
        pod(
            wishes("spot", "prefer", "max-price-per-gpu", "0.90"),
            "'nodeSelector':{'" + ZONE + "':'eu-central-1c'},");

    assertTrue(mutate(pod, market(BOOK)).gated());
  }

  @Test
  void neverWithAModelNamesWhatIsNotSpot() {
    ObjectNode admitted = admitted(pod(wishes("spot", "never", "gpu-models", "L4")), market(BOOK));

    assertEquals(only("windfall.dev/offer", "In", L4_DEMAND), terms(admitted));
  }

  @Test
  void neverDoesNotWaitForAModelThatIsNotThereButSaysSo() {
    ObjectNode pod = pod(wishes("spot", "never", "gpu-models", "H100"));

    assertEquals(only(CAPACITY, "NotIn", "spot"), terms(admitted(pod, market(BOOK))));
    assertEquals(
        List.of(
            "no offer is as wished; the market has none that fits at any price, with model H100;"
                + " with windfall.dev/spot \"never\" the pod does not wait, and is held to its"
                + " capacity only"),
        mutate(pod, market(BOOK)).warnings());
  }

  @Test
  void doNotDisruptIsToldToKarpenter() {
    ObjectNode admitted =
        admitted(pod(wishes("spot", "prefer", "do-not-disrupt", "true")), market(BOOK));

    assertEquals(
        "true",
        admitted.path("metadata").path("annotations").path("karpenter.sh/do-not-disrupt").asText());
  }

  @Test
  void whatAPersonToldKarpenterIsLeft() {
    ObjectNode pod =
        pod(
            wishes("spot", "prefer", "do-not-disrupt", "true")
                + ",'karpenter.sh/do-not-disrupt':'false'");

    assertEquals(
        "false",
        admitted(pod, market(BOOK))
            .path("metadata")
            .path("annotations")
            .path("karpenter.sh/do-not-disrupt")
            .asText());
  }

  @Test
  void aForgedDecisionChangesNothingThatIsGranted() {
    String wish = wishes("spot", "require", "max-price-per-gpu", "0.50");
    ObjectNode honest = admitted(pod(wish), market(BOOK));
    String forged = wish + ",'windfall.dev/decision':'any rung at any price'";

    ObjectNode admitted = admitted(pod(forged), market(BOOK));

    assertEquals(honest, admitted);
  }

  @Test
  void offersThatAPersonNamedAreHeldToTheWishForCapacityToo() {
    ObjectNode pod =
        pod(
            wishes("spot", "require", "gpu-models", "L4"),
            "'nodeSelector':{'windfall.dev/offer':'" + L4_DEMAND + "'},");

    assertEquals(only(CAPACITY, "In", "spot"), terms(admitted(pod, market(BOOK))));
  }

  @Test
  void offersThatAPersonNamedAndThatAreAsWishedNeedNothingMore() {
    ObjectNode pod =
        pod(
            wishes("spot", "require", "gpu-models", "H100"),
            "'nodeSelector':{'windfall.dev/offer':'" + H100 + "'},");

    assertTrue(admitted(pod, market(BOOK)).at("/spec/affinity").isMissingNode());
  }

  @Test
  void aDecisionFitsHoweverMuchWasAsked() {
    String many = "a".repeat(60);
    ObjectNode pod =
        pod(
            wishes(
                "spot",
                "prefer",
                "max-price-per-gpu",
                "999999.123456",
                "min-gpu-memory",
                "1023Gi",
                "gpu-models",
                String.join(",", List.of(many + 123, many + 234, many + 345, many + 456)),
                "providers",
                String.join(",", List.of(many + 123, many + 234, many + 345)),
                "zones",
                String.join(",", List.of(many + 123, many + 234, many + 345))));
    Mutation.Market market = Markets.underPoliciesNamed(many + "abc", many + "abd", many + "abe");

    String text = mutate(pod, market).decision().orElseThrow();

    assertTrue(text.length() <= 1024, () -> text.length() + ": " + text);
    assertTrue(text.length() > 700, "the test asks for much");
    assertEquals("and 2 more", json(text).at("/asked/gpuModels/2").asText());
    assertEquals("and 1 more", json(text).at("/policies/2").asText());
  }

  @Test
  void anOfferThatIsGrantedIsLeftWhenAskedAgain() {
    ObjectNode once =
        admitted(
            pod(wishes("spot", "prefer", "gpu-models", "L4", "zones", "eu-central-1a")),
            market(BOOK));

    assertEquals(only("windfall.dev/offer", "In", L4_DEMAND, L4_A), terms(once));
    assertTrue(mutate(once, market(BOOK)).patch().isEmpty());
  }
}
