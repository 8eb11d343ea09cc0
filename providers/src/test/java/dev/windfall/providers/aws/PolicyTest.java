package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The policy that an administrator attaches to Windfall's role. */
class PolicyTest {
  @Test
  void itAllowsWhatIsAskedAndNothingElse() throws IOException {
    JsonNode policy = new ObjectMapper().readTree(Path.of("../deploy/aws-policy.json").toFile());

    List<String> allowed =
        StreamSupport.stream(policy.at("/Statement/0/Action").spliterator(), false)
            .map(JsonNode::asText)
            .toList();

    assertEquals(
        Arrays.stream(Fact.values())
            .map(Fact::right)
            .filter(right -> !right.isEmpty())
            .sorted()
            .toList(),
        allowed);
    assertEquals(1, policy.path("Statement").size());
  }
}
