package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Caller.Answer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mutating webhooks as a client of the API server meets them. */
@Timeout(60)
class AdmissionTest {
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String CONFIGURATIONS =
      "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  private static final String POD = "{'metadata':{'name':'a','labels':{'app':'x'}},'spec':{}}";

  private final LocalApiServer server = LocalApiServer.start();
  private final Caller caller = new Caller(server.uri());
  private FakeWebhook hook;

  @BeforeEach
  void start() throws Exception {
    hook = FakeWebhook.start("127.0.0.1");
  }

  @AfterEach
  void stop() {
    caller.close();
    server.close();
    hook.close();
  }

  private static ObjectNode json(String text) throws Exception {
    return (ObjectNode) Caller.JSON.readTree(text.replace('\'', '"'));
  }

  private ObjectNode webhook(String more) throws Exception {
    ObjectNode webhook =
        json(
            """
            {'name':'a.test.example','sideEffects':'None','admissionReviewVersions':['v1'],
             'rules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['CREATE'],'resources':['pods']}]}
            """);
    webhook.putObject("clientConfig").put("url", hook.url()).put("caBundle", hook.caBundle());
    webhook.setAll(json(more));
    return webhook;
  }

  private Answer configure(String name, ObjectNode... webhooks) throws Exception {
    ObjectNode configuration = json("{'metadata':{}}");
    configuration.withObjectProperty("metadata").put("name", name);
    ArrayNode list = configuration.putArray("webhooks");
    List.of(webhooks).forEach(list::add);
    return caller.post(CONFIGURATIONS, configuration.toString());
  }

  private void configured(String more) throws Exception {
    Answer answer = configure("hooks", webhook(more));
    assertEquals(201, answer.code(), answer.message());
  }

  @Test
  void aCreatedObjectIsStoredAsTheWebhookChangedIt() throws Exception {
    configured("{}");
    hook.patches("[{'op':'add','path':'/spec/nodeName','value':'n'}]");
    Answer created = caller.post(PODS, POD);

    assertEquals(201, created.code(), created.message());
    assertEquals("n", created.body().at("/spec/nodeName").asText());
    JsonNode request = hook.asked().getFirst();
    assertEquals("CREATE", request.path("operation").asText());
    assertEquals("Pod", request.at("/kind/kind").asText());
    assertEquals("pods", request.at("/resource/resource").asText());
    assertEquals("default", request.path("namespace").asText());
    assertEquals("a", request.path("name").asText());
    assertEquals("Pod", request.at("/object/kind").asText());
    assertEquals("default", request.at("/object/metadata/namespace").asText());
    assertTrue(request.path("oldObject").isNull(), request.toString());
    assertFalse(request.path("dryRun").asBoolean());
    assertEquals("CreateOptions", request.at("/options/kind").asText());
  }

  @Test
  void anUpdateShowsBothObjectsAndADeleteTheOldOne() throws Exception {
    configured(
        """
        {'rules':[{'apiGroups':[''],'apiVersions':['*'],'operations':['UPDATE','DELETE'],'resources':['*']}]}
        """);
    caller.post(PODS, POD);
    caller.merge(PODS + "/a", "{'metadata':{'labels':{'app':'y'}}}");
    caller.delete(PODS + "/a");

    JsonNode update = hook.asked().get(0);
    assertEquals("y", update.at("/object/metadata/labels/app").asText());
    assertEquals("x", update.at("/oldObject/metadata/labels/app").asText());
    JsonNode delete = hook.asked().get(1);
    assertEquals("DELETE", delete.path("operation").asText());
    assertTrue(delete.path("object").isNull());
    assertEquals("a", delete.at("/oldObject/metadata/name").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "pods, 0",
    "pods/status, 1",
    "*, 0",
    "*/*, 1",
    "pods/*, 1",
    "*/status, 1",
    "nodes/status, 0"
  })
  void aRuleNamesSubresourcesApart(String resources, int calls) throws Exception {
    configured(
        """
        {'rules':[{'apiGroups':['*'],'apiVersions':['*'],'operations':['*'],'resources':['%s']}]}
        """
            .formatted(resources));
    server.put(
        json(
            """
            {'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'default'},'spec':{}}
            """));
    caller.merge(PODS + "/a/status", "{'status':{'phase':'Running'}}");

    assertEquals(calls, hook.asked().size());
  }

  @ParameterizedTest
  @CsvSource({"Namespaced, 1", "Cluster, 0", "*, 1"})
  void aRuleMayBeForOneScope(String scope, int calls) throws Exception {
    configured(
        """
        {'rules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['*'],'resources':['*'],'scope':'%s'}]}
        """
            .formatted(scope));
    caller.post(PODS, POD);

    assertEquals(calls, hook.asked().size());
  }

  @Test
  void aNamespaceIsChosenByItsLabelsAndItsName() throws Exception {
    server.put(
        json(
            "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'b','labels':{'in':'no'}}}"));
    configured(
        """
        {'namespaceSelector':{'matchExpressions':[
          {'key':'in','operator':'NotIn','values':['no']},
          {'key':'kubernetes.io/metadata.name','operator':'NotIn','values':['kube-system']}]}}
        """);
    server.put(json("{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'kube-system'}}"));
    caller.post("/api/v1/namespaces/b/pods", POD);
    caller.post("/api/v1/namespaces/kube-system/pods", POD);
    caller.post(PODS, POD);

    assertEquals(
        List.of("default"),
        hook.asked().stream().map(request -> request.path("namespace").asText()).toList());
  }

  @Test
  void anObjectIsChosenByItsLabels() throws Exception {
    configured("{'objectSelector':{'matchLabels':{'app':'x'}}}");
    caller.post(PODS, "{'metadata':{'name':'b'}}");
    caller.post(PODS, POD);

    assertEquals(1, hook.asked().size());
  }

  @Test
  void theWebhookIsAskedOnlyWhenAllConditionsHold() throws Exception {
    ObjectNode webhook = webhook("{}");
    ArrayNode conditions = webhook.putArray("matchConditions");
    conditions
        .addObject()
        .put("name", "wants")
        .put("expression", "has(object.spec.gpus) && object.spec.gpus > 1");
    conditions
        .addObject()
        .put("name", "is-new")
        .put("expression", "oldObject == null && request.operation == 'CREATE'");
    assertEquals(201, configure("hooks", webhook).code());

    caller.post(PODS, "{'metadata':{'name':'a'},'spec':{'gpus':1}}");
    caller.post(PODS, "{'metadata':{'name':'b'},'spec':{}}");
    caller.post(PODS, "{'metadata':{'name':'c'},'spec':{'gpus':2}}");

    assertEquals(
        List.of("c"), hook.asked().stream().map(request -> request.path("name").asText()).toList());
  }

  @ParameterizedTest
  @CsvSource({"Ignore, 201", "Fail, 403"})
  void aConditionThatCannotBeToldIsLeftToTheFailurePolicy(String policy, int code)
      throws Exception {
    ObjectNode webhook = webhook("{'failurePolicy':'%s'}".formatted(policy));
    webhook
        .putArray("matchConditions")
        .addObject()
        .put("name", "broken")
        .put("expression", "object.spec.nothing.there == 1");
    assertEquals(201, configure("hooks", webhook).code());
    Answer created = caller.post(PODS, POD);

    assertEquals(code, created.code(), created.message());
    assertEquals(0, hook.asked().size());
  }

  @Test
  void aConditionThatSaysNoOutweighsOneThatCannotBeTold() throws Exception {
    ObjectNode webhook = webhook("{}");
    ArrayNode conditions = webhook.putArray("matchConditions");
    conditions
        .addObject()
        .put("name", "broken")
        .put("expression", "object.spec.nothing.there == 1");
    conditions.addObject().put("name", "no").put("expression", "false");
    configure("hooks", webhook);

    assertEquals(201, caller.post(PODS, POD).code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'failurePolicy':'Never'} | failurePolicy: Unsupported value: \"Never\"",
        "{'sideEffects':'Some'} | sideEffects: Unsupported value: \"Some\"",
        "{'timeoutSeconds':31} | timeoutSeconds: Invalid value: 31",
        "{'clientConfig':{'url':'http://a'}} | clientConfig.url: Invalid value: \"http://a\"",
        "{'clientConfig':{}} | clientConfig: Required value",
        "{'admissionReviewVersions':['v1beta1']} | admissionReviewVersions: Invalid value",
        "{'matchConditions':[{'name':'a','expression':'1 +'}]} | matchConditions[0].expression:",
        "{'matchConditions':[{'name':'a','expression':'1'}]} | matchConditions[0].expression:",
        "{'rules':[{'operations':['CREATE']}]} | rules[0].apiGroups: Required value",
      })
  void aConfigurationThatCannotBeKeptIsRefused(String more, String cause) throws Exception {
    Answer refused = configure("hooks", webhook(more));

    assertEquals(422, refused.code());
    assertTrue(refused.causes().getFirst().startsWith("webhooks[0]." + cause), refused.message());
  }

  @Test
  void aRefusalIsTheWebhooksOwn() throws Exception {
    configured("{}");
    hook.answers(request ->
        FakeWebhook.review(
            request,
            "{'allowed':false,'status':{'code':409,'message':'not today','reason':'Conflict'}}"));
    Answer refused = caller.post(PODS, POD);

    assertEquals(409, refused.code());
    assertEquals(
        "admission webhook \"a.test.example\" denied the request: not today", refused.message());
    assertEquals("Conflict", refused.body().path("reason").asText());
  }

  @Test
  void aRefusalWithoutReasonIsSaidToBeOne() throws Exception {
    configured("{'failurePolicy':'Ignore'}");
    hook.answers(request -> FakeWebhook.review(request, "{'allowed':false}"));
    Answer refused = caller.post(PODS, POD);

    assertEquals(400, refused.code());
    assertEquals(
        "admission webhook \"a.test.example\" denied the request without explanation",
        refused.message());
  }

  @Test
  void warningsReachTheClient() throws Exception {
    configured("{}");
    hook.answers(request ->
        FakeWebhook.review(request, "{'allowed':true,'warnings':['mind the gap','and the step']}"));

    assertEquals(
        List.of("299 - \"mind the gap\"", "299 - \"and the step\""),
        caller.post(PODS, POD).warnings());
  }

  /** What the API server takes for no answer. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no json | failed to call webhook: the answer is no JSON",
        "{} | received invalid webhook response: webhook response was absent",
        "{'apiVersion':'admission.k8s.io/v1beta1','kind':'AdmissionReview','response':{}} |"
            + " received invalid webhook response: expected webhook response of"
            + " admission.k8s.io/v1",
        "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','response':{'uid':'x'}} |"
            + " received invalid webhook response: expected response.uid=",
      })
  void anAnswerThatIsNoneFailsTheCall(String answer, String why) throws Exception {
    configured("{}");
    hook.answers(_ -> answer.replace('\'', '"'));
    Answer failed = caller.post(PODS, POD);

    assertEquals(500, failed.code());
    assertEquals("InternalError", failed.body().path("reason").asText());
    String begin = "Internal error occurred: failed calling webhook \"a.test.example\": " + why;
    assertTrue(failed.message().startsWith(begin), failed.message());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'allowed':true,'patchType':'JSONPatch'}",
        "{'allowed':true,'patch':'W10='}",
        "{'allowed':true,'patchType':'Merge','patch':'W10='}",
        "{'allowed':true,'patchType':'JSONPatch','patch':'!'}",
      })
  void aPatchThatIsNoneFailsTheCall(String response) throws Exception {
    configured("{}");
    hook.answers(request -> FakeWebhook.review(request, response));

    Answer failed = caller.post(PODS, POD);
    assertEquals(500, failed.code());
    assertTrue(failed.message().contains("failed calling webhook"), failed.message());
  }

  @Test
  void aPatchThatDoesNotFitIsAnErrorWhateverThePolicy() throws Exception {
    configured("{'failurePolicy':'Ignore'}");
    hook.patches("[{'op':'add','path':'/spec/not/there','value':1}]");

    assertEquals(500, caller.post(PODS, POD).code());
  }

  @ParameterizedTest
  @CsvSource({"Ignore, 201", "Fail, 500"})
  void aStatusThatIsNoSuccessIsLeftToTheFailurePolicy(String policy, int code) throws Exception {
    configured("{'failurePolicy':'%s'}".formatted(policy));
    hook.answersWith(503);

    assertEquals(code, caller.post(PODS, POD).code());
  }

  @Test
  void aWebhookThatIsNotThereIsLeftToTheFailurePolicy() throws Exception {
    configured("{'failurePolicy':'Ignore'}");
    hook.close();

    assertEquals(201, caller.post(PODS, POD).code());
  }

  @Test
  void aWebhookThatTakesTooLongFailsTheCall() throws Exception {
    configured("{'timeoutSeconds':1}");
    CountDownLatch answered = new CountDownLatch(1);
    hook.answers(request -> {
      answered.await();
      return FakeWebhook.allow(request, "");
    });
    try {
      Answer failed = caller.post(PODS, POD);

      assertEquals(500, failed.code());
      assertTrue(
          failed.message().endsWith("/mutate?timeout=1s\": context deadline exceeded"),
          failed.message());
    } finally {
      answered.countDown();
    }
  }

  @Test
  void anAnswerWithoutEndFailsTheCall() throws Exception {
    configured("{}");
    hook.answers(_ -> " ".repeat(8 << 20));

    assertEquals(500, caller.post(PODS, POD).code());
  }

  @Test
  void aCertificateOfAnotherAuthorityIsNotTrusted() throws Exception {
    try (FakeWebhook other = FakeWebhook.start("127.0.0.1")) {
      ObjectNode webhook = webhook("{}");
      webhook.withObjectProperty("clientConfig").put("caBundle", other.caBundle());
      configure("hooks", webhook);

      assertEquals(500, caller.post(PODS, POD).code());
      assertEquals(0, hook.asked().size());
    }
  }

  @Test
  void aCertificateForAnotherHostIsNotTrusted() throws Exception {
    hook.close();
    hook = FakeWebhook.start("elsewhere.example");
    configured("{}");

    Answer failed = caller.post(PODS, POD);
    assertEquals(500, failed.code());
    assertEquals(0, hook.asked().size());
  }

  @Test
  void aServiceCannotBeReachedHereWhichIsSaid() throws Exception {
    configured("{'clientConfig':{'service':{'name':'hook','namespace':'ns'}}}");

    Answer failed = caller.post(PODS, POD);
    assertEquals(500, failed.code());
    assertTrue(
        failed.message().contains("service hook.ns.svc cannot be reached"), failed.message());
  }

  @Test
  void aDryRunAsksOnlyWebhooksWithoutSideEffects() throws Exception {
    configured("{'sideEffects':'NoneOnDryRun'}");
    assertEquals(201, caller.post(PODS + "?dryRun=All", POD).code());
    assertTrue(hook.asked().getFirst().path("dryRun").asBoolean());

    ObjectNode effects = webhook("{'name':'b.test.example'}");
    effects.put("sideEffects", "Some");
    server.put(
        (ObjectNode)
            json("""
            {'apiVersion':'admissionregistration.k8s.io/v1','kind':'MutatingWebhookConfiguration',
             'metadata':{'name':'zz'}}
            """)
                .set("webhooks", Caller.JSON.createArrayNode().add(effects)));
    Answer refused = caller.post(PODS + "?dryRun=All", POD);
    assertEquals(400, refused.code());
    assertEquals(
        "admission webhook \"b.test.example\" does not support dry run", refused.message());
  }

  @Test
  void webhooksAreAskedInTheOrderOfTheirConfigurationsNames() throws Exception {
    configure("b", webhook("{'name':'third.test.example'}"));
    configure(
        "a", webhook("{'name':'first.test.example'}"), webhook("{'name':'second.test.example'}"));
    hook.answers(request ->
        FakeWebhook.allow(
            request,
            "[{'op':'add','path':'/spec/asked','value':%d}]"
                .formatted(request.at("/object/spec/asked").asInt() + 1)));

    assertEquals(3, caller.post(PODS, POD).body().at("/spec/asked").asInt());
  }

  @Test
  void oneThatWishesIsAskedAgainOnceALaterOneChangedTheObject() throws Exception {
    try (FakeWebhook later = FakeWebhook.start("127.0.0.1")) {
      ObjectNode second = webhook("{'name':'later.test.example'}");
      second
          .withObjectProperty("clientConfig")
          .put("url", later.url())
          .put("caBundle", later.caBundle());
      configure("hooks", webhook("{'reinvocationPolicy':'IfNeeded'}"), second);

      caller.post(PODS, POD);
      assertEquals(1, hook.asked().size());

      later.patches("[{'op':'add','path':'/spec/x','value':1}]");
      caller.post(PODS, "{'metadata':{'name':'b'},'spec':{}}");
      assertEquals(3, hook.asked().size());
      assertEquals(1, hook.asked().get(2).at("/object/spec/x").asInt());
      assertEquals(2, later.asked().size());
    }
  }

  @Test
  void oneThatDoesNotWishIsAskedOnce() throws Exception {
    configure("hooks", webhook("{}"), webhook("{'name':'later.test.example'}"));
    hook.patches("[{'op':'add','path':'/spec/x','value':1}]");
    caller.post(PODS, POD);

    assertEquals(2, hook.asked().size());
  }

  @Test
  void aChangedConfigurationHoldsFromTheNextWriteOn() throws Exception {
    configured("{}");
    caller.post(PODS, POD);
    caller.merge(CONFIGURATIONS + "/hooks", "{'webhooks':[]}");
    caller.post(PODS, "{'metadata':{'name':'b'},'spec':{}}");

    assertEquals(1, hook.asked().size());
  }

  @Test
  void webhooksAreNotAskedAboutWebhooks() throws Exception {
    configured(
        """
        {'rules':[{'apiGroups':['*'],'apiVersions':['*'],'operations':['*'],'resources':['*/*']}]}
        """);
    configure("more", webhook("{}"));
    caller.delete(CONFIGURATIONS + "/more");

    assertEquals(0, hook.asked().size());
  }

  @Test
  void whatIsStoredAndNotEnforcedIsSaidToBeSo() throws Exception {
    Answer created =
        caller.post(
            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
            "{'metadata':{'name':'a'}}");

    assertEquals(201, created.code());
    assertTrue(created.warnings().getFirst().contains("does not enforce"), "no warning");
  }

  @Test
  void anUpdateThatIsOvertakenWhileTheWebhookThinksIsMadeOfTheNewerObject() throws Exception {
    configured(
        """
        {'rules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['UPDATE'],'resources':['pods']}]}
        """);
    caller.post(PODS, POD);
    hook.answers(request -> {
      if (hook.asked().size() == 1) {
        ObjectNode overtaking = server.read("v1", "Pod", "default", "a").orElseThrow().deepCopy();
        overtaking.withObjectProperty("metadata").putObject("annotations").put("first", "yes");
        server.put(overtaking);
      }
      return FakeWebhook.allow(request, "");
    });
    JsonNode patched = caller.merge(PODS + "/a", "{'metadata':{'labels':{'app':'y'}}}").body();

    assertEquals("yes", patched.at("/metadata/annotations/first").asText());
    assertEquals("y", patched.at("/metadata/labels/app").asText());
    assertEquals(2, hook.asked().size());
  }
}
