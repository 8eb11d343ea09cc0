package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kubectl get} shows. */
class TablesTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String THING =
      """
      {'metadata':{'name':'things.nobody.example'},'spec':{'group':'nobody.example','scope':'Cluster',
       'names':{'plural':'things','kind':'Thing'},'versions':[{'name':'v1','served':true,'storage':true,
        'additionalPrinterColumns':[%s]}]}}\
      """;

  private final LocalApiServer server = LocalApiServer.start(() -> NOW);
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void aPodIsShownAsUsersKnowIt() throws Exception {
    pod("'name':'a'", "'nodeName':'n'", "'phase':'Running','podIP':'10.0.0.1'");
    assertEquals(
        List.of(
            "Name",
            "Ready",
            "Status",
            "Restarts",
            "Age",
            "IP",
            "Node",
            "Nominated Node",
            "Readiness Gates"),
        columns(PODS));
    assertEquals("a 0/1 Running 0 0s 10.0.0.1 n <none> <none>", row(PODS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'phase':'Pending' | Pending",
        "'phase':'Running' | Running",
        "'phase':'Failed','reason':'Evicted' | Evicted",
        "'phase':'Pending','conditions':[{'type':'PodScheduled','reason':'SchedulingGated'}] |"
            + " SchedulingGated",
        "'phase':'Succeeded','containerStatuses':[{'state':{'terminated':{'reason':'Completed'}}}]"
            + " | Completed",
        "'phase':'Failed','containerStatuses':[{'state':{'terminated':{'exitCode':3}}}] |"
            + " ExitCode:3",
        "'phase':'Pending','containerStatuses':[{'state':{'waiting':{'reason':'ImagePullBackOff'}}}]"
            + " | ImagePullBackOff",
      })
  void thePodsStatusIsWhatIsFurthestAlong(String status, String shown) throws Exception {
    server.put(
        Http.json(
            "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'default'},'status':{"
                + status
                + "}}"));
    assertEquals(shown, cell(PODS, 2));
  }

  @Test
  void aPodThatIsHeldWhileItIsDeletedIsTerminating() throws Exception {
    pod("'name':'a','finalizers':['x/y']", "'nodeName':'n'", "'phase':'Running'");
    http.delete(PODS + "/a");
    assertEquals("Terminating", cell(PODS, 2));
  }

  @Test
  void aGatedPodIsShownAsSuchFromItsCreation() throws Exception {
    http.post(PODS, "{'metadata':{'name':'a'},'spec':{'schedulingGates':[{'name':'x/y'}]}}");
    assertEquals("SchedulingGated", cell(PODS, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nodes |"
            + " {'kind':'Node','apiVersion':'v1','metadata':{'name':'x','labels':{'node-role.kubernetes.io/gpu':''}},'spec':{'unschedulable':true},'status':{'conditions':[{'type':'Ready','status':'True'}],'nodeInfo':{'kubeletVersion':'v1.36.0'}}}"
            + " | x Ready,SchedulingDisabled gpu 0s v1.36.0 <none> <none> <unknown> <unknown>"
            + " <unknown>",
        "namespaces/x | {'kind':'Namespace','apiVersion':'v1','metadata':{'name':'x'}} | x Active"
            + " 0s",
        "configmaps |"
            + " {'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'x','namespace':'default'},'data':{'a':'b'}}"
            + " | x 1 0s",
        "secrets |"
            + " {'kind':'Secret','apiVersion':'v1','metadata':{'name':'x','namespace':'default'},'type':'Opaque','data':{}}"
            + " | x Opaque 0 0s",
        "limitranges |"
            + " {'kind':'LimitRange','apiVersion':'v1','metadata':{'name':'x','namespace':'default'}}"
            + " | x 0s",
      })
  void aCoreKindIsShownAsUsersKnowIt(String path, String manifest, String shown) throws Exception {
    server.put(Http.json(manifest));
    assertEquals(shown, row("/api/v1/" + path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "coordination.k8s.io/v1/leases |"
            + " {'kind':'Lease','apiVersion':'coordination.k8s.io/v1','metadata':{'name':'x','namespace':'default'},'spec':{'holderIdentity':'me'}}"
            + " | x me 0s",
        "admissionregistration.k8s.io/v1/mutatingwebhookconfigurations |"
            + " {'kind':'MutatingWebhookConfiguration','apiVersion':'admissionregistration.k8s.io/v1','metadata':{'name':'x'},'webhooks':[{},{}]}"
            + " | x 2 0s",
        "karpenter.sh/v1/nodepools |"
            + " {'kind':'NodePool','apiVersion':'karpenter.sh/v1','metadata':{'name':'x'},'spec':{'weight':7,'template':{'spec':{'nodeClassRef':{'name':'gpu'}}}},'status':{'nodes':2,'resources':{'cpu':'4','memory':'1Gi'},'conditions':[{'type':'Ready','status':'True'}]}}"
            + " | x gpu 2 True 0s 7 4 1Gi",
        "karpenter.sh/v1/nodeclaims |"
            + " {'kind':'NodeClaim','apiVersion':'karpenter.sh/v1','metadata':{'name':'x','labels':{'node.kubernetes.io/instance-type':'g6','karpenter.sh/capacity-type':'spot','topology.kubernetes.io/zone':'a','karpenter.sh/nodepool':'p'}},'spec':{'nodeClassRef':{'name':'gpu'}},'status':{'nodeName':'n','imageID':'i','providerID':'id','conditions':[{'type':'Drifted','status':'True'},{'type':'Ready','status':'False'}]}}"
            + " | x g6 spot a n False 0s i id p gpu True",
      })
  void anotherKindIsShownAsUsersKnowIt(String path, String manifest, String shown)
      throws Exception {
    server.put(Http.json(manifest));
    assertEquals(shown, row("/apis/" + path));
  }

  @Test
  void anEventIsShownWithWhatItIsAbout() throws Exception {
    http.post(
        "/apis/events.k8s.io/v1/namespaces/default/events",
        """
        {'metadata':{'name':'e'},'eventTime':'2026-11-20T09:58:00.000000Z','reportingController':'windfall',
         'reportingInstance':'one','type':'Normal','reason':'Waiting','note':'no offer',
         'regarding':{'kind':'Pod','name':'a'}}\
        """);
    String shown = "2m Normal Waiting pod/a  windfall, one no offer 2m 1 e";
    assertEquals(shown, row("/api/v1/events"));
    assertEquals(shown, row("/apis/events.k8s.io/v1/events"));
  }

  @Test
  void aDefinedKindIsShownAsItsDefinitionSays() throws Exception {
    http.post(
        CRDS,
        THING.formatted(
            """
            {'name':'Color','type':'string','jsonPath':'.spec.color'},
            {'name':'Count','type':'integer','jsonPath':'.spec.count','priority':1},
            {'name':'Share','type':'number','jsonPath':'.spec.share'},
            {'name':'Hot','type':'boolean','jsonPath':'.spec.hot'},
            {'name':'Missing','type':'string','jsonPath':'.spec.missing'},
            {'name':'Age','type':'date','jsonPath':'.metadata.creationTimestamp'}\
            """));
    http.post(
        "/apis/nobody.example/v1/things",
        "{'metadata':{'name':'a'},'spec':{'color':'red','count':3,'share':0.5,'hot':true}}");
    String things = "/apis/nobody.example/v1/things";
    assertEquals("a red 3 0.5 true null 0s", row(things));
    JsonNode definitions = http.get(things, Http.AS_TABLE).body().path("columnDefinitions");
    assertEquals(1, definitions.at("/2/priority").asInt());
    assertEquals("name", definitions.at("/0/format").asText());
  }

  @Test
  void aDefinitionWithoutColumnsShowsTheAge() throws Exception {
    http.post(CRDS, THING.formatted(""));
    assertEquals(List.of("Name", "Age"), columns("/apis/nobody.example/v1/things"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "spec", ".spec..a", ".spec[*]", ".spec[?(@.a>1)]", "..a", ".a[", ".a b"})
  void aPathThatCannotBeReadRefusesTheDefinition(String path) throws Exception {
    Http.Answer answer =
        http.post(
            CRDS,
            THING.formatted("{'name':'Odd','type':'string','jsonPath':'%s'}".formatted(path)));
    assertEquals(422, answer.code());
    assertTrue(
        answer
            .message()
            .contains(
                "spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: \""
                    + path
                    + "\": the path of column \"Odd\""),
        answer.message());
    assertEquals(404, http.get("/apis/nobody.example/v1/things").code());
  }

  @Test
  void aListKeepsItsVersionAndContinuesAsATable() throws Exception {
    pod("'name':'a'", "", "");
    pod("'name':'b'", "", "");
    JsonNode first = http.get(PODS + "?limit=1", Http.AS_TABLE).body();
    assertEquals("Table", first.path("kind").asText());
    assertEquals(1, first.path("rows").size());
    JsonNode second =
        http.get(
                PODS + "?limit=1&continue=" + first.at("/metadata/continue").asText(),
                Http.AS_TABLE)
            .body();
    assertEquals("b", second.at("/rows/0/cells/0").asText());
    assertEquals(first.at("/metadata/resourceVersion"), second.at("/metadata/resourceVersion"));
  }

  @ParameterizedTest
  @CsvSource({
    "None,''",
    "Metadata,PartialObjectMetadata",
    "Object,Pod",
    "'',PartialObjectMetadata"
  })
  void aRowComesWithAsMuchOfTheObjectAsIsWanted(String include, String kind) throws Exception {
    pod("'name':'a'", "", "");
    JsonNode table = http.get(PODS + "/a?includeObject=" + include, Http.AS_TABLE).body();
    assertEquals(kind, table.at("/rows/0/object/kind").asText());
  }

  @Test
  void aWatchTellsTablesAndTheColumnsOnce() throws Exception {
    pod("'name':'a'", "", "");
    try (Http.Stream stream = http.watch(PODS + "?watch=1", Http.AS_TABLE)) {
      JsonNode first = stream.read();
      assertEquals("ADDED", first.path("type").asText());
      assertEquals("Table", first.at("/object/kind").asText());
      assertTrue(first.at("/object/columnDefinitions").size() > 1, first.toString());
      server.remove("v1", "Pod", "default", "a");
      JsonNode second = stream.read();
      assertEquals("DELETED", second.path("type").asText());
      assertEquals("a", second.at("/object/rows/0/cells/0").asText());
      assertTrue(second.at("/object/columnDefinitions").isNull(), second.toString());
    }
  }

  @Test
  void anErrorIsNoTable() throws Exception {
    Http.Answer answer = http.get(PODS + "/missing", Http.AS_TABLE);
    assertEquals(404, answer.code());
    assertEquals("Status", answer.body().path("kind").asText());
  }

  private void pod(String metadata, String spec, String status) {
    server.put(
        Http.json(
            """
            {'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'default',%s},
             'spec':{'containers':[{'name':'main'}]%s},'status':{%s}}\
            """
                .formatted(metadata, spec.isEmpty() ? "" : "," + spec, status)));
  }

  private List<String> columns(String path) throws Exception {
    List<String> names = new ArrayList<>();
    http.get(path, Http.AS_TABLE)
        .body()
        .path("columnDefinitions")
        .forEach(column -> names.add(column.path("name").asText()));
    return names;
  }

  /** The cells of the only row. */
  private String row(String path) throws Exception {
    JsonNode rows = http.get(path, Http.AS_TABLE).body().path("rows");
    assertEquals(1, rows.size(), rows.toString());
    List<String> cells = new ArrayList<>();
    rows.path(0).path("cells").forEach(cell -> cells.add(cell.asText()));
    return String.join(" ", cells);
  }

  private String cell(String path, int column) throws Exception {
    return http.get(path, Http.AS_TABLE).body().at("/rows/0/cells/" + column).asText();
  }
}
