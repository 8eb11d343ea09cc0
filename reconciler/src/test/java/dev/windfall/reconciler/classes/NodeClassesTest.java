package dev.windfall.reconciler.classes;

import static dev.windfall.reconciler.classes.Described.AWS;
import static dev.windfall.reconciler.classes.Described.CLASS;
import static dev.windfall.reconciler.classes.Described.claim;
import static dev.windfall.reconciler.classes.Described.nodePool;
import static dev.windfall.reconciler.classes.Described.pool;
import static dev.windfall.reconciler.classes.Described.remove;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.ClassTrouble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The node classes that come and go with pools, and what is said of them. */
class NodeClassesTest {
  private static final String OBSERVE = ", 'mode': 'Observe'";

  private static final String READY = "{'type': 'Ready', 'status': 'True', 'reason': 'Ready'}";

  private final Bench bench = new Bench();
  private Pass pass = anew();

  @AfterEach
  void close() {
    bench.close();
  }

  private Pass anew() {
    return anew(Roles.ANY);
  }

  private Pass anew(Roles roles) {
    return new Pass(
        bench.inputs,
        bench.writes,
        new Applier(bench.writes, bench.recorder, bench.metrics),
        bench.metrics,
        roles,
        () -> bench.now);
  }

  private Set<String> classes() {
    Set<String> names = new TreeSet<>();
    bench.server.all(AWS, CLASS).forEach(each -> names.add(each.at("/metadata/name").asText()));
    return names;
  }

  private ClassTrouble trouble(String pool) {
    return Objects.requireNonNull(pass.troubles().get(pool), () -> pass.troubles().toString());
  }

  private int asked() {
    return bench.server.requests("list", "ec2nodeclasses").size();
  }

  /** Karpenter judges a class. */
  private void judged(String name, String conditions) {
    ObjectNode object = bench.read(AWS, CLASS, "", name).deepCopy();
    object.set("status", json("{'conditions': [" + conditions + "]}"));
    bench.server.put(object);
  }

  private void edit(String name, String pointer, String field, String value) {
    ObjectNode object = bench.read(AWS, CLASS, "", name).deepCopy();
    object.withObject(pointer).set(field, json(value));
    bench.server.put(object);
  }

  private static JsonNode json(String text) {
    try {
      return Bench.JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  @Test
  void thePoolThatDescribesAClassHasItMade() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();

    ObjectNode made = bench.read(AWS, CLASS, "", name);
    assertEquals(json("{'windfall.dev/pool': 'gpu'}"), made.at("/metadata/labels"));
    assertTrue(made.at("/metadata/ownerReferences").isMissingNode());
    assertEquals(
        json(
            """
            {'role': 'nodes',
             'amiSelectorTerms': [{'alias': 'al2023@v20260101'}],
             'subnetSelectorTerms': [{'tags': {'karpenter.sh/discovery': '*', 'team': 'research'}}],
             'securityGroupSelectorTerms': [{'tags': {'team': 'research'}}]}
            """),
        made.path("spec"));
    assertEquals(List.of("gpu NodeClassCreated: made the EC2NodeClass " + name), bench.events);
  }

  @Test
  void whatIsThereIsNotWrittenAgain() {
    pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.server.forgetRequests();
    pass.run();

    assertEquals(List.of(), bench.server.writes());
  }

  @Test
  void underObserveNothingIsMadeAndNothingDeleted() {
    String first = pool(bench, "gpu", "nodes", "");
    pass.run();
    pool(bench, "gpu", "others", OBSERVE);
    pool(bench, "another", "nodes", OBSERVE);
    pass.run();

    assertEquals(Set.of(first), classes());
  }

  @Test
  void aPoolThatNamesAClassHasNoneMade() {
    bench.pool("gpu", "");
    pass.run();

    assertEquals(Set.of(), classes());
  }

  /** An edited class would drift its nodes. */
  @Test
  void anEditMakesAnotherClassAndTheOldOneStaysAsItWasWhileANodeOfItLives() {
    String first = pool(bench, "gpu", "nodes", "");
    pass.run();
    nodePool(bench, "gpu-old", "gpu", first);
    claim(bench, "one", first, true);
    ObjectNode before = bench.read(AWS, CLASS, "", first).deepCopy();
    String second = pool(bench, "gpu", "others", "");
    pass.run();
    assertEquals(Set.of(first, second), classes());
    assertEquals(before, bench.read(AWS, CLASS, "", first));

    remove(bench, "NodePool", "gpu-old");
    pass.run();
    assertEquals(Set.of(first, second), classes());

    remove(bench, "NodeClaim", "one");
    pass.run();
    assertEquals(Set.of(second), classes());
    assertEquals(
        first
            + " NodeClassDeleted: deleted the EC2NodeClass "
            + first
            + ", which nothing refers to any more",
        bench.events.getLast());
  }

  /** {@code kubectl get -o yaml}, another name, {@code kubectl create}: the label comes along. */
  @Test
  void aPersonsCopyOfAClassIsThePersons() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    ObjectNode copy = bench.read(AWS, CLASS, "", name).deepCopy();
    copy.withObject("/metadata").put("name", "mine").remove(List.of("uid", "resourceVersion"));
    bench.server.put(copy);
    remove(bench, "SpotPool", "gpu");
    pass.run();

    assertEquals(Set.of("mine"), classes());
  }

  @Test
  void anEditThatIsTakenBackKeepsTheFirst() {
    String first = pool(bench, "gpu", "nodes", "");
    pass.run();
    nodePool(bench, "gpu-old", "gpu", first);
    pool(bench, "gpu", "others", "");
    pass.run();
    pool(bench, "gpu", "nodes", "");
    pass.run();

    assertEquals(Set.of(first), classes());
  }

  /** Snapshots hold Windfall's own rungs, and claims by their label. */
  @Test
  void aClassThatSomebodyElsesNodePoolOrAClaimWithoutALabelRefersToStays() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    nodePool(bench, "general", "", name);
    claim(bench, "one", name, false);
    remove(bench, "SpotPool", "gpu");
    pass.run();
    remove(bench, "NodePool", "general");
    pass.run();
    assertEquals(Set.of(name), classes());

    remove(bench, "NodeClaim", "one");
    pass.run();
    assertEquals(Set.of(), classes());
  }

  @Test
  void whoKeepsClassesIsAskedOnceAPassHoweverManyThereAre() {
    for (String each : List.of("one", "two", "three")) {
      claim(bench, each, pool(bench, each, "nodes", ""), false);
    }
    pass.run();
    List.of("one", "two", "three").forEach(each -> remove(bench, "SpotPool", each));
    bench.server.forgetRequests();
    pass.run();

    assertEquals(3, classes().size());
    // One list is the snapshot of this bench.
    for (String kind : List.of("spotpools", "nodepools", "nodeclaims")) {
      assertEquals(2, bench.server.requests("list", kind).size(), kind);
    }
  }

  @Test
  void theStatusOfAPoolIsNothingToLookAtClassesFor() {
    String name = pool(bench, "gpu", "nodes", "");
    assertTrue(pass.poolsChanged());
    assertFalse(pass.poolsChanged());

    ObjectNode object = bench.read(Described.WINDFALL, "SpotPool", "", "gpu").deepCopy();
    object.putObject("status").put("openRungs", 3);
    bench.server.put(object);
    assertFalse(pass.poolsChanged());

    assertNotEquals(name, pool(bench, "gpu", "others", ""));
    assertTrue(pass.poolsChanged());
    bench.client.delete(Resource.SPOTPOOLS, Key.of("gpu"), new Preconditions("", ""));
    assertTrue(pass.poolsChanged());
    remove(bench, "SpotPool", "gpu");
    assertTrue(pass.poolsChanged());
  }

  @Test
  void anotherPoolThatNamesItInNodeClassRefKeepsIt() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.put(
        """
        {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name': 'guest'},
         'spec': {'provider': 'aws', 'region': 'eu-central-1',
           'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': '%s'}}}
        """
            .formatted(name));
    remove(bench, "SpotPool", "gpu");
    pass.run();

    assertEquals(Set.of(name), classes());
  }

  @Test
  void theClassOfAPoolThatIsBeingDeletedGoesAfterIt() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.client.delete(Resource.SPOTPOOLS, Key.of("gpu"), new Preconditions("", ""));
    pass.run();
    assertEquals(Set.of(name), classes());

    remove(bench, "SpotPool", "gpu");
    pass.run();
    assertEquals(Set.of(), classes());
  }

  @Test
  void nobodyKnowsWhatAPoolThatCannotBeReadRefersTo() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.put(Described.document("gpu", "others", ", 'colour': 'red'"));
    pass.run();

    assertEquals(Set.of(name), classes());
  }

  @Test
  void aClassThatSomebodyDeletedIsMadeAgain() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    remove(bench, CLASS, name);
    pass.run();

    assertEquals(Set.of(name), classes());
  }

  @Test
  void oneThatIsStillBeingDeletedIsSaidAndMadeAgainOnceItIsGone() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    edit(name, "/metadata", "finalizers", "['karpenter.k8s.aws/termination']");
    bench.client.delete(Resource.EC2_NODE_CLASSES, Key.of(name), new Preconditions("", ""));
    pass.run();
    assertEquals("NodeClassDeleting", trouble("gpu").reason());
    assertTrue(trouble("gpu").message().contains("any edit of nodeClass"));
    assertTrue(trouble("gpu").blocks());

    remove(bench, CLASS, name);
    pass.run();
    assertTrue(trouble("gpu").pending());
    assertEquals(Set.of(name), classes());
  }

  @Test
  void whatAHandChangedStaysSoAndIsSaid() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    judged(name, READY);
    edit(name, "/spec", "role", "'others'");
    edit(name, "/spec", "userData", "'echo'");
    bench.server.forgetRequests();
    pass.run();

    assertEquals(List.of(), bench.server.writes());
    assertEquals(
        new ClassTrouble(
            "NodeClassEdited",
            "the EC2NodeClass "
                + name
                + ": spec.role was changed by hand; it stays so, since writing it back would drift"
                + " the nodes of it; edit nodeClass of the SpotPool instead",
            false),
        trouble("gpu"));
  }

  @Test
  void aClassOfTheSameNameThatIsNotWindfallsIsLeftAloneAndSaid() {
    String name = pool(bench, "gpu", "nodes", "");
    bench.put(
        """
        {'apiVersion': 'karpenter.k8s.aws/v1', 'kind': 'EC2NodeClass', 'metadata': {'name': '%s'},
         'spec': {'role': 'theirs'}}
        """
            .formatted(name));
    judged(name, READY);
    bench.server.forgetRequests();
    pass.run();
    assertEquals("NodeClassForeign", trouble("gpu").reason());

    remove(bench, "SpotPool", "gpu");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(Set.of(name), classes());
  }

  @Test
  void oneThatIsNotWindfallsAndNotReadyIsSaidToBeBoth() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    edit(name, "/metadata", "labels", "{}");
    judged(name, "{'type': 'Ready', 'status': 'False', 'message': 'no subnet'}");
    pass.run();

    assertEquals("NodeClassNotReady", trouble("gpu").reason());
    assertTrue(trouble("gpu").message().contains("no subnet"));
    assertTrue(trouble("gpu").message().contains("not Windfall's to touch"));
  }

  @Test
  void whatKarpenterFindsWrongWithItIsSaidInItsOwnWords() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    judged(
        name,
        "{'type': 'SubnetsReady', 'status': 'False', 'reason': 'SubnetsNotFound', 'message':"
            + " 'SubnetSelector did not match any Subnets'},"
            + "{'type': 'AMIsReady', 'status': 'True', 'reason': 'AMIsReady'},"
            + "{'type': 'Ready', 'status': 'False', 'reason': 'UnhealthyDependents', 'message':"
            + " 'SubnetsReady=False'}");
    pass.run();
    assertEquals(
        new ClassTrouble(
            "NodeClassNotReady",
            "Karpenter launches no node of the EC2NodeClass "
                + name
                + ":\nSubnetsReady: SubnetsNotFound: SubnetSelector did not match any Subnets",
            true),
        trouble("gpu"));
    assertEquals(1.0, gauge());

    judged(name, READY);
    pass.run();
    assertEquals(Map.of(), pass.troubles());
    assertEquals(0.0, gauge());
  }

  private double gauge() {
    return bench.registry.scrape(n -> n.equals("windfall_node_class_trouble")).stream()
        .mapToDouble(snapshot -> snapshot.getDataPoints().size())
        .sum();
  }

  @Test
  void aClassIsPendingFromTheMomentItIsAskedForUntilKarpenterHasJudgedIt() {
    pass.run();
    String name = pool(bench, "gpu", "nodes", "");
    assertTrue(trouble("gpu").pending());
    assertTrue(trouble("gpu").blocks());

    pass.run();
    assertTrue(trouble("gpu").pending());
    pass.run();
    assertTrue(trouble("gpu").pending());
    assertEquals(0.0, gauge());

    judged(name, READY);
    pass.run();
    assertEquals(Map.of(), pass.troubles());

    pool(bench, "gpu", "others", "");
    assertTrue(trouble("gpu").pending());
  }

  @Test
  void itLooksAgainSoonWhileOneIsPendingAndOnlyThen() {
    int[] asked = {0};
    pass.onPending(() -> asked[0]++);
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    pass.run();
    assertEquals(2, asked[0]);

    judged(name, READY);
    pass.run();
    assertEquals(2, asked[0]);
  }

  @Test
  void thatKarpenterNeverLookedAtItIsSaidAfterAMinute() {
    pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.now = bench.now.plusSeconds(50);
    pass.run();
    assertTrue(trouble("gpu").pending());

    bench.now = bench.now.plusSeconds(20);
    pass.run();
    assertTrue(trouble("gpu").message().contains("does a Karpenter for AWS run"));
  }

  /** So Karpenter leaves a class of a role that is not there, or that it may not pass. */
  @Test
  void whatKarpenterDoesNotGetDoneIsSaidAfterAMinuteInItsOwnWords() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    bench.now = bench.now.plus(Duration.ofDays(1));
    String waiting = "'reason': 'AwaitingReconciliation', 'message': 'object is awaiting'";
    judged(
        name,
        "{'type': 'SubnetsReady', 'status': 'True', 'reason': 'SubnetsReady'},"
            + "{'type': 'InstanceProfileReady', 'status': 'Unknown', "
            + waiting
            + "}, {'type': 'Ready', 'status': 'Unknown', 'lastTransitionTime': '"
            + bench.now
            + "', "
            + waiting
            + "}");
    bench.now = bench.now.plusSeconds(50);
    pass.run();
    assertTrue(trouble("gpu").pending());

    bench.now = bench.now.plusSeconds(20);
    pass.run();
    assertEquals(
        new ClassTrouble(
            "NodeClassNotReady",
            "Karpenter is not done with the EC2NodeClass "
                + name
                + ", and launches no node of it; its log says why, often that it may not pass the"
                + " role or that there is none of that name:\n"
                + "InstanceProfileReady: AwaitingReconciliation: object is awaiting",
            true),
        trouble("gpu"));
  }

  /** The admission policy may not be installed, or the pool be older than it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # nodeClasses | nodeClassRoles | made
          -             | -              | true
          -             | nodes          | true
          -             | others         | false
          general       | -              | false
          general       | nodes          | true
          """)
  void aClassIsMadeOnlyOfARoleThatIsAllowed(
      @Nullable String nodeClasses, @Nullable String roles, boolean made) {
    pass = anew(new Roles(list(nodeClasses), list(roles)));
    pool(bench, "gpu", "nodes", "");
    pass.run();

    assertEquals(made ? 1 : 0, classes().size());
    assertEquals(made ? "NodeClassPending" : "NodeClassRoleNotAllowed", trouble("gpu").reason());
    assertTrue(trouble("gpu").blocks());
  }

  private static List<String> list(@Nullable String only) {
    return only == null ? List.of() : List.of(only);
  }

  @Test
  void aClassOfARoleThatIsNoLongerAllowedStaysAndIsSaid() {
    String name = pool(bench, "gpu", "nodes", "");
    pass.run();
    judged(name, READY);
    pass = anew(new Roles(List.of(), List.of("others")));
    pass.run();

    assertEquals(Set.of(name), classes());
    assertEquals("NodeClassRoleNotAllowed", trouble("gpu").reason());
    assertFalse(trouble("gpu").blocks());
  }

  @Test
  void whatTheApiServerRefusesIsSaidAndKeepsNoOtherPoolWaiting() {
    pool(bench, "bad", "nodes", "");
    String good = pool(bench, "good", "nodes", "");
    bench
        .server
        .faults()
        .next(
            "create",
            "ec2nodeclasses",
            Fault.status(422).saying("Invalid", "spec.role: Invalid value: not so"));
    pass.run();

    assertEquals(Set.of(good), classes());
    assertEquals("NodeClassRefused", trouble("bad").reason());
    assertTrue(trouble("bad").message().contains("spec.role: Invalid value: not so"));
  }

  /** A webhook that fails is answered with 500, one that refuses with 403. */
  @ParameterizedTest
  @ValueSource(ints = {403, 404, 429, 500})
  void aRefusalOfAnotherStatusIsSaidAndKeepsNoOtherPoolWaiting(int status) {
    pool(bench, "bad", "nodes", "");
    pool(bench, "worse", "nodes", "");
    bench.server.faults().always("create", "ec2nodeclasses", Fault.status(status));
    pass.run();

    assertEquals("NodeClassRefused", trouble("bad").reason());
    assertTrue(trouble("bad").blocks());
    assertEquals("NodeClassRefused", trouble("worse").reason());
  }

  @Test
  void thatOneCannotBeDeletedIsSaidOnce() {
    pool(bench, "gpu", "nodes", "");
    pass.run();
    remove(bench, "SpotPool", "gpu");
    bench.events.clear();
    bench.server.faults().always("delete", "ec2nodeclasses", Fault.status(403));
    pass.run();
    pass.run();
    assertEquals(1, bench.events.size());
    assertTrue(bench.events.getFirst().contains("NodeClassNotDeleted"));

    bench.server.faults().clear();
    bench
        .server
        .faults()
        .always("delete", "ec2nodeclasses", Fault.status(422).saying("Invalid", "another word"));
    pass.run();
    pass.run();
    assertEquals(2, bench.events.size());
  }

  /** A snapshot is behind, or a person was faster. */
  @Test
  void aNameThatIsTakenMeanwhileKeepsNoOtherPoolWaiting() {
    pool(bench, "bad", "nodes", "");
    String good = pool(bench, "good", "nodes", "");
    bench
        .server
        .faults()
        .next("create", "ec2nodeclasses", Fault.status(409).saying("AlreadyExists", "it is there"));
    pass.run();

    assertEquals(Set.of(good), classes());
    assertTrue(trouble("bad").pending());
  }

  @Test
  void aWriteThatGetsNoAnswerLeavesSaidWhatWasFound() {
    String name = pool(bench, "bad", "nodes", "");
    pass.run();
    judged(name, "{'type': 'Ready', 'status': 'False', 'message': 'no subnet'}");
    pool(bench, "gpu", "nodes", "");
    bench.server.faults().always("create", "ec2nodeclasses", Fault.refuse());
    assertThrows(ClusterException.class, pass::run);

    assertEquals("NodeClassNotReady", trouble("bad").reason());
    assertTrue(trouble("gpu").pending());
  }

  @Test
  void aListThatFailsIsSaidAndBlocksOnlyWhatWasNotFoundGoodBefore() {
    String name = pool(bench, "good", "nodes", "");
    pass.run();
    judged(name, READY);
    pass.run();
    pool(bench, "another", "nodes", "");
    bench.server.faults().always("list", "ec2nodeclasses", Fault.status(500));
    assertThrows(ClusterException.class, pass::run);
    assertThrows(ClusterException.class, pass::run);

    assertEquals("NodeClassUnknown", trouble("good").reason());
    assertFalse(trouble("good").blocks());
    assertEquals("NodeClassUnknown", trouble("another").reason());
    assertTrue(trouble("another").blocks());

    bench.server.faults().clear();
    pass.run();
    assertNull(pass.troubles().get("good"));
  }

  /** What ends a leader often makes the next one's first list fail too. */
  @Test
  void aNewLeaderCallsNoPoolUnreadyBecauseItsFirstListFails() {
    String name = pool(bench, "good", "nodes", "");
    pass.run();
    judged(name, READY);
    pass = anew();
    bench.server.faults().always("list", "ec2nodeclasses", Fault.status(500));
    assertThrows(ClusterException.class, pass::run);

    assertEquals("NodeClassUnknown", trouble("good").reason());
    assertFalse(trouble("good").blocks());
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "create"})
  void aRightThatIsMissingIsSaidWithTheCommandThatGivesIt(String verb) {
    pool(bench, "gpu", "nodes", "");
    Fault fault =
        Fault.status(403)
            .saying(
                "Forbidden",
                "ec2nodeclasses.karpenter.k8s.aws is forbidden: User \"windfall\" cannot "
                    + verb
                    + " resource \"ec2nodeclasses\" in API group \"karpenter.k8s.aws\"");
    bench.server.faults().always(verb, "ec2nodeclasses", fault);
    pass.run();

    assertEquals("NodeClassForbidden", trouble("gpu").reason());
    assertTrue(trouble("gpu").message().contains("kubectl apply -f deploy/nodeclass.yaml"));
  }

  @Test
  void aClusterThatHasNoSuchKindIsSaidSoAndServedOnceItHas() {
    String name = pool(bench, "gpu", "nodes", "");
    bench.server.faults().always("*", "ec2nodeclasses", Fault.status(404));
    pass.run();
    assertEquals("NodeClassNotServed", trouble("gpu").reason());
    assertTrue(trouble("gpu").message().contains("is Karpenter for AWS installed?"));

    bench.server.faults().clear();
    pass.run();
    assertEquals(Set.of(name), classes());
    assertTrue(trouble("gpu").pending());
  }

  /** Most clusters have none, or no such kind, or no such right. */
  @ParameterizedTest
  @ValueSource(ints = {200, 403, 404})
  void whereNoPoolDescribesAClassTheyAreHardlyEverAskedFor(int status) {
    bench.pool("gpu", "");
    if (status != 200) {
      bench.server.faults().always("*", "ec2nodeclasses", Fault.status(status));
    }
    for (int i = 0; i < 100; i++) {
      pass.run();
      bench.now = bench.now.plus(Duration.ofSeconds(30));
    }

    assertEquals(1, asked());
    assertEquals(Map.of(), pass.troubles());
  }

  @Test
  void whereNoPoolDescribesAClassAListThatFailsIsNotRepeated() {
    bench.server.faults().always("*", "ec2nodeclasses", Fault.status(500));
    assertThrows(ClusterException.class, pass::run);
    bench.server.forgetRequests();
    for (int i = 0; i < 100; i++) {
      pass.run();
      bench.now = bench.now.plus(Duration.ofSeconds(30));
    }

    assertEquals(0, asked());
  }

  @Test
  void whatAnEarlierLeaderLeftBehindIsFoundAtTheStart() {
    pool(bench, "gpu", "nodes", "");
    pass.run();
    remove(bench, "SpotPool", "gpu");
    pass = anew();
    pass.run();

    assertEquals(Set.of(), classes());
  }

  @Test
  void whoDoesNotLeadSaysNothingAndAsksForNothing() {
    pool(bench, "gpu", "nodes", "");
    bench.server.faults().always("*", "ec2nodeclasses", Fault.status(404));
    pass.run();
    bench.leading = false;
    bench.server.forgetRequests();
    pass.run();

    assertEquals(0, asked());
    assertEquals(Map.of(), pass.troubles());
  }

  /** The status of a pool was once ready for a second after each change of leaders. */
  @Test
  void nothingIsKnownBeforeTheFirstLookAndNobodyWaitsForOneThatFails() {
    pool(bench, "gpu", "nodes", "");
    bench.leading = false;
    pass.run();
    assertFalse(pass.known());

    bench.leading = true;
    bench.server.faults().always("list", "ec2nodeclasses", Fault.status(422));
    assertThrows(ClusterException.class, pass::run);
    assertTrue(pass.known());

    bench.leading = false;
    pass.run();
    assertFalse(pass.known());
  }

  /** A list that hangs once held up all work on rungs for two minutes. */
  @Test
  void nobodyWaitsForAListThatConcernsNoPool() {
    bench.pool("gpu", "");

    assertEquals(List.of(), askedBeforeItWasKnown());
    assertEquals(1, asked());
  }

  @Test
  void nobodyWaitsForWrites() {
    pool(bench, "gpu", "nodes", "");

    assertEquals(List.of("list"), askedBeforeItWasKnown());
    assertEquals(1, classes().size());
  }

  private List<String> askedBeforeItWasKnown() {
    List<List<String>> verbs = new ArrayList<>();
    pass.onChange(() -> {
      if (pass.known()) {
        verbs.add(
            bench.server.requests().stream()
                .filter(request -> request.plural().equals("ec2nodeclasses"))
                .map(Asked::verb)
                .toList());
      }
    });
    pass.run();
    return verbs.getFirst();
  }
}
