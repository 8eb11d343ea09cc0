package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Where every write of a client passes on its way to the store: it is brought into the shape of its
 * schema, shown to the webhooks and held to the schema, in the API server's order. The store is not
 * locked meanwhile, so a write that was overtaken passes again.
 */
final class Gate implements AutoCloseable {
  private final Store store;
  private final Schemas schemas;
  private final Admission admission;

  Gate(Store store) {
    this.store = store;
    this.schemas = new Schemas(store);
    this.admission = new Admission(store);
  }

  ObjectNode create(Kind kind, String namespace, ObjectNode manifest, Writing writing)
      throws InterruptedException {
    ObjectNode object = manifest.deepCopy();
    Manifest.identify(kind, object);
    if (!namespace.isEmpty() && !object.path("metadata").has("namespace")) {
      object.withObjectProperty("metadata").put("namespace", namespace);
    }
    Optional<Schemas.Compiled> schema = schemas.of(kind);
    schema.ifPresent(each -> shape(each.schema(), object, writing, false));
    String name = object.path("metadata").path("name").asText("");
    ObjectNode admitted =
        admitted(
            new Attempt(
                Attempt.Operation.CREATE,
                kind,
                namespace,
                name,
                "",
                object,
                NullNode.getInstance(),
                writing),
            schema);
    store.name(admitted);
    if (schema.isPresent() && kind.statusApart()) {
      admitted.remove("status");
    }
    check(kind, admitted, MissingNode.getInstance(), schema, writing);
    return store.create(kind, namespace, admitted, writing.dryRun(), false);
  }

  /** Replaces an object by what a function makes of it. */
  ObjectNode update(Route route, Writing writing, boolean patch, UnaryOperator<ObjectNode> change)
      throws InterruptedException {
    Kind kind = route.kind();
    boolean status = route.subresource().equals("status");
    Optional<Schemas.Compiled> schema = schemas.of(kind);
    while (true) {
      ObjectNode current = store.read(kind, route.namespace(), route.name());
      ObjectNode wanted = change.apply(current.deepCopy());
      Manifest.identify(kind, wanted);
      schema.ifPresent(each -> shape(each.schema(), wanted, writing, patch));
      ObjectNode admitted =
          admitted(
              new Attempt(
                  Attempt.Operation.UPDATE,
                  kind,
                  route.namespace(),
                  route.name(),
                  route.subresource(),
                  wanted,
                  current,
                  writing),
              schema);
      check(kind, Manifest.next(kind, current, admitted, status), current, schema, writing);
      try {
        return store.update(
            kind,
            route.namespace(),
            route.name(),
            status,
            writing.dryRun(),
            stored -> {
              if (!stored.equals(current)) {
                throw new Overtaken();
              }
              return admitted;
            });
      } catch (Overtaken e) {
        // What was asked for is made of the newer object; a version that it names decides there.
      }
    }
  }

  ObjectNode delete(Route route, String uid, String resourceVersion, Writing writing)
      throws InterruptedException {
    ObjectNode current = store.read(route.kind(), route.namespace(), route.name());
    admission.admit(
        new Attempt(
            Attempt.Operation.DELETE,
            route.kind(),
            route.namespace(),
            route.name(),
            "",
            NullNode.getInstance(),
            current,
            writing));
    return store.delete(
        route.kind(), route.namespace(), route.name(), uid, resourceVersion, writing.dryRun());
  }

  private ObjectNode admitted(Attempt attempt, Optional<Schemas.Compiled> schema)
      throws InterruptedException {
    ObjectNode admitted = (ObjectNode) admission.admit(attempt);
    if (schema.isPresent() && !admitted.equals(attempt.object())) {
      Shape.prune(schema.get().schema(), admitted);
      Shape.withDefaults(schema.get().schema(), admitted);
    }
    return admitted;
  }

  private static void shape(Schema schema, ObjectNode object, Writing writing, boolean patch) {
    String before =
        patch && writing.validation() == Writing.Validation.STRICT ? object.toString() : "";
    List<String> unknown =
        Shape.prune(schema, object).stream().map(path -> "unknown field \"" + path + "\"").toList();
    Shape.withDefaults(schema, object);
    if (unknown.isEmpty()) {
      return;
    }
    switch (writing.validation()) {
      case IGNORE -> {}
      case WARN -> unknown.forEach(writing::warn);
      case STRICT -> {
        String why = "strict decoding error: " + unknown.stream().collect(Collectors.joining(", "));
        throw patch ? unpatchable(before, why) : undecodable(object, why);
      }
    }
  }

  private static Refusal undecodable(ObjectNode object, String why) {
    String kind = object.path("kind").asText();
    String apiVersion = object.path("apiVersion").asText();
    return Refusal.badRequest(
        kind
            + " in version \""
            + apiVersion.substring(apiVersion.indexOf('/') + 1)
            + "\" cannot be handled as a "
            + kind
            + ": "
            + why);
  }

  private static Refusal unpatchable(String object, String why) {
    Violation violation = Violation.invalid("patch", object, why);
    return new Refusal(
        422, "Invalid", " \"\" is invalid: " + violation.field() + ": " + violation.message());
  }

  private void check(
      Kind kind,
      ObjectNode object,
      JsonNode old,
      Optional<Schemas.Compiled> schema,
      Writing writing) {
    if (schema.isPresent()) {
      List<Violation> violations = schema.get().check(object, old);
      if (!violations.isEmpty()) {
        throw Violation.refusal(kind, object.path("metadata").path("name").asText(), violations);
      }
    }
    if (kind.equals(Kinds.DEFINITION)) {
      schemas.read(object);
    } else if (kind.equals(Kinds.MUTATING_WEBHOOKS)) {
      WebhookReader reader = new WebhookReader(false);
      reader.read(object);
      if (!reader.violations().isEmpty()) {
        throw Violation.refusal(
            kind, object.path("metadata").path("name").asText(), reader.violations());
      }
    } else if (kind.group().equals(Admission.GROUP)) {
      writing.warn(
          "this server stores a "
              + kind.kind()
              + " and does not enforce it: only mutating webhooks are called ("
              + kind.plural().toLowerCase(Locale.ROOT)
              + ")");
    }
  }

  @Override
  public void close() {
    admission.close();
  }

  /** Somebody else wrote the object while this write passed. */
  private static final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Overtaken() {
      super("overtaken", null, false, false);
    }
  }
}
