package dev.windfall.kind.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A test bed of the suite's own: a real control plane with Karpenter, and kubectl to ask it. */
final class Bed implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern EXPORT = Pattern.compile("export ([A-Z_]+)='(.*)'");
  private static final Pattern PATH = Pattern.compile("export PATH='(.*)':.*");
  private static final long BUILD_SECONDS = 45 * 60;

  /** Below target, so that the logs of the last run are found, and go with {@code clean}. */
  private static final String DIRECTORY = Command.root().resolve("kind/e2e/target/bed").toString();

  private final Map<String, String> environment = new TreeMap<>();
  private final Path kubectl;
  private final Path market;
  private final String marketAtFirst;

  private Bed(String... options) throws IOException {
    // A run that was killed has left its own.
    var _ = Command.attempt(120, Map.of(), "", List.of("kind/down", "--dir", DIRECTORY));
    // Not "default": that one gets the documented ports, which others on this machine may want too.
    List<String> up = new ArrayList<>(List.of("kind/up", "--name", "e2e", "--dir", DIRECTORY));
    up.addAll(List.of(options));
    Command.run(BUILD_SECONDS, Map.of(), "", up);
    String path = "";
    for (String line :
        Command.run(60, Map.of(), "", List.of("kind/env", "--dir", DIRECTORY)).lines().toList()) {
      Matcher export = EXPORT.matcher(line);
      Matcher programs = PATH.matcher(line);
      if (programs.matches()) {
        path = programs.group(1);
      } else if (export.matches()) {
        environment.put(export.group(1), export.group(2));
      }
    }
    kubectl = Path.of(path, "kubectl");
    market = Path.of(environment.getOrDefault("WINDFALL_BED_MARKET", "missing"));
    marketAtFirst = Files.readString(market);
  }

  /**
   * Starts one.
   *
   * @param options of {@code kind/up}, such as {@code --karpenter UNAVAILABLE_FOR=20s}, in two
   *     words
   */
  static Bed up(String... options) {
    try {
      return new Bed(options);
    } catch (IOException e) {
      throw new AssertionError("starting the test bed", e);
    }
  }

  /** What {@code kind/env} exports, but for PATH. */
  Map<String, String> environment() {
    return environment;
  }

  /** Where Windfall logs, beside the bed's own programs; the bed's next start empties it. */
  Path log() {
    return log("windfall");
  }

  /** The same for another program that a test starts. */
  Path log(String program) {
    return directory().resolve("logs").resolve(program + ".log");
  }

  /** Where it keeps its files. */
  Path directory() {
    return Path.of(DIRECTORY);
  }

  /** A port that nobody has yet. */
  static int freePort() {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError("looking for a free port", e);
    }
  }

  /** Ends one of its own processes, for a test that starts another in its place. */
  void stop(String name) {
    try {
      for (JsonNode process :
          read(Files.readString(directory().resolve("bed.json"))).path("processes")) {
        if (process.path("name").asText().equals(name)) {
          ProcessHandle.of(process.path("pid").asLong()).ifPresent(ProcessHandle::destroy);
          awaitClosed(name, process.path("port").asInt());
          return;
        }
      }
      throw new AssertionError("the bed has no " + name);
    } catch (IOException e) {
      throw new AssertionError("stopping " + name, e);
    }
  }

  private static void awaitClosed(String name, int port) {
    await(name + " has ended")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return false;
          } catch (ConnectException e) {
            return true;
          }
        });
  }

  /** The bed's SpotPool, with other families. */
  static String spotPool(String... families) {
    try {
      String pool = Files.readString(Command.root().resolve("kind/spotpool.yaml"));
      return pool.replaceFirst("families: .*", "families: [" + String.join(", ", families) + "]");
    } catch (IOException e) {
      throw new AssertionError("reading kind/spotpool.yaml", e);
    }
  }

  String kubectl(String... words) {
    return apply("", words);
  }

  /** kubectl with something on its standard input. */
  String apply(String input, String... words) {
    return Command.run(60, environment, input, command(words));
  }

  /** Creates pods. */
  void create(TestPod... pods) {
    StringBuilder manifests = new StringBuilder();
    for (TestPod pod : pods) {
      manifests.append(pod.manifest());
    }
    apply(manifests.toString(), "create", "-f", "-");
  }

  /** Has no pod in these namespaces, and no node at all. */
  void empty(String... namespaces) {
    for (String namespace : namespaces) {
      kubectl(
          "delete", "pods", "--all", "--grace-period=0", "--force", "--wait=true", "-n", namespace);
    }
    kubectl("delete", "nodeclaims", "--all", "--wait=true", "--timeout=50s");
    await("no node is left")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(300))
        .until(() -> get("nodes,nodeclaims").at("/items").isEmpty());
  }

  boolean runs(String pod) {
    return get("pod", pod).at("/status/phase").asText().equals("Running");
  }

  /** What the machine under a pod was rented as. */
  String offerUnder(String pod) {
    return offerUnder(get("pod", pod));
  }

  /** The same of a pod that may be gone by now. */
  String offerUnder(JsonNode pod) {
    JsonNode node = get("node", pod.at("/spec/nodeName").asText());
    return node.at("/metadata/labels/windfall.dev~1offer").asText();
  }

  /** The same where it may be refused. */
  Command.Result attempt(String input, String... words) {
    return Command.attempt(60, environment, input, command(words));
  }

  private List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(kubectl.toString()));
    command.addAll(List.of(words));
    return command;
  }

  /** kubectl that goes on, with its standard output to be read. */
  Process start(String... words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(words));
    builder.environment().putAll(environment);
    return builder.start();
  }

  JsonNode get(String... words) {
    List<String> all = new ArrayList<>(List.of("get"));
    all.addAll(List.of(words));
    all.addAll(List.of("-o", "json"));
    return read(kubectl(all.toArray(String[]::new)));
  }

  static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  /** A kubeconfig for the ServiceAccount that {@code deploy/rbac.yaml} makes. */
  Path kubeconfigOfWindfall() {
    kubectl("apply", "-f", Command.root().resolve("deploy/rbac.yaml").toString());
    return kubeconfigOf("windfall");
  }

  /** A kubeconfig for a ServiceAccount of Windfall's namespace. */
  Path kubeconfigOf(String account) {
    ObjectNode config = (ObjectNode) read(kubectl("config", "view", "--raw", "-o", "json"));
    String token = kubectl("create", "token", account, "-n", "windfall-system");
    ObjectNode user = (ObjectNode) config.at("/users/0/user");
    user.removeAll();
    user.put("token", token.strip());
    try {
      return Files.writeString(directory().resolve(account + ".kubeconfig"), config.toString());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What the cloud has: {@code none} or {@code restore}, as {@code kind/capacity} says it. */
  void capacity(String what, String offering) {
    Command.run(60, Map.of(), "", List.of("kind/capacity", "--dir", DIRECTORY, what, offering));
  }

  /** Whether Karpenter takes every offer for one that it can launch. */
  boolean allAvailable() {
    return !Command.run(60, Map.of(), "", List.of("kind/capacity", "--dir", DIRECTORY))
        .contains("unavailable");
  }

  /** The prices as the bed began with them. */
  void restoreMarket() {
    market(marketAtFirst);
  }

  /** Gives one offer another price. */
  void price(String zone, String instanceType, String capacity, String usdPerHour) {
    Pattern offer =
        Pattern.compile(
            "(zone: %s\\s+instanceType: %s\\s+capacity: %s\\s(?:(?!- provider).)*?usdPerHour: )\"[0-9.]+\""
                .formatted(
                    Pattern.quote(zone), Pattern.quote(instanceType), Pattern.quote(capacity)),
            Pattern.DOTALL);
    Matcher matcher = offer.matcher(readMarket());
    if (!matcher.find()) {
      throw new AssertionError(
          "no offer %s %s %s in %s".formatted(zone, instanceType, capacity, market));
    }
    market(matcher.replaceFirst("$1\"" + usdPerHour + "\""));
  }

  private String readMarket() {
    try {
      return Files.readString(market);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Another market, as an editor would write it: a new file in the place of the old. */
  void market(String text) {
    try {
      Path next = market.resolveSibling("market.next");
      Files.write(next, text.getBytes(UTF_8));
      Files.move(next, market, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    Command.run(120, Map.of(), "", List.of("kind/down", "--dir", DIRECTORY));
  }
}
