package dev.windfall.kind.ec2;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one request of any of the four services, meets its fault if there is one, and answers. */
final class Endpoint implements Handler {
  private static final Pattern SCOPE = Pattern.compile("Credential=[^/]+/[0-9]+/([a-z0-9-]+)/");
  private static final String ADVISOR = "/spot-advisor-data.json";

  private final ConcurrentMap<String, Region> regions;
  private final Function<String, Region> region;
  private final Faults faults;
  private final Journal journal;
  private final InstantSource clock;
  private final QueryAnswers query;
  private final JsonAnswers json;
  private final LongAdder sent = new LongAdder();

  Endpoint(
      ConcurrentMap<String, Region> regions,
      Function<String, Region> region,
      Faults faults,
      Journal journal,
      Pages pages,
      InstantSource clock) {
    this.regions = regions;
    this.region = region;
    this.faults = faults;
    this.journal = journal;
    this.clock = clock;
    this.query = new QueryAnswers(pages);
    this.json = new JsonAnswers(pages);
  }

  /** How many bytes all answers had. */
  long sent() {
    return sent.sum();
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    String target = request.headers().first(HeaderNames.create("X-Amz-Target")).orElse("");
    boolean jsonSpoken = !target.isEmpty();
    Asked asked = read(request, target);
    journal.note(asked);
    // By this the caller learns how wrong its clock is.
    response.header(
        HeaderNames.DATE,
        DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.instant().atOffset(ZoneOffset.UTC)));
    response.header(
        HeaderNames.CONTENT_TYPE,
        jsonSpoken ? "application/x-amz-json-1.1" : "text/xml;charset=UTF-8");
    try {
      switch (faults.take(asked).orElse(null)) {
        case null -> send(response, answer(asked));
        case Fault.None _ -> send(response, answer(asked));
        case Fault.Answer error -> throw new Refusal(error.status(), error.code(), error.message());
        case Fault.Held held -> {
          held.until().await();
          send(response, answer(asked));
        }
        case Fault.Cut _ -> cut(response, answer(asked));
        case Fault.Body body -> send(response, body.text());
      }
    } catch (Refusal e) {
      response.status(Status.create(e.status()));
      String message = String.valueOf(e.getMessage());
      boolean denied = jsonSpoken && e.code().equals("UnauthorizedOperation");
      send(
          response,
          jsonSpoken
              ? json.error(denied ? "AccessDeniedException" : e.code(), message)
              : Xml.error(e.code(), message));
    }
  }

  private static Asked read(ServerRequest request, String target) {
    String body = request.content().hasEntity() ? request.content().as(String.class) : "";
    Matcher scope = SCOPE.matcher(request.headers().first(HeaderNames.AUTHORIZATION).orElse(""));
    String region = scope.find() ? scope.group(1) : "";
    if (!target.isEmpty()) {
      return new Asked(target.substring(target.indexOf('.') + 1), region, Map.of("body", body));
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : body.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
      }
    }
    String action = parameters.getOrDefault("Action", request.path().path());
    return new Asked(action, region, parameters);
  }

  private String answer(Asked asked) {
    return switch (asked.action()) {
      case "GetProducts" -> json.products(asked, regions.values());
      case "ListServiceQuotas" -> json.quotas(asked, region.apply(asked.region()));
      case ADVISOR -> json.advisor(regions.values());
      default -> query.answer(asked, region.apply(asked.region()));
    };
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private void send(ServerResponse response, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    sent.add(bytes.length);
    response.send(bytes);
  }

  /** Promises all of the answer, and delivers half. */
  private static void cut(ServerResponse response, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    response.contentLength(bytes.length);
    OutputStream stream = response.outputStream();
    stream.write(bytes, 0, bytes.length / 2);
    stream.flush();
    throw new CloseConnectionException("cut here");
  }
}
