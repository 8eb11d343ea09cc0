package dev.windfall.policies;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of a document while it is being read.
 *
 * <p>Reading goes on after a problem, so that a person sees all of them at once. Whoever reads asks
 * for the keys it knows, calls {@link #refuseUnknown} and then {@link #clean}; only a clean section
 * becomes a value.
 */
final class Section {
  private final String source;
  private final String path;
  private final Optional<Mark> mark;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Optional<Mark>> keys = new LinkedHashMap<>();
  private final TreeSet<String> asked = new TreeSet<>();
  private final List<Problem> problems = new ArrayList<>();
  private final @Nullable Section parent;
  private final Overrides overrides;
  private final boolean typed;

  private Section(
      String source,
      String path,
      @Nullable MappingNode node,
      @Nullable Section parent,
      Overrides overrides,
      boolean typed) {
    this.source = source;
    this.path = path;
    this.parent = parent;
    this.overrides = overrides;
    this.typed = typed;
    this.mark = node == null ? Optional.empty() : node.getStartMark();
    for (NodeTuple tuple : node == null ? List.<NodeTuple>of() : node.getValue()) {
      Node key = tuple.getKeyNode();
      if (!(key instanceof ScalarNode scalar)) {
        problem(key.getStartMark(), "a key must be a plain name");
      } else if (values.putIfAbsent(scalar.getValue(), tuple.getValueNode()) != null) {
        problem(key.getStartMark(), "field \"" + scalar.getValue() + "\" is given twice");
      } else {
        keys.put(scalar.getValue(), key.getStartMark());
      }
    }
  }

  static Section top(String source, String path, MappingNode node, Overrides overrides) {
    return new Section(source, path, node, null, overrides, false);
  }

  /** One whose values have types, as those of the Kubernetes API have. */
  static Section typed(String source, MappingNode node) {
    return new Section(source, "", node, null, Overrides.NONE, true);
  }

  static Section empty(String source, Overrides overrides) {
    return new Section(source, "", null, null, overrides, false);
  }

  /**
   * The value of a key that must be there; empty when it is not or is wrong, which is then a
   * problem.
   */
  <T> Optional<T> required(String key, Shape<T> shape) {
    int before = problems.size();
    Optional<T> value = value(key, shape);
    if (value.isEmpty() && problems.size() == before) {
      problem(mark, "field \"" + key + "\" is missing");
    }
    return value;
  }

  <T> T value(String key, Shape<T> shape, T otherwise) {
    return value(key, shape).orElse(otherwise);
  }

  /**
   * The value of a key that may be absent; empty also when it is wrong, which is then a problem.
   */
  <T> Optional<T> value(String key, Shape<T> shape) {
    asked.add(key);
    Optional<Overrides.Stated> override = overrides.of(at(key));
    if (override.isPresent()) {
      return read(override.get().source(), Optional.empty(), key, override.get().text(), shape);
    }
    Node node = values.get(key);
    if (node == null || Scalars.isNull(node)) {
      return Optional.empty();
    }
    return scalar(node, key, shape);
  }

  /** The values of a list, in order; empty when the list is absent. */
  <T> List<T> list(String key, Shape<T> shape) {
    return list(key, shape, List.of());
  }

  <T> List<T> list(String key, Shape<T> shape, List<T> otherwise) {
    asked.add(key);
    Optional<Overrides.Stated> override = overrides.of(at(key));
    if (override.isPresent()) {
      Shape<List<T>> commaList = text -> Shape.commaList(text, shape);
      return read(override.get().source(), Optional.empty(), key, override.get().text(), commaList)
          .orElse(List.of());
    }
    Node node = values.get(key);
    if (node == null || Scalars.isNull(node)) {
      return otherwise;
    }
    List<T> read = new ArrayList<>();
    for (Node item : items(source, key, node)) {
      scalar(item, key, shape).ifPresent(read::add);
    }
    return List.copyOf(read);
  }

  /** A mapping of names to texts, such as labels, in the order of the document. */
  Map<String, String> texts(String key) {
    Section section = section(key);
    Map<String, String> read = new LinkedHashMap<>();
    for (String name : section.values.keySet()) {
      section.value(name, Shape.TEXT).ifPresent(text -> read.put(name, text));
    }
    return Collections.unmodifiableMap(read);
  }

  /** The mapping under a key; empty of values, so that every default holds, when it is absent. */
  Section section(String key) {
    asked.add(key);
    Node node = values.get(key);
    if (node != null && !(node instanceof MappingNode) && !Scalars.isNull(node)) {
      problem(node.getStartMark(), "field \"" + key + "\" must be a mapping of keys to values");
    }
    MappingNode mapping = node instanceof MappingNode found ? found : null;
    return new Section(source, at(key), mapping, this, overrides, typed);
  }

  /**
   * The mappings of a list, in order. A flag or variable replaces the list as a whole, written as
   * YAML.
   */
  List<Section> sections(String key) {
    asked.add(key);
    Optional<Overrides.Stated> override = overrides.of(at(key));
    return override.isPresent()
        ? sections(override.get().source(), key, Document.value(override.get()), this)
        : sections(source, key, Optional.ofNullable(values.get(key)), this);
  }

  /**
   * The same where one bad entry spoils nothing but itself: its problems are its own, not the
   * document's.
   */
  List<Section> entries(String key) {
    asked.add(key);
    return sections(source, key, Optional.ofNullable(values.get(key)), null);
  }

  private List<Section> sections(
      String from, String key, Optional<Node> node, @Nullable Section above) {
    List<Section> read = new ArrayList<>();
    for (Node item :
        node.filter(n -> !Scalars.isNull(n)).map(n -> items(from, key, n)).orElse(List.of())) {
      if (item instanceof MappingNode mapping) {
        read.add(new Section(from, at(key), mapping, above, Overrides.NONE, typed));
      } else {
        report(
            Document.problem(
                from,
                item.getStartMark(),
                "each entry of \"" + key + "\" must be a mapping of keys to values"));
      }
    }
    return read;
  }

  boolean has(String key) {
    asked.add(key);
    Node node = values.get(key);
    return node != null && !Scalars.isNull(node);
  }

  /** The text under a key as it stands, to name the section in a message. */
  Optional<String> peek(String key) {
    return values.get(key) instanceof ScalarNode scalar
        ? Optional.of(scalar.getValue())
        : Optional.empty();
  }

  /** Leaves a key to somebody else: neither read nor refused. */
  void ignore(String key) {
    asked.add(key);
  }

  /** Says what is wrong with the value of {@code key}, once values are compared with each other. */
  void reject(String key, String message) {
    report(about(key, message));
  }

  /** What would be said of the value of {@code key}, which spoils nothing. */
  Problem about(String key, String message) {
    Optional<Node> value = Optional.ofNullable(values.get(key));
    return Document.problem(source, value.map(Node::getStartMark).orElse(mark), message);
  }

  /** Says what is wrong outside the document's text. */
  void refuse(String message) {
    problem(Optional.empty(), message);
  }

  /** A problem for every key that nobody asked for, with the nearest name that somebody did. */
  void refuseUnknown() {
    keys.forEach((key, where) -> {
      if (!asked.contains(key)) {
        problem(where, "field \"" + at(key) + "\" is unknown" + Nearest.suggestion(key, asked));
      }
    });
  }

  /** Whether nothing was wrong in this section and those below it so far. */
  boolean clean() {
    return problems.isEmpty();
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  /**
   * Ends the reading of a document that is taken whole or not at all.
   *
   * @throws UnreadableException when anything was wrong
   */
  void orThrow() {
    if (!clean()) {
      throw new UnreadableException(problems);
    }
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private List<Node> items(String from, String key, Node node) {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    report(Document.problem(from, node.getStartMark(), "field \"" + key + "\" must be a list"));
    return List.of();
  }

  private <T> Optional<T> scalar(Node node, String key, Shape<T> shape) {
    if (node instanceof ScalarNode scalar) {
      Optional<T> value = read(source, node.getStartMark(), key, scalar.getValue(), shape);
      Optional<String> mistyped =
          typed && value.isPresent() ? Scalars.mistyped(scalar, value.get()) : Optional.empty();
      mistyped.ifPresent(why -> problem(node.getStartMark(), key + " " + why));
      return value;
    }
    problem(node.getStartMark(), "field \"" + key + "\" must be a single value");
    return Optional.empty();
  }

  private <T> Optional<T> read(
      String from, Optional<Mark> where, String key, String text, Shape<T> shape) {
    try {
      return Optional.of(shape.read(text));
    } catch (IllegalArgumentException e) {
      report(
          Document.problem(from, where, key + " \"" + Shape.shown(text) + "\" " + e.getMessage()));
      return Optional.empty();
    }
  }

  private void problem(Optional<Mark> where, String message) {
    report(Document.problem(source, where, message));
  }

  private void report(Problem problem) {
    for (Section section = this; section != null; section = section.parent) {
      section.problems.add(problem);
    }
  }
}
