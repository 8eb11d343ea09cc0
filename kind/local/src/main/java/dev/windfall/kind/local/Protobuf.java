package dev.windfall.kind.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;

/**
 * Reads the few kinds that kubectl sends in Kubernetes' protobuf, whatever else is accepted: {@code
 * kubectl create namespace}, {@code configmap}, {@code secret} and {@code quota}. Field numbers are
 * those of Kubernetes' published {@code generated.proto} files. Any other kind or field is refused;
 * a client can always send JSON.
 */
final class Protobuf {
  static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

  private static final byte[] MAGIC = {'k', '8', 's', 0};

  /** How a value is read: what length-delimited fields hold, or the number that others are. */
  private interface Value {
    JsonNode read(ByteBuffer bytes, long number);
  }

  private enum Occurs {
    ONCE,
    REPEATED,
    /** A map is repeated entries of a key and a value. */
    MAP
  }

  private record Field(String name, Occurs occurs, Value value) {}

  private static final Value TEXT = (bytes, _) -> TextNode.valueOf(UTF_8.decode(bytes).toString());
  private static final Value BYTES = (bytes, _) -> TextNode.valueOf(base64(bytes));
  private static final Value NUMBER = (_, number) -> JsonNodeFactory.instance.numberNode(number);
  private static final Value FLAG = (_, number) -> BooleanNode.valueOf(number != 0);

  /** A quantity is a message of one text. */
  private static final Value QUANTITY =
      (bytes, _) -> message(bytes, Map.of(1, once("text", TEXT))).path("text");

  private static final Map<Integer, Field> METADATA =
      Map.ofEntries(
          entry(1, once("name", TEXT)),
          entry(2, once("generateName", TEXT)),
          entry(3, once("namespace", TEXT)),
          entry(4, once("selfLink", TEXT)),
          entry(5, once("uid", TEXT)),
          entry(6, once("resourceVersion", TEXT)),
          entry(7, once("generation", NUMBER)),
          entry(8, once("creationTimestamp", message(Map.of()))),
          entry(11, new Field("labels", Occurs.MAP, TEXT)),
          entry(12, new Field("annotations", Occurs.MAP, TEXT)),
          entry(14, new Field("finalizers", Occurs.REPEATED, TEXT)));

  private static final Field OF_OBJECT = once("metadata", message(METADATA));

  private static final Map<String, Map<Integer, Field>> KINDS =
      Map.of(
          "Namespace",
          Map.of(
              1, OF_OBJECT,
              2, once("spec", message(Map.of(1, new Field("finalizers", Occurs.REPEATED, TEXT)))),
              3, once("status", message(Map.of(1, once("phase", TEXT))))),
          "ConfigMap",
          Map.of(
              1,
              OF_OBJECT,
              2,
              new Field("data", Occurs.MAP, TEXT),
              3,
              new Field("binaryData", Occurs.MAP, BYTES),
              4,
              once("immutable", FLAG)),
          "Secret",
          Map.of(
              1,
              OF_OBJECT,
              2,
              new Field("data", Occurs.MAP, BYTES),
              3,
              once("type", TEXT),
              4,
              new Field("stringData", Occurs.MAP, TEXT),
              5,
              once("immutable", FLAG)),
          "ResourceQuota",
          Map.of(
              1,
              OF_OBJECT,
              2,
              once(
                  "spec",
                  message(
                      Map.of(
                          1, new Field("hard", Occurs.MAP, QUANTITY),
                          2, new Field("scopes", Occurs.REPEATED, TEXT)))),
              3,
              once("status", message(Map.of()))),
          "DeleteOptions",
          Map.of(
              1, once("gracePeriodSeconds", NUMBER),
              2,
                  once(
                      "preconditions",
                      message(Map.of(1, once("uid", TEXT), 2, once("resourceVersion", TEXT)))),
              4, once("propagationPolicy", TEXT),
              5, new Field("dryRun", Occurs.REPEATED, TEXT)));

  private Protobuf() {}

  /**
   * Reads an object as JSON would have it.
   *
   * @throws Refusal 415 when it is of a kind, or has a field, that is not read here
   */
  static ObjectNode read(byte[] body) {
    ByteBuffer bytes = ByteBuffer.wrap(body);
    try {
      for (byte magic : MAGIC) {
        if (bytes.get() != magic) {
          throw refused("it does not begin as Kubernetes' protobuf does");
        }
      }
      Value type = message(Map.of(1, once("apiVersion", TEXT), 2, once("kind", TEXT)));
      ByteBuffer[] raw = {ByteBuffer.allocate(0)};
      Value keep =
          (content, _) -> {
            raw[0] = content;
            return TextNode.valueOf("");
          };
      ObjectNode envelope =
          message(
              bytes,
              Map.of(
                  1, once("type", type),
                  2, once("raw", keep),
                  3, once("contentEncoding", TEXT),
                  4, once("contentType", TEXT)));
      String kind = envelope.path("type").path("kind").asText();
      Map<Integer, Field> fields = KINDS.get(kind);
      if (fields == null) {
        throw refused("the kind " + kind + " is not read here in protobuf");
      }
      ObjectNode object = (ObjectNode) envelope.path("type");
      return object.setAll(message(raw[0], fields));
    } catch (BufferUnderflowException e) {
      throw refused("it ends too early");
    }
  }

  private static Field once(String name, Value value) {
    return new Field(name, Occurs.ONCE, value);
  }

  private static Value message(Map<Integer, Field> fields) {
    return (bytes, _) -> message(bytes, fields);
  }

  private static ObjectNode message(ByteBuffer bytes, Map<Integer, Field> fields) {
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    while (bytes.hasRemaining()) {
      int tag = (int) varint(bytes);
      Field field = fields.get(tag >>> 3);
      if (field == null) {
        throw refused("its field " + (tag >>> 3) + " is not read here in protobuf");
      }
      long number = 0;
      ByteBuffer content = ByteBuffer.allocate(0);
      switch (tag & 7) {
        case 0 -> number = varint(bytes);
        case 2 -> content = slice(bytes);
        default -> throw refused("it has a wire type " + (tag & 7));
      }
      add(message, field, content, number);
    }
    return message;
  }

  private static void add(ObjectNode message, Field field, ByteBuffer content, long number) {
    switch (field.occurs()) {
      case ONCE -> {
        JsonNode value = field.value().read(content, number);
        // Go writes what is not set as empty.
        boolean empty =
            value.isTextual()
                ? value.asText().isEmpty()
                : value.isContainerNode() && value.isEmpty();
        if (!empty) {
          message.set(field.name(), value);
        }
      }
      case REPEATED -> {
        ArrayNode all = message.withArrayProperty(field.name());
        all.add(field.value().read(content, number));
      }
      case MAP -> {
        ObjectNode entry =
            message(content, Map.of(1, once("key", TEXT), 2, once("value", field.value())));
        JsonNode value = entry.path("value");
        message
            .withObjectProperty(field.name())
            .set(entry.path("key").asText(), value.isMissingNode() ? TextNode.valueOf("") : value);
      }
    }
  }

  private static ByteBuffer slice(ByteBuffer bytes) {
    long length = varint(bytes);
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer slice = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return slice;
  }

  private static long varint(ByteBuffer bytes) {
    long number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes.get();
      number |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw refused("it has a number of more than 64 bits");
  }

  private static String base64(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return Base64.getEncoder().encodeToString(copy);
  }

  private static Refusal refused(String why) {
    return new Refusal(
        415,
        "UnsupportedMediaType",
        "the protobuf body of the request cannot be read: " + why + "; send it as JSON");
  }
}
