package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an administrator gives to Windfall's role, and whom the role is given to. */
class PolicyTest {
  private static JsonNode read(String file) throws IOException {
    return new ObjectMapper().readTree(Path.of("../deploy/aws", file).toFile());
  }

  private static List<String> texts(JsonNode oneOrMany) {
    return oneOrMany.isTextual()
        ? List.of(oneOrMany.asText())
        : oneOrMany.valueStream().map(JsonNode::asText).toList();
  }

  @Test
  void itAllowsWhatIsAskedEachInTheStatementThatIsNamedAndNothingElse() throws IOException {
    SortedMap<String, String> allowed = new TreeMap<>();
    for (JsonNode statement : read("policy.json").path("Statement")) {
      assertEquals("Allow", statement.path("Effect").asText());
      for (String action : texts(statement.path("Action"))) {
        allowed.put(action, statement.path("Sid").asText());
      }
    }

    SortedMap<String, String> asked = new TreeMap<>();
    Arrays.stream(Fact.values())
        .filter(fact -> !fact.right().isEmpty())
        .forEach(fact -> asked.put(fact.right(), fact.iam().statement()));
    assertEquals(asked, allowed);
  }

  /** The call's own list is checked as well: what is sent is what the policy names. */
  @Test
  void nothingElseIsAsked() {
    try (Account account = Account.small()) {
      for (String size : List.of("2xlarge", "4xlarge")) {
        account.region.machine(
            dev.windfall.kind.ec2.Machine.nvidia("g6." + size, 8, 32, 1, "L4", 24576));
      }
      AwsSource source = account.source();
      var _ = source.poll();
      source.close();

      TreeSet<String> sent = new TreeSet<>();
      account.ec2.requests().forEach(asked -> sent.add(asked.action()));
      TreeSet<String> known = new TreeSet<>(List.of("/spot-advisor-data.json"));
      Arrays.stream(Fact.values())
          .filter(fact -> !fact.right().isEmpty())
          .forEach(fact -> known.add(fact.call()));
      assertEquals(known, sent);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"trust-irsa.json", "trust-pod-identity.json"})
  void theRoleIsGivenToWindfallsServiceAccountAndNoOther(String file) throws IOException {
    JsonNode policy = read(file);

    assertEquals(1, policy.path("Statement").size());
    String must = policy.at("/Statement/0/Condition").toString();
    List<String> account =
        file.contains("irsa")
            ? List.of("\"system:serviceaccount:windfall-system:windfall\"", "\"sts.amazonaws.com\"")
            : List.of(
                "kubernetes-namespace\":\"windfall-system\"",
                "kubernetes-service-account\":\"windfall\"");
    assertEquals(List.of(), account.stream().filter(one -> !must.contains(one)).toList(), must);
  }
}
