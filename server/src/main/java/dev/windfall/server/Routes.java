package dev.windfall.server;

import dev.windfall.extender.Extender;
import dev.windfall.extender.UnreadableQuestionException;
import dev.windfall.webhook.Admission;
import dev.windfall.webhook.Endpoint;
import dev.windfall.webhook.UnreadableReviewException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What each listener answers. Every answer has a Content-Length: the scheduler's client does not
 * read a chunked one to its end, and would open a connection anew for each call.
 */
final class Routes {
  static final String PRIORITIZE_PATH = "/scheduler/prioritize";
  static final String FILTER_PATH = "/scheduler/filter";

  /** Not of the scheduler's protocol: {@code windfall score} asks here. */
  static final String SCORE_PATH = "/scheduler/score";

  private static final ExpositionFormats FORMATS = ExpositionFormats.init();

  private Routes() {}

  static HttpRouting.Builder admission(Admission admission, Bodies bodies) {
    HttpRouting.Builder routing = HttpRouting.builder();
    only(
        routing,
        Method.POST,
        Endpoint.MUTATE_PATH,
        (request, response) ->
            bodies.read(
                request,
                response,
                body -> {
                  try {
                    json(response, admission.review(body));
                  } catch (UnreadableReviewException e) {
                    text(response.status(Status.BAD_REQUEST_400), e.getMessage() + "\n");
                  }
                }));
    return nothingElse(routing);
  }

  static HttpRouting.Builder scheduler(Extender extender, Bodies bodies) {
    HttpRouting.Builder routing = HttpRouting.builder();
    only(
        routing,
        Method.POST,
        PRIORITIZE_PATH,
        (request, response) ->
            bodies.read(
                request, response, body -> bodies.send(response, () -> extender.prioritize(body))));
    only(
        routing,
        Method.POST,
        FILTER_PATH,
        (request, response) ->
            bodies.read(
                request, response, body -> bodies.send(response, () -> extender.filter(body))));
    only(
        routing,
        Method.POST,
        SCORE_PATH,
        (request, response) ->
            bodies.read(
                request,
                response,
                body -> {
                  try {
                    bodies.send(response, () -> extender.explain(body));
                  } catch (UnreadableQuestionException e) {
                    text(response.status(Status.BAD_REQUEST_400), e.getMessage() + "\n");
                  }
                }));
    return nothingElse(routing);
  }

  static HttpRouting.Builder management(Readiness readiness, PrometheusRegistry registry) {
    HttpRouting.Builder routing = HttpRouting.builder();
    only(routing, Method.GET, "/livez", (request, response) -> text(response, "alive\n"));
    only(
        routing,
        Method.GET,
        "/readyz",
        (request, response) -> {
          List<String> missing = readiness.missing();
          if (missing.isEmpty()) {
            text(response, "ready\n");
          } else {
            text(
                response.status(Status.SERVICE_UNAVAILABLE_503),
                "not ready:\n- " + String.join("\n- ", missing) + "\n");
          }
        });
    only(
        routing,
        Method.GET,
        "/metrics",
        (request, response) -> {
          String accept = request.headers().first(HeaderNames.ACCEPT).orElse("");
          ExpositionFormatWriter format = FORMATS.findWriter(accept);
          ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
          try {
            format.write(out, registry.scrape());
          } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
          }
          response.header(HeaderNames.CONTENT_TYPE, format.getContentType());
          response.send(out.toByteArray());
        });
    return nothingElse(routing);
  }

  private static void only(
      HttpRouting.Builder routing, Method method, String path, Handler handler) {
    routing.route(method, path, handler);
    routing.any(
        path,
        (request, response) -> {
          response.header(HeaderNames.ALLOW, method.text());
          response.status(Status.METHOD_NOT_ALLOWED_405).send();
        });
  }

  private static HttpRouting.Builder nothingElse(HttpRouting.Builder routing) {
    return routing.any((request, response) -> response.status(Status.NOT_FOUND_404).send());
  }

  private static void json(ServerResponse response, byte[] body) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    response.send(body);
  }

  private static void text(ServerResponse response, String body) {
    response.header(HeaderValues.CONTENT_TYPE_TEXT_PLAIN);
    response.send(body.getBytes(StandardCharsets.UTF_8));
  }
}
