package dev.windfall.kind.local;

import static dev.windfall.kind.local.Column.AGE;
import static dev.windfall.kind.local.Column.NAME;
import static dev.windfall.kind.local.Column.at;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The columns that each kind is shown with, as users of kubectl know them. */
final class Columns {
  private static final String NONE = "<none>";

  private static final List<Column> DEFAULT = List.of(NAME, AGE);

  private static final List<Column> NODES =
      List.of(
          NAME,
          text("Status", Columns::nodeStatus),
          text("Roles", Columns::roles),
          AGE,
          at("Version", "string", ".status.nodeInfo.kubeletVersion"),
          text("Internal-IP", node -> address(node, "InternalIP")).wide(),
          text("External-IP", node -> address(node, "ExternalIP")).wide(),
          text("OS-Image", node -> info(node, "osImage")).wide(),
          text("Kernel-Version", node -> info(node, "kernelVersion")).wide(),
          text("Container-Runtime", node -> info(node, "containerRuntimeVersion")).wide());

  private static final List<Column> EVENTS =
      List.of(
          Column.of("Last Seen", "string", (event, now) -> string(lastSeen(event, now))),
          text("Type", event -> event.path("type").asText()),
          text("Reason", event -> event.path("reason").asText()),
          text("Object", Columns::object),
          text("Subobject", event -> about(event).path("fieldPath").asText()).wide(),
          text("Source", Columns::source).wide(),
          text("Message", event -> core(event, "message", "note").asText().strip()),
          Column.of("First Seen", "string", (event, now) -> string(firstSeen(event, now))).wide(),
          Column.of(
                  "Count",
                  "string",
                  (event, _) -> JsonNodeFactory.instance.numberNode(count(event)))
              .wide(),
          new Column(
              "Name", "string", "name", "", 1, (event, _) -> event.path("metadata").path("name")));

  // As Karpenter's own definitions have them.
  private static final List<Column> NODEPOOLS =
      List.of(
          NAME,
          at("NodeClass", "string", ".spec.template.spec.nodeClassRef.name"),
          at("Nodes", "string", ".status.nodes"),
          at("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
          AGE,
          at("Weight", "integer", ".spec.weight").wide(),
          at("CPU", "string", ".status.resources.cpu").wide(),
          at("Memory", "string", ".status.resources.memory").wide());

  private static final List<Column> NODECLAIMS =
      List.of(
          NAME,
          at("Type", "string", ".metadata.labels.node\\.kubernetes\\.io/instance-type"),
          at("Capacity", "string", ".metadata.labels.karpenter\\.sh/capacity-type"),
          at("Zone", "string", ".metadata.labels.topology\\.kubernetes\\.io/zone"),
          at("Node", "string", ".status.nodeName"),
          at("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
          AGE,
          at("ImageID", "string", ".status.imageID").wide(),
          at("ID", "string", ".status.providerID").wide(),
          at("NodePool", "string", ".metadata.labels.karpenter\\.sh/nodepool").wide(),
          at("NodeClass", "string", ".spec.nodeClassRef.name").wide(),
          at("Drifted", "string", ".status.conditions[?(@.type==\"Drifted\")].status").wide());

  private static final List<Column> CONFIG_MAPS = List.of(NAME, number("Data", Columns::data), AGE);

  private static final List<Column> SECRETS =
      List.of(NAME, at("Type", "string", ".type"), number("Data", Columns::data), AGE);

  private static final List<Column> NAMESPACES =
      List.of(NAME, at("Status", "string", ".status.phase"), AGE);

  private static final List<Column> LEASES =
      List.of(NAME, at("Holder", "string", ".spec.holderIdentity"), AGE);

  private static final List<Column> WEBHOOKS =
      List.of(
          NAME, number("Webhooks", configuration -> configuration.path("webhooks").size()), AGE);

  private static final List<Column> DEFINITIONS =
      List.of(NAME, at("Created At", "string", ".metadata.creationTimestamp"));

  private Columns() {}

  static List<Column> all(Kind kind) {
    if (kind.definition().isPresent()) {
      List<Column> own = kind.definition().get().columns();
      List<Column> columns = new ArrayList<>(own.isEmpty() ? DEFAULT : List.of(NAME));
      columns.addAll(own);
      return columns;
    }
    return switch (kind.place()) {
      case Kinds.PODS -> PodColumns.ALL;
      case "nodes" -> NODES;
      case "events" -> EVENTS;
      case "configmaps" -> CONFIG_MAPS;
      case "secrets" -> SECRETS;
      case "namespaces" -> NAMESPACES;
      case "leases.coordination.k8s.io" -> LEASES;
      case "customresourcedefinitions.apiextensions.k8s.io" -> DEFINITIONS;
      case "mutatingwebhookconfigurations.admissionregistration.k8s.io",
          "validatingwebhookconfigurations.admissionregistration.k8s.io" ->
          WEBHOOKS;
      case "nodepools.karpenter.sh" -> NODEPOOLS;
      case "nodeclaims.karpenter.sh" -> NODECLAIMS;
      default -> DEFAULT;
    };
  }

  static Column text(String name, Function<JsonNode, String> cell) {
    return Column.of(name, "string", (object, _) -> string(cell.apply(object)));
  }

  private static Column number(String name, Function<JsonNode, Integer> cell) {
    return Column.of(
        name,
        "string",
        (object, _) -> JsonNodeFactory.instance.numberNode(cell.apply(object).intValue()));
  }

  private static JsonNode string(String text) {
    return JsonNodeFactory.instance.textNode(text);
  }

  private static int data(JsonNode object) {
    return object.path("data").size() + object.path("binaryData").size();
  }

  private static String nodeStatus(JsonNode node) {
    String status = "Unknown";
    for (JsonNode condition : node.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        status = condition.path("status").asText().equals("True") ? "Ready" : "NotReady";
      }
    }
    return node.path("spec").path("unschedulable").asBoolean()
        ? status + ",SchedulingDisabled"
        : status;
  }

  private static String roles(JsonNode node) {
    String prefix = "node-role.kubernetes.io/";
    List<String> roles = new ArrayList<>();
    for (var label : node.path("metadata").path("labels").properties()) {
      if (label.getKey().startsWith(prefix) && label.getKey().length() > prefix.length()) {
        roles.add(label.getKey().substring(prefix.length()));
      } else if (label.getKey().equals("kubernetes.io/role")
          && !label.getValue().asText().isEmpty()) {
        roles.add(label.getValue().asText());
      }
    }
    return roles.isEmpty() ? NONE : String.join(",", roles.stream().sorted().toList());
  }

  private static String address(JsonNode node, String type) {
    for (JsonNode address : node.path("status").path("addresses")) {
      if (address.path("type").asText().equals(type)) {
        return address.path("address").asText();
      }
    }
    return NONE;
  }

  private static String info(JsonNode node, String field) {
    JsonNode info = node.path("status").path("nodeInfo");
    String value = info.path(field).asText();
    String architecture = info.path("architecture").asText();
    boolean kernel = field.equals("kernelVersion") && !architecture.isEmpty();
    return (value.isEmpty() ? "<unknown>" : value) + (kernel ? " (" + architecture + ")" : "");
  }

  /** A field of an event in whichever shape it is. */
  private static JsonNode core(JsonNode event, String core, String own) {
    return event.has(core) ? event.path(core) : event.path(own);
  }

  private static JsonNode about(JsonNode event) {
    return core(event, "involvedObject", "regarding");
  }

  private static String object(JsonNode event) {
    String kind = about(event).path("kind").asText().toLowerCase(Locale.ROOT);
    String name = about(event).path("name").asText();
    return name.isEmpty() ? kind : kind + "/" + name;
  }

  private static String source(JsonNode event) {
    JsonNode source = core(event, "source", "deprecatedSource");
    String component = source.path("component").asText();
    String instance = source.path("host").asText();
    if (component.isEmpty()) {
      component = core(event, "reportingComponent", "reportingController").asText();
      instance = event.path("reportingInstance").asText();
    }
    return instance.isEmpty() ? component : component + ", " + instance;
  }

  private static String firstSeen(JsonNode event, Instant now) {
    String first = core(event, "firstTimestamp", "deprecatedFirstTimestamp").asText("");
    return Age.of(first.isEmpty() ? event.path("eventTime").asText("") : first, now);
  }

  private static String lastSeen(JsonNode event, Instant now) {
    JsonNode series = event.path("series");
    if (series.isObject()) {
      return Age.of(series.path("lastObservedTime").asText(""), now);
    }
    String last = core(event, "lastTimestamp", "deprecatedLastTimestamp").asText("");
    return last.isEmpty() ? firstSeen(event, now) : Age.of(last, now);
  }

  private static int count(JsonNode event) {
    if (event.path("series").isObject()) {
      return event.path("series").path("count").asInt();
    }
    return Math.max(core(event, "count", "deprecatedCount").asInt(), 1);
  }
}
