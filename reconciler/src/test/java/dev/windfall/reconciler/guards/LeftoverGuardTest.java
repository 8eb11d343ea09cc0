package dev.windfall.reconciler.guards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.AdmissionPolicy;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.reconciler.Bench;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which writes of a LeftoverNodePool are asked about. */
class LeftoverGuardTest {
  /** One that refuses whatever it is asked about; there is no authorizer here. */
  private static AdmissionPolicy refusing(Mode mode) {
    ObjectNode policy = LeftoverGuard.policy(List.of(), mode);
    ObjectNode spec = policy.withObject("/spec");
    spec.putArray("validations").addObject().put("expression", "false").put("message", "asked");
    return new AdmissionPolicy(policy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # before                                       | after                                      | asked
          {}                                             | {}                                         | 0
          {}                                             | {'labels': {'a': 'b'}}                     | 0
          {}                                             | {'annotations': {'a': 'b'}}                | 0
          {}                                             | {'annotations': {'windfall.dev/mode': 'Act'}} | 1
          {'annotations': {'windfall.dev/mode': 'Observe'}} | {}                                      | 1
          {'annotations': {'windfall.dev/mode': 'Observe'}} | {'annotations': {'a': 'b'}}             | 1
          {'annotations': {'windfall.dev/mode': 'Observe'}} | {'annotations': {'windfall.dev/mode': 'Act'}} | 1
          {'annotations': {'windfall.dev/mode': 'Act'}}  | {'annotations': {'windfall.dev/mode': 'Act'}} | 0
          {}                                             | {'annotations': {'windfall.dev/force-delete': 'true'}} | 1
          """)
  void whoeverHasItActOrGiveNodesUpIsAskedAsWhoeverEditsIt(String before, String after, int asked)
      throws IOException {
    assertEquals(
        asked, refusing(Mode.ACT).refusals("UPDATE", object(after), object(before)).size());
  }

  /** Those that lead to nothing are for Leftover's users to write. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # mode  | created                                       | asked
          Act     | {}                                            | 1
          Observe | {}                                            | 0
          Observe | {'annotations': {'a': 'b'}}                   | 0
          Observe | {'annotations': {'windfall.dev/mode': 'Observe'}} | 0
          Observe | {'annotations': {'windfall.dev/mode': 'Act'}} | 1
          """)
  void underObserveOnlyThoseThatActAreAskedAbout(String mode, String created, int asked)
      throws IOException {
    Mode all = mode.equals("Act") ? Mode.ACT : Mode.OBSERVE;

    assertEquals(
        asked, refusing(all).refusals("CREATE", object(created), NullNode.getInstance()).size());
  }

  private static JsonNode object(String metadata) throws IOException {
    return Bench.JSON.readTree(
        "{'metadata': %s, 'spec': {'region': 'a'}}".formatted(metadata).replace('\'', '"'));
  }
}
