package dev.windfall.kind.local;

import static dev.windfall.kind.local.Columns.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;

/**
 * How a pod is shown. The status is one word of several places: what is furthest along counts. Init
 * containers are told by the pod's phase only.
 */
final class PodColumns {
  private static final String NONE = "<none>";

  static final List<Column> ALL =
      List.of(
          Column.NAME,
          text("Ready", pod -> ready(pod) + "/" + pod.path("spec").path("containers").size()),
          text("Status", PodColumns::status),
          Column.of(
              "Restarts", "string", (pod, _) -> JsonNodeFactory.instance.numberNode(restarts(pod))),
          Column.AGE,
          text("IP", pod -> pod.path("status").path("podIP").asText(NONE)).wide(),
          text("Node", pod -> pod.path("spec").path("nodeName").asText(NONE)).wide(),
          text("Nominated Node", pod -> pod.path("status").path("nominatedNodeName").asText(NONE))
              .wide(),
          text("Readiness Gates", PodColumns::gates).wide());

  private PodColumns() {}

  static String status(JsonNode pod) {
    JsonNode status = pod.path("status");
    String phase = status.path("phase").asText();
    boolean ended = phase.equals("Succeeded") || phase.equals("Failed");
    if (pod.path("metadata").hasNonNull("deletionTimestamp") && !ended) {
      return status.path("reason").asText().equals("NodeLost") ? "Unknown" : "Terminating";
    }
    String word = status.path("reason").asText(phase);
    JsonNode scheduled = condition(pod, "PodScheduled");
    if (scheduled.path("reason").asText().equals("SchedulingGated")) {
      word = "SchedulingGated";
    }
    return ofContainers(pod, word);
  }

  /** The first container that waits or ended says more than the phase. */
  private static String ofContainers(JsonNode pod, String otherwise) {
    String word = otherwise;
    String failed = "";
    boolean running = false;
    for (JsonNode container : pod.path("status").path("containerStatuses")) {
      String said = said(container);
      if (said.isEmpty()) {
        running |= container.path("state").has("running") && container.path("ready").asBoolean();
        continue;
      }
      if (word.equals(otherwise)) {
        word = said;
      }
      int exit = container.path("state").path("terminated").path("exitCode").asInt();
      if (exit != 0 && failed.isEmpty()) {
        failed = said;
      }
    }
    if (!word.equals("Completed")) {
      return word;
    }
    // One container ended well: what of the others?
    if (running && condition(pod, "Ready").path("status").asText().equals("True")) {
      return "Running";
    }
    return !failed.isEmpty() ? failed : running ? "NotReady" : word;
  }

  private static String said(JsonNode container) {
    JsonNode state = container.path("state");
    JsonNode ended = state.path("terminated");
    if (ended.isObject()) {
      String reason = ended.path("reason").asText();
      int signal = ended.path("signal").asInt();
      return !reason.isEmpty()
          ? reason
          : signal != 0 ? "Signal:" + signal : "ExitCode:" + ended.path("exitCode").asInt();
    }
    return state.path("waiting").path("reason").asText();
  }

  private static int ready(JsonNode pod) {
    int ready = 0;
    for (JsonNode container : pod.path("status").path("containerStatuses")) {
      if (container.path("ready").asBoolean() && container.path("state").has("running")) {
        ready++;
      }
    }
    return ready;
  }

  private static int restarts(JsonNode pod) {
    int restarts = 0;
    for (JsonNode container : pod.path("status").path("containerStatuses")) {
      restarts += container.path("restartCount").asInt();
    }
    return restarts;
  }

  private static String gates(JsonNode pod) {
    JsonNode gates = pod.path("spec").path("readinessGates");
    int passed = 0;
    for (JsonNode gate : gates) {
      String type = gate.path("conditionType").asText();
      if (condition(pod, type).path("status").asText().equals("True")) {
        passed++;
      }
    }
    return gates.isEmpty() ? NONE : passed + "/" + gates.size();
  }

  private static JsonNode condition(JsonNode pod, String type) {
    for (JsonNode condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return JsonNodeFactory.instance.missingNode();
  }
}
