package dev.windfall.reconciler.guards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.AdmissionPolicy;
import dev.windfall.reconciler.Bench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which node classes a SpotPool may name, or have made. */
class SpotPoolGuardTest {
  /** Without what only a real API server can ask, its authorizer. */
  private static AdmissionPolicy guard(@Nullable String classes, @Nullable String roles) {
    ObjectNode policy = SpotPoolGuard.policy(list(classes), list(roles));
    ArrayNode kept = Bench.JSON.createArrayNode();
    for (JsonNode validation : policy.at("/spec/validations")) {
      if (!validation.path("expression").asText().contains("authorizer")) {
        kept.add(validation);
      }
    }
    policy.withObject("/spec").set("validations", kept);
    return new AdmissionPolicy(policy);
  }

  private static List<String> list(@Nullable String names) {
    return names == null ? List.of() : List.of(names.split(" ", -1));
  }

  private static List<String> refusals(AdmissionPolicy guard, String spec) {
    try {
      JsonNode pool = Bench.JSON.readTree("{'spec': {%s}}".formatted(spec).replace('\'', '"'));
      return guard.refusals("CREATE", pool, NullNode.getInstance());
    } catch (IOException e) {
      throw new UncheckedIOException(spec, e);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # nodeClasses | nodeClassRoles | spec                             | refusals
                        |                | 'nodeClassRef': {'name': 'any'}  | 0
                        |                | 'nodeClass': {'role': 'any'}     | 0
          gpu other     |                | 'nodeClassRef': {'name': 'gpu'}  | 0
          gpu other     |                | 'nodeClassRef': {'name': 'any'}  | 1
          gpu other     |                | 'nodeClass': {'role': 'nodes'}   | 1
                        | nodes          | 'nodeClassRef': {'name': 'any'}  | 0
                        | nodes          | 'nodeClass': {'role': 'nodes'}   | 0
                        | nodes          | 'nodeClass': {'role': 'any'}     | 1
          gpu           | nodes          | 'nodeClass': {'role': 'nodes'}   | 0
          gpu           | nodes          | 'nodeClass': {'role': 'any'}     | 1
          gpu           | nodes          | 'nodeClassRef': {'name': 'any'}  | 1
          """)
  void onlyWhatIsListedMayBeNamed(String classes, String roles, String spec, int refusals) {
    assertEquals(refusals, refusals(guard(classes, roles), spec).size());
  }

  @Test
  void aRefusalNamesTheValueAndTheSetting() {
    assertEquals(
        List.of(
            "spec.nodeClass.role admin is none of those that a SpotPool may hand to nodes here:"
                + " nodes, others (cluster.nodeClassRoles)"),
        refusals(guard(null, "nodes others"), "'nodeClass': {'role': 'admin'}"));
  }

  @Test
  void whoHasAClassMadeIsAskedForTheRightToMakeOne() {
    List<String> asked =
        SpotPoolGuard.policy(List.of(), List.of())
            .at("/spec/validations")
            .valueStream()
            .map(validation -> validation.path("expression").asText())
            .toList();

    assertEquals(
        List.of(
            "authorizer.group('karpenter.sh').resource('nodepools').check('create').allowed()",
            "!has(object.spec.nodeClass) || authorizer.group('karpenter.k8s.aws')"
                + ".resource('ec2nodeclasses').check('create').allowed()"),
        asked);
  }
}
