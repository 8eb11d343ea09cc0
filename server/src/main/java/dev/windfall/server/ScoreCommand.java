package dev.windfall.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code windfall score}: what a running server would tell the scheduler of a pod, and why. */
@Command(
    name = "score",
    sortOptions = false,
    description = {
      "Asks a running server which score each node has for a pod, and why. Nothing is created, and"
          + " no scheduler is asked.",
      "",
      "To reach a server in a cluster: kubectl port-forward -n windfall-system POD 8888, with a pod"
          + " that has the role of an extender."
    })
final class ScoreCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";
  private static final int MOST_BYTES = 16 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final InputStream in;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // required
  @Option(
      names = "--pod",
      required = true,
      paramLabel = "FILE",
      description =
          "a Pod, or what has a template of pods, such as a Deployment, Job or CronJob; YAML or"
              + " JSON; of several the first; - is standard input")
  private String pod;

  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "NODE",
      description = "these nodes; default: every one that has enough free GPUs")
  private List<String> nodes = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "of a pod that does not say one; default: default")
  private String namespace = "default";

  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8888",
      description = "the server's scheduler port; default: http://127.0.0.1:8888")
  private String server = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default), json or yaml")
  private Output output = Output.TABLE;

  ScoreCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws InterruptedException {
    RemoteServer asked = asked();
    PodFile file = PodFile.read(source(), text(), namespace);
    if (file.pods() > 1) {
      spec.commandLine()
          .getErr()
          .println(
              "%s holds %d pods and templates; asking about the first, %s"
                  .formatted(source(), file.pods(), Printable.of(file.name(), 300)));
    }
    ScoreReport report = ScoreReport.of(answer(asked, file));
    PrintWriter out = spec.commandLine().getOut();
    out.print(output.of(report::table, report::json));
    out.flush();
    report
        .trouble(asked.uri())
        .ifPresent(trouble -> {
          throw new FailureException(trouble);
        });
    return 0;
  }

  private RemoteServer asked() {
    try {
      return RemoteServer.at(server);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--server \"" + server + "\" " + e.getMessage());
    }
  }

  private String source() {
    return pod.equals(STANDARD_INPUT) ? "stdin" : pod;
  }

  private String text() {
    try {
      if (!pod.equals(STANDARD_INPUT)) {
        return DocumentFiles.text(Path.of(pod));
      }
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException("it is larger than %d MiB".formatted(MOST_BYTES >> 20));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IOException e) {
      throw new FailureException(source() + ": " + DocumentFiles.why(e));
    } catch (InvalidPathException e) {
      throw new FailureException(Printable.of(pod, 300) + ": is no path");
    }
  }

  private JsonNode answer(RemoteServer asked, PodFile file) throws InterruptedException {
    RemoteServer.Answer answer;
    try {
      answer = asked.post(Routes.SCORE_PATH, question(file));
    } catch (IOException e) {
      throw new FailureException(
          e.getMessage()
              + "; is the server running, with the role of an extender? One in a cluster is reached"
              + " with: kubectl port-forward -n windfall-system POD 8888");
    }
    String wrong = "%s answers %d".formatted(asked.uri(), answer.status());
    return switch (answer.status()) {
      case 200 -> read(answer.body(), asked);
      case 400 ->
          throw new FailureException(wrong + ": " + Printable.of(answer.body().strip(), 300));
      case 413 -> throw new FailureException(wrong + ": the pod is larger than it takes");
      case 503 -> throw new FailureException(wrong + ": it is busy, or shutting down");
      default ->
          throw new FailureException(
              wrong + " to " + Routes.SCORE_PATH + ": is that Windfall's scheduler port?");
    };
  }

  private byte[] question(PodFile file) {
    ObjectNode question = JSON.createObjectNode();
    question.set("Pod", file.object());
    if (!nodes.isEmpty()) {
      nodes.forEach(question.putArray("NodeNames")::add);
    }
    return question.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode read(String body, RemoteServer asked) {
    try {
      JsonNode answer = JSON.readTree(body);
      if (answer.path("nodes").isArray()) {
        return answer;
      }
    } catch (JsonProcessingException e) {
      // Said below: what it is instead is nobody's business.
    }
    throw new FailureException(
        asked.uri() + " answers, but not with scores: is that Windfall's scheduler port?");
  }
}
