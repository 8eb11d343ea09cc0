package dev.windfall.reconciler.pending;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom admission leaves alone on purpose was patched, as if admission had been away. */
class LeftAloneTest {
  private final Bench bench = new Bench();
  private final PendingLoop.Pass pass =
      new PendingLoop.Pass(
          bench.inputs,
          bench.writes,
          new Applier(bench.writes, bench.recorder, bench.metrics),
          "windfall-system",
          () -> Market.NOW);

  @AfterEach
  void close() {
    bench.close();
  }

  private void wishes(String namespace, String metadata) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': 'p', 'namespace': '%s', %s},
         'spec': {'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '1'}}}]}}
        """
            .formatted(namespace, metadata));
  }

  private void nothingIsDone() {
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void aPodOfADaemonSetIsLeftAlone() {
    wishes(
        "research",
        """
        'annotations': {'windfall.dev/spot': 'prefer'},
        'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'DaemonSet', 'name': 'd', 'uid': 'u'}]
        """);
    nothingIsDone();
  }

  @Test
  void aMirrorPodIsLeftAlone() {
    wishes(
        "research",
        "'annotations': {'windfall.dev/spot': 'prefer', 'kubernetes.io/config.mirror': '1'}");
    nothingIsDone();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kube-system", "kube-public", "kube-node-lease", "windfall-system"})
  void aPodWhereNoPodMeetsAdmissionIsLeftAlone(String namespace) {
    wishes(namespace, "'annotations': {'windfall.dev/spot': 'prefer'}");
    nothingIsDone();
  }
}
