package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * What lives in what: objects in a namespace, and objects of a kind in its definition. The content
 * goes before its container does, and nothing is added to a container that is going.
 */
final class Containment {
  /** One object's place in the world. */
  record Place(Kind kind, String namespace, String name) {}

  private final Kinds kinds;
  private final BiFunction<Kind, String, List<ObjectNode>> objects;

  /**
   * Looks at what is stored through a function.
   *
   * @param objects of a kind in a namespace; in all of them if it is empty
   */
  Containment(Kinds kinds, BiFunction<Kind, String, List<ObjectNode>> objects) {
    this.kinds = kinds;
    this.objects = objects;
  }

  /** What goes when this goes. */
  List<Place> of(Kind kind, ObjectNode object) {
    String name = object.path("metadata").path("name").asText();
    if (kind.equals(Kinds.NAMESPACE)) {
      return kinds.all().stream()
          .filter(Kind::namespaced)
          .flatMap(inside -> places(inside, name))
          .toList();
    }
    if (kind.equals(Kinds.DEFINITION)) {
      // Versions of a kind share their objects.
      return kinds.all().stream()
          .filter(inside -> inside.place().equals(Kinds.place(object)))
          .limit(1)
          .flatMap(inside -> places(inside, ""))
          .toList();
    }
    return List.of();
  }

  private Stream<Place> places(Kind kind, String namespace) {
    return objects.apply(kind, namespace).stream()
        .map(object -> {
          JsonNode metadata = object.path("metadata");
          return new Place(
              kind, metadata.path("namespace").asText(""), metadata.path("name").asText());
        });
  }

  /** Refuses to add to a namespace that is going. */
  static void requireStaying(Kind kind, String name, ObjectNode namespace) {
    if (Manifest.deleted(namespace)) {
      throw Refusal.forbidden(
          kind,
          name,
          "unable to create new content in namespace "
              + namespace.path("metadata").path("name").asText()
              + " because it is being terminated");
    }
  }

  /** Refuses to add to a definition that is going. */
  static void requireStaying(ObjectNode definition) {
    if (Manifest.deleted(definition)) {
      throw new Refusal(
          405,
          "MethodNotAllowed",
          "create not allowed while custom resource definition is terminating");
    }
  }
}
