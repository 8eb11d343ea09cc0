package dev.windfall.providers;

import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Asks sources once, all at the same time: for who wants to know now and not again. */
public final class Reading {
  private Reading() {}

  /** The book of what they say, with the health of each. They are closed after it. */
  public static PriceBook once(List<Source> sources, InstantSource clock)
      throws InterruptedException {
    List<Future<Asker.Answer>> asked = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      for (Source source : sources) {
        asked.add(threads.submit(() -> answer(source)));
      }
    }
    List<Offer> offers = new ArrayList<>();
    List<SourceHealth> health = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      SourceHealth one = health(sources.get(i).name(), answered(asked.get(i)), offers, clock);
      health.add(one);
    }
    return PriceBook.of(offers, health);
  }

  private static Asker.Answer answer(Source source) {
    try (source) {
      return Asker.ask(source);
    }
  }

  private static Asker.Answer answered(Future<Asker.Answer> asked) throws InterruptedException {
    try {
      return asked.get();
    } catch (ExecutionException e) {
      return new Asker.Answer.Failed(String.valueOf(e.getCause()));
    }
  }

  private static SourceHealth health(
      String name, Asker.Answer answer, List<Offer> offers, InstantSource clock) {
    return switch (answer) {
      case Asker.Answer.Failed failed ->
          new SourceHealth(
              name, 0, Optional.empty(), Optional.of(failed.error()), List.of(), List.of());
      case Asker.Answer.Said said -> {
        Quotes quotes = said.quotes().orElse(new Quotes(List.of(), List.of()));
        offers.addAll(quotes.offers());
        yield new SourceHealth(
            name,
            quotes.offers().size(),
            Optional.of(clock.instant()),
            Optional.empty(),
            quotes.leftOut(),
            quotes.troubles());
      }
    };
  }
}
