package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which objects a list or watch asks for: label and field selectors as the API server reads them.
 */
final class Selector {
  private static final Pattern SET = Pattern.compile("(\\S+)\\s+(in|notin)\\s+\\(([^)]*)\\)");
  private static final Pattern EQUALITY = Pattern.compile("([^=!\\s]+)\\s*(==|!=|=)\\s*(\\S*)");
  private static final Pattern COMMA_OUTSIDE_PARENTHESES = Pattern.compile(",(?![^(]*\\))");

  /** What a real API server indexes, over all kinds: asking for another field is refused. */
  private static final Set<String> FIELDS =
      Set.of(
          "metadata.name",
          "metadata.namespace",
          "spec.nodeName",
          "status.phase",
          "type",
          "regarding.name");

  private final List<Predicate<JsonNode>> terms = new ArrayList<>();

  private Selector() {}

  static Selector parse(String labels, String fields) {
    Selector selector = new Selector();
    for (String term : COMMA_OUTSIDE_PARENTHESES.split(labels, -1)) {
      if (!term.isBlank()) {
        selector.terms.add(label(term.strip()));
      }
    }
    for (String term : fields.split(",", -1)) {
      if (!term.isBlank()) {
        selector.terms.add(field(term.strip()));
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
    if (term.startsWith("!")) {
      return object -> !labels(object).has(term.substring(1).strip());
    }
    return object -> labels(object).has(term);
  }

  private static Predicate<JsonNode> field(String term) {
    Matcher equality = EQUALITY.matcher(term);
    if (!equality.matches() || !FIELDS.contains(equality.group(1))) {
      throw Refusal.badRequest("field label not supported: " + term);
    }
    String pointer = "/" + equality.group(1).replace('.', '/');
    boolean equal = !equality.group(2).equals("!=");
    return object -> equal == object.at(pointer).asText("").equals(equality.group(3));
  }

  private static JsonNode labels(JsonNode object) {
    return object.path("metadata").path("labels");
  }
}
