package dev.windfall.cluster;

import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.KubeConfig;
import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the API server and the credentials for it, as client-java understands them. */
final class Connection {
  /**
   * EKS tokens live 15 minutes, and an exec plug-in takes about a second: often enough, and rarely.
   */
  private static final Duration TOKEN_REFRESH = Duration.ofMinutes(5);

  private Connection() {}

  static ApiClient plain(URI server) {
    return new ClientBuilder().setBasePath(server.toString()).build();
  }

  static ApiClient find(Optional<Path> kubeconfig) {
    if (kubeconfig.isPresent()) {
      return fromFile(kubeconfig.get());
    }
    if (System.getenv(Config.ENV_SERVICE_HOST) != null
        && Files.exists(Path.of(Config.SERVICEACCOUNT_TOKEN_PATH))) {
      return inCluster();
    }
    return defaultFile(System.getenv(), Path.of(System.getProperty("user.home")))
        .map(Connection::fromFile)
        .orElseThrow(() ->
            unusable(
                "finding a cluster: not running in one, KUBECONFIG names no file, and there is no"
                    + " ~/.kube/config; set cluster.kubeconfig",
                null));
  }

  /**
   * The first existing file of KUBECONFIG, else {@code ~/.kube/config}. Several files are not
   * merged, as kubectl does.
   */
  static Optional<Path> defaultFile(Map<String, String> environment, Path home) {
    for (String file :
        environment.getOrDefault(Config.ENV_KUBECONFIG, "").split(File.pathSeparator, -1)) {
      if (!file.isBlank() && Files.exists(Path.of(file))) {
        return Optional.of(Path.of(file));
      }
    }
    Path usual = home.resolve(".kube").resolve("config");
    return Files.exists(usual) ? Optional.of(usual) : Optional.empty();
  }

  private static ApiClient inCluster() {
    try {
      return ClientBuilder.cluster().build();
    } catch (IOException | RuntimeException e) {
      throw unusable(
          "reading the service account in " + Config.SERVICEACCOUNT_ROOT + ": " + e.getMessage(),
          e);
    }
  }

  private static ApiClient fromFile(Path file) {
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      KubeConfig config = KubeConfig.loadKubeConfig(reader);
      // Relative paths of certificates and plug-ins are relative to the file, for which client-java
      // looks at its parent; a bare file name has none.
      config.setFile(file.toAbsolutePath().toFile());
      return ClientBuilder.kubeconfig(config, TOKEN_REFRESH).build();
    } catch (IOException | RuntimeException e) {
      throw unusable("reading kubeconfig " + file + ": " + e, e);
    }
  }

  private static ClusterException unusable(String message, @Nullable Throwable cause) {
    return new ClusterException(0, "", Duration.ZERO, message, cause);
  }
}
