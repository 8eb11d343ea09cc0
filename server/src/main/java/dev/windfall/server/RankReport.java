package dev.windfall.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.market.Offer;
import dev.windfall.market.Ranking;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Selection;
import dev.windfall.policies.SpotPool;
import dev.windfall.server.Table.Column;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code windfall rank} says.
 *
 * @param observedAt when the market was read
 * @param offers in order
 * @param refused each with its reason
 */
record RankReport(
    String bookVersion, Instant observedAt, List<Ranked> offers, List<Refused> refused) {
  private static final JsonFactory JSON = new JsonFactory();
  private static final List<Column> COLUMNS =
      List.of(
          Column.number("RANK"),
          Column.text("TYPE"),
          Column.text("ZONE"),
          Column.text("CAPACITY"),
          Column.text("GPUS"),
          Column.number("USD/GPU·H"),
          Column.number("USD/H"),
          Column.number("INDEX"),
          Column.number("SCORE"),
          Column.number("AGE"));

  /** An offer that would not be bought. */
  record Refused(Offer offer, String reason) {}

  /** The ranking, cut to what {@code pool} would make rungs of. */
  static RankReport of(Ranking ranking, Optional<SpotPool> pool, Instant observedAt) {
    List<Refused> refused = new ArrayList<>();
    List<Ranked> offers = ranking.offers();
    if (pool.isPresent()) {
      Selection selection = Selection.of(ranking.offers(), pool.get());
      offers = selection.chosen();
      selection
          .leftOut()
          .forEach(left -> refused.add(new Refused(left.ranked().offer(), left.reason())));
    }
    ranking.refused().forEach(one -> refused.add(new Refused(one.offer(), one.reason())));
    return new RankReport(ranking.bookVersion(), observedAt, offers, List.copyOf(refused));
  }

  String table(boolean withRefused) {
    boolean explained = offers.stream().anyMatch(ranked -> !why(ranked).isEmpty());
    List<Column> columns = new ArrayList<>(COLUMNS);
    if (explained) {
      columns.add(Column.text("WHY"));
    }
    Table table = new Table(columns);
    int rank = 0;
    for (Ranked ranked : offers) {
      rank++;
      List<String> cells = new ArrayList<>(cells(rank, ranked));
      if (explained) {
        cells.add(why(ranked));
      }
      table.row(cells);
    }
    StringBuilder text = new StringBuilder();
    text.append(offers.isEmpty() ? "No offer is left.\n" : table);
    if (withRefused && !refused.isEmpty()) {
      text.append('\n').append(refusals());
    } else if (!refused.isEmpty()) {
      text.append(
          "\n%d more %s refused; --all shows why.\n"
              .formatted(refused.size(), refused.size() == 1 ? "is" : "are"));
    }
    return text.toString();
  }

  private static List<String> cells(int rank, Ranked ranked) {
    Offer offer = ranked.offer();
    return List.of(
        String.valueOf(rank),
        offer.key().instanceType(),
        offer.key().zone(),
        offer.key().capacity().text(),
        offer.gpu().count() + " " + offer.gpu().model(),
        money(ranked.index().usdPerGpuHour()),
        money(offer.usdPerHour().dollars()),
        money(ranked.index().value()),
        offer.placementScore().isPresent()
            ? String.valueOf(offer.placementScore().getAsInt())
            : "-",
        age(ranked.age()));
  }

  /** The score has a column of its own. */
  private static String why(Ranked ranked) {
    return ranked.reasons().stream()
        .filter(reason -> !reason.startsWith("placement score"))
        .collect(Collectors.joining("; "));
  }

  private Table refusals() {
    Table table =
        new Table(
            List.of(
                Column.text("REFUSED"),
                Column.text("ZONE"),
                Column.text("CAPACITY"),
                Column.text("REASON")));
    for (Refused one : refused) {
      table.row(
          List.of(
              one.offer().key().instanceType(),
              one.offer().key().zone(),
              one.offer().key().capacity().text(),
              one.reason()));
    }
    return table;
  }

  private static String money(double dollars) {
    return String.format(Locale.ROOT, "%.4f", dollars);
  }

  /** As kubectl has it: {@code 42s}, {@code 7m}, {@code 3h}, {@code 2d}. */
  static String age(Duration age) {
    if (age.toMinutes() == 0) {
      return age.toSeconds() + "s";
    }
    if (age.toHours() == 0) {
      return age.toMinutes() + "m";
    }
    return age.toDays() == 0 ? age.toHours() + "h" : age.toDays() + "d";
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("bookVersion", bookVersion);
      json.writeStringField("observedAt", observedAt.toString());
      json.writeArrayFieldStart("offers");
      int rank = 0;
      for (Ranked ranked : offers) {
        rank++;
        write(json, rank, ranked);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("refused");
      for (Refused one : refused) {
        json.writeStartObject();
        json.writeStringField("instanceType", one.offer().key().instanceType());
        json.writeStringField("zone", one.offer().key().zone());
        json.writeStringField("capacity", one.offer().key().capacity().text());
        json.writeStringField("reason", one.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.append('\n').toString();
  }

  private static void write(JsonGenerator json, int rank, Ranked ranked) throws IOException {
    Offer offer = ranked.offer();
    json.writeStartObject();
    json.writeNumberField("rank", rank);
    json.writeStringField("provider", offer.provider());
    json.writeStringField("region", offer.region());
    json.writeStringField("zone", offer.key().zone());
    json.writeStringField("instanceType", offer.key().instanceType());
    json.writeStringField("capacity", offer.key().capacity().text());
    json.writeStringField("architecture", offer.architecture().toString());
    json.writeStringField("gpuModel", offer.gpu().model());
    json.writeNumberField("gpus", offer.gpu().count());
    json.writeNumberField("usdPerHour", offer.usdPerHour().dollars());
    json.writeNumberField("usdPerGpuHour", ranked.index().usdPerGpuHour());
    json.writeNumberField("index", ranked.index().value());
    if (offer.placementScore().isPresent()) {
      json.writeNumberField("placementScore", offer.placementScore().getAsInt());
    } else {
      json.writeNullField("placementScore");
    }
    json.writeNumberField("ageSeconds", ranked.age().toSeconds());
    json.writeArrayFieldStart("reasons");
    for (String reason : ranked.reasons()) {
      json.writeString(reason);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
