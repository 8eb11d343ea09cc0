package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.policies.Keys;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TermlessAffinityTest {
  /** A term was added, so that a pod which the API server refuses matched some nodes. */
  @ParameterizedTest
  @ValueSource(strings = {"{\"nodeSelectorTerms\":[]}", "{\"nodeSelectorTerms\":null}", "{}"})
  void aRequirementWithoutTermsMatchesNoNodeAndIsLeft(String required) throws IOException {
    String spec =
        "{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":%s}}}"
            .formatted(required);

    assertEquals(
        Optional.empty(),
        NodeAffinity.narrowed(
            new ObjectMapper().readTree(spec),
            List.of(
                new NodeRequirement(
                    Keys.CAPACITY_TYPE, NodeRequirement.Operator.IN, List.of("spot")))));
  }
}
