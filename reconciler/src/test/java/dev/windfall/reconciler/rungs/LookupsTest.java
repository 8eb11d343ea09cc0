package dev.windfall.reconciler.rungs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupsTest {
  private final Bench bench = new Bench();
  private final Lookups lookups = new Lookups(bench.writes);

  @AfterEach
  void close() {
    bench.close();
  }

  private static Pod podWith(String... claims) {
    Cluster cluster = new Cluster();
    cluster.waits(1, Needs.NONE, NodeTerms.ANY, List.of(claims));
    return cluster.pods.getFirst();
  }

  private void claim(String name, String volume) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim',
         'metadata': {'name': '%s', 'namespace': 'default'}, 'spec': {'volumeName': '%s'}}
        """
            .formatted(name, volume));
  }

  /** As Amazon's driver for EBS writes it. */
  private static ObjectNode volume(String name, String... zones) {
    return Cluster.json(
        """
        {'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': '%s'},
         'spec': {'nodeAffinity': {'required': {'nodeSelectorTerms': [{'matchExpressions': [
           {'key': 'topology.ebs.csi.aws.com/zone', 'operator': 'In', 'values': ['%s']}]}]}}}}
        """
            .formatted(name, String.join("', '", zones)));
  }

  private Optional<Set<String>> zones(Pod pod, Instant at) {
    lookups.begin(at);
    return lookups.zones(pod);
  }

  @Test
  void aPodIsHeldToTheZoneOfItsVolume() {
    claim("data", "pv");
    bench.server.put(volume("pv", "eu-central-1b"));
    assertEquals(Optional.of(Set.of("eu-central-1b")), zones(podWith("data"), Market.NOW));
  }

  @Test
  void severalVolumesHoldItToWhereAllOfThemAre() {
    claim("data", "pv1");
    claim("more", "pv2");
    bench.server.put(volume("pv1", "a", "b"));
    bench.server.put(volume("pv2", "b", "c"));
    assertEquals(Optional.of(Set.of("b")), zones(podWith("data", "more"), Market.NOW));
  }

  @Test
  void aVolumeThatIsEverywhereHoldsItNowhere() {
    claim("data", "pv");
    bench.put("{'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': 'pv'}}");
    assertEquals(Optional.empty(), zones(podWith("data"), Market.NOW));
  }

  @Test
  void aClaimThatHasNoVolumeYetIsLookedAtAgain() {
    claim("data", "");
    assertEquals(Optional.empty(), zones(podWith("data"), Market.NOW));
    claim("data", "pv");
    bench.server.put(volume("pv", "b"));
    assertEquals(Optional.empty(), zones(podWith("data"), Market.NOW.plusSeconds(10)));
    assertEquals(Optional.of(Set.of("b")), zones(podWith("data"), Market.NOW.plusSeconds(40)));
  }

  @Test
  void aVolumeIsReadOnce() {
    claim("data", "pv");
    bench.server.put(volume("pv", "b"));
    zones(podWith("data"), Market.NOW);
    bench.server.forgetRequests();
    assertEquals(Optional.of(Set.of("b")), zones(podWith("data"), Market.NOW.plusSeconds(9000)));
    assertEquals(List.of(), bench.server.requests());
  }

  @Test
  void whereVolumesMayNotBeReadThePodMayGoAnywhere() {
    bench
        .server
        .faults()
        .always("get", "persistentvolumeclaims", new Fault.Answer(403, "Forbidden", "no", -1));
    assertEquals(Optional.empty(), zones(podWith("data"), Market.NOW));
  }

  @Test
  void anAnswerThatDoesNotComeFailsThePass() {
    bench
        .server
        .faults()
        .always("get", "persistentvolumeclaims", new Fault.Answer(500, "InternalError", "no", -1));
    assertThrows(ClusterException.class, () -> zones(podWith("data"), Market.NOW));
  }

  @Test
  void daemonSetsAreReadWithWhatTheirPodsAskFor() {
    bench.put(
        """
        {'apiVersion': 'apps/v1', 'kind': 'DaemonSet',
         'metadata': {'name': 'agent', 'namespace': 'kube-system'},
         'spec': {'selector': {'matchLabels': {'a': 'b'}}, 'template': {'spec': {
           'tolerations': [{'operator': 'Exists'}],
           'containers': [{'name': 'c', 'resources': {'requests':
             {'cpu': '250m', 'memory': '1Gi'}}}]}}}}
        """);
    List<Needs> needs = lookups.daemons(Market.NOW).templates().stream().map(Pod::needs).toList();
    assertEquals(List.of(new Needs(250, 1L << 30)), needs);
  }

  @Test
  void whereDaemonSetsMayNotBeListedTheyTakeNothing() {
    bench
        .server
        .faults()
        .always("list", "daemonsets", new Fault.Answer(403, "Forbidden", "no", -1));
    assertEquals(Daemons.NONE, lookups.daemons(Market.NOW));
  }
}
