package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a CustomResourceDefinition says of one place in its objects: a structural schema.
 *
 * @param properties in the order of the definition
 * @param additional of every property that is not named
 * @param fallback what stands there when nothing was written: the schema's default
 * @param anything whether unknown fields are kept
 * @param embedded whether a whole object stands there, with apiVersion, kind and metadata
 */
record Schema(
    Type type,
    boolean nullable,
    boolean anything,
    boolean embedded,
    Map<String, Schema> properties,
    Optional<Schema> additional,
    Optional<Schema> items,
    Optional<JsonNode> fallback,
    Listing listing,
    Limits limits,
    Alternatives alternatives,
    List<Rule> rules) {

  enum Type {
    ANY("any"),
    OBJECT("object"),
    ARRAY("array"),
    STRING("string"),
    INTEGER("integer"),
    NUMBER("number"),
    BOOLEAN("boolean"),
    INTEGER_OR_STRING("integer,string");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /** As schemas and messages spell it. */
    String text() {
      return text;
    }
  }

  /**
   * What makes two entries of a list the same.
   *
   * @param kind atomic, set or map
   * @param keys of a map: the fields that make up its key
   */
  record Listing(String kind, List<String> keys) {
    static final Listing ATOMIC = new Listing("atomic", List.of());

    boolean isMap() {
      return kind.equals("map");
    }
  }

  /** What a value must keep to. Null where there is no such bound. */
  record Limits(
      List<String> required,
      List<JsonNode> allowed,
      @Nullable Pattern pattern,
      String format,
      @Nullable JsonNode minimum,
      boolean aboveMinimum,
      @Nullable JsonNode maximum,
      boolean belowMaximum,
      @Nullable JsonNode multipleOf,
      Size length,
      Size count,
      Size fields) {}

  /** Bounds of a length; {@code most} is the greatest int where there is none. */
  record Size(int least, int most) {}

  /** Schemas that hold beside this one. They say nothing of types or defaults. */
  record Alternatives(List<Schema> all, List<Schema> any, List<Schema> one, Optional<Schema> not) {
    static final Alternatives NONE =
        new Alternatives(List.of(), List.of(), List.of(), Optional.empty());
  }

  /**
   * A rule in CEL, an entry of x-kubernetes-validations.
   *
   * @param where its place in the definition
   * @param messageExpression makes the message; empty: {@code message} is it
   * @param fieldPath that the violation is told of, below the place of the schema; may be empty
   * @param optionalOld whether oldSelf is there for new values too, as an empty optional
   */
  record Rule(
      String where,
      String rule,
      String message,
      String messageExpression,
      String reason,
      String fieldPath,
      boolean optionalOld) {}
}
