package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** What the API server checks and keeps of every object, whatever its kind. */
final class Manifest {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  /** What only the API server sets. */
  private static final List<String> OWN =
      List.of("uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion");

  private Manifest() {}

  /** Gives an object the kind that its URL says, if it does not say another. */
  static void identify(Kind kind, ObjectNode object) {
    if (!object.path("kind").asText(kind.kind()).equals(kind.kind())
        || !object.path("apiVersion").asText(kind.apiVersion()).equals(kind.apiVersion())) {
      throw Refusal.badRequest(
          kind.kind()
              + " in version \""
              + kind.version()
              + "\" cannot be handled as a "
              + object.path("kind").asText()
              + " of "
              + object.path("apiVersion").asText());
    }
    object.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
  }

  static void check(Kind kind, String namespace, String name, ObjectNode object) {
    identify(kind, object);
    if (!object.path("metadata").path("namespace").asText(namespace).equals(namespace)) {
      throw Refusal.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    if (name.isEmpty()) {
      throw Refusal.invalid(
          kind, name, "metadata.name: Required value: name or generateName is required");
    }
    if (!NAME.matcher(name).matches()) {
      throw Refusal.invalid(
          kind,
          name,
          "metadata.name: Invalid value: \""
              + name
              + "\": a lowercase RFC 1123 subdomain is required");
    }
  }

  /**
   * The object that a write leads to.
   *
   * @param status whether it came through the status subresource
   * @throws Refusal 409 when the write was decided on another version or another object
   */
  static ObjectNode next(Kind kind, ObjectNode current, ObjectNode wanted, boolean status) {
    JsonNode is = current.path("metadata");
    String name = is.path("name").asText();
    check(
        kind,
        is.path("namespace").asText(""),
        wanted.path("metadata").path("name").asText(),
        wanted);
    if (!wanted.path("metadata").path("name").asText().equals(name)) {
      throw Refusal.badRequest(
          "the name of the object does not match the name on the URL (" + name + ")");
    }
    precondition(
        kind, name, "UID", wanted.path("metadata").path("uid").asText(""), is.path("uid").asText());
    String version = wanted.path("metadata").path("resourceVersion").asText("");
    if (!version.isEmpty() && !version.equals(is.path("resourceVersion").asText())) {
      throw Refusal.conflict(
          kind,
          name,
          "the object has been modified; please apply your changes to the latest version and try"
              + " again");
    }
    ObjectNode next = status ? current.deepCopy() : wanted.deepCopy();
    if (status || kind.statusApart()) {
      JsonNode kept = (status ? wanted : current).get("status");
      if (kept == null) {
        next.remove("status");
      } else {
        next.set("status", kept);
      }
    }
    ObjectNode metadata = next.withObjectProperty("metadata");
    if (is.has("namespace")) {
      metadata.set("namespace", is.get("namespace"));
    }
    for (String field : OWN) {
      if (is.has(field)) {
        metadata.set(field, is.get(field));
      } else {
        metadata.remove(field);
      }
    }
    if (!content(next).equals(content(current))) {
      metadata.put("generation", is.path("generation").asInt() + 1);
    }
    return next;
  }

  static void precondition(Kind kind, String name, String field, String wanted, String actual) {
    if (!wanted.isEmpty() && !wanted.equals(actual)) {
      throw Refusal.conflict(
          kind,
          name,
          "Precondition failed: "
              + field
              + " in precondition: "
              + wanted
              + ", "
              + field
              + " in object meta: "
              + actual);
    }
  }

  /** Whether the object is on its way out. */
  static boolean deleted(ObjectNode object) {
    return object.path("metadata").hasNonNull("deletionTimestamp");
  }

  /** The object with the mark of one that is to go. */
  static ObjectNode marked(Kind kind, ObjectNode object, String now) {
    ObjectNode marked = object.deepCopy();
    ObjectNode metadata = marked.withObjectProperty("metadata").put("deletionTimestamp", now);
    if (kind.equals(Kinds.NAMESPACE)) {
      marked.withObjectProperty("status").put("phase", "Terminating");
    } else {
      metadata.put("deletionGracePeriodSeconds", 0);
    }
    return marked;
  }

  private static ObjectNode content(ObjectNode object) {
    return object.deepCopy().without(List.of("metadata", "status"));
  }
}
