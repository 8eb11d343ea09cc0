package dev.windfall.kind.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes connections on, byte for byte, to replicas that say they are ready, in turn: what a
 * Service does. A connection that is made stays where it is.
 */
final class Balancer implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** A replica: where it is called, and where it says whether it is ready. */
  private static final class Backend {
    private final int port;
    private final URI readyz;
    private volatile boolean ready;

    Backend(int port, int management) {
      this.port = port;
      this.readyz = URI.create("http://127.0.0.1:" + management + "/readyz");
    }
  }

  private final ServerSocket listening;
  private final List<Backend> backends = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();

  Balancer() throws IOException {
    listening = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
    var _ =
        looks.scheduleWithFixedDelay(
            () -> backends.forEach(this::look), 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  int port() {
    return listening.getLocalPort();
  }

  void add(int port, int management) {
    backends.add(new Backend(port, management));
  }

  private void look(Backend backend) {
    HttpRequest request =
        HttpRequest.newBuilder(backend.readyz).timeout(Duration.ofSeconds(1)).build();
    try {
      backend.ready = http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      backend.ready = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket caller = listening.accept();
        threads.execute(() -> serve(caller));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket caller) {
    List<Backend> ready = backends.stream().filter(each -> each.ready).toList();
    try (caller;
        Socket replica = new Socket()) {
      if (ready.isEmpty()) {
        return;
      }
      Backend chosen = ready.get(Math.floorMod(turn.getAndIncrement(), ready.size()));
      replica.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), chosen.port));
      caller.setTcpNoDelay(true);
      replica.setTcpNoDelay(true);
      var back = threads.submit(() -> pump(replica, caller));
      pump(caller, replica);
      back.get();
    } catch (IOException | java.util.concurrent.ExecutionException e) {
      // One side has gone; the other is told by the end of its connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pump(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      byte[] arrived = new byte[16 << 10];
      for (int length = in.read(arrived); length >= 0; length = in.read(arrived)) {
        to.getOutputStream().write(arrived, 0, length);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      try {
        to.close();
      } catch (IOException alsoGone) {
        // Nothing is left to be done.
      }
    }
  }

  @Override
  public void close() throws IOException {
    looks.shutdownNow();
    listening.close();
    threads.shutdownNow();
    http.close();
  }
}
