package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What is served, for clients that ask: groups, versions, kinds and their verbs. */
final class Discovery {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  private static final List<String> STATUS_VERBS = List.of("get", "patch", "update");
  private static final Map<String, String> ALIVE =
      Map.of("/healthz", "ok", "/livez", "ok", "/readyz", "ok");

  private final Kinds kinds;
  private final OpenApi openApi;

  Discovery(Kinds kinds) {
    this.kinds = kinds;
    this.openApi = new OpenApi(kinds);
  }

  /** The answer of a path that is text, such as {@code /healthz}. */
  static Optional<String> text(String path) {
    return Optional.ofNullable(ALIVE.get(path));
  }

  /** The answer of a path that leads to no objects; empty when it may. */
  Optional<ObjectNode> answer(String path, Accept accept) {
    List<String> words = List.of(path.substring(1).replaceAll("/$", "").split("/", -1));
    return switch (words.getFirst()) {
      case "version" -> words.size() == 1 ? Optional.of(version()) : Optional.empty();
      case "openapi" -> openApi.answer(words.subList(1, words.size()));
      case "api" ->
          switch (words.size()) {
            case 1 -> Optional.of(accept == Accept.AGGREGATED ? aggregated(true) : core());
            case 2 -> resources("", words.get(1));
            default -> Optional.empty();
          };
      case "apis" ->
          switch (words.size()) {
            case 1 -> Optional.of(accept == Accept.AGGREGATED ? aggregated(false) : groups());
            case 2 -> group(words.get(1));
            case 3 -> resources(words.get(1), words.get(2));
            default -> Optional.empty();
          };
      default -> Optional.empty();
    };
  }

  /** Of the Kubernetes that this behaves like; what it is really shows in the build. */
  private static ObjectNode version() {
    return JSON.objectNode()
        .put("major", "1")
        .put("minor", "36")
        .put("gitVersion", "v1.36.0+windfall-local")
        .put("gitCommit", "")
        .put("gitTreeState", "")
        .put("buildDate", "1970-01-01T00:00:00Z")
        .put("goVersion", "")
        .put("compiler", "")
        .put("platform", "");
  }

  private static ObjectNode core() {
    ObjectNode versions = JSON.objectNode().put("kind", "APIVersions");
    versions.putArray("versions").add("v1");
    versions.putArray("serverAddressByClientCIDRs");
    return versions;
  }

  private ObjectNode groups() {
    ObjectNode list = JSON.objectNode().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    byGroup(false).forEach((name, versions) -> groups.add(group(name, versions)));
    return list;
  }

  private Optional<ObjectNode> group(String name) {
    return Optional.ofNullable(byGroup(false).get(name))
        .map(versions -> group(name, versions).put("kind", "APIGroup").put("apiVersion", "v1"));
  }

  private static ObjectNode group(String name, Map<String, List<Kind>> versions) {
    ObjectNode group = JSON.objectNode().put("name", name);
    ArrayNode each = group.putArray("versions");
    versions.forEach((version, _) ->
        each.addObject().put("groupVersion", name + "/" + version).put("version", version));
    return group.set("preferredVersion", each.get(0));
  }

  private Optional<ObjectNode> resources(String group, String version) {
    List<Kind> served = all(kind -> kind.group().equals(group) && kind.version().equals(version));
    if (served.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode list = JSON.objectNode().put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", served.getFirst().apiVersion());
    ArrayNode resources = list.putArray("resources");
    for (Kind kind : served) {
      ObjectNode whole = resource(kind, kind.plural(), VERBS);
      names(whole, kind).put("singularName", kind.names().singular());
      resources.add(whole);
      if (kind.statusApart()) {
        resources.add(
            resource(kind, kind.plural() + "/status", STATUS_VERBS).put("singularName", ""));
      }
    }
    return Optional.of(list);
  }

  private static ObjectNode resource(Kind kind, String name, List<String> verbs) {
    ObjectNode resource =
        JSON.objectNode()
            .put("name", name)
            .put("namespaced", kind.namespaced())
            .put("kind", kind.kind());
    return resource.set("verbs", texts(verbs));
  }

  private static ObjectNode names(ObjectNode resource, Kind kind) {
    if (!kind.names().shortNames().isEmpty()) {
      resource.set("shortNames", texts(kind.names().shortNames()));
    }
    if (!kind.names().categories().isEmpty()) {
      resource.set("categories", texts(kind.names().categories()));
    }
    return resource;
  }

  private ObjectNode aggregated(boolean core) {
    ObjectNode list =
        JSON.objectNode()
            .put("kind", "APIGroupDiscoveryList")
            .put("apiVersion", "apidiscovery.k8s.io/v2");
    list.putObject("metadata");
    ArrayNode items = list.putArray("items");
    byGroup(core)
        .forEach((name, versions) -> {
          ObjectNode group = items.addObject();
          group.putObject("metadata").put("name", name);
          ArrayNode each = group.putArray("versions");
          versions.forEach((version, served) -> {
            ObjectNode one = each.addObject().put("version", version).put("freshness", "Current");
            ArrayNode resources = one.putArray("resources");
            served.forEach(kind -> resources.add(aggregated(kind)));
          });
        });
    return list;
  }

  private static ObjectNode aggregated(Kind kind) {
    ObjectNode resource = JSON.objectNode().put("resource", kind.plural());
    resource.set("responseKind", responseKind(kind));
    resource.put("scope", kind.namespaced() ? "Namespaced" : "Cluster");
    resource.put("singularResource", kind.names().singular());
    resource.set("verbs", texts(VERBS));
    names(resource, kind);
    if (kind.statusApart()) {
      ObjectNode status =
          resource.putArray("subresources").addObject().put("subresource", "status");
      status.set("responseKind", responseKind(kind));
      status.set("verbs", texts(STATUS_VERBS));
    }
    return resource;
  }

  static ObjectNode responseKind(Kind kind) {
    return JSON.objectNode()
        .put("group", kind.group())
        .put("version", kind.version())
        .put("kind", kind.kind());
  }

  /** Kinds by group and version, in the order in which they came to be served. */
  private Map<String, Map<String, List<Kind>>> byGroup(boolean core) {
    Map<String, Map<String, List<Kind>>> groups = new LinkedHashMap<>();
    for (Kind kind : all(kind -> kind.group().isEmpty() == core)) {
      groups
          .computeIfAbsent(kind.group(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(
              kind.version(),
              version -> all(k -> k.group().equals(kind.group()) && k.version().equals(version)));
    }
    return groups;
  }

  private List<Kind> all(Predicate<Kind> which) {
    return kinds.all().stream().filter(which).toList();
  }

  private static ArrayNode texts(List<String> texts) {
    ArrayNode array = JSON.arrayNode();
    texts.forEach(array::add);
    return array;
  }
}
