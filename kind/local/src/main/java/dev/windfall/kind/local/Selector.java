package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which objects a list or watch asks for: label and field selectors as the API server reads them.
 */
final class Selector {
  private static final String KEY = "([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)";
  private static final Pattern SET = Pattern.compile(KEY + "\\s+(in|notin)\\s+\\(([^)]*)\\)");
  private static final Pattern EQUALITY =
      Pattern.compile(KEY + "\\s*(==|!=|=)\\s*((?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?)");
  private static final Pattern COMPARISON = Pattern.compile(KEY + "\\s*([<>])\\s*(\\d+)");
  private static final Pattern EXISTENCE = Pattern.compile("(!?)\\s*" + KEY);
  private static final Pattern COMMA_OUTSIDE_PARENTHESES = Pattern.compile(",(?![^(]*\\))");

  private static final Pattern FIELD = Pattern.compile("([^=!\\s]+?)(==|!=|=)(.*)");
  private static final Pattern UNESCAPED_COMMA = Pattern.compile("(?<!\\\\),");

  private final List<Predicate<JsonNode>> terms = new ArrayList<>();

  private Selector() {}

  static Selector parse(Kind kind, String labels, String fields) {
    Selector selector = new Selector();
    for (String term : COMMA_OUTSIDE_PARENTHESES.split(labels, -1)) {
      if (!term.isBlank()) {
        selector.terms.add(label(term.strip()));
      }
    }
    for (String term : UNESCAPED_COMMA.split(fields, -1)) {
      if (!term.isBlank()) {
        selector.terms.add(field(kind, term.strip()));
      }
    }
    return selector;
  }

  boolean matches(JsonNode object) {
    for (Predicate<JsonNode> term : terms) {
      if (!term.test(object)) {
        return false;
      }
    }
    return true;
  }

  private static Predicate<JsonNode> label(String term) {
    Matcher set = SET.matcher(term);
    if (set.matches()) {
      Set<String> values = Set.copyOf(List.of(set.group(3).strip().split("\\s*,\\s*", -1)));
      boolean in = set.group(2).equals("in");
      return object -> {
        JsonNode value = labels(object).path(set.group(1));
        return in == (value.isTextual() && values.contains(value.asText()));
      };
    }
    Matcher equality = EQUALITY.matcher(term);
    if (equality.matches()) {
      boolean equal = !equality.group(2).equals("!=");
      return object ->
          equal == labels(object).path(equality.group(1)).asText("\0").equals(equality.group(3));
    }
    Matcher comparison = COMPARISON.matcher(term);
    if (comparison.matches()) {
      long bound = Long.parseLong(comparison.group(3));
      boolean above = comparison.group(2).equals(">");
      return object -> {
        String value = labels(object).path(comparison.group(1)).asText("");
        return value.matches("-?\\d{1,18}")
            && (above ? Long.parseLong(value) > bound : Long.parseLong(value) < bound);
      };
    }
    Matcher existence = EXISTENCE.matcher(term);
    if (existence.matches()) {
      boolean wanted = existence.group(1).isEmpty();
      return object -> wanted == labels(object).has(existence.group(2));
    }
    throw Refusal.badRequest("unable to parse requirement: \"" + term + "\"");
  }

  private static Predicate<JsonNode> field(Kind kind, String term) {
    Matcher wish = FIELD.matcher(term);
    if (!wish.matches()) {
      throw Refusal.badRequest("invalid field selector: \"" + term + "\"");
    }
    String field = wish.group(1);
    if (!selectable(kind).contains(field)) {
      throw Refusal.badRequest("field label not supported: " + field);
    }
    String wanted = wish.group(3).replaceAll("\\\\(.)", "$1");
    boolean equal = !wish.group(2).equals("!=");
    return object -> equal == value(object, field).equals(wanted);
  }

  private static String value(JsonNode object, String field) {
    JsonNode value = object.at("/" + field.replace('.', '/'));
    return switch (field) {
      case "spec.unschedulable", "spec.hostNetwork" -> Boolean.toString(value.asBoolean());
      case "source" ->
          object
              .path("source")
              .path("component")
              .asText(object.path("reportingComponent").asText());
      default -> value.asText("");
    };
  }

  /** What a real API server indexes of a kind: asking for another field is refused. */
  private static Set<String> selectable(Kind kind) {
    List<String> own =
        switch (kind.qualified()) {
          case Kinds.PODS ->
              List.of(
                  "spec.nodeName",
                  "spec.restartPolicy",
                  "spec.schedulerName",
                  "spec.serviceAccountName",
                  "spec.hostNetwork",
                  "status.phase",
                  "status.podIP",
                  "status.nominatedNodeName");
          case "nodes" -> List.of("spec.unschedulable");
          case "namespaces" -> List.of("status.phase");
          case "secrets" -> List.of("type");
          case "events" -> ofEvents("involvedObject", "reportingComponent", "source");
          case "events.events.k8s.io" -> ofEvents("regarding", "reportingController");
          default -> kind.definition().map(Definition::selectable).orElse(List.of());
        };
    return Stream.concat(Stream.of("metadata.name", "metadata.namespace"), own.stream())
        .collect(Collectors.toSet());
  }

  private static List<String> ofEvents(String about, String... others) {
    Stream<String> parts =
        Stream.of("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
            .map(part -> about + "." + part);
    return Stream.of(parts, Stream.of("reason", "type"), Stream.of(others))
        .flatMap(each -> each)
        .toList();
  }

  private static JsonNode labels(JsonNode object) {
    return object.path("metadata").path("labels");
  }
}
