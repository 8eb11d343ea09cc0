package dev.windfall.market;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the document that {@link BookCodec} describes. An instance reads one. */
final class BookReader {
  /** More single offers that are wrong are not listed. */
  private static final int LISTED = 100;

  private final JsonParser json;
  private final Instant now;
  private final List<String> names = new ArrayList<>();
  private final List<Machine> machines = new ArrayList<>();
  private final List<Offer> offers = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();
  private final BookValues values = new BookValues();
  private final Recurring recurring;
  private int rows;
  private int refused;

  /**
   * Has read nothing yet.
   *
   * @param before the offers of the book that was read before
   */
  BookReader(JsonParser json, Instant now, List<Offer> before) {
    this.json = json;
    this.now = now;
    this.recurring = new Recurring(before);
  }

  BookCodec.Reading read() throws IOException {
    expect(JsonToken.START_OBJECT);
    field("format");
    long format = whole();
    if (format != BookCodec.FORMAT) {
      throw new IOException(
          "it is of format %d, and this version reads %d".formatted(format, BookCodec.FORMAT));
    }
    field("version");
    final String version = text();
    List<SourceHealth> sources = new ArrayList<>();
    field("sources");
    expect(JsonToken.START_ARRAY);
    while (another(sources.size(), JsonToken.START_ARRAY)) {
      sources.add(source());
    }
    field("names");
    expect(JsonToken.START_ARRAY);
    while (another(names.size(), JsonToken.VALUE_STRING)) {
      names.add(json.getText());
    }
    field("machines");
    expect(JsonToken.START_ARRAY);
    while (another(machines.size(), JsonToken.START_ARRAY)) {
      machines.add(machine());
    }
    field("offers");
    expect(JsonToken.START_ARRAY);
    while (another(rows, JsonToken.START_ARRAY)) {
      rows++;
      offer();
    }
    field("count");
    if (whole() != rows) {
      throw new IOException("it does not have as many offers as it says");
    }
    expect(JsonToken.END_OBJECT);
    // Reads the gzip trailer too, with its checksum.
    if (json.nextToken() != null) {
      throw new IOException("something stands after its end");
    }
    Offer[] sorted = sorted();
    String found = PriceBook.version(sorted);
    if (refused == 0 && !found.equals(version)) {
      throw new IOException("it is version %s, and says it is %s".formatted(found, version));
    }
    if (refused > leftOut.size()) {
      leftOut.add("%d more offers are left out".formatted(refused - leftOut.size()));
    }
    return new BookCodec.Reading(List.of(sorted), sources, leftOut);
  }

  private SourceHealth source() throws IOException {
    String name = text();
    int count = Math.clamp(whole(), 0, BookCodec.MOST_OFFERS);
    String success = text();
    String error = text();
    List<String> withoutOffers = texts();
    List<String> troubles = texts();
    expect(JsonToken.END_ARRAY);
    try {
      return new SourceHealth(
          name,
          count,
          // A clock that was ahead must not make what comes after look old.
          values.time(success).map(at -> at.isAfter(now) ? now : at),
          values.word(error),
          withoutOffers,
          troubles);
    } catch (BookValues.NoValueException e) {
      throw new IOException("source \"" + name + "\": " + e.getMessage(), e);
    }
  }

  private List<String> texts() throws IOException {
    List<String> texts = new ArrayList<>();
    expect(JsonToken.START_ARRAY);
    while (another(texts.size(), JsonToken.VALUE_STRING)) {
      texts.add(json.getText());
    }
    return texts;
  }

  private Machine machine() throws IOException {
    String provider = text();
    String region = text();
    String type = text();
    String architecture = text();
    String manufacturer = text();
    String model = text();
    int gpus = small();
    long gpuMemory = whole();
    int cpu = small();
    long memory = whole();
    expect(JsonToken.END_ARRAY);
    Architecture known =
        Arrays.stream(Architecture.values())
            .filter(value -> value.toString().equals(architecture))
            .findFirst()
            .orElseThrow(() -> new IOException("architecture \"" + architecture + "\" is unknown"));
    if (gpuMemory < 0 || memory < 0) {
      throw new IOException("the memory of " + type + " is below zero");
    }
    return new Machine(
        values.text(provider),
        values.text(region),
        values.text(type),
        known,
        values.gpu(new Gpu(manufacturer, model, gpus, new Memory(gpuMemory))),
        cpu,
        new Memory(memory));
  }

  private void offer() throws IOException {
    Machine machine = at(machines, small());
    String source = at(names, small());
    String zone = text();
    String capacity = text();
    String price = text();
    String observedAt = text();
    int score = small();
    String band = text();
    String table = text();
    String barred = text();
    expect(JsonToken.END_ARRAY);
    try {
      Offer offer =
          new Offer(
              source,
              machine.provider(),
              machine.region(),
              new OfferKey(
                  values.text(zone),
                  machine.instanceType(),
                  Capacity.of(capacity)
                      .orElseThrow(() ->
                          new BookValues.NoValueException(
                              "capacity \"" + capacity + "\" is unknown"))),
              machine.architecture(),
              machine.gpu(),
              machine.cpu(),
              machine.memory(),
              values.usd(price),
              values.basis(table),
              values.time(observedAt),
              values.score(score),
              values.word(band),
              values.word(barred));
      Optional<String> problem = OfferCheck.problem(offer, now);
      if (problem.isPresent()) {
        throw new BookValues.NoValueException(problem.get());
      }
      offers.add(recurring.of(offer));
    } catch (BookValues.NoValueException e) {
      refuse(machine.instanceType(), zone, e.getMessage());
    }
  }

  private void refuse(String instanceType, String zone, @Nullable String why) {
    refused++;
    if (leftOut.size() < LISTED) {
      leftOut.add("%s in %s: %s; the offer is left out".formatted(instanceType, zone, why));
    }
  }

  /** By key; of two with one key the first. */
  private Offer[] sorted() {
    Offer[] sorted = PriceBook.sorted(offers);
    if (sorted.length < offers.size()) {
      Set<OfferKey> keys = new HashSet<>();
      for (Offer offer : offers) {
        OfferKey key = offer.key();
        if (!keys.add(key)) {
          refuse(key.instanceType(), key.zone(), "it stands there already");
        }
      }
    }
    return sorted;
  }

  private static <T> T at(List<T> list, int index) throws IOException {
    if (index < 0 || index >= list.size()) {
      throw new IOException("an offer refers to entry " + index + " of " + list.size());
    }
    return list.get(index);
  }

  /** Whether the list goes on. */
  private boolean another(int already, JsonToken with) throws IOException {
    JsonToken token = json.nextToken();
    if (token == JsonToken.END_ARRAY) {
      return false;
    }
    if (token != with) {
      throw misplaced(with);
    }
    if (already == BookCodec.MOST_OFFERS) {
      throw new IOException("a list has more than " + BookCodec.MOST_OFFERS + " entries");
    }
    return true;
  }

  private void field(String name) throws IOException {
    expect(JsonToken.FIELD_NAME);
    if (!json.currentName().equals(name)) {
      throw new IOException("field \"" + name + "\" is not where it belongs");
    }
  }

  private String text() throws IOException {
    expect(JsonToken.VALUE_STRING);
    return json.getText();
  }

  private long whole() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT);
    return json.getLongValue();
  }

  private int small() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT);
    return json.getIntValue();
  }

  private void expect(JsonToken token) throws IOException {
    if (json.nextToken() != token) {
      throw misplaced(token);
    }
  }

  private IOException misplaced(JsonToken expected) {
    return new IOException(
        json.currentToken() == null
            ? "it ends where it should go on"
            : "%s stands where %s belongs".formatted(json.currentToken(), expected));
  }
}
