package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.windfall.extender.Extender;
import dev.windfall.extender.NodeIndex;
import dev.windfall.extender.UnreadableQuestionException;
import dev.windfall.market.Node;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import dev.windfall.providers.SourceException;
import dev.windfall.providers.file.FileSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code windfall score} against the extender itself, behind a small HTTP server. */
@Timeout(60)
class ScoreCommandTest {
  private static final String MARKET =
      """
      offers:
      - {provider: aws, region: r, zone: a, instanceType: g6.xlarge, capacity: spot, usdPerHour: "0.40",
         gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, observedAt: 2026-11-20T09:58:00Z}
      - {provider: aws, region: r, zone: a, instanceType: g6.12xlarge, capacity: spot, usdPerHour: "2.00",
         gpu: {model: L4, count: 4, memory: 24Gi}, cpu: 48, memory: 192Gi}
      """;
  private static final String POD =
      """
      kind: Pod
      metadata: {name: train}
      spec: {containers: [{name: main, resources: {limits: {nvidia.com/gpu: 1}}}]}
      """;

  @TempDir private Path directory;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private String market = MARKET;
  private int status = 200;
  private byte[] instead = {};
  private final HttpServer server;

  ScoreCommandTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void start() {
    server.createContext(
        "/",
        call -> {
          String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(call.getRequestMethod() + " " + call.getRequestURI() + " " + body);
          byte[] answer = instead.length > 0 || status != 200 ? instead : explained(body);
          call.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
          call.getResponseBody().write(answer);
          call.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private byte[] explained(String body) {
    try {
      PriceBook book =
          market.isEmpty()
              ? PriceBook.empty()
              : PriceBook.of(FileSource.quotes("market", market).offers(), List.of());
      NodeIndex index = NodeIndex.of(nodes, pods);
      Extender.Sight sight = new Extender.Sight(() -> book, () -> index, () -> Surroundings.NONE);
      return new Extender(sight, false, () -> 0, () -> CommandLineRun.NOW, new PrometheusRegistry())
          .explain(body.getBytes(StandardCharsets.UTF_8));
    } catch (UnreadableQuestionException | SourceException e) {
      throw new AssertionError(body, e);
    }
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private CommandLineRun score(String input, String... more) {
    List<String> words = new ArrayList<>(List.of("score", "--pod", "-", "--server", url()));
    words.addAll(List.of(more));
    return CommandLineRun.withInput(input, words.toArray(String[]::new));
  }

  private void node(String name, String type, int gpus) throws IOException {
    nodes.add(
        Node.read(
            parser(
                """
                {"metadata":{"name":"%s","labels":{"windfall.dev/offer":"a.%s.spot"}},
                 "status":{"allocatable":{"nvidia.com/gpu":"%d"}}}
                """
                    .formatted(name, type, gpus))));
  }

  private void bound(String node, int gpus) throws IOException {
    pods.add(
        Pod.read(
            parser(
                """
                {"metadata":{"name":"p"},"spec":{"nodeName":"%s","containers":[
                 {"resources":{"limits":{"nvidia.com/gpu":"%d"}}}]}}
                """
                    .formatted(node, gpus))));
  }

  private static JsonParser parser(String json) {
    try {
      JsonParser parser = new JsonFactory().createParser(json);
      parser.nextToken();
      return parser;
    } catch (IOException e) {
      throw new UncheckedIOException(json, e);
    }
  }

  @Test
  void eachNodeIsALineTheBestFirstWithTheReasonForItsScore() throws IOException {
    node("big", "g6.12xlarge", 4);
    node("small", "g6.xlarge", 1);
    node("strange", "p5.48xlarge", 8);
    CommandLineRun run = score(POD);

    assertEquals(
        """
        NODE      SCORE   OFFER                 USD/H   GPUS    INDEX   AGE   WHY
        small        10   a.g6.xlarge.spot     0.4000    1/1   0.4000    2m   the cheapest
        strange       5   a.p5.48xlarge.spot        -    1/8        -     -   price unknown: no source has the offer a.p5.48xlarge.spot
        big           1   a.g6.12xlarge.spot   2.0000    1/4   2.0000    0s   5.00 times the cheapest, and GPUs stay free: one level less
        """,
        run.out());
    assertEquals("", run.err());
    assertEquals(0, run.exit());
    assertTrue(asked.getFirst().startsWith("POST /scheduler/score {\"Pod\":{"), asked.toString());
  }

  /** Their prices once were the measure for the others, and no scheduler would have asked. */
  @Test
  void nodesWithoutRoomAreLeftOutUnlessTheyAreNamed() throws IOException {
    node("full", "g6.xlarge", 1);
    node("free", "g6.12xlarge", 4);
    bound("full", 1);

    CommandLineRun run = score(POD);
    assertTrue(run.out().contains("free      10"), run.out());
    assertTrue(
        run.out()
            .endsWith(
                "\n1 more node has too few free GPUs for the pod; --nodes asks about such too.\n"),
        run.out());
    CommandLineRun named = score(POD, "--nodes", "full,free");
    assertTrue(
        named
            .out()
            .contains("2/1   0.2000    2m   too few of its GPUs are free; else the cheapest"),
        named.out());
    assertFalse(named.out().contains("--nodes"), named.out());
  }

  @Test
  void whateverHasATemplateOfPodsIsAPod() throws IOException {
    node("small", "g6.xlarge", 1);
    String template = POD.replace("kind: Pod\n", "").indent(4);

    for (String input :
        List.of(
            POD,
            POD.replace("kind: Pod\n", ""),
            "kind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n" + template,
            "kind: CronJob\nspec:\n  jobTemplate:\n   spec:\n    template:\n" + template.indent(2),
            "kind: List\nitems:\n- kind: Service\n- kind: Job\n  spec:\n   template:\n" + template,
            "kind: Service\n---\n" + POD,
            "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"resources\":"
                + "{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}")) {
      CommandLineRun run = score(input);

      assertEquals(0, run.exit(), input + run.err());
      assertTrue(run.out().contains("the cheapest"), input);
    }
  }

  @Test
  void aPodIsOfTheNamespaceThatItsOwnerSaysElseOfTheFlags() throws IOException {
    node("small", "g6.xlarge", 1);

    score(POD, "-n", "research");
    score(
        "kind: Job\nmetadata: {name: j, namespace: theirs}\nspec:\n template:\n" + POD.indent(2),
        "-n",
        "research");

    assertTrue(asked.getFirst().contains("\"namespace\":\"research\""), asked.getFirst());
    assertTrue(asked.getLast().contains("\"namespace\":\"theirs\""), asked.getLast());
  }

  @Test
  void ofSeveralPodsTheFirstIsScoredAndThatIsSaid() throws IOException {
    node("small", "g6.xlarge", 1);

    assertEquals(
        "stdin holds 2 pods and templates; asking about the first, default/train\n",
        score(POD + "---\n" + POD.replace("train", "other")).err());
  }

  @Test
  void aFileIsReadAsStandardInputIs() throws IOException {
    node("small", "g6.xlarge", 1);
    Path file = Files.writeString(directory.resolve("pod.yaml"), POD);

    assertEquals(
        score(POD).out(),
        CommandLineRun.of("score", "--pod", file.toString(), "--server", url() + "/").out());
  }

  @Test
  void whatIsWrongWithTheFileIsSaidWithItsPlaceAndNobodyIsAsked() {
    assertFailure(
        "windfall: stdin:2:16: cannot be read: expected ',' or '}', but got <stream end>\n",
        score("kind: Pod\nmetadata: {a: b"));
    assertFailure(
        "windfall: stdin holds neither a Pod nor anything with a template of pods, such as a"
            + " Deployment, a Job or a CronJob\n",
        score("kind: Service"));
    assertFailure(
        "windfall: stdin: the pod \"train\" asks for no GPU: no container has nvidia.com/gpu, or a"
            + " share of one, in resources.limits\n",
        score(POD.replace("nvidia.com/gpu", "cpu")));
    assertFailure(
        "windfall: stdin: cannot be read: it is nested too deeply\n", score("[".repeat(200_000)));
    assertFailure(
        "windfall: nowhere.yaml: there is no such file\n",
        CommandLineRun.of("score", "--pod", "nowhere.yaml", "--server", url()));
    assertEquals(List.of(), asked);
  }

  @Test
  void aNodeThatTheServerDoesNotKnowIsAFailureBesideTheOthersScores() throws IOException {
    node("small", "g6.xlarge", 1);
    CommandLineRun run = score(POD, "--nodes", "small,smal");

    assertTrue(run.out().contains("smal        5"), run.out());
    assertTrue(run.out().contains("no GPU node of this name is known"), run.out());
    assertFailure(
        "windfall: %s knows no GPU node \"smal\"; without --nodes it answers for those it knows\n"
            .formatted(url()),
        run);
  }

  @Test
  void aServerWithoutNodesOrWithoutPricesSaysSo() throws IOException {
    assertTrue(score(POD).err().contains(" knows no node with GPUs; kubectl get nodes"));
    assertEquals(1, score(POD).exit());

    node("small", "g6.xlarge", 1);
    market = "";
    assertTrue(
        score(POD)
            .out()
            .endsWith(
                "\nThe server knows no price at all: windfall doctor says how its sources are.\n"),
        score(POD).out());
    assertEquals(0, score(POD).exit());
  }

  @Test
  void aServerThatCannotBeReachedIsNamedWithTheWayToOneInACluster() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    CommandLineRun run =
        CommandLineRun.withInput(
            POD, "score", "--pod", "-", "--server", "http://127.0.0.1:" + free);

    assertFailure(
        "windfall: http://127.0.0.1:"
            + free
            + " cannot be asked: nobody listens there; is the server running, with the role of an"
            + " extender? One in a cluster is reached with: kubectl port-forward -n windfall-system"
            + " POD 8888\n",
        run);
  }

  @Test
  void whatAnswersAndIsNoSchedulerPortIsSaidToBeNone() {
    status = 404;
    assertFailure(
        "windfall: %s answers 404 to /scheduler/score: is that Windfall's scheduler port?\n"
            .formatted(url()),
        score(POD));
    status = 200;
    instead = "<html>".getBytes(StandardCharsets.UTF_8);
    assertFailure(
        "windfall: %s answers, but not with scores: is that Windfall's scheduler port?\n"
            .formatted(url()),
        score(POD));
  }

  @Test
  void noTextOfTheClusterIsObeyedByTheTerminal() {
    String evil = "\\u001b]0;owned\\u0007\\u202eevil\\u009b";
    instead =
        "{\"nodesKnown\":1,\"offers\":1,\"nodes\":[{\"node\":\"%1$s\",\"offer\":\"%1$s\",\"why\":\"%1$s\"}]}"
            .formatted(evil)
            .getBytes(StandardCharsets.UTF_8);

    for (String form : List.of("table", "json")) {
      String all = score(POD, "-o", form).out() + score(POD, "-o", form).err();
      assertEquals(
          0,
          all.codePoints().filter(point -> (point < ' ' && point != '\n') || point > '~').count(),
          all);
      assertTrue(all.contains("owned"), all);
    }
  }

  @Test
  void aTableOfManyNodesIsCutAndSaysSo() throws IOException {
    for (int i = 0; i < 70; i++) {
      node("node-%02d".formatted(i), i < 60 ? "g6.xlarge" : "g6.12xlarge", i < 60 ? 1 : 4);
    }
    CommandLineRun run = score(POD);

    assertEquals(1 + 50 + 2, run.out().lines().count(), run.out());
    assertTrue(
        run.out()
            .endsWith("\n20 more score 10 or less; --nodes asks about some, -o json shows all.\n"),
        run.out());
  }

  @Test
  void jsonIsForProgramsAndHasTheSameFieldsForEachNode() throws IOException {
    node("small", "g6.xlarge", 1);
    JsonNode json =
        new ObjectMapper().readTree(score(POD, "--nodes", "small,none", "-o", "json").out());

    assertEquals("2026-11-20T10:00:00Z", json.path("observedAt").asText());
    assertEquals(2, json.path("offers").asInt());
    assertEquals(1, json.path("nodesKnown").asInt());
    JsonNode small = json.at("/nodes/0");
    JsonNode none = json.at("/nodes/1");
    assertEquals("g6.xlarge", small.path("instanceType").asText());
    assertEquals(120, small.path("ageSeconds").asInt());
    assertEquals(
        small.properties().stream().map(Map.Entry::getKey).toList(),
        none.properties().stream().map(Map.Entry::getKey).toList());
    assertTrue(none.path("usdPerHour").isNull(), none.toString());
  }

  @Test
  void aServerThatIsNoUrlIsWrongUsage() {
    for (String url :
        List.of("127.0.0.1:8888", "ftp://a", "http://", "http://me:secret@a", "a b")) {
      CommandLineRun run = CommandLineRun.withInput(POD, "score", "--pod", "-", "--server", url);
      assertEquals(2, run.exit(), url);
      assertTrue(run.err().contains("--server \"" + url + "\""), run.err());
    }
    assertEquals(2, CommandLineRun.of("score").exit());
  }

  private static void assertFailure(String message, CommandLineRun run) {
    assertEquals(message, run.err());
    assertEquals(1, run.exit());
  }
}
