package dev.windfall.kind.demo;

import dev.windfall.kind.demo.Page.Ink;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.market.Offer;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** After the tour: prices move on, pods come and go, and each change is a line. */
final class Ticker {
  private static final int CHEAPEST = 2;
  private static final int POD_EVERY_MOVES = 3;
  private static final int POD_RUNS_MOVES = 6;
  private static final int SUM_EVERY_MOVES = 5;
  private static final int EVENTS_KEPT = 500;

  private final World world;
  private final Page page;
  private final Duration every;
  private final Instant began;

  /** What was told last. */
  private Map<String, RungView> rungs;

  private Map<String, String> pods;
  private List<String> nodes;

  /** The moves left to each pod that the demo created. */
  private final Map<String, Integer> jobs = new LinkedHashMap<>();

  private int moves;

  Ticker(World world, Page page, Duration every) {
    this.world = world;
    this.page = page;
    this.every = every;
    began = world.now();
    rungs = rungsNow();
    pods = podsNow();
    nodes = nodesNow();
  }

  /** Goes on until nobody reads any more. */
  void run() throws InterruptedException {
    Instant next = world.now().plus(every);
    while (!page.broken()) {
      world.turn();
      tell();
      if (!world.now().isBefore(next)) {
        next = world.now().plus(every);
        move();
      }
    }
  }

  private void move() throws InterruptedException {
    moves++;
    world.prices().move();
    long moved =
        world.prices().offers().keySet().stream()
            .filter(key -> world.prices().moved(key) != 0)
            .count();
    say(
        Ink.CYAN,
        "market",
        "%d of %d moved; cheapest %s".formatted(moved, world.prices().offers().size(), cheapest()));
    if (moves % POD_EVERY_MOVES == 0) {
      String name = "job-" + moves / POD_EVERY_MOVES;
      jobs.put(name, POD_RUNS_MOVES);
      var _ = world.cluster().createPod(Samples.pod(name, moves % 4 == 0 ? 4 : 1, "prefer"));
    }
    jobs.replaceAll((name, left) ->
        world.cluster().pod(name).filter(Ticker::runs).isPresent() ? left - 1 : left);
    jobs.entrySet().removeIf(job -> job.getValue() <= 0 && end(job.getKey()));
    if (moves % SUM_EVERY_MOVES == 0) {
      sum();
    }
    forgetOldEvents();
  }

  private static boolean runs(com.fasterxml.jackson.databind.JsonNode pod) {
    return pod.at("/status/phase").asText().equals("Running");
  }

  private boolean end(String pod) {
    world.cluster().server().remove("v1", "Pod", Cluster.NAMESPACE, pod);
    return true;
  }

  /** What may be bought for a pod with one GPU. */
  private String cheapest() {
    return world.rungs().stream()
        .map(rung -> world.prices().offers().get(rung.offer()))
        .filter(offer -> offer != null && offer.gpu().count() == 1)
        .sorted(Comparator.comparing(Offer::usdPerHour))
        .limit(CHEAPEST)
        .map(offer ->
            "%s %s %s (%s)"
                .formatted(
                    offer.key().instanceType(),
                    offer.key().zone().substring(offer.key().zone().lastIndexOf('-') + 1),
                    Page.usd(offer.usdPerHour().dollars()),
                    Page.percent(world.prices().moved(offer.key()))))
        .collect(Collectors.joining(", "));
  }

  private void tell() {
    Map<String, RungView> rungsThen = rungs;
    rungs = rungsNow();
    rungs.forEach((name, rung) -> {
      RungView then = rungsThen.get(name);
      if (then == null) {
        say(Ink.GREEN, "rung", rung.offer() + ": new, weight " + rung.weight());
      } else if (then.open() != rung.open()) {
        say(
            rung.open() ? Ink.GREEN : Ink.RED,
            "rung",
            rung.offer()
                + (rung.open()
                    ? ": open again, weight " + rung.weight()
                    : ": closed; " + rung.reason()));
      } else if (then.weight() != rung.weight()) {
        say(
            Ink.YELLOW,
            "rung",
            "%s: weight %d -> %d".formatted(rung.offer(), then.weight(), rung.weight()));
      }
    });
    List<String> nodesThen = nodes;
    nodes = nodesNow();
    nodes.stream()
        .filter(name -> !nodesThen.contains(name))
        .forEach(name -> say(Ink.BOLD, "node", name + ": rented"));
    nodesThen.stream()
        .filter(name -> !nodes.contains(name))
        .forEach(name -> say(Ink.BOLD, "node", name + ": was empty, given back"));
    Map<String, String> podsThen = pods;
    pods = podsNow();
    pods.forEach((name, state) -> {
      if (!state.equals(podsThen.get(name))) {
        say(Ink.BOLD, "pod", name + ": " + state);
      }
    });
    podsThen.keySet().stream()
        .filter(name -> !pods.containsKey(name))
        .forEach(name -> say(Ink.BOLD, "pod", name + ": gone"));
  }

  private void sum() {
    Situation now = world.situation();
    double usdPerHour =
        nodes.stream()
            .flatMap(name -> now.offer(name).stream())
            .flatMap(key -> Optional.ofNullable(world.prices().offers().get(key)).stream())
            .mapToDouble(offer -> offer.usdPerHour().dollars())
            .sum();
    say(
        Ink.DIM,
        "sum",
        "%d moves, %d pods on %d nodes at %.2f USD/h, NodeClaims drifted: %d"
            .formatted(moves, now.running().size(), nodes.size(), usdPerHour, world.drifted()));
  }

  /** A real API server forgets events after an hour. */
  private void forgetOldEvents() {
    var events = world.cluster().server().all("events.k8s.io/v1", "Event");
    events.stream()
        .sorted(Comparator.comparing(event -> event.at("/metadata/creationTimestamp").asText()))
        .limit(Math.max(0, events.size() - EVENTS_KEPT))
        .forEach(event ->
            world
                .cluster()
                .server()
                .remove(
                    "events.k8s.io/v1",
                    "Event",
                    event.at("/metadata/namespace").asText(),
                    event.at("/metadata/name").asText()));
  }

  private void say(Ink ink, String about, String text) {
    double passed = Duration.between(began, world.now()).toMillis() / 1000.0;
    page.row(ink, String.format(Locale.ROOT, "%6.1fs  %-6s  %s", passed, about, text));
  }

  private Map<String, RungView> rungsNow() {
    return world.rungs().stream()
        .collect(Collectors.toMap(RungView::name, rung -> rung, (a, b) -> a, TreeMap::new));
  }

  private Map<String, String> podsNow() {
    return world.situation().pods().stream()
        .collect(Collectors.toMap(Seen::name, Ticker::state, (a, b) -> a, TreeMap::new));
  }

  private static String state(Seen pod) {
    if (pod.pod().waitsForPrice()) {
      return "waits behind the gate for its price";
    }
    if (pod.pod().waitsForBurst()) {
      return "waits behind the gate for those that come with it";
    }
    return pod.running()
        ? "runs on " + pod.pod().nodeName()
        : pod.pod().unschedulable() ? "no node can take it" : "admitted";
  }

  private List<String> nodesNow() {
    return List.copyOf(world.situation().nodes().keySet());
  }
}
