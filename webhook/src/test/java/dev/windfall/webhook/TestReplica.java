package dev.windfall.webhook;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A replica of the webhook without a webhook: its certificates, behind a port that shakes hands.
 */
final class TestReplica implements AutoCloseable {
  static final String NAMESPACE = "windfall-system";
  static final Duration SETTLE = Duration.ofMinutes(1);
  static final Endpoint ENDPOINT = new Endpoint.Service(NAMESPACE, "windfall");

  /** Both clocks of all replicas, which run as a test says. */
  static final class Time {
    private final AtomicReference<Instant> now;

    Time(Instant start) {
      now = new AtomicReference<>(start);
    }

    void pass(Duration by) {
      now.updateAndGet(before -> before.plus(by));
    }

    Instant now() {
      return now.get();
    }

    Clocks clocks() {
      Instant origin = now.get().minusSeconds(1);
      return new Clocks(now::get, () -> Duration.between(origin, now.get()).toNanos());
    }
  }

  final String name;
  final KubeClient client;
  final PrometheusRegistry registry = new PrometheusRegistry();
  final Certificates certificates;
  private final SSLServerSocket listening;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Starts it, up to where its first round is due. */
  TestReplica(String name, LocalApiServer server, Optional<Path> directory, Time time)
      throws IOException {
    this(name, server, directory, SETTLE, time.clocks());
  }

  TestReplica(
      String name, LocalApiServer server, Optional<Path> directory, Duration settle, Clocks clocks)
      throws IOException {
    this.name = name;
    this.client =
        KubeClient.at(server.uri(), new ClusterMetrics(new PrometheusRegistry()))
            .within(Duration.ofSeconds(30), 1);
    this.certificates =
        Certificates.open(
            client,
            new Certificates.Setup(NAMESPACE, directory, settle, name, ENDPOINT.names()),
            clocks,
            registry);
    this.listening =
        (SSLServerSocket) certificates.sslContext().getServerSocketFactory().createServerSocket(0);
    threads.execute(this::accept);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        SSLSocket socket = (SSLSocket) listening.accept();
        threads.execute(() -> shakeHands(socket));
      } catch (IOException e) {
        // Closed, or a caller that went away.
      }
    }
  }

  private static void shakeHands(SSLSocket socket) {
    try (socket) {
      socket.startHandshake();
      int _ = socket.getInputStream().read();
    } catch (IOException e) {
      // A caller that trusts somebody else.
    }
  }

  SelfDial dial() {
    return SelfDial.to("127.0.0.1", listening.getLocalPort(), ENDPOINT.names().getFirst());
  }

  /** Lets it look by itself from now on. */
  void start() {
    certificates.start(
        "127.0.0.1", listening.getLocalPort(), new ClusterMetrics(new PrometheusRegistry()));
  }

  void pass() throws IOException {
    certificates.loop().pass(dial());
  }

  /** Whether it may be called. */
  boolean ready() {
    return certificates.trouble().isEmpty();
  }

  /** Whose certificate it serves. */
  String serves() {
    return certificates.loop().serving().serial();
  }

  List<java.security.cert.X509Certificate> shown() {
    return certificates.loop().served().identity().chain();
  }

  /** Goes without a word, as a process that is killed. */
  void kill() throws IOException {
    listening.close();
    threads.shutdownNow();
    client.close();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    certificates.close();
    client.close();
    threads.shutdownNow();
  }
}
