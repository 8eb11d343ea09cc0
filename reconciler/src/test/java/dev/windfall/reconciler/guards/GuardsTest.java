package dev.windfall.reconciler.guards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.policies.AdmittedPods;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.Market;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The guards that stand in a cluster, and what policies say of them. */
class GuardsTest {
  private static final String GROUP = "admissionregistration.k8s.io/v1";
  private static final String POLICY = "ValidatingAdmissionPolicy";
  private static final String BINDING = "ValidatingAdmissionPolicyBinding";
  private static final String RESEARCH = "windfall.policy.research";
  private static final String BOUNDED = "'enforcement': 'Deny', 'bounds': {'onDemand': false}";

  private final Bench bench = new Bench();
  private final GuardLoop.Pass pass =
      new GuardLoop.Pass(
          bench.inputs,
          bench.writes,
          new Applier(bench.writes, bench.recorder, bench.metrics),
          "windfall-system",
          () -> Market.NOW);

  @AfterEach
  void close() {
    bench.close();
  }

  private static String document(String name, String spec) {
    return """
    {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPolicy', 'metadata': {'name': '%s'}, 'spec': {%s}}
    """
        .formatted(name, spec)
        .replace('\'', '"');
  }

  private static SpotPolicy object(String name, String spec) {
    return SpotPolicy.readObject(name, document(name, spec));
  }

  private static SpotPolicy file(String name, String spec) {
    return SpotPolicy.readAll("policies.yaml", document(name, spec)).getFirst();
  }

  private void live(String spec) {
    bench.put(document("research", spec));
  }

  private void inForce(SpotPolicy... policies) {
    bench.surroundings = Surroundings.of(Policies.of(List.of(policies)), Map.of());
  }

  private void research(String spec) {
    live(spec);
    inForce(object("research", spec));
  }

  private boolean stands(String name) {
    boolean policy = bench.server.read(GROUP, POLICY, "", name).isPresent();
    boolean binding = bench.server.read(GROUP, BINDING, "", name).isPresent();
    assertEquals(policy, binding, "both or neither");
    return policy;
  }

  private String condition(String type) {
    var condition =
        Conditions.find(
            bench
                .read("windfall.dev/v1alpha1", "SpotPolicy", "", "research")
                .at("/status/conditions"),
            type);
    return condition.path("status").asText()
        + " "
        + condition.path("reason").asText()
        + ": "
        + condition.path("message").asText();
  }

  private List<String> written() {
    List<String> written = new ArrayList<>();
    bench.server.writes().forEach(write -> written.add(write.verb() + " " + write.plural()));
    return written;
  }

  @Test
  void aPolicyThatRefusesHasAGuardAndSaysSo() {
    research(BOUNDED);
    pass.run();

    assertTrue(stands(RESEARCH));
    assertEquals("True InForce: its defaults and bounds are in force", condition("Ready"));
    assertEquals(
        "True Guarded: ValidatingAdmissionPolicy windfall.policy.research holds its bounds while"
            + " Windfall cannot be asked",
        condition("Guarded"));
  }

  @Test
  void aPolicyOfAFileHasAGuardOfItsOwn() {
    live(BOUNDED);
    inForce(object("research", BOUNDED), file("research", BOUNDED));
    pass.run();

    assertTrue(stands(RESEARCH));
    assertTrue(stands("windfall.file.research"));
  }

  /** The lease may move to a replica that was started without the directory of policies. */
  @Test
  void whoReadsNoFilesTakesNoGuardOfAFileAway() {
    inForce(file("research", BOUNDED));
    pass.run();
    bench.surroundings = Surroundings.of(Policies.of(List.of(), true, false), Map.of());
    pass.run();
    assertTrue(stands("windfall.file.research"));

    inForce();
    pass.run();
    assertFalse(stands("windfall.file.research"));
  }

  @Test
  void theGuardSelectsWhatItsPolicyDoesButNotTheNamespacesOfTheSystem() {
    research(
        BOUNDED
            + ", 'namespaceSelector': {'matchLabels': {'team': 'research'}}, 'podSelector':"
            + " {'matchExpressions': [{'key': 'tier', 'operator': 'Exists'}]}");
    pass.run();

    ObjectNode binding = bench.read(GROUP, BINDING, "", RESEARCH);
    assertEquals(
        "[{\"key\":\"team\",\"operator\":\"In\",\"values\":[\"research\"]},"
            + "{\"key\":\"kubernetes.io/metadata.name\",\"operator\":\"NotIn\",\"values\":"
            + "[\"kube-system\",\"kube-public\",\"kube-node-lease\",\"windfall-system\"]}]",
        binding.at("/spec/matchResources/namespaceSelector/matchExpressions").toString());
    assertEquals(
        "{\"matchExpressions\":[{\"key\":\"tier\",\"operator\":\"Exists\"}]}",
        binding.at("/spec/matchResources/objectSelector").toString());
    assertEquals("[\"Deny\"]", binding.at("/spec/validationActions").toString());
    assertEquals(RESEARCH, binding.at("/spec/policyName").asText());
  }

  @Test
  void itMatchesThePodsThatTheWebhookIsAskedAbout() {
    research(BOUNDED);
    pass.run();
    ObjectNode policy = bench.read(GROUP, POLICY, "", RESEARCH);

    assertEquals("Fail", policy.at("/spec/failurePolicy").asText());
    for (int i = 0; i < AdmittedPods.CONDITIONS.size(); i++) {
      assertEquals(
          AdmittedPods.CONDITIONS.get(i).expression(),
          policy.at("/spec/matchConditions/" + i + "/expression").asText());
    }
    assertEquals(AdmittedPods.CONDITIONS.size() + 1, policy.at("/spec/matchConditions").size());
  }

  @Test
  void whereNothingChangedNothingIsWritten() {
    research(BOUNDED);
    pass.run();
    bench.server.forgetRequests();
    pass.run();

    assertEquals(List.of(), written());
  }

  @Test
  void aPolicyComesBeforeItsBindingAndGoesAfterIt() {
    research(BOUNDED);
    pass.run();
    assertEquals(
        List.of("create validatingadmissionpolicies", "create validatingadmissionpolicybindings"),
        written().subList(0, 2));

    bench.server.forgetRequests();
    research("'enforcement': 'Warn', 'bounds': {'onDemand': false}");
    pass.run();

    assertEquals(
        List.of("delete validatingadmissionpolicybindings", "delete validatingadmissionpolicies"),
        written().subList(0, 2));
    assertEquals(
        "False NotNeeded: enforcement is Warn, so that it refuses nothing", condition("Guarded"));
    assertEquals(List.of(), bench.events);
  }

  @Test
  void aPolicyWithoutBoundsNeedsNoGuard() {
    research("'enforcement': 'Deny'");
    pass.run();

    assertFalse(stands(RESEARCH));
    assertEquals("False NotNeeded: it has no bounds", condition("Guarded"));
  }

  @Test
  void anotherBoundIsWrittenIntoTheGuardThatStands() {
    research(BOUNDED);
    pass.run();
    bench.server.forgetRequests();
    research("'enforcement': 'Deny', 'bounds': {'maxGpusPerPod': 2}");
    pass.run();

    assertEquals("update validatingadmissionpolicies", written().getFirst());
    assertEquals(
        "variables.gpus <= 2",
        bench.read(GROUP, POLICY, "", RESEARCH).at("/spec/validations/0/expression").asText());
  }

  @Test
  void whatAHandSpoiltIsPutRight() {
    research(BOUNDED);
    pass.run();
    ObjectNode spoilt = bench.read(GROUP, BINDING, "", RESEARCH).deepCopy();
    ((ObjectNode) spoilt.get("spec")).putArray("validationActions").add("Audit");
    ((ObjectNode) spoilt.get("spec")).putObject("paramRef").put("name", "x");
    bench.server.put(spoilt);
    pass.run();

    ObjectNode binding = bench.read(GROUP, BINDING, "", RESEARCH);
    assertEquals("[\"Deny\"]", binding.at("/spec/validationActions").toString());
    assertFalse(binding.path("spec").has("paramRef"));
  }

  @Test
  void aForeignObjectOfThatNameIsLeftAndReported() {
    bench.put(
        "{'apiVersion': '%s', 'kind': '%s', 'metadata': {'name': '%s'}, 'spec': {}}"
            .formatted(GROUP, POLICY, RESEARCH));
    research(BOUNDED);
    pass.run();

    assertTrue(bench.read(GROUP, POLICY, "", RESEARCH).path("spec").isEmpty());
    assertTrue(bench.server.read(GROUP, BINDING, "", RESEARCH).isEmpty());
    String why =
        "a ValidatingAdmissionPolicy windfall.policy.research is there that Windfall did not make,"
            + " since its label app.kubernetes.io/managed-by is not windfall; delete it, or give"
            + " the policy another name";
    assertEquals("False Refused: " + why, condition("Guarded"));
    assertEquals(List.of("research Refused: " + why), bench.events);
  }

  @Test
  void theGuardOfAPolicyThatCannotBeReadStaysEvenAfterARestart() {
    research(BOUNDED);
    pass.run();
    live("'bounds': {'onDemand': 'maybe'}");
    inForce();
    pass.run();

    assertTrue(stands(RESEARCH));
    assertTrue(condition("Ready").startsWith("False Invalid: "), condition("Ready"));
    assertTrue(
        condition("Ready")
            .endsWith("\nno version of it could be read so far, so that it holds for no pod"));
    assertEquals(
        "True Kept: ValidatingAdmissionPolicy windfall.policy.research stays as it was",
        condition("Guarded"));
  }

  @Test
  void whoWritesAPolicyThatCannotBeReadIsToldOnceAndTheLastVersionStays() {
    live("'bounds': {'onDemand': 'maybe'}");
    inForce(object("research", BOUNDED));
    pass.run();
    pass.run();

    assertTrue(stands(RESEARCH));
    assertTrue(condition("Ready").endsWith("\nthe last version that could be read stays in force"));
    assertEquals(1, bench.events.size(), bench.events.toString());
    assertTrue(bench.events.getFirst().startsWith("research Invalid: "), bench.events.toString());
  }

  @Test
  void aGuardGoesWithItsPolicy() {
    research(BOUNDED);
    pass.run();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPolicy", "", "research");
    inForce();
    pass.run();

    assertFalse(stands(RESEARCH));
  }

  @Test
  void nothingIsRemovedBeforePoliciesWereListedNorByWhoDoesNotLead() {
    research(BOUNDED);
    pass.run();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPolicy", "", "research");
    inForce();
    bench.synced = false;
    pass.run();
    bench.synced = true;
    bench.leading = false;
    pass.run();

    assertTrue(stands(RESEARCH));
  }

  @Test
  void withoutTheRightToLookTheStatusSaysWhichIsMissing() {
    bench.server.faults().always("list", "validatingadmissionpolicies", Fault.status(403));
    research(BOUNDED);
    pass.run();

    assertTrue(condition("Guarded").startsWith("False Forbidden: "), condition("Guarded"));
    assertTrue(condition("Ready").startsWith("True InForce"), condition("Ready"));
  }

  @Test
  void whereTheApiServerServesNoSuchPoliciesTheRestGoesOn() {
    bench.server.faults().always("list", "validatingadmissionpolicies", Fault.status(404));
    research(BOUNDED);
    pass.run();

    assertTrue(condition("Guarded").startsWith("False NotServed: "), condition("Guarded"));
  }

  @Test
  void textsEndWhereTheyShould() {
    assertEquals("'it\\'s \\\\ \\u000a'", Cel.text("it's \\ \n"));
    assertEquals("['a', 'b']", Cel.list(List.of("a", "b")));
  }
}
