package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of the core group and of {@code events.k8s.io} are one store in two shapes. */
class EventsTest {
  private static final String CORE = "/api/v1/namespaces/default/events";
  private static final String OWN = "/apis/events.k8s.io/v1/namespaces/default/events";

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  private void postOwn(String name) throws Exception {
    http.post(
        OWN,
        """
        {'metadata':{'name':'%s'},'eventTime':'2026-11-20T10:00:00.000000Z','reportingController':'windfall',
         'reportingInstance':'one','action':'Wait','reason':'Waiting','type':'Normal','note':'no offer',
         'regarding':{'apiVersion':'v1','kind':'Pod','namespace':'default','name':'a','uid':'u'},
         'series':{'count':2,'lastObservedTime':'2026-11-20T10:01:00.000000Z'}}\
        """
            .formatted(name));
  }

  private void postCore(String name) throws Exception {
    http.post(
        CORE,
        """
        {'metadata':{'name':'%s'},'source':{'component':'karpenter'},'reason':'Launched','type':'Warning',
         'message':'here','firstTimestamp':'2026-11-20T10:00:00Z','lastTimestamp':'2026-11-20T10:02:00Z',
         'count':3,'involvedObject':{'kind':'NodeClaim','name':'b'}}\
        """
            .formatted(name));
  }

  @Test
  void anEventOfItsOwnGroupIsSeenInCore() throws Exception {
    postOwn("e");
    JsonNode seen = http.get(CORE + "/e").body();
    assertEquals("v1", seen.path("apiVersion").asText());
    assertEquals("a", seen.at("/involvedObject/name").asText());
    assertEquals("no offer", seen.path("message").asText());
    assertEquals("windfall", seen.path("reportingComponent").asText());
    assertEquals("one", seen.path("reportingInstance").asText());
    assertEquals(2, seen.at("/series/count").asInt());
    assertEquals(false, seen.has("note") || seen.has("regarding"));
  }

  @Test
  void aCoreEventIsSeenInItsOwnGroup() throws Exception {
    postCore("e");
    JsonNode seen = http.get(OWN + "/e").body();
    assertEquals("events.k8s.io/v1", seen.path("apiVersion").asText());
    assertEquals("b", seen.at("/regarding/name").asText());
    assertEquals("here", seen.path("note").asText());
    assertEquals("karpenter", seen.at("/deprecatedSource/component").asText());
    assertEquals("2026-11-20T10:00:00Z", seen.path("deprecatedFirstTimestamp").asText());
    assertEquals("2026-11-20T10:02:00Z", seen.path("deprecatedLastTimestamp").asText());
    assertEquals(3, seen.path("deprecatedCount").asInt());
  }

  @Test
  void bothListsHoldAllAndKeepTheName() throws Exception {
    postOwn("x");
    postCore("y");
    assertEquals(List.of("x", "y"), metadataNames(CORE));
    assertEquals(List.of("x", "y"), metadataNames(OWN));
    assertEquals(409, http.post(CORE, "{'metadata':{'name':'x'}}").code());
  }

  @Test
  void aWatchOfEitherSeesWhatWasWrittenThroughTheOther() throws Exception {
    try (Http.Stream core = http.watch(CORE + "?watch=1");
        Http.Stream own = http.watch(OWN + "?watch=1")) {
      postOwn("x");
      JsonNode event = core.read();
      assertEquals("no offer", event.at("/object/message").asText());
      assertEquals("ADDED x", own.next());
      http.merge(CORE + "/x", "{'message':'still no offer'}");
      event = own.read();
      assertEquals("MODIFIED", event.path("type").asText());
      assertEquals("still no offer", event.at("/object/note").asText());
    }
  }

  @Test
  void aPatchOfOneShapeChangesTheOther() throws Exception {
    postOwn("x");
    http.merge(OWN + "/x", "{'series':{'count':7}}");
    assertEquals(7, http.get(CORE + "/x").body().at("/series/count").asInt());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "involvedObject.name=a",
        "involvedObject.kind=Pod",
        "involvedObject.namespace=default",
        "involvedObject.uid=u",
        "involvedObject.apiVersion=v1",
        "reason=Waiting",
        "type=Normal",
        "type!=Warning",
        "metadata.name=x,metadata.namespace=default",
        "reportingComponent=windfall",
        "source=windfall",
      })
  void coreEventsAreChosenByTheirFields(String selector) throws Exception {
    postOwn("x");
    postCore("y");
    assertEquals(List.of("x"), metadataNames(CORE + "?fieldSelector=" + selector));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "regarding.name=a",
        "regarding.kind=Pod",
        "regarding.uid=u",
        "reason=Waiting",
        "reportingController=windfall",
      })
  void eventsOfTheirOwnGroupAreChosenByTheirFields(String selector) throws Exception {
    postOwn("x");
    postCore("y");
    assertEquals(List.of("x"), metadataNames(OWN + "?fieldSelector=" + selector));
  }

  @Test
  void aFieldOfTheOtherShapeIsRefused() throws Exception {
    assertEquals(400, http.get(CORE + "?fieldSelector=regarding.name=a").code());
    assertEquals(400, http.get(OWN + "?fieldSelector=involvedObject.name=a").code());
  }

  private List<String> metadataNames(String path) throws Exception {
    return http.get(path).body().path("items").findValues("metadata").stream()
        .map(metadata -> metadata.path("name").asText())
        .toList();
  }
}
