package dev.windfall.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Capacity;
import dev.windfall.server.Table.Column;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code windfall market} says.
 *
 * @param observedAt when the sources were asked
 */
record MarketReport(PriceBook book, Instant observedAt) {
  private static final JsonFactory JSON = new JsonFactory();

  String table() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.text("SOURCE"));
    for (Capacity capacity : Capacity.values()) {
      columns.add(Column.number(capacity.text().toUpperCase(java.util.Locale.ROOT)));
    }
    columns.add(Column.number("BARRED"));
    columns.add(Column.number("OLDEST"));
    columns.add(Column.text("STATE"));
    Table table = new Table(columns);
    for (SourceHealth source : book.sources()) {
      List<String> cells = new ArrayList<>();
      cells.add(source.name());
      for (Capacity capacity : Capacity.values()) {
        cells.add(String.valueOf(count(source, capacity)));
      }
      cells.add(String.valueOf(of(source).filter(one -> one.barred().isPresent()).count()));
      cells.add(oldest(source).map(RankReport::age).orElse("-"));
      cells.add(state(source));
      table.row(cells);
    }
    return table + details();
  }

  private static String state(SourceHealth source) {
    if (source.error().isPresent()) {
      return "failed";
    }
    int wrong = source.troubles().size() + source.leftOut().size();
    return wrong == 0 ? "ok" : wrong + (wrong == 1 ? " problem" : " problems");
  }

  /** What is wrong, below the table: a sentence is no cell. */
  private String details() {
    StringBuilder text = new StringBuilder();
    for (SourceHealth source : book.sources()) {
      Stream.of(source.error().stream(), source.troubles().stream(), source.leftOut().stream())
          .flatMap(sentences -> sentences)
          .forEach(
              sentence -> text.append(source.name()).append(": ").append(sentence).append('\n'));
    }
    return text.isEmpty() ? "" : "\n" + text;
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("bookVersion", book.version());
      json.writeStringField("observedAt", observedAt.toString());
      json.writeArrayFieldStart("sources");
      for (SourceHealth source : book.sources()) {
        write(json, source);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text + "\n";
  }

  private void write(JsonGenerator json, SourceHealth source) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", source.name());
    json.writeObjectFieldStart("offers");
    for (Capacity capacity : Capacity.values()) {
      json.writeNumberField(capacity.text(), count(source, capacity));
    }
    json.writeEndObject();
    json.writeNumberField("barred", of(source).filter(one -> one.barred().isPresent()).count());
    Optional<Duration> oldest = oldest(source);
    if (oldest.isPresent()) {
      json.writeNumberField("oldestSeconds", oldest.get().toSeconds());
    } else {
      json.writeNullField("oldestSeconds");
    }
    json.writeStringField("error", source.error().orElse(null));
    write(json, "troubles", source.troubles());
    write(json, "leftOut", source.leftOut());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String field, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private Stream<Offer> of(SourceHealth source) {
    return book.offers().stream().filter(offer -> offer.source().equals(source.name()));
  }

  private long count(SourceHealth source, Capacity capacity) {
    return of(source).filter(offer -> offer.key().capacity() == capacity).count();
  }

  /** How long ago the price was confirmed that was confirmed longest ago. */
  private Optional<Duration> oldest(SourceHealth source) {
    return of(source)
        .map(offer -> offer.observedAt().orElse(observedAt))
        .min(Comparator.naturalOrder())
        .map(at -> at.isAfter(observedAt) ? Duration.ZERO : Duration.between(at, observedAt));
  }
}
