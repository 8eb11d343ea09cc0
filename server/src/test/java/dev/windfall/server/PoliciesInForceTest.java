package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.policies.Policies;
import dev.windfall.reconciler.LivePolicy;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoliciesInForceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;
  private final Map<Key, LivePolicy> cluster = new HashMap<>();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Readiness readiness = new Readiness();

  private PoliciesInForce policies(Optional<PolicyFiles> files) {
    return new PoliciesInForce(
        files, () -> Map.copyOf(cluster), readiness.step("the policies are being read"), registry);
  }

  private void apply(String name, String uid, String spec) throws IOException {
    ObjectNode object =
        (ObjectNode)
            JSON.readTree(
                """
                {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPolicy",
                 "metadata": {"name": "%s", "uid": "%s"}, "spec": %s}
                """
                    .formatted(name, uid, spec));
    cluster.put(Key.of(name), LivePolicy.of(object));
  }

  private void file(String text) throws IOException {
    Files.writeString(directory.resolve("policies.yaml"), text);
  }

  /** Name, where it stands, and priority. */
  private static List<String> said(Policies policies) {
    return policies.inOrder().stream()
        .map(policy ->
            "%s of %s at %d"
                .formatted(
                    policy.name(),
                    policy.file().isPresent() ? "a file" : "the cluster",
                    policy.priority()))
        .toList();
  }

  private double gauge(String name) {
    return registry.scrape(name::equals).stream()
        .map(GaugeSnapshot.class::cast)
        .flatMap(gauge -> gauge.getDataPoints().stream())
        .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void anObjectHoldsWhileItIsThere() throws IOException {
    PoliciesInForce policies = policies(Optional.empty());
    policies.look();
    assertEquals(List.of(), readiness.missing());
    assertEquals(List.of(), said(policies.get()));

    apply("a", "1", "{}");
    policies.look();
    assertEquals(List.of("a of the cluster at 0"), said(policies.get()));

    cluster.clear();
    policies.look();
    assertEquals(List.of(), said(policies.get()));
  }

  @Test
  void ofAnObjectTheLastVersionThatCouldBeReadHolds() throws IOException {
    PoliciesInForce policies = policies(Optional.empty());
    apply("a", "1", "{\"priority\": 1}");
    policies.look();
    apply("a", "1", "{\"priority\": \"high\"}");
    policies.look();
    assertEquals(List.of("a of the cluster at 1"), said(policies.get()));
    assertEquals(1, gauge("windfall_policies_unreadable"));

    apply("a", "1", "{\"priority\": 3}");
    policies.look();
    assertEquals(List.of("a of the cluster at 3"), said(policies.get()));
    assertEquals(0, gauge("windfall_policies_unreadable"));
  }

  @Test
  void anotherObjectOfThatNameDoesNotInheritIt() throws IOException {
    PoliciesInForce policies = policies(Optional.empty());
    apply("a", "1", "{\"priority\": 1}");
    policies.look();
    apply("a", "2", "{\"priority\": \"high\"}");
    policies.look();

    assertEquals(List.of(), said(policies.get()));
  }

  @Test
  void oneNameInAFileAndInTheClusterHoldsTwice() throws IOException {
    PoliciesInForce policies = policies(Optional.of(new PolicyFiles(directory)));
    file(
        """
        {apiVersion: windfall.dev/v1alpha1, kind: SpotPolicy, metadata: {name: a}, spec: {}}
        """);
    apply("a", "1", "{}");
    policies.look();
    policies.look();

    assertEquals(List.of("a of a file at 0", "a of the cluster at 0"), said(policies.get()));
    assertEquals(2, gauge("windfall_policies"));
    assertEquals(1, gauge("windfall_policy_files_readable"));
  }

  @Test
  void whileFilesCannotBeReadTheReplicaIsNotReadyAndSaysWhy() throws IOException {
    PoliciesInForce policies = policies(Optional.of(new PolicyFiles(directory)));
    file("{kind: SpotPolicy}\n");
    policies.look();
    policies.look();

    String missing = readiness.missing().getFirst();
    assertEquals(
        "the policies of DIR cannot be read: DIR/policies.yaml:1:1: field \"apiVersion\" is"
            + " missing",
        missing.replace(directory.toString(), "DIR").lines().findFirst().orElse(""));
    assertEquals(0, gauge("windfall_policy_files_readable"));
  }

  @Test
  void brokenFilesLeaveWhatTheySaidWhileObjectsGoOnChanging() throws IOException {
    PoliciesInForce policies = policies(Optional.of(new PolicyFiles(directory)));
    file(
        """
        {apiVersion: windfall.dev/v1alpha1, kind: SpotPolicy, metadata: {name: a}, spec: {}}
        """);
    policies.look();
    policies.look();
    file("broken: [");
    apply("b", "1", "{}");
    policies.look();
    policies.look();

    assertEquals(List.of("a of a file at 0", "b of the cluster at 0"), said(policies.get()));
    assertEquals(0, gauge("windfall_policy_files_readable"));
    assertEquals(List.of(), readiness.missing());
  }

  @Test
  void listenersAreToldOfAChangeAndOfNothingElse() throws IOException {
    PoliciesInForce policies = policies(Optional.empty());
    int[] told = {0};
    policies.onChange(() -> told[0]++);
    apply("a", "1", "{}");
    policies.look();
    Policies before = policies.get();
    apply("a", "1", "{}");
    policies.look();

    assertSame(before, policies.get());
    assertEquals(1, told[0]);
  }
}
