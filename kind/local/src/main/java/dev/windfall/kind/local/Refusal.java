package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** An answer that says no, with the {@code Status} body that a real API server would send. */
final class Refusal extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int code;
  private final String reason;
  private transient @Nullable ObjectNode details;

  Refusal(int code, String reason, String message) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  int code() {
    return code;
  }

  ObjectNode body() {
    ObjectNode body = status(code, reason, String.valueOf(getMessage()));
    if (details != null) {
      body.set("details", details);
    }
    return body;
  }

  /** What a program reads of it, to be filled in: {@code details} of the body. */
  ObjectNode withDetails() {
    details = JsonNodeFactory.instance.objectNode();
    return details;
  }

  static ObjectNode status(int code, String reason, String message) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("kind", "Status")
        .put("apiVersion", "v1")
        .set("metadata", JsonNodeFactory.instance.objectNode());
    return body.put("status", "Failure")
        .put("message", message)
        .put("reason", reason)
        .put("code", code);
  }

  static Refusal notFound(Kind kind, String name) {
    return new Refusal(404, "NotFound", kind.qualified() + " \"" + name + "\" not found");
  }

  static Refusal alreadyExists(Kind kind, String name) {
    return new Refusal(409, "AlreadyExists", kind.qualified() + " \"" + name + "\" already exists");
  }

  static Refusal conflict(Kind kind, String name, String why) {
    return new Refusal(
        409,
        "Conflict",
        "Operation cannot be fulfilled on " + kind.qualified() + " \"" + name + "\": " + why);
  }

  static Refusal badRequest(String message) {
    return new Refusal(400, "BadRequest", message);
  }

  static Refusal invalid(Kind kind, String name, String why) {
    return new Refusal(422, "Invalid", kind.kind() + " \"" + name + "\" is invalid: " + why);
  }

  static Refusal forbidden(Kind kind, String name, String why) {
    return new Refusal(
        403, "Forbidden", kind.qualified() + " \"" + name + "\" is forbidden: " + why);
  }

  static Refusal unknownPath() {
    return new Refusal(404, "NotFound", "the server could not find the requested resource");
  }

  static Refusal notAllowed() {
    return new Refusal(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }

  static Refusal expired(String message) {
    return new Refusal(410, "Expired", message);
  }
}
