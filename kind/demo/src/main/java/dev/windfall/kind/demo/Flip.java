package dev.windfall.kind.demo;

import dev.windfall.kind.demo.Page.Ink;
import dev.windfall.kind.demo.PlayedScheduler.Decision;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.kind.local.Asked;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Prices flip under two pods that run: one doubles, one passes the pool's cap. What that changed is
 * read back from the cluster, and what Windfall wrote from the requests that it made.
 */
final class Flip {
  private static final double FACTOR = 2.2;

  private final World world;
  private final Page page;

  Flip(World world, Page page) {
    this.world = world;
    this.page = page;
  }

  void run(Seen train) throws InterruptedException {
    List<RungView> small = world.openWithOneGpu();
    Offer first = world.offer(small.get(0).offer());
    Offer third = world.offer(small.get(2).offer());
    Map<OfferKey, Usd> prices = new HashMap<>();
    prices.put(first.key(), Usd.parse(Page.usd(first.usdPerHour().dollars() * FACTOR)));
    prices.put(third.key(), Usd.parse(Samples.ABOVE_POOL_CAP));
    page.section(
        "5 Prices flip",
        "Under train, %s goes from %s to %s. Under another job, %s goes to %s, which is above the pool's cap."
            .formatted(
                first.key(),
                Page.usd(first.usdPerHour().dollars()),
                Page.usd(prices.get(first.key()).dollars()),
                third.key(),
                Samples.ABOVE_POOL_CAP));
    Map<String, String> running = world.situation().running();
    Map<String, RungView> before = byName();
    world.cluster().server().forgetRequests();
    world.prices().set(prices);
    Duration took =
        world.await(
            "Windfall did not follow the prices",
            () ->
                !world.rungs().getFirst().name().equals(small.get(0).name())
                    && world.rungs().stream()
                        .noneMatch(r -> r.name().equals(small.get(2).name()) && r.open()));
    page.row("WEIGHT     STATE            USD/GPU·H          RUNG OF");
    world.rungs().forEach(rung -> changed(before.get(rung.name()), rung));
    page.words(
        Ink.PLAIN,
        "After %s s Windfall has written: %s. Nothing else."
            .formatted(Page.seconds(took), writes()));
    long same =
        world.situation().running().entrySet().stream()
            .filter(running.entrySet()::contains)
            .count();
    page.words(
        Ink.GREEN,
        "Pods that ran before: %d. Of these run where they ran: %d. NodeClaims marked as drifted: %d."
            .formatted(running.size(), same, world.drifted()));
    askAgain(train);
  }

  private Map<String, RungView> byName() {
    return world.rungs().stream().collect(Collectors.toMap(RungView::name, rung -> rung));
  }

  private void changed(@Nullable RungView before, RungView after) {
    if (before == null || before.equals(after)) {
      return;
    }
    page.row(
        after.open() ? Ink.YELLOW : Ink.RED,
        "%-8s   %-14s   %-16s   %s"
            .formatted(
                was("" + before.weight(), "" + after.weight()),
                was(
                    before.state().toLowerCase(Locale.ROOT),
                    after.state().toLowerCase(Locale.ROOT)),
                was(Page.usd(before.price()), Page.usd(after.price())),
                after.offer()));
    if (!after.open()) {
      page.words(Ink.RED, "           " + after.reason());
    }
  }

  private static String was(String before, String after) {
    return before.equals(after) ? after : before + " -> " + after;
  }

  private String writes() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Asked asked : world.cluster().server().writes()) {
      // A heartbeat, and what is said to people.
      if (!asked.plural().equals("leases") && !asked.plural().equals("events")) {
        counts.merge(asked.verb() + " " + asked.plural(), 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .map(count -> count.getValue() + " x " + count.getKey())
        .collect(Collectors.joining(", "));
  }

  private void askAgain(Seen train) throws InterruptedException {
    Decision then = world.scheduler().decision(train.name()).orElseThrow();
    Map<String, Integer> now = world.extender().scores(train.object(), then.candidates());
    page.words(
        Ink.PLAIN,
        "For the next such pod the extender now scores: "
            + then.candidates().stream()
                .map(node ->
                    "%s %d (was %d)"
                        .formatted(
                            node, now.getOrDefault(node, 0), then.scores().getOrDefault(node, 0)))
                .collect(Collectors.joining(", "))
            + ".");
  }
}
