package dev.windfall.kind.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The scheduler's configurations below {@code deploy/scheduler}, as people get them. */
enum SchedulerExample {
  SECOND("second-scheduler.yaml", "windfall-scheduler"),
  OWN("own-scheduler.yaml", "default-scheduler"),
  TWO_PROFILES("two-profiles.yaml", "windfall-scheduler");

  /** Whether the scheduler looks at every node: one line of each example, a comment or not. */
  enum Sampling {
    EVERY_NODE,
    AS_KUBERNETES
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DIRECTORY = Command.root().resolve("deploy/scheduler");
  private static final Pattern SAMPLING =
      Pattern.compile("^( +)(# )?(percentageOfNodesToScore: 100)$", Pattern.MULTILINE);
  private static final Pattern URL = Pattern.compile("(urlPrefix: http://)[0-9.]+:8888/");
  private static final Pattern CLIENT =
      Pattern.compile(
          "clientConnection: \\{(kubeconfig: /etc/kubernetes/scheduler\\.conf, )?(?=qps)");

  private final String file;

  /** The profile that GPU pods are for. */
  final String schedulerName;

  SchedulerExample(String file, String schedulerName) {
    this.file = file;
    this.schedulerName = schedulerName;
  }

  Path path() {
    return DIRECTORY.resolve(file);
  }

  /** What kube-scheduler is given, as it is shipped. */
  String shipped() {
    return this == SECOND
        ? object("ConfigMap", "windfall-scheduler").at("/data/scheduler.yaml").asText()
        : text();
  }

  /**
   * The same with the line on sampling as wished, and with addresses of a bed.
   *
   * @param port where the extender is looked for, on 127.0.0.1
   */
  String configuration(Sampling sampling, Path kubeconfig, int port) {
    String comment = sampling == Sampling.EVERY_NODE ? "" : "# ";
    String text = once(SAMPLING, shipped(), line -> line.group(1) + comment + line.group(3));
    text = once(URL, text, url -> url.group(1) + "127.0.0.1:" + port + "/");
    return once(CLIENT, text, client -> "clientConnection: {kubeconfig: " + kubeconfig + ", ");
  }

  private String once(Pattern pattern, String text, Function<MatchResult, String> with) {
    Matcher matcher = pattern.matcher(text);
    assertEquals(1, matcher.results().count(), () -> pattern + " in " + file + ":\n" + text);
    return matcher.reset().replaceAll(match -> Matcher.quoteReplacement(with.apply(match)));
  }

  /** The extenders that it configures. */
  JsonNode extenders() {
    return read(shipped()).getFirst().path("extenders");
  }

  /** One object of the manifest. */
  JsonNode object(String kind, String name) {
    return read(text()).stream()
        .filter(object -> object.path("kind").asText().equals(kind))
        .filter(object -> object.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no %s %s in %s".formatted(kind, name, file)));
  }

  private String text() {
    try {
      return Files.readString(path());
    } catch (IOException e) {
      throw new AssertionError("reading an example", e);
    }
  }

  /** The documents of a YAML stream. */
  static List<JsonNode> read(String yaml) {
    List<JsonNode> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(yaml)
        .forEach(document -> documents.add(JSON.valueToTree(document)));
    return documents;
  }
}
