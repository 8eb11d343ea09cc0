package dev.windfall.server;

import dev.windfall.webhook.Admission;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRouting;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The port that the API server calls, opened by a benchmark, without TLS. It is in the server's
 * package because the server shows its parts to nobody.
 */
public final class AdmissionPort implements AutoCloseable {
  /** Where reviews are posted. */
  public static final String PATH = dev.windfall.webhook.Endpoint.MUTATE_PATH;

  private final Bodies bodies;
  private final Listener listener;

  private AdmissionPort(Bodies bodies, HttpRouting.Builder routing, LongConsumer nanos) {
    this.bodies = bodies;
    routing.addFilter((chain, request, response) -> {
      long start = System.nanoTime();
      chain.proceed();
      nanos.accept(System.nanoTime() - start);
    });
    this.listener =
        Listener.open(
            new Listener.Spec(
                "admission", "127.0.0.1", 0, Optional.empty(), bodies.maxBody(), routing));
  }

  /**
   * The real one.
   *
   * @param nanos is told how long each call took, from its head to its answer; by many threads
   */
  public static AdmissionPort open(Admission admission, LongConsumer nanos) {
    Bodies bodies = Bodies.ofAdmission();
    return new AdmissionPort(bodies, Routes.admission(admission, bodies), nanos);
  }

  /** One that reads each body as the real one does, and answers {@code {}}. */
  public static AdmissionPort empty(LongConsumer nanos) {
    Bodies bodies = Bodies.ofAdmission();
    byte[] nothing = {'{', '}'};
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .post(
                PATH,
                (request, response) ->
                    bodies.read(
                        request,
                        response,
                        body -> {
                          response.header(HeaderValues.CONTENT_TYPE_JSON);
                          response.send(nothing);
                        }));
    return new AdmissionPort(bodies, routing, nanos);
  }

  public int port() {
    return listener.port();
  }

  @Override
  public void close() {
    listener.close();
    bodies.close();
  }
}
