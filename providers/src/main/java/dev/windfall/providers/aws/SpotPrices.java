package dev.windfall.providers.aws;

import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import dev.windfall.providers.Suspicion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The newest spot price of each place, out of a history that is read piece by piece. Belongs to one
 * thread.
 *
 * <p>AWS lists the changes within the time asked for, and for each place the price in force when it
 * began. So each answer names every place that has a price, and one that it does not name is not
 * confirmed by it. The questions overlap, because changes are listed late and clocks differ.
 */
final class SpotPrices {
  private static final Duration FIRST = Duration.ofDays(3);
  private static final Duration OVERLAP = Duration.ofMinutes(15);

  /** The dearest machine there is costs less than a tenth of it. */
  private static final Usd ABSURD = Usd.parse("10000");

  private final Suspicion suspicion = new Suspicion();
  private final Map<Place, Held> held = new LinkedHashMap<>();

  /** One line of the history, as AWS writes it. */
  record Line(Place place, String usd, Instant at) {}

  private record Change(Usd usd, Instant at) {}

  /**
   * What a place costs.
   *
   * @param at when that was last confirmed
   */
  record Counted(Usd usd, Instant at) {}

  /**
   * What is held of one place.
   *
   * @param newest the last change
   * @param believed the last change that was not doubted
   */
  private record Held(Change newest, Change believed, Counted counted) {
    boolean doubted() {
      return !newest.equals(believed);
    }
  }

  /**
   * What is known after one reading.
   *
   * @param counted what each place costs
   * @param leftOut what was wrong with single lines
   */
  record Read(Map<Place, Counted> counted, List<String> leftOut) {
    Read {
      counted = Map.copyOf(counted);
      leftOut = List.copyOf(leftOut);
    }
  }

  /** From when on the history is to be read, if it was last read at {@code last}. */
  static Instant since(java.util.Optional<Instant> last, Instant now) {
    return last.filter(at -> !at.isAfter(now))
        .map(at -> at.minus(OVERLAP))
        .orElse(now.minus(FIRST));
  }

  /** Adds what was read at {@code now}, whole. */
  Read add(List<Line> lines, Instant now) {
    List<String> leftOut = new ArrayList<>();
    Map<Place, List<Change>> listed = new LinkedHashMap<>();
    for (Line line : lines) {
      String wrong = wrong(line, now);
      if (wrong.isEmpty()) {
        Change change = new Change(Usd.parse(line.usd()), line.at());
        listed.computeIfAbsent(line.place(), _ -> new ArrayList<>()).add(change);
      } else {
        leftOut.add(wrong);
      }
    }
    listed.forEach((place, changes) -> held.put(place, held(place, changes, now)));
    Map<Place, Counted> counted = new TreeMap<>(java.util.Comparator.comparing(Place::toString));
    held.forEach((place, one) -> counted.put(place, one.counted()));
    return new Read(counted, leftOut);
  }

  private Held held(Place place, List<Change> changes, Instant now) {
    Change newest = changes.stream().reduce(SpotPrices::newer).orElseThrow();
    Held before = held.get(place);
    if (before != null) {
      // A doubted change that is not listed again never was: it must not be taken for seen again.
      boolean gone = before.doubted() && !changes.contains(before.newest());
      newest = newer(gone ? before.believed() : before.newest(), newest);
    }
    OfferKey key = place.key(Capacity.SPOT);
    Usd counted = suspicion.counted(key, newest.usd());
    Change believed = before != null && suspicion.doubts(key) ? before.believed() : newest;
    return new Held(newest, believed, new Counted(counted, now));
  }

  /** The newer; of two at one time the dearer, in whatever order they come. */
  private static Change newer(Change one, Change other) {
    int order = one.at().compareTo(other.at());
    return order > 0 || (order == 0 && one.usd().compareTo(other.usd()) >= 0) ? one : other;
  }

  private static String wrong(Line line, Instant now) {
    String price = "the spot price " + shown(line.usd()) + " of " + line.place();
    if (line.at().isAfter(now.plus(OVERLAP))) {
      return price + " is dated " + line.at() + ", in the future; it is left out";
    }
    try {
      Usd usd = Usd.parse(line.usd());
      if (usd.equals(Usd.ZERO)) {
        return price + " must be more than zero; it is left out";
      }
      return usd.compareTo(ABSURD) >= 0 ? price + " is absurd; it is left out" : "";
    } catch (IllegalArgumentException e) {
      return price + " " + e.getMessage() + "; it is left out";
    }
  }

  private static String shown(String usd) {
    return '"' + (usd.length() > 20 ? usd.substring(0, 20) + "…" : usd) + '"';
  }
}
