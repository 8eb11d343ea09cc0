package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FitTest {
  private static final Map<String, String> LABELS = Map.of("zone", "a", "type", "g6.xlarge");
  private static final String GPU_TAINT =
      "{'key':'nvidia.com/gpu','value':'true','effect':'NoSchedule'}";

  private static ObjectNode json(String text) {
    return Cluster.json(text.replace('\'', '"'));
  }

  /** A pod with these tolerations on a node with one taint. */
  private static boolean tolerates(String tolerations, String taint) {
    return Fit.allowed(
        json("{'spec':{'tolerations':[" + tolerations + "]}}"),
        Map.of(),
        JsonNodeFactory.instance.arrayNode().add(json(taint)));
  }

  /** A pod with these selector terms on a node of zone a and type g6.xlarge. */
  private static boolean matches(String terms) {
    return selects(
        json(
            "{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
                + "{'nodeSelectorTerms':["
                + terms
                + "]}}}}}"));
  }

  private static String term(String... expressions) {
    return "{'matchExpressions':[" + String.join(",", expressions) + "]}";
  }

  private static String in(String key, String... values) {
    return "{'key':'%s','operator':'In','values':['%s']}"
        .formatted(key, String.join("','", values));
  }

  private static String notIn(String key, String value) {
    return "{'key':'%s','operator':'NotIn','values':['%s']}".formatted(key, value);
  }

  private static String is(String key, String operator) {
    return "{'key':'%s','operator':'%s'}".formatted(key, operator);
  }

  private static boolean selects(JsonNode pod) {
    return Fit.allowed(pod, LABELS, JsonNodeFactory.instance.arrayNode());
  }

  @Test
  void aPodThatWishesNothingRunsOnANodeWithoutTaints() {
    assertTrue(selects(json("{'spec':{}}")));
  }

  @Test
  void aTaintKeepsOffWhoDoesNotTolerateIt() {
    assertFalse(tolerates("", GPU_TAINT));
  }

  @Test
  void equalComparesKeyAndValue() {
    assertTrue(tolerates("{'key':'nvidia.com/gpu','operator':'Equal','value':'true'}", GPU_TAINT));
    assertFalse(tolerates("{'key':'nvidia.com/gpu','operator':'Equal','value':'no'}", GPU_TAINT));
    assertFalse(tolerates("{'key':'other','operator':'Equal','value':'true'}", GPU_TAINT));
  }

  @Test
  void aTolerationWithoutAnOperatorMeansEqual() {
    assertTrue(tolerates("{'key':'nvidia.com/gpu','value':'true'}", GPU_TAINT));
    assertFalse(tolerates("{'key':'nvidia.com/gpu'}", GPU_TAINT));
  }

  @Test
  void existsComparesTheKeyAlone() {
    assertTrue(tolerates("{'key':'nvidia.com/gpu','operator':'Exists'}", GPU_TAINT));
    assertFalse(tolerates("{'key':'other','operator':'Exists'}", GPU_TAINT));
  }

  @Test
  void onlyExistsToleratesEveryKey() {
    assertTrue(tolerates("{'operator':'Exists'}", GPU_TAINT));
    assertFalse(tolerates("{'operator':'Equal','value':'true'}", GPU_TAINT));
  }

  @Test
  void anEffectThatIsNamedHasToBeTheTaints() {
    String key = "{'key':'nvidia.com/gpu','operator':'Exists','effect':'%s'}";
    assertTrue(tolerates(key.formatted("NoSchedule"), GPU_TAINT));
    assertFalse(tolerates(key.formatted("NoExecute"), GPU_TAINT));
  }

  @Test
  void noExecuteKeepsOffToo() {
    assertFalse(tolerates("", "{'key':'a','effect':'NoExecute'}"));
  }

  @Test
  void preferNoScheduleKeepsNobodyOff() {
    assertTrue(tolerates("", "{'key':'a','effect':'PreferNoSchedule'}"));
  }

  @Test
  void everyTaintHasToBeTolerated() {
    JsonNode pod = json("{'spec':{'tolerations':[{'key':'a','operator':'Exists'}]}}");
    JsonNode taints =
        json("{'t':[{'key':'a','effect':'NoSchedule'},{'key':'b','effect':'NoSchedule'}]}")
            .get("t");

    assertFalse(Fit.allowed(pod, Map.of(), taints));
  }

  @Test
  void everyLabelOfTheNodeSelectorHasToBeThere() {
    String selector = "{'spec':{'nodeSelector':{'zone':'a','%s':'%s'}}}";
    assertTrue(selects(json(selector.formatted("type", "g6.xlarge"))));
    assertFalse(selects(json(selector.formatted("type", "g5.xlarge"))));
    assertFalse(selects(json(selector.formatted("missing", "x"))));
  }

  @Test
  void nodeSelectorAndAffinityBothHaveToHold() {
    JsonNode pod =
        json(
            """
            {'spec':{'nodeSelector':{'zone':'%s'},
             'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':
              {'nodeSelectorTerms':[{'matchExpressions':[{'key':'type','operator':'Exists'}]}]}}}}}\
            """
                .formatted("b"));

    assertFalse(selects(pod));
  }

  @Test
  void oneTermThatHoldsIsEnough() {
    assertTrue(matches(term(in("zone", "b")) + "," + term(in("zone", "a"))));
    assertFalse(matches(term(in("zone", "b")) + "," + term(in("zone", "c"))));
  }

  @Test
  void everyExpressionOfATermHasToHold() {
    assertTrue(matches(term(in("zone", "a"), in("type", "g6.xlarge"))));
    assertFalse(matches(term(in("zone", "a"), in("type", "g5.xlarge"))));
  }

  @Test
  void inWantsOneOfItsValues() {
    assertTrue(matches(term(in("zone", "b", "a"))));
    assertFalse(matches(term(in("zone", "b", "c"))));
    assertFalse(matches(term(in("missing", "a"))));
  }

  @Test
  void notInAlsoHoldsWithoutTheLabel() {
    assertTrue(matches(term(notIn("zone", "b"))));
    assertFalse(matches(term(notIn("zone", "a"))));
    assertTrue(matches(term(notIn("missing", "a"))));
  }

  @Test
  void existsWantsTheLabel() {
    assertTrue(matches(term(is("zone", "Exists"))));
    assertFalse(matches(term(is("missing", "Exists"))));
  }

  @Test
  void doesNotExistWantsNoSuchLabel() {
    assertTrue(matches(term(is("missing", "DoesNotExist"))));
    assertFalse(matches(term(is("zone", "DoesNotExist"))));
  }

  @Test
  void anEmptyTermMatchesNothing() {
    assertFalse(matches("{}"));
    assertFalse(matches(term()));
    assertTrue(matches("{}," + term(in("zone", "a"))));
  }

  @Test
  void noTermAtAllMatchesNothing() {
    assertFalse(matches(""));
  }

  @Test
  void aPreferenceKeepsNobodyOff() {
    assertTrue(
        selects(
            json(
                """
                {'spec':{'affinity':{'nodeAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':
                 [{'weight':1,'preference':{'matchExpressions':[{'key':'zone','operator':'In','values':['b']}]}}]}}}}\
                """)));
  }

  /** An API server drops such a null; without that, the pod fitted nowhere. */
  @Test
  void anAffinityThatIsNullIsNone() {
    assertTrue(
        selects(
            json(
                "{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':null}}}}")));
  }
}
