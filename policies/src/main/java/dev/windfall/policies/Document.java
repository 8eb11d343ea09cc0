package dev.windfall.policies;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * One YAML or JSON document, read strictly. JSON needs no reader of its own: it is YAML.
 *
 * <p>The text stays a tree of nodes that know their line and column, so that whatever is wrong with
 * a value can be said where it stands.
 */
final class Document {
  private static final int MAX_CHARACTERS = 16 << 20;

  private Document() {}

  /**
   * The document's top section.
   *
   * @param source what the problems call it: a file name, {@code spotpool "gpu"}
   * @throws UnreadableException when {@code text} is no single mapping
   */
  static Section read(String source, String text) {
    return read(source, text, Overrides.NONE, true);
  }

  /**
   * The top sections of a text in which several resources may stand, parted by {@code ---}. Those
   * without a value are passed over.
   *
   * @throws UnreadableException when {@code text} is no YAML, or a document no mapping
   */
  static List<Section> readResources(String source, String text) {
    return documents(source, text, true).stream()
        .filter(node -> !Scalars.isNull(node))
        .map(node -> Section.typed(source, mapping(source, node)))
        .toList();
  }

  /**
   * The same where one resource must stand.
   *
   * @throws UnreadableException when {@code text} is no single mapping
   */
  static Section readResource(String source, String text) {
    Optional<Node> root = root(source, text, true);
    return root.isEmpty()
        ? Section.empty(source, Overrides.NONE)
        : Section.typed(source, mapping(source, root.get()));
  }

  static Section read(String source, String text, Overrides overrides) {
    return read(source, text, overrides, true);
  }

  /**
   * The one document of an object of the cluster, in whose text lines and columns mean nothing to
   * anybody.
   */
  static Section readObject(String source, String json) {
    return read(source, json, Overrides.NONE, false);
  }

  private static Section read(String source, String text, Overrides overrides, boolean positions) {
    Optional<Node> root = root(source, text, positions);
    return root.isEmpty()
        ? Section.empty(source, overrides)
        : Section.top(source, "", mapping(source, root.get()), overrides);
  }

  private static MappingNode mapping(String source, Node root) {
    if (!(root instanceof MappingNode mapping)) {
      throw unreadable(source, root.getStartMark(), "must be a mapping of keys to values");
    }
    return mapping;
  }

  /** What a flag or a variable says in YAML; empty when it says nothing. */
  static Optional<Node> value(Overrides.Stated stated) {
    return root(stated.source(), stated.text(), true);
  }

  private static Optional<Node> root(String source, String text, boolean positions) {
    List<Node> documents = documents(source, text, positions);
    if (documents.size() > 1) {
      throw unreadable(
          source,
          documents.get(1).getStartMark(),
          "must be one document; a second one begins here");
    }
    return documents.stream().findFirst();
  }

  /**
   * Hands on the entries of a document that is nothing but one list of mappings, one at a time.
   *
   * @return whether it is; what was handed on counts only then
   * @throws UnreadableException when {@code text} is no YAML
   * @throws UncheckedIOException when it cannot be read to its end
   */
  static boolean eachEntry(String source, Reader text, String key, Consumer<Section> consumer) {
    return reading(
        source,
        true,
        settings ->
            Entries.each(
                settings,
                text,
                key,
                node -> consumer.accept(Section.top(source, key, node, Overrides.NONE))));
  }

  private static List<Node> documents(String source, String text, boolean positions) {
    refuseLong(source, text);
    List<Node> documents = new ArrayList<>();
    return reading(
        source,
        positions,
        settings -> {
          new Compose(settings).composeAllFromString(text).forEach(documents::add);
          return documents;
        });
  }

  /**
   * Refuses what would take too much memory.
   *
   * @throws UnreadableException when {@code text} is longer than any document may be
   */
  static void refuseLong(String source, String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw unreadable(
          source,
          Optional.empty(),
          "cannot be read: it is longer than " + MAX_CHARACTERS + " characters");
    }
  }

  private static <T> T reading(String source, boolean positions, Function<LoadSettings, T> reader) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setCodePointLimit(MAX_CHARACTERS)
            .setAllowNonScalarKeys(true)
            .setSchema(new CoreSchema())
            .setUseMarks(positions)
            .build();
    try {
      return reader.apply(settings);
    } catch (MarkedYamlEngineException e) {
      throw unreadable(source, e.getProblemMark(), "cannot be read: " + e.getProblem());
    } catch (YamlEngineException e) {
      if (e.getCause() instanceof IOException broken) {
        throw new UncheckedIOException(broken);
      }
      throw unreadable(source, Optional.empty(), "cannot be read: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw unreadable(source, Optional.empty(), "cannot be read: it is nested too deeply");
    }
  }

  private static UnreadableException unreadable(
      String source, Optional<Mark> mark, String message) {
    return new UnreadableException(List.of(problem(source, mark, message)));
  }

  static Problem problem(String source, Optional<Mark> mark, String message) {
    return mark.map(m -> new Problem(source, m.getLine() + 1, m.getColumn() + 1, message))
        .orElseGet(() -> new Problem(source, 0, 0, message));
  }
}
