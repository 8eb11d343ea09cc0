package dev.windfall.kind.local;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The types in CEL of what schemas describe, so that a rule about a field that is not there fails.
 */
final class CelTypes {
  /** Words of CEL itself. */
  private static final Set<String> RESERVED =
      Set.of(
          "true",
          "false",
          "null",
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");

  private final Map<String, CelType> structures = new LinkedHashMap<>();

  /** The structures among the types made so far, by name. */
  Map<String, CelType> structures() {
    return structures;
  }

  CelType of(Schema schema, boolean root) {
    if (schema.nullable()) {
      return SimpleType.DYN;
    }
    return switch (schema.type()) {
      case ANY, INTEGER_OR_STRING -> SimpleType.DYN;
      case BOOLEAN -> SimpleType.BOOL;
      case INTEGER -> SimpleType.INT;
      case NUMBER -> SimpleType.DOUBLE;
      case STRING ->
          switch (schema.limits().format()) {
            case "byte" -> SimpleType.BYTES;
            case "date", "date-time" -> SimpleType.TIMESTAMP;
            case "duration" -> SimpleType.DURATION;
            default -> SimpleType.STRING;
          };
      case ARRAY ->
          ListType.create(schema.items().map(each -> of(each, false)).orElse(SimpleType.DYN));
      case OBJECT -> object(schema, root);
    };
  }

  private CelType object(Schema schema, boolean root) {
    if (schema.additional().isPresent()) {
      return MapType.create(SimpleType.STRING, of(schema.additional().get(), false));
    }
    if (schema.anything() && schema.properties().isEmpty() && !root && !schema.embedded()) {
      return SimpleType.DYN;
    }
    Map<String, CelType> fields = new LinkedHashMap<>();
    schema.properties().forEach((name, each) -> fields.put(escape(name), of(each, false)));
    if (root || schema.embedded()) {
      fields.put("apiVersion", SimpleType.STRING);
      fields.put("kind", SimpleType.STRING);
      fields.put(
          "metadata",
          structure(Map.of("name", SimpleType.STRING, "generateName", SimpleType.STRING)));
    }
    return structure(fields);
  }

  private StructType structure(Map<String, CelType> named) {
    ImmutableMap<String, CelType> fields = ImmutableMap.copyOf(named);
    StructType type =
        StructType.create(
            "object" + structures.size(),
            fields.keySet(),
            name -> Optional.ofNullable(fields.get(name)));
    structures.put(type.name(), type);
    return type;
  }

  /** A property's name as expressions write it: {@code d__dash__x} for {@code d-x}. */
  static String escape(String name) {
    if (RESERVED.contains(name)) {
      return "__" + name + "__";
    }
    return name.replace("__", "__underscores__")
        .replace(".", "__dot__")
        .replace("-", "__dash__")
        .replace("/", "__slash__");
  }
}
