package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The schemas of the definitions that are stored, read when the first object needs them. */
final class Schemas {
  private static final Violation RULES_NOT_CHECKED =
      new Violation(
          Violation.NOWHERE,
          Violation.INVALID,
          "Invalid value: null: some validation rules were not checked because the object was"
              + " invalid; correct the existing errors to complete validation");

  /** A version's schema with its rules. */
  record Compiled(Schema schema, Rules rules) {
    /**
     * What is wrong with an object.
     *
     * @param old the object until now; a missing node when it is new
     */
    List<Violation> check(JsonNode object, JsonNode old) {
      List<Violation> found = new ArrayList<>(Checks.of(schema, object, ""));
      if (rules.isEmpty()) {
        return found;
      }
      if (found.stream().anyMatch(Violation::blocksRules)) {
        found.add(RULES_NOT_CHECKED);
      } else {
        found.addAll(rules.check(schema, object, old));
      }
      return found;
    }
  }

  /** The schemas of one definition, by version. */
  private record Read(JsonNode versions, Map<String, Compiled> byVersion) {}

  private final Store store;
  private final Map<String, Read> byDefinition = new ConcurrentHashMap<>();

  Schemas(Store store) {
    this.store = store;
  }

  /** The schema that a kind's objects are held to; empty for what no definition describes. */
  Optional<Compiled> of(Kind kind) {
    return store
        .find(Kinds.DEFINITION, "", kind.qualified())
        .flatMap(definition -> Optional.ofNullable(read(definition).get(kind.version())));
  }

  /**
   * Reads a definition before it is stored.
   *
   * @throws Refusal 422 that names every keyword and rule that cannot be kept
   */
  Map<String, Compiled> read(ObjectNode definition) {
    String name = definition.path("metadata").path("name").asText();
    JsonNode versions = definition.path("spec").path("versions");
    Read known = byDefinition.get(name);
    // Only the status of a definition changes often.
    if (known != null && known.versions().equals(versions)) {
      return known.byVersion();
    }
    SchemaReader reader = new SchemaReader();
    List<Violation> violations = new ArrayList<>();
    Map<String, Compiled> compiled = new HashMap<>();
    for (int i = 0; i < versions.size(); i++) {
      String path =
          versions.size() == 1
              ? "spec.validation.openAPIV3Schema"
              : "spec.versions[" + i + "].schema.openAPIV3Schema";
      JsonNode json = versions.path(i).path("schema").path("openAPIV3Schema");
      if (json.isObject()) {
        Schema schema = reader.root(json, path);
        Rules rules = Rules.of(schema);
        violations.addAll(rules.violations());
        compiled.put(versions.path(i).path("name").asText(), new Compiled(schema, rules));
      }
    }
    violations.addAll(0, reader.violations());
    if (!violations.isEmpty()) {
      throw Violation.refusal(Kinds.DEFINITION, name, violations);
    }
    byDefinition.put(name, new Read(versions.deepCopy(), compiled));
    return compiled;
  }
}
