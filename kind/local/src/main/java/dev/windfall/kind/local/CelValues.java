package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.NullValue;
import dev.cel.common.values.CelByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON as values that expressions work with. */
final class CelValues {
  private CelValues() {}

  /** A value of which no schema is known. */
  static Object of(JsonNode json) {
    return switch (json.getNodeType()) {
      case OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        json.properties().forEach(field -> map.put(field.getKey(), of(field.getValue())));
        yield map;
      }
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        json.forEach(each -> list.add(of(each)));
        yield list;
      }
      case STRING -> json.textValue();
      case BOOLEAN -> json.booleanValue();
      case NUMBER -> number(json);
      default -> NullValue.NULL_VALUE;
    };
  }

  private static Object number(JsonNode json) {
    if (json.isIntegralNumber() && json.canConvertToLong()) {
      return json.longValue();
    }
    return json.doubleValue();
  }

  /** A value that its schema describes: names as {@link CelTypes#escape} writes them. */
  static Object of(Schema schema, JsonNode json) {
    if (json.isNull()) {
      return NullValue.NULL_VALUE;
    }
    return switch (schema.type()) {
      case STRING -> text(schema.limits().format(), json);
      case NUMBER -> json.isNumber() ? (Object) json.doubleValue() : of(json);
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        Optional<Schema> items = schema.items();
        json.forEach(each -> list.add(items.isPresent() ? of(items.get(), each) : of(each)));
        yield list;
      }
      case OBJECT -> object(schema, json);
      default -> of(json);
    };
  }

  private static Object object(Schema schema, JsonNode json) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (var field : json.properties()) {
      String name = field.getKey();
      Schema known = schema.properties().get(name);
      if (known != null) {
        map.put(CelTypes.escape(name), of(known, field.getValue()));
      } else if (schema.additional().isPresent()) {
        map.put(name, of(schema.additional().get(), field.getValue()));
      } else {
        map.put(name, of(field.getValue()));
      }
      if (name.equals("metadata") && known != null) {
        // The one part of an object that definitions need not describe.
        map.put(name, of(field.getValue()));
      }
    }
    return map;
  }

  private static Object text(String format, JsonNode json) {
    String text = json.asText();
    Optional<? extends Object> value =
        switch (format) {
          case "byte" -> Formats.bytes(text).map(CelByteString::of);
          case "date" -> Formats.date(text);
          case "date-time" -> Formats.time(text);
          case "duration" -> Formats.duration(text);
          default -> Optional.empty();
        };
    return value.isPresent() ? value.get() : text;
  }
}
