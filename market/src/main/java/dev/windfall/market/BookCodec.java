package dev.windfall.market;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A price book as bytes: JSON, compressed by gzip. The same book is always the same bytes.
 *
 * <p>{@code {"format": 1, "version": BOOK, "sources": [...], "names": [...], "machines":
 * [[provider, region, type, architecture, manufacturer, model, GPUs, memory of each, CPUs, memory],
 * ...], "offers": [[machine, name, zone, capacity, price, observed at, score, band, table of,
 * barred], ...], "count": N}}. What is unknown is an empty text, or a score of 0. A machine stands
 * once, however many zones have it.
 *
 * <p>What is read back is checked like what any source says: an offer that cannot be is left out
 * with its reason, and a document that is cut off, damaged or of another format is refused whole.
 */
public final class BookCodec {
  static final int FORMAT = 1;

  /** Ten times what a book of 100,000 offers comes to. */
  static final long MOST_BYTES = 96L << 20;

  static final int MOST_OFFERS = 250_000;

  /** Of each source so many of its troubles are written: a person reads no more. */
  private static final int TROUBLES = 20;

  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(6)
                  .maxStringLength(4096)
                  .maxNumberLength(20)
                  .build())
          .build();

  private BookCodec() {}

  /**
   * What bytes come to.
   *
   * @param offers by key
   * @param leftOut what was wrong with single offers, a sentence each
   */
  public record Reading(List<Offer> offers, List<SourceHealth> sources, List<String> leftOut) {
    public Reading {
      offers = List.copyOf(offers);
      sources = List.copyOf(sources);
      leftOut = List.copyOf(leftOut);
    }

    public PriceBook book() {
      return PriceBook.of(offers, sources);
    }
  }

  /** The bytes of {@code book}. */
  public static byte[] write(PriceBook book) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(new GZIPOutputStream(out, 1 << 16))) {
      json.writeStartObject();
      json.writeNumberField("format", FORMAT);
      json.writeStringField("version", book.version());
      json.writeArrayFieldStart("sources");
      for (SourceHealth source : book.sources()) {
        write(json, source);
      }
      json.writeEndArray();
      Map<String, Integer> names = new LinkedHashMap<>();
      Map<Machine, Integer> machines = new LinkedHashMap<>();
      for (Offer offer : book.offers()) {
        names.putIfAbsent(offer.source(), names.size());
        machines.putIfAbsent(Machine.of(offer), machines.size());
      }
      json.writeArrayFieldStart("names");
      for (String name : names.keySet()) {
        json.writeString(shortened(name));
      }
      json.writeEndArray();
      json.writeArrayFieldStart("machines");
      for (Machine machine : machines.keySet()) {
        machine.write(json);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("offers");
      for (Offer offer : book.offers()) {
        json.writeStartArray();
        json.writeNumber(machines.getOrDefault(Machine.of(offer), 0));
        json.writeNumber(names.getOrDefault(offer.source(), 0));
        write(json, offer);
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeNumberField("count", book.offers().size());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, Offer offer) throws IOException {
    json.writeString(offer.key().zone());
    json.writeString(offer.key().capacity().text());
    json.writeString(offer.usdPerHour().toString());
    json.writeString(offer.observedAt().map(Instant::toString).orElse(""));
    json.writeNumber(offer.placementScore().orElse(0));
    json.writeString(offer.interruption().orElse(""));
    json.writeString(
        switch (offer.basis()) {
          case Basis.Quoted quoted -> "";
          case Basis.Listed listed -> listed.asOf().toString();
        });
    json.writeString(shortened(offer.barred().orElse("")));
  }

  private static void write(JsonGenerator json, SourceHealth source) throws IOException {
    json.writeStartArray();
    json.writeString(shortened(source.name()));
    json.writeNumber(source.offers());
    json.writeString(source.lastSuccess().map(Instant::toString).orElse(""));
    json.writeString(shortened(source.error().orElse("")));
    write(json, source.leftOut());
    write(json, source.troubles());
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, List<String> texts) throws IOException {
    json.writeStartArray();
    for (String text : texts.stream().limit(TROUBLES).toList()) {
      json.writeString(shortened(text));
    }
    json.writeEndArray();
  }

  private static String shortened(String text) {
    return text.length() <= 1000 ? text : text.substring(0, text.offsetByCodePoints(0, 500)) + "…";
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param now from which the future begins
   * @throws IOException when it is something else; the message says what, for people
   */
  public static Reading read(byte[] bytes, Instant now) throws IOException {
    return read(new ByteArrayInputStream(bytes), now, List.of());
  }

  /**
   * The same.
   *
   * @param before the offers of the book that was read before; what is as it was there is the same
   *     object
   */
  public static Reading read(InputStream bytes, Instant now, List<Offer> before)
      throws IOException {
    try (InputStream inflated = new Bounded(new GZIPInputStream(bytes, 1 << 16), MOST_BYTES)) {
      return new BookReader(JSON.createParser(inflated), now, before).read();
    } catch (JsonProcessingException e) {
      throw new IOException("the price book cannot be read: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IOException("the price book cannot be read: " + e.getMessage(), e);
    }
  }

  /** Gives up where a small file would become a large memory. */
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private long left;

    Bounded(InputStream in, long most) {
      this.in = in;
      this.left = most;
    }

    @Override
    public int read() throws IOException {
      int read = in.read();
      count(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = in.read(into, offset, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int read) throws IOException {
      left -= read;
      if (left < 0) {
        throw new IOException("it inflates to more than " + (MOST_BYTES >> 20) + " MiB");
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
