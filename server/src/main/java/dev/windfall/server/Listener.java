package dev.windfall.server;

import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * One HTTP server on one port, with the settings that Kubernetes' callers need. Each port is a
 * server of its own, so that they start and stop in an order.
 */
final class Listener implements AutoCloseable {
  /** A call under way may take this long to end when the listener closes. */
  static final Duration GRACE = Duration.ofSeconds(10);

  /** A connection that sends nothing for this long in the middle of a call is cut. */
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

  /**
   * A call under way for this long is cut, whatever it waits for: who never reads an answer would
   * hold its place for ever.
   */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** Calls that are worked on at once; as many again wait for a second. */
  private static final int CALLS = 64;

  private final WebServer server;
  private final AtomicBoolean leaving;
  private final Deadlines deadlines;

  /**
   * What a listener is to be.
   *
   * @param name of its section in the configuration
   * @param port 0 for any that is free
   * @param tls absent: plain HTTP
   * @param maxBody in bytes; a longer one is answered with 413
   * @param deadline of a call, from its header to the last byte of its answer
   * @param refusals is told of each call that is refused, or cut, by the listener itself
   */
  record Spec(
      String name,
      String host,
      int port,
      Optional<SSLContext> tls,
      long maxBody,
      HttpRouting.Builder routing,
      Duration deadline,
      Consumer<Refusal> refusals) {

    /** With a deadline that suits every caller, and nobody told. */
    Spec(
        String name,
        String host,
        int port,
        Optional<SSLContext> tls,
        long maxBody,
        HttpRouting.Builder routing) {
      this(name, host, port, tls, maxBody, routing, DEADLINE, refusal -> {});
    }

    Spec telling(Consumer<Refusal> told) {
      return new Spec(name, host, port, tls, maxBody, routing, deadline, told);
    }
  }

  private Listener(WebServer server, AtomicBoolean leaving, Deadlines deadlines) {
    this.server = server;
    this.leaving = leaving;
    this.deadlines = deadlines;
  }

  /**
   * Opens a port.
   *
   * @throws FailureException when it cannot be had
   */
  static Listener open(Spec spec) {
    requireFree(spec);
    AtomicBoolean leaving = new AtomicBoolean();
    Deadlines deadlines =
        new Deadlines(spec.deadline(), () -> spec.refusals().accept(Refusal.TOO_SLOW));
    spec.routing()
        .addFilter((chain, request, response) -> {
          if (leaving.get()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
          }
          try (Deadlines.One _ = deadlines.begin()) {
            chain.proceed();
          }
        });
    WebServerConfig.Builder config =
        WebServer.builder()
            .name(spec.name())
            .host(spec.host())
            .port(spec.port())
            .routing(spec.routing())
            .maxPayloadSize(spec.maxBody())
            .shutdownGracePeriod(GRACE)
            // Our own hook stops the listeners, in an order.
            .shutdownHook(false)
            // NIO sockets look up the caller's name for each TLS connection.
            .useNio(false)
            .connectionOptions(socket ->
                // Without it the first call of a TLS 1.3 connection waits 40 ms for an
                // acknowledgement.
                socket.tcpNoDelay(true).readTimeout(READ_TIMEOUT))
            .concurrencyLimit(
                FixedLimit.create(limit ->
                    limit.permits(CALLS).queueLength(CALLS).queueTimeout(Duration.ofSeconds(1))))
            .directHandlers(withoutBody(spec.refusals()));
    spec.tls().ifPresent(context -> config.tls(Tls.builder().sslContext(context).build()));
    WebServer server = config.build().start();
    if (!server.isRunning()) {
      deadlines.close();
      throw new FailureException(unavailable(spec, "the log says why"));
    }
    return new Listener(server, leaving, deadlines);
  }

  /** Helidon logs why it could not bind, with a stack trace, and returns as if it had. */
  private static void requireFree(Spec spec) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(spec.host(), spec.port()));
    } catch (SocketException e) {
      throw new FailureException(unavailable(spec, String.valueOf(e.getMessage())));
    } catch (IOException e) {
      throw new UncheckedIOException("closing a socket", e);
    }
  }

  private static String unavailable(Spec spec, String why) {
    return "cannot listen on %s:%d: %s; %s.host and %s.port say where else to listen"
        .formatted(spec.host(), spec.port(), why, spec.name(), spec.name());
  }

  /**
   * What Helidon answers by itself has no body: the scheduler's client does not read it, and would
   * open a connection anew for its next call.
   */
  private static DirectHandlers withoutBody(Consumer<Refusal> refusals) {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(
          type,
          (request, event, status, headers, message) -> {
            boolean tooLarge = status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code();
            if (tooLarge) {
              refusals.accept(Refusal.TOO_LARGE);
            } else if (status.code() == Status.SERVICE_UNAVAILABLE_503.code()) {
              refusals.accept(Refusal.NO_ROOM);
            }
            return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                // Of a body that is too long the rest is not read, so nothing can follow it.
                .keepAlive(event.keepAlive() && !tooLarge)
                .build();
          });
    }
    return handlers.build();
  }

  int port() {
    return server.port();
  }

  /**
   * Ends each connection with the next answer on it, and takes new ones still. A connection that is
   * closed without having said so may lose the call that its caller sends at that moment.
   */
  void leave() {
    leaving.set(true);
  }

  /** Takes no more connections, lets the calls under way end, and closes. */
  @Override
  public void close() {
    server.stop();
    deadlines.close();
  }
}
