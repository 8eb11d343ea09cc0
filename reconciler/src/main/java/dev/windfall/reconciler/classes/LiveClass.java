package dev.windfall.reconciler.classes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.SpotPool.NodeClass;
import dev.windfall.policies.SpotPool.NodeClassRef;
import dev.windfall.reconciler.Conditions;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An EC2NodeClass as the API server has it.
 *
 * @param object the whole of it; not to be changed
 */
record LiveClass(ObjectNode object) {
  private static final String ROLE = "role";
  private static final String AMIS = "amiSelectorTerms";
  private static final String SUBNETS = "subnetSelectorTerms";
  private static final String SECURITY_GROUPS = "securityGroupSelectorTerms";

  /** The class that {@code made} asks for, as it is created. */
  static ObjectNode manifest(SpotPool pool, NodeClass made) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", Resource.EC2_NODE_CLASSES.apiVersion());
    object.put("kind", Resource.EC2_NODE_CLASSES.kind());
    // No ownerReferences: the garbage collector would delete it under nodes that run.
    ObjectNode metadata = object.putObject("metadata").put("name", pool.nodeClassRef().name());
    metadata.putObject("labels").put(Keys.POOL, pool.name());
    ObjectNode spec = object.putObject("spec").put(ROLE, made.role());
    spec.putArray(AMIS).addObject().put("alias", made.amiAlias());
    select(spec, SUBNETS, made.subnetSelectorTags());
    select(spec, SECURITY_GROUPS, made.securityGroupSelectorTags());
    return object;
  }

  private static void select(ObjectNode spec, String terms, Map<String, String> tags) {
    ObjectNode written = spec.putArray(terms).addObject().putObject("tags");
    tags.forEach(written::put);
  }

  String name() {
    return metadata().path("name").asText();
  }

  String uid() {
    return metadata().path("uid").asText();
  }

  String resourceVersion() {
    return metadata().path("resourceVersion").asText();
  }

  boolean deleting() {
    return metadata().has("deletionTimestamp");
  }

  /** The SpotPool it was made for; empty when it is nobody's, and then not Windfall's to touch. */
  Optional<String> pool() {
    JsonNode pool = metadata().path("labels").path(Keys.POOL);
    return pool.isTextual() ? Optional.of(pool.asText()) : Optional.empty();
  }

  /** Whether Windfall made it, by its name too: a person's copy has another one. */
  boolean named() {
    return pool().filter(pool -> name().matches(Pattern.quote(pool) + "-[0-9a-f]{8}")).isPresent();
  }

  /** How templates and claims name it. */
  NodeClassRef ref() {
    return new NodeClassRef(NodeClass.GROUP, NodeClass.KIND, name());
  }

  /**
   * The fields of {@code wanted} that a hand has changed. What somebody has added is not looked at:
   * a definition has defaults of its own.
   */
  List<String> editedFrom(ObjectNode wanted) {
    List<String> edited = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : wanted.path("spec").properties()) {
      if (!field.getValue().equals(object.path("spec").path(field.getKey()))) {
        edited.add("spec." + field.getKey());
      }
    }
    return edited;
  }

  /** Whether Karpenter can launch nodes of it; empty while Karpenter has not said. */
  Optional<Boolean> ready() {
    return switch (Conditions.find(conditions(), Conditions.READY).path("status").asText()) {
      case "True" -> Optional.of(true);
      case "False" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** What Karpenter finds wrong with it, or has not found out yet, in its own words. */
  String complaints() {
    List<String> complaints = new ArrayList<>();
    for (JsonNode condition : conditions()) {
      // What Ready says is a list of the others.
      if (!condition.path("status").asText().equals("True")
          && !condition.path("type").asText().equals(Conditions.READY)) {
        complaints.add(complaint(condition));
      }
    }
    return complaints.isEmpty()
        ? complaint(Conditions.find(conditions(), Conditions.READY))
        : String.join("\n", complaints);
  }

  private static String complaint(JsonNode condition) {
    return Stream.of("type", "reason", "message")
        .map(field -> condition.path(field).asText())
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(": "));
  }

  /** Whether Karpenter has said anything of it. */
  boolean seen() {
    return !conditions().isEmpty();
  }

  /** Since when it is as ready as it is; empty when neither Karpenter nor the API server says. */
  Optional<Instant> since() {
    return time(Conditions.find(conditions(), Conditions.READY).path("lastTransitionTime"))
        .or(() -> time(metadata().path("creationTimestamp")));
  }

  private static Optional<Instant> time(JsonNode text) {
    try {
      return Optional.of(Instant.parse(text.asText()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  Reference reference() {
    return new Reference(Resource.EC2_NODE_CLASSES, Key.of(name()), uid());
  }

  private JsonNode metadata() {
    return object.path("metadata");
  }

  private JsonNode conditions() {
    return object.path("status").path("conditions");
  }
}
