package dev.windfall.policies;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * A market file: what a source would have said, written by hand or by a program.
 *
 * @param offers those that can be used, in the order of the file
 * @param leftOut why the others cannot
 * @param <T> what is kept of an offer
 */
public record MarketFile<T>(List<T> offers, List<Problem> leftOut) {
  private static final Shape<Integer> CPU = Shape.integer(1, 10_000);
  private static final Shape<Integer> GPUS = Shape.integer(1, 64);
  private static final Shape<Integer> SCORE = Shape.integer(1, 10);

  /**
   * One offer as the file states it. The fields are those of an offer of the market.
   *
   * @param cpu virtual CPUs
   * @param memory of the whole machine
   * @param usdPerHour of the whole machine; zero only for capacity that is paid for already
   * @param observedAt when the price was last confirmed; absent: whenever the file is read
   * @param placementScore 1 (unlikely to be had) to 10; absent: unknown
   * @param interruption the advisor's band, such as {@code <5%}; absent: unknown
   */
  public record Entry(
      String provider,
      String region,
      String zone,
      String instanceType,
      Capacity capacity,
      Architecture architecture,
      Gpu gpu,
      int cpu,
      Memory memory,
      Usd usdPerHour,
      Optional<Instant> observedAt,
      OptionalInt placementScore,
      Optional<String> interruption) {}

  public MarketFile {
    offers = List.copyOf(offers);
    leftOut = List.copyOf(leftOut);
  }

  /** A text that may be too long to be held as a whole. */
  @FunctionalInterface
  public interface Text {
    /** Opens it at its beginning. It may be opened several times, one after another. */
    Reader open() throws IOException;
  }

  /**
   * Reads a market file. One bad offer is left out with its reason.
   *
   * @throws UnreadableException when the document as a whole is no market file
   */
  public static MarketFile<Entry> read(String source, String text) {
    return read(source, text, Function.identity());
  }

  /**
   * The same.
   *
   * @param made what is kept of an offer
   */
  public static <T> MarketFile<T> read(String source, String text, Function<Entry, T> made) {
    Document.refuseLong(source, text);
    try {
      return read(source, () -> new StringReader(text), made);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  /**
   * The same of a text that is read as it is looked at. One with anchors, or with another key, is
   * read as a whole after all.
   *
   * @throws IOException when {@code text} cannot be read to its end
   */
  public static <T> MarketFile<T> read(String source, Text text, Function<Entry, T> made)
      throws IOException {
    try (Reader characters = text.open()) {
      Gathered<T> alone = new Gathered<>(made);
      if (Document.eachEntry(source, characters, "offers", alone::take)) {
        return alone.file();
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    try (Reader characters = text.open()) {
      return readWhole(source, characters.readAllAsString(), made);
    }
  }

  /** With what else may stand in it, references among the entries or a wrong key. */
  private static <T> MarketFile<T> readWhole(String source, String text, Function<Entry, T> made) {
    Section document = Document.read(source, text);
    List<Section> sections = document.entries("offers");
    if (!document.has("offers")) {
      document.reject("offers", "field \"offers\" is missing");
    }
    document.refuseUnknown();
    document.orThrow();
    Gathered<T> gathered = new Gathered<>(made);
    sections.forEach(gathered::take);
    return gathered.file();
  }

  /** What the entries of one file come to, of whose equal values one is kept. */
  private static final class Gathered<T> {
    private final Function<Entry, T> made;
    private final List<T> offers = new ArrayList<>();
    private final List<Problem> leftOut = new ArrayList<>();
    private final Shared<String> texts = new Shared<>();

    /** By type and capacity, the zones of those that have a key: less than the keys would take. */
    private final Map<String, Set<String>> zones = new HashMap<>();

    private final Shared<Optional<String>> words = new Shared<>();
    private final Shared<Optional<Instant>> times = new Shared<>();
    private final Shared<OptionalInt> scores = new Shared<>();
    private final Shared<Gpu> gpus = new Shared<>();
    private final Shared<Memory> memories = new Shared<>();

    Gathered(Function<Entry, T> made) {
      this.made = made;
    }

    void take(Section section) {
      entry(section, this::isNew).map(this::sharing).map(made).ifPresent(offers::add);
      if (!section.clean()) {
        String consequence = "; the offer " + name(section) + " is left out";
        for (Problem problem : section.problems()) {
          leftOut.add(
              new Problem(
                  problem.source(),
                  problem.line(),
                  problem.column(),
                  problem.message() + consequence));
        }
      }
    }

    private boolean isNew(String zone, String typeAndCapacity) {
      return zones.computeIfAbsent(typeAndCapacity, t -> new HashSet<>()).add(texts.of(zone));
    }

    private Entry sharing(Entry entry) {
      return new Entry(
          texts.of(entry.provider()),
          texts.of(entry.region()),
          texts.of(entry.zone()),
          texts.of(entry.instanceType()),
          entry.capacity(),
          entry.architecture(),
          gpus.of(entry.gpu()),
          entry.cpu(),
          memories.of(entry.memory()),
          entry.usdPerHour(),
          times.of(entry.observedAt()),
          scores.of(entry.placementScore()),
          words.of(entry.interruption()));
    }

    MarketFile<T> file() {
      return new MarketFile<>(offers, leftOut);
    }
  }

  private static Optional<Entry> entry(Section section, BiPredicate<String, String> isNew) {
    Optional<String> provider = section.required("provider", Shape.LABEL_VALUE);
    Optional<String> region = section.required("region", Shape.LABEL_VALUE);
    Optional<String> zone = section.required("zone", ZONE);
    Optional<String> instanceType = section.required("instanceType", Shape.LABEL_VALUE);
    Optional<Capacity> capacity = section.required("capacity", Shape.oneOf(Capacity.values()));
    Architecture architecture =
        section.value("architecture", Shape.oneOf(Architecture.values()), Architecture.AMD64);
    Optional<Integer> cpu = section.required("cpu", CPU);
    Optional<Memory> memory = section.required("memory", Memory::parse);
    Optional<Usd> usdPerHour = section.required("usdPerHour", Usd::parse);
    Optional<Instant> observedAt = section.value("observedAt", Shape.INSTANT);
    Optional<Integer> placementScore = section.value("placementScore", SCORE);
    Optional<String> interruption =
        section.value("interruption", Shape.oneOf("<5%", "5-10%", "10-15%", "15-20%", ">20%"));

    if (!section.has("gpu")) {
      section.reject("gpu", "field \"gpu\" is missing");
    }
    Section gpuSection = section.section("gpu");
    String manufacturer = gpuSection.value("manufacturer", Shape.TEXT, Gpu.NVIDIA);
    Optional<String> model = gpuSection.required("model", Shape.LABEL_VALUE);
    Optional<Integer> count = gpuSection.required("count", GPUS);
    Optional<Memory> gpuMemory = gpuSection.required("memory", Memory::parse);
    gpuSection.refuseUnknown();
    section.refuseUnknown();

    if (!section.clean()) {
      return Optional.empty();
    }
    if (usdPerHour.orElseThrow().equals(Usd.ZERO) && !capacity.orElseThrow().alreadyPaid()) {
      section.reject(
          "usdPerHour",
          "usdPerHour \"%s\" is only for reserved and owned capacity"
              .formatted(section.peek("usdPerHour").orElse("0")));
    }
    String typeAndCapacity = instanceType.orElseThrow() + "." + capacity.orElseThrow();
    String key = zone.orElseThrow() + "." + typeAndCapacity;
    if (key.length() > 63) {
      section.reject(
          "instanceType", "\"" + key + "\" is longer than the 63 characters a label may have");
    } else if (!isNew.test(zone.orElseThrow(), typeAndCapacity)) {
      section.reject("instanceType", "\"" + key + "\" stands in the file already");
    }
    if (!section.clean()) {
      return Optional.empty();
    }
    return Optional.of(
        new Entry(
            provider.orElseThrow(),
            region.orElseThrow(),
            zone.orElseThrow(),
            instanceType.orElseThrow(),
            capacity.orElseThrow(),
            architecture,
            new Gpu(
                manufacturer, model.orElseThrow(), count.orElseThrow(), gpuMemory.orElseThrow()),
            cpu.orElseThrow(),
            memory.orElseThrow(),
            usdPerHour.orElseThrow(),
            observedAt,
            placementScore.map(OptionalInt::of).orElse(OptionalInt.empty()),
            interruption));
  }

  /** A zone is the first part of an offer's key, which is taken apart at its first dot. */
  private static final Shape<String> ZONE =
      Shape.matching(
          "[A-Za-z0-9]([A-Za-z0-9_-]{0,40}[A-Za-z0-9])?",
          "must be letters, digits and dashes, without a dot");

  private static String name(Section section) {
    return section.peek("instanceType").map(Shape::shown).orElse("without a type")
        + " in "
        + section.peek("zone").map(Shape::shown).orElse("no zone");
  }
}
