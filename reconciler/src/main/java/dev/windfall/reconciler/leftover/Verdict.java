package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.SourceHealth;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Whether a LeftoverNodePool has nodes to be had, in Leftover's own words. */
final class Verdict {
  private final View view;
  private final LivePool pool;

  private Verdict(View view, LivePool pool) {
    this.view = view;
    this.pool = pool;
  }

  /** Why no node can be bought for its SpotPool; empty: one can. */
  static Optional<Trouble> of(View view, LivePool pool) {
    return new Verdict(view, pool).trouble();
  }

  /**
   * Whether a SpotPool's status is about what its spec says now, and more than that its node class
   * is on its way.
   */
  static boolean spoken(LivePool pool) {
    JsonNode ready = condition(pool, Conditions.READY);
    return pool.status().path("observedGeneration").asLong(-1) == pool.generation()
        && ready.isObject()
        && !ready.path("reason").asText().equals(ClassTrouble.PENDING);
  }

  private static JsonNode condition(LivePool pool, String type) {
    return Conditions.find(pool.status().path("conditions"), type);
  }

  private Optional<Trouble> trouble() {
    if (pool.deleting()) {
      return Optional.of(
          new Trouble(
              Trouble.WRITE,
              "SpotPool %s is being deleted; it is made again when it is gone"
                  .formatted(pool.name())));
    }
    JsonNode ready = condition(pool, Conditions.READY);
    if (holds(ready)) {
      return Optional.empty();
    }
    String message = ready.path("message").asText();
    if (ready.path("reason").asText().startsWith("NodeClass")) {
      return Optional.of(new Trouble(Trouble.WRITE, message));
    }
    JsonNode degraded = condition(pool, Conditions.DEGRADED);
    if (degraded.path("reason").asText().equals("RungRefused") && holds(degraded)) {
      return Optional.of(new Trouble(Trouble.WRITE, degraded.path("message").asText()));
    }
    JsonNode fresh = condition(pool, Conditions.MARKET_FRESH);
    boolean quoted = holds(fresh);
    Optional<Trouble> source = source(quoted);
    if (source.isPresent()) {
      return source;
    }
    return Optional.of(
        quoted
            ? new Trouble(Trouble.SELECTION, message)
            : new Trouble(Trouble.QUOTES, fresh.path("message").asText(message)));
  }

  private static boolean holds(JsonNode condition) {
    return condition.path("status").asText().equals("True");
  }

  /**
   * Leftover's words tell apart which call of EC2 failed, and sources name it. Where the last
   * answer still counts, that it was not renewed is no reason; but prices grow old of it.
   *
   * @param quoted whether prices are fresh enough
   */
  private Optional<Trouble> source(boolean quoted) {
    Predicate<String> lost = text -> !text.contains(SourceHealth.STAYS);
    Predicate<String> aged = quoted ? lost : _ -> true;
    return said(view, pool, "DescribeInstanceTypes", lost)
        .map(text -> new Trouble(Trouble.TYPES, text))
        .or(() ->
            said(view, pool, "DescribeSpotPriceHistory", aged)
                .map(text -> new Trouble(Trouble.PRICES, text)))
        .or(() ->
            concerned(view, pool)
                .flatMap(source -> source.error().stream().map(why -> source.name() + " " + why))
                .filter(aged)
                .findFirst()
                .map(text -> new Trouble(Trouble.CLIENT, text)));
  }

  /**
   * Why placement scores could not be asked for. That those of others still count is left out: this
   * is said of a pool of which none is known.
   */
  static Optional<String> unscored(View view, LivePool pool) {
    return said(view, pool, "GetSpotPlacementScores", _ -> true)
        .map(text -> {
          int stays = text.indexOf("; " + SourceHealth.STAYS);
          return stays < 0 ? text : text.substring(0, stays);
        });
  }

  /** A sentence of a source about a call. Calls may begin with the name of another. */
  private static Optional<String> said(
      View view, LivePool pool, String call, Predicate<String> counts) {
    return concerned(view, pool)
        .flatMap(source ->
            Stream.concat(source.error().stream(), source.troubles().stream())
                .filter(text -> text.contains(call + " "))
                .filter(counts)
                .map(text -> source.name() + ": " + text))
        .findFirst();
  }

  /** The sources of its region, and those that may know any. */
  private static Stream<SourceHealth> concerned(View view, LivePool pool) {
    List<String> names =
        pool.pool().stream().map(spec -> spec.provider() + " " + spec.region()).toList();
    return view.book().sources().stream()
        .filter(source -> !source.name().startsWith("aws ") || names.contains(source.name()));
  }
}
