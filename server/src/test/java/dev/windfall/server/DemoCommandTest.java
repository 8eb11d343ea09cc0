package dev.windfall.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.pty4j.PtyProcessBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code windfall demo} as a user starts it: a process of its own, at a terminal or in a pipe. */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class DemoCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern ESCAPES = Pattern.compile("\033\\[[0-9;]*m");
  private static final String LAST_WORDS = "The next step is kind/up";
  private static final int WIDTH = 100;

  private final HttpClient http = HttpClient.newHttpClient();

  private static List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.add("@" + Repository.root().resolve("server/src/main/jvm/flags"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Windfall.class.getName(), "demo"));
    command.addAll(List.of(words));
    return command;
  }

  /** At a speed at which no price moves while the test looks. */
  @Test
  void whatItShowsAtATerminalIsWhatTheServerSaysAndCtrlCEndsIt() throws Exception {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("TERM", "xterm-256color");
    environment.remove("NO_COLOR");
    Process demo =
        new PtyProcessBuilder(
                command("--speed", "0.01", "--seed", "7", "--port", "0").toArray(String[]::new))
            .setEnvironment(environment)
            .setInitialColumns(WIDTH)
            .setInitialRows(50)
            .start();
    try {
      String shown = readUntil(demo.getInputStream(), LAST_WORDS);
      assertTrue(ESCAPES.matcher(shown).find(), "a terminal gets colours");
      String plain = ESCAPES.matcher(shown).replaceAll("").replace("\r", "");
      assertEquals(List.of(), plain.lines().filter(line -> line.length() > WIDTH).toList());
      URI api = URI.create(match(plain, "--server (\\S+) get").group(1));

      theWeightsAreThoseOfTheNodePools(plain, api);
      theAddedLinesAreInThePod(plain, api);
      theScoresAreTheExtenders(plain, api);
      theEventIsInTheCluster(plain, api);
      String metrics = get(URI.create(match(plain, "curl (\\S+)").group(1)));
      assertTrue(metrics.contains("windfall_extender_calls_total{verb=\"prioritize\"}"), metrics);

      demo.getOutputStream().write(3); // Ctrl-C
      demo.getOutputStream().flush();
      String rest = new String(demo.getInputStream().readAllBytes(), UTF_8);
      assertTrue(demo.waitFor(30, TimeUnit.SECONDS), rest);
      assertTrue(rest.contains("Ended."), rest);
      assertEquals(130, demo.exitValue());
      assertThrows(ConnectException.class, () -> get(api.resolve("/api")));
    } finally {
      demo.destroyForcibly();
    }
  }

  private void theWeightsAreThoseOfTheNodePools(String shown, URI api) throws Exception {
    Map<String, Integer> now = new TreeMap<>();
    for (JsonNode pool : items(api.resolve("/apis/karpenter.sh/v1/nodepools"))) {
      now.put(
          pool.at("/metadata/annotations/windfall.dev~1offer").asText(),
          pool.at("/spec/weight").asInt());
    }
    Map<String, Integer> told = new TreeMap<>();
    match(all(shown, "(?m)^ *(\\d+)   open +[0-9.]+   (\\S+) +(\\S+) "))
        .forEach(row -> told.put(row.group(3) + "." + row.group(2) + ".spot", number(row, 1)));
    assertTrue(told.size() >= 4, shown);
    // Then prices flipped, and what changed was told.
    match(all(shown, "(?m)^(\\d+) -> (\\d+) .* (\\S+\\.spot)$"))
        .forEach(row -> {
          assertEquals(told.get(row.group(3)), number(row, 1), "as it was before");
          told.put(row.group(3), number(row, 2));
        });
    told.forEach((offer, weight) -> assertEquals(weight, now.get(offer), offer));
  }

  private void theAddedLinesAreInThePod(String shown, URI api) throws Exception {
    JsonNode pod = JSON.readTree(get(api.resolve("/api/v1/namespaces/default/pods/train")));
    JsonNode expression =
        pod.at(
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                + "/nodeSelectorTerms/0/matchExpressions/0");
    TreeSet<String> granted = new TreeSet<>();
    expression.path("values").forEach(value -> granted.add(value.asText()));
    TreeSet<String> told =
        match(all(shown, "(?m)^\\+ +- (\\S+\\.spot)$")).stream()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(granted, told);
    assertFalse(told.isEmpty());
    assertTrue(
        shown.contains("+   schedulerName: " + pod.at("/spec/schedulerName").asText()), shown);
    String node = match(shown, "(?m) (\\S+)   train runs here$").group(1);
    assertEquals(pod.at("/spec/nodeName").asText(), node);
  }

  private void theScoresAreTheExtenders(String shown, URI api) throws Exception {
    URI extender =
        URI.create(match(shown, "extender,\\s(http://\\S+/scheduler/prioritize)").group(1));
    String sentence = match(shown, "(?s)extender now scores: (.*?)\\.\n").group(1);
    Map<String, Integer> told = new TreeMap<>();
    match(all(sentence, "(\\S+)\\s(\\d+)\\s\\(was"))
        .forEach(one -> told.put(one.group(1), number(one, 2)));
    ObjectNode args = JSON.createObjectNode();
    args.set("Pod", JSON.readTree(get(api.resolve("/api/v1/namespaces/default/pods/train"))));
    told.keySet().forEach(args.putArray("NodeNames")::add);
    HttpRequest ask =
        HttpRequest.newBuilder(extender).POST(BodyPublishers.ofString(args.toString())).build();
    Map<String, Integer> said = new TreeMap<>();
    JSON.readTree(http.send(ask, BodyHandlers.ofString()).body())
        .forEach(score -> said.put(score.path("Host").asText(), score.path("Score").asInt()));
    assertEquals(said, told);
    assertEquals(3, told.size());
  }

  private void theEventIsInTheCluster(String shown, URI api) throws Exception {
    String told = match(shown, "(?s)its\\sevent says why:\n(.*?)\n\n").group(1).replace('\n', ' ');
    List<String> notes =
        StreamSupport.stream(
                items(api.resolve("/apis/events.k8s.io/v1/events")).spliterator(), false)
            .filter(event -> event.at("/regarding/name").asText().equals("sweep"))
            .map(event -> event.path("note").asText())
            .toList();
    assertTrue(notes.contains(told), told + " is none of " + notes);
  }

  @Test
  void oneRoundInAPipeIsPlainLinesAndExitsWithZero() throws Exception {
    Process demo = new ProcessBuilder(command("--once")).start();
    try {
      String shown = new String(demo.getInputStream().readAllBytes(), UTF_8);
      String errors = new String(demo.getErrorStream().readAllBytes(), UTF_8);
      assertTrue(demo.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, demo.exitValue(), errors);
      assertEquals("", errors);
      assertFalse(shown.contains("\033"), shown);
      for (int part = 1; part <= 7; part++) {
        match(shown, "(?m)^" + part + " [A-Z ]+$");
      }
      assertTrue(shown.contains("NodeClaims marked as drifted: 0."), shown);
      MatchResult ran =
          match(shown, "Pods that ran before: (\\d+). Of these run where they ran: (\\d+).");
      assertEquals(ran.group(1), ran.group(2));
      MatchResult wrote = match(shown, "(?s)Windfall has written: (.*?)\\. Nothing else");
      assertTrue(
          wrote.group(1).matches("(\\d+ x patch (nodepools|spotpools)(,\\s)?)+"), wrote.group(1));
    } finally {
      demo.destroyForcibly();
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Process demo = new ProcessBuilder(command("--port", port)).start();
      try {
        String errors = new String(demo.getErrorStream().readAllBytes(), UTF_8);
        assertTrue(demo.waitFor(30, TimeUnit.SECONDS));
        assertEquals(1, demo.exitValue());
        assertTrue(errors.contains("port " + port + " is taken"), errors);
      } finally {
        demo.destroyForcibly();
      }
    }
  }

  @Test
  void aSpeedThatWindfallCouldNotFollowIsRefused() {
    CommandLineRun run = CommandLineRun.of("demo", "--speed", "9");

    assertEquals(2, run.exit());
    assertTrue(run.err().contains("--speed \"9.0\" must be between 0.01 and 2.5"), run.err());
  }

  private static String readUntil(InputStream from, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (read.indexOf(end) < 0) {
      int count = from.read(buffer);
      if (count < 0) {
        throw new AssertionError("it ended:\n" + read);
      }
      read.append(new String(buffer, 0, count, UTF_8));
    }
    return read.toString();
  }

  private String get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
  }

  private JsonNode items(URI list) throws IOException, InterruptedException {
    return JSON.readTree(get(list)).path("items");
  }

  private static Matcher all(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text);
  }

  private static List<MatchResult> match(Matcher matcher) {
    return matcher.results().toList();
  }

  private static MatchResult match(String text, String pattern) {
    return all(text, pattern)
        .results()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + pattern + " in\n" + text));
  }

  private static Integer number(MatchResult row, int group) {
    return Integer.valueOf(row.group(group));
  }
}
