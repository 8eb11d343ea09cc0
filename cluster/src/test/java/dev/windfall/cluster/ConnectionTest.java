package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {
  @TempDir private Path directory;

  @Test
  void aKubeconfigLeadsToItsCluster() throws Exception {
    try (LocalApiServer server = LocalApiServer.start()) {
      Path file =
          Files.writeString(
              directory.resolve("config"),
              """
              apiVersion: v1
              kind: Config
              current-context: here
              contexts: [{name: here, context: {cluster: local, user: me}}]
              clusters: [{name: local, cluster: {server: "%s"}}]
              users: [{name: me, user: {token: secret}}]
              """
                  .formatted(server.uri()));
      try (KubeClient client =
          KubeClient.connect(Optional.of(file), new ClusterMetrics(new PrometheusRegistry()))) {
        assertTrue(client.get(Resource.NODEPOOLS, Key.of("a")).isEmpty());
      }
      assertEquals(1, server.requests("get", "nodepools").size());
    }
  }

  /** {@code KUBECONFIG=kubeconfig} was a NullPointerException. */
  @Test
  void aKubeconfigMayBeABareFileName() throws Exception {
    Path bare = Path.of("kubeconfig-" + ProcessHandle.current().pid());
    Files.writeString(
        bare,
        """
        current-context: here
        contexts: [{name: here, context: {cluster: local, user: me}}]
        clusters: [{name: local, cluster: {server: "http://127.0.0.1:1"}}]
        users: [{name: me, user: {token: secret}}]
        """);
    try {
      assertEquals("http://127.0.0.1:1", Connection.find(Optional.of(bare)).getBasePath());
    } finally {
      Files.delete(bare);
    }
  }

  @Test
  void aMissingKubeconfigIsNamed() {
    Path missing = directory.resolve("missing");
    ClusterException e =
        assertThrows(ClusterException.class, () -> Connection.find(Optional.of(missing)));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("reading kubeconfig " + missing + ": "),
        e.getMessage());
  }

  @Test
  void theFirstExistingFileOfTheVariableIsTaken() throws Exception {
    Path there = Files.createFile(directory.resolve("there"));
    String variable = directory.resolve("missing") + File.pathSeparator + there;
    assertEquals(
        Optional.of(there), Connection.defaultFile(Map.of("KUBECONFIG", variable), directory));
  }

  @Test
  void withoutTheVariableTheHomeDirectoryIsLookedAt() throws Exception {
    assertEquals(Optional.empty(), Connection.defaultFile(Map.of(), directory));
    Path usual = Files.createDirectory(directory.resolve(".kube")).resolve("config");
    Files.createFile(usual);
    assertEquals(Optional.of(usual), Connection.defaultFile(Map.of(), directory));
  }
}
