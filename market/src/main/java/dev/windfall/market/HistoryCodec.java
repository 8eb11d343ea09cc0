package dev.windfall.market;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.windfall.policies.Capacity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A history as JSON: {@code {"format":2,"offers":[[key, region, launches, refusals, interruptions,
 * up hours, exposure, interrupted, refused, kind of failure, failures, failed, tried again, seen],
 * ...],"quotas":[[provider, region, machines, capacity, processors, failures, failed, tried again],
 * ...]}}, with an empty text for a time that never was. What is read is refused whole when any of
 * it is wrong.
 */
public final class HistoryCodec {
  private static final int FORMAT = 2;

  /** The one before, whose quotas bar machines of any size. */
  private static final int WITHOUT_PROCESSORS = 1;

  /** No count of anything grows larger: an hour of a thousand nodes for a hundred years. */
  private static final double MOST = 1e9;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10)
                  .maxStringLength(200)
                  .maxNumberLength(40)
                  .maxDocumentLength(1 << 20)
                  .build())
          .build();

  private HistoryCodec() {}

  public static byte[] write(History history) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberField("format", FORMAT);
      json.writeArrayFieldStart("offers");
      for (Map.Entry<OfferKey, Past> entry : history.offers().entrySet()) {
        Past past = entry.getValue();
        json.writeStartArray();
        json.writeString(entry.getKey().toString());
        json.writeString(past.region());
        json.writeNumber(past.launches());
        json.writeNumber(past.refusals());
        json.writeNumber(past.interruptions());
        json.writeNumber(past.upHours());
        json.writeNumber(past.exposure());
        json.writeString(past.interrupted().map(Instant::toString).orElse(""));
        json.writeString(past.refused().map(Instant::toString).orElse(""));
        json.writeString(past.setback().map(failed -> failed.kind().name()).orElse(""));
        if (past.setback().isPresent()) {
          write(json, past.setback().get());
        }
        json.writeString(past.seen().toString());
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("quotas");
      for (Map.Entry<Quota, Exceeded> entry : history.quotas().entrySet()) {
        Quota quota = entry.getKey();
        json.writeStartArray();
        json.writeString(quota.provider());
        json.writeString(quota.region());
        json.writeString(quota.machines());
        json.writeString(quota.capacity().text());
        json.writeNumber(entry.getValue().processors());
        write(json, entry.getValue().setback());
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, Setback failed) throws IOException {
    json.writeNumber(failed.times());
    json.writeString(failed.last().toString());
    json.writeString(failed.until().toString());
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException when it is something else, or of another format
   */
  public static History read(byte[] bytes) throws IOException {
    try (JsonParser json = JSON.createParser(bytes)) {
      expect(json, JsonToken.START_OBJECT);
      int format = "format".equals(json.nextFieldName()) ? json.nextIntValue(0) : 0;
      if (format != FORMAT && format != WITHOUT_PROCESSORS) {
        throw new IOException("the history is not of format " + FORMAT);
      }
      if (!"offers".equals(json.nextFieldName())) {
        throw new IOException("the history has no offers");
      }
      expect(json, JsonToken.START_ARRAY);
      Map<OfferKey, Past> offers = new TreeMap<>();
      while (json.nextToken() == JsonToken.START_ARRAY) {
        if (offers.size() == History.MOST) {
          throw new IOException("the history has more than " + History.MOST + " offers");
        }
        String key = text(json);
        offers.put(
            OfferKey.parse(key)
                .orElseThrow(() -> new IOException("\"" + key + "\" is no offer's key")),
            new Past(
                text(json),
                number(json),
                number(json),
                number(json),
                number(json),
                number(json),
                maybe(json),
                maybe(json),
                setback(json),
                time(text(json))));
        expect(json, JsonToken.END_ARRAY);
      }
      Map<Quota, Exceeded> quotas = quotas(json, format);
      expect(json, JsonToken.END_OBJECT);
      return History.of(offers, quotas);
    }
  }

  private static Map<Quota, Exceeded> quotas(JsonParser json, int format) throws IOException {
    if (!"quotas".equals(json.nextFieldName())) {
      throw new IOException("the history has no quotas");
    }
    expect(json, JsonToken.START_ARRAY);
    Map<Quota, Exceeded> quotas = new TreeMap<>();
    while (json.nextToken() == JsonToken.START_ARRAY) {
      if (quotas.size() == History.MOST_QUOTAS) {
        throw new IOException("the history has more than " + History.MOST_QUOTAS + " quotas");
      }
      Quota quota = new Quota(text(json), text(json), text(json), capacity(text(json)));
      int processors = format == WITHOUT_PROCESSORS ? 0 : (int) number(json);
      quotas.put(quota, new Exceeded(setback(json, Setback.Kind.QUOTA), processors));
      expect(json, JsonToken.END_ARRAY);
    }
    return quotas;
  }

  private static Capacity capacity(String text) throws IOException {
    return Capacity.of(text).orElseThrow(() -> new IOException("\"" + text + "\" is no capacity"));
  }

  private static Optional<Setback> setback(JsonParser json) throws IOException {
    String name = text(json);
    for (Setback.Kind kind : Setback.Kind.values()) {
      if (kind.name().equals(name)) {
        return Optional.of(setback(json, kind));
      }
    }
    if (!name.isEmpty()) {
      throw new IOException("\"" + name + "\" is no kind of failure");
    }
    return Optional.empty();
  }

  private static Setback setback(JsonParser json, Setback.Kind kind) throws IOException {
    return new Setback(kind, (int) number(json), time(text(json)), time(text(json)));
  }

  private static void expect(JsonParser json, JsonToken token) throws IOException {
    if (json.nextToken() != token) {
      throw new IOException(
          "the history is cut off or damaged: no " + token + " where one belongs");
    }
  }

  private static String text(JsonParser json) throws IOException {
    expect(json, JsonToken.VALUE_STRING);
    return json.getText();
  }

  private static double number(JsonParser json) throws IOException {
    JsonToken token = json.nextToken();
    if (token == null || !token.isNumeric()) {
      throw new IOException("the history has something else where a number belongs");
    }
    double number = json.getDoubleValue();
    if (!(number >= 0 && number <= MOST)) {
      throw new IOException("the history has the number " + number);
    }
    return number;
  }

  private static Optional<Instant> maybe(JsonParser json) throws IOException {
    String text = text(json);
    return text.isEmpty() ? Optional.empty() : Optional.of(time(text));
  }

  private static Instant time(String text) throws IOException {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IOException("\"" + text + "\" is no time", e);
    }
  }
}
