package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of JSONPath that printer columns use: {@code .a.b}, {@code .a\.b}, {@code .a['b']},
 * {@code .a[0]} and {@code .a[?(@.type=="Ready")].status}. Anything else is refused, so that no
 * column is silently empty.
 */
final class JsonPath {
  private static final Pattern FIELD = Pattern.compile("\\.((?:[^.\\[\\]\\\\\\s'\"*{}]|\\\\.)+)");
  private static final Pattern KEY = Pattern.compile("\\[(?:'([^']+)'|\"([^\"]+)\")]");
  private static final Pattern INDEX = Pattern.compile("\\[(\\d{1,6})]");
  private static final Pattern FILTER =
      Pattern.compile(
          "\\[\\?\\(\\s*@((?:\\.[A-Za-z0-9_-]+)+)\\s*==\\s*"
              + "(?:\"([^\"]*)\"|'([^']*)'|(true|false|-?\\d+))\\s*\\)]");

  private sealed interface Step {
    void from(JsonNode node, List<JsonNode> into);
  }

  private record Field(String name) implements Step {
    @Override
    public void from(JsonNode node, List<JsonNode> into) {
      add(node.path(name), into);
    }
  }

  private record Index(int index) implements Step {
    @Override
    public void from(JsonNode node, List<JsonNode> into) {
      add(node.path(index), into);
    }
  }

  private record Filter(String pointer, String wanted) implements Step {
    @Override
    public void from(JsonNode node, List<JsonNode> into) {
      for (JsonNode element : node) {
        JsonNode value = element.at(pointer);
        if (value.isValueNode() && !value.isNull() && value.asText().equals(wanted)) {
          into.add(element);
        }
      }
    }
  }

  private final List<Step> steps;

  private JsonPath(List<Step> steps) {
    this.steps = steps;
  }

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException saying where it stops being one
   */
  static JsonPath parse(String text) {
    List<Step> steps = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      Matcher field = FIELD.matcher(text).region(at, text.length());
      Matcher key = KEY.matcher(text).region(at, text.length());
      Matcher index = INDEX.matcher(text).region(at, text.length());
      Matcher filter = FILTER.matcher(text).region(at, text.length());
      if (field.lookingAt()) {
        steps.add(new Field(unescaped(field.group(1))));
        at = field.end();
      } else if (key.lookingAt()) {
        steps.add(new Field(unescaped(key.group(1) == null ? key.group(2) : key.group(1))));
        at = key.end();
      } else if (index.lookingAt()) {
        steps.add(new Index(Integer.parseInt(index.group(1))));
        at = index.end();
      } else if (filter.lookingAt()) {
        steps.add(new Filter(filter.group(1).replace('.', '/'), literal(filter)));
        at = filter.end();
      } else {
        throw new IllegalArgumentException(
            "cannot be read from \""
                + text.substring(at)
                + "\" on; here a path is made of .field, ['field'], [0] and [?(@.field==\"x\")]");
      }
    }
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("is empty");
    }
    return new JsonPath(List.copyOf(steps));
  }

  /** What it leads to, in order; empty when there is nothing. */
  List<JsonNode> find(JsonNode object) {
    List<JsonNode> found = List.of(object);
    for (Step step : steps) {
      List<JsonNode> next = new ArrayList<>();
      found.forEach(node -> step.from(node, next));
      found = next;
    }
    return found;
  }

  private static void add(JsonNode node, List<JsonNode> into) {
    if (!node.isMissingNode() && !node.isNull()) {
      into.add(node);
    }
  }

  private static String literal(Matcher filter) {
    for (int group = 2; group < 4; group++) {
      String text = filter.group(group);
      if (text != null) {
        return text;
      }
    }
    return filter.group(4);
  }

  private static String unescaped(String text) {
    return text.replaceAll("\\\\(.)", "$1");
  }
}
