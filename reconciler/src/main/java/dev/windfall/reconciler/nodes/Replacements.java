package dev.windfall.reconciler.nodes;

import dev.windfall.policies.Durations;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which nodes are emptied since what runs there may be begun anew, and is cheaper elsewhere.
 *
 * <p>First the node is tainted and says so itself, which is written; then, in a later pass and if
 * it still pays, its pods are evicted. So it is the same node that whoever leads next goes on with.
 * One at a time in the cluster, and the next when the pods are placed again.
 */
final class Replacements {
  /** By then what was evicted is placed again, or has no part in what is decided next. */
  static final Duration COOL_DOWN = Duration.ofMinutes(15);

  /** A budget that forbids every further eviction for so long will go on. */
  static final Duration GIVE_UP = Duration.ofMinutes(15);

  /** When a node that was left alone is looked at again; a right may be withheld on purpose. */
  private static final Duration AGAIN = Duration.ofHours(1);

  /** The same where a budget may have come to allow it, or who was told of a right to give it. */
  private static final Duration REFUSED = Duration.ofMinutes(1);

  /** What was written by then is seen. */
  private static final Duration SEEN = Duration.ofMinutes(1);

  private static final String CLOSED = "where its work was to go nothing is bought any more";

  private final View view;
  private final Memory before;
  private final List<Action> actions;
  private final Map<String, Instant> pays = new HashMap<>();
  private final Map<String, Instant> notBefore = new HashMap<>();
  private final List<Chance> chances = new ArrayList<>();
  private Optional<Last> last;
  private boolean busy;

  /**
   * What a restart forgets: it then waits anew, and does nothing the sooner but for those whom it
   * has moved.
   *
   * @param pays by the name of a node, since when
   * @param notBefore by the name of a node, when it is looked at again
   * @param moved who has to wait before it is evicted once more
   * @param forbidden the names of nodes for which there was no right
   */
  record Memory(
      Map<String, Instant> pays,
      Map<String, Instant> notBefore,
      Optional<Last> last,
      Moved moved,
      Set<String> forbidden) {
    static final Memory NONE =
        new Memory(Map.of(), Map.of(), Optional.empty(), Moved.NOBODY, Set.of());

    Memory {
      pays = Map.copyOf(pays);
      notBefore = Map.copyOf(notBefore);
      forbidden = Set.copyOf(forbidden);
    }

    /** The same, with what came of it. */
    Memory after(Outcome outcome, Instant now) {
      Map<String, Instant> later = new HashMap<>(notBefore);
      outcome.refused().forEach(node -> later.put(node, now.plus(REFUSED)));
      Set<String> without = new HashSet<>(forbidden);
      outcome
          .forbidden()
          .forEach(node -> later.put(node, now.plus(without.add(node) ? REFUSED : AGAIN)));
      Optional<Last> begun =
          last.filter(one -> !outcome.refused().contains(one.node()))
              .filter(one -> !outcome.forbidden().contains(one.node()))
              .map(one -> outcome.evicted().containsKey(one.node()) ? one.went(now) : one);
      List<String> gone = outcome.evicted().values().stream().flatMap(Set::stream).toList();
      return new Memory(pays, later, begun, gone.isEmpty() ? moved : moved.and(gone, now), without);
    }
  }

  /**
   * The node that was begun with last.
   *
   * @param since when its pods were first evicted, or it was begun with
   * @param until it is waited for those that are made anew
   * @param evicted how many, by what makes them anew; none yet: it was only begun
   * @param went when one of them last was
   */
  record Last(
      String node,
      Instant since,
      Instant until,
      Map<String, Integer> evicted,
      Optional<Instant> went) {
    Last {
      evicted = Map.copyOf(evicted);
    }

    private Last went(Instant now) {
      return new Last(node, since, until, evicted, Optional.of(now));
    }
  }

  /**
   * Nothing is decided yet.
   *
   * @param actions is given what is to be done
   */
  Replacements(View view, Memory before, List<Action> actions) {
    this.view = view;
    this.before = before;
    this.actions = actions;
    this.last = before.last().filter(one -> view.now().isBefore(one.until()));
    before.notBefore().entrySet().stream()
        .filter(one -> view.now().isBefore(one.getValue()))
        .forEach(one -> notBefore.put(one.getKey(), one.getValue()));
    this.busy =
        last.filter(one -> !placed(one)).isPresent()
            || view.nodes().stream()
                .anyMatch(node -> node.replacing().isPresent() && !left(node).isEmpty());
  }

  private List<Pod> left(LiveNode node) {
    return view.pods(node).stream().filter(pod -> !pod.deleting()).toList();
  }

  /** Looks at a node that is not being emptied. */
  void look(LiveNode node, LiveRung rung) {
    Chance.of(node, rung, view.pods(node), view)
        .ifPresent(chance -> {
          Instant since = before.pays().getOrDefault(node.name(), view.now());
          pays.put(node.name(), since);
          boolean lasts = !view.now().isBefore(since.plus(chance.lasting()));
          if (lasts && !notBefore.containsKey(node.name()) && mayGo(chance)) {
            chances.add(chance);
          }
        });
  }

  private boolean mayGo(Chance chance) {
    return chance.movable().pods().stream()
        .allMatch(one -> before.moved().mayGo(one.restart().controller(), view.now()));
  }

  /**
   * Goes on with one that is being emptied.
   *
   * @param noted what it says of that
   * @param unwanted whether it gets no new work for another reason
   */
  void goOn(LiveNode node, LiveRung rung, Replacing noted, boolean unwanted) {
    Replacing replacing = noted.asOf(view.now());
    Instant end =
        last.filter(one -> one.node().equals(node.name()))
            .flatMap(Last::went)
            .orElse(replacing.since())
            .plus(GIVE_UP);
    List<Pod> left = left(node);
    boolean open = replacing.rungs().stream().allMatch(view::isOpen);
    if (left.isEmpty()) {
      if (!open && !provided(node, replacing)) {
        spare(node, unwanted, CLOSED);
      }
      waitFor(node, replacing);
      return;
    }
    Optional<Chance> chance = Chance.of(node, rung, left, view);
    if (!node.retiring()) {
      spare(node, unwanted, "somebody has taken its taint off");
    } else if (chance.isEmpty()) {
      spare(node, unwanted, "moving its work no longer pays, or a pod may not be moved");
    } else if (!open) {
      // Whatever else it might go to now: the emptied node would be spared by the same question.
      spare(node, unwanted, CLOSED);
    } else if (!view.now().isBefore(end)) {
      spare(
          node,
          unwanted,
          "its pods could not be evicted for " + Durations.text(GIVE_UP) + "; they go on there");
    } else {
      evict(chance.get(), left);
    }
  }

  /** Whether what was evicted runs again, or a machine was bought where it was to go. */
  private boolean provided(LiveNode node, Replacing replacing) {
    return last.filter(one -> one.node().equals(node.name()) && placed(one)).isPresent()
        || replacing.rungs().stream().anyMatch(rung -> view.hasBought(rung, replacing.since()));
  }

  /** Memory knows who was evicted; without it, time has to do. */
  private void waitFor(LiveNode node, Replacing replacing) {
    boolean known = before.last().filter(one -> one.node().equals(node.name())).isPresent();
    busy |= !known && view.now().isBefore(replacing.since().plus(COOL_DOWN));
  }

  private void spare(LiveNode node, boolean unwanted, String why) {
    actions.add(new Action.Spare(node, unwanted, "it is not emptied for a cheaper one: " + why));
    notBefore.put(node.name(), view.now().plus(AGAIN));
  }

  private void evict(Chance chance, List<Pod> left) {
    Optional<Last> known =
        last.filter(one -> one.node().equals(chance.node().name()) && !one.evicted().isEmpty());
    Map<String, Integer> evicted = new HashMap<>();
    left.forEach(
        pod -> pod.restart().ifPresent(r -> evicted.merge(r.controller(), 1, Integer::sum)));
    known.ifPresent(one -> one.evicted().forEach((who, n) -> evicted.merge(who, n, Math::max)));
    last =
        Optional.of(
            new Last(
                chance.node().name(),
                known.map(Last::since).orElse(view.now().truncatedTo(ChronoUnit.SECONDS)),
                view.now().plus(COOL_DOWN),
                evicted,
                known.flatMap(Last::went)));
    actions.add(
        new Action.Evict(
            chance.node(), left, chance.live().reference(), chance.spoken(view.now())));
  }

  /** Begins with the best of those that were looked at, and tells what others would do. */
  Memory decide() {
    Comparator<Chance> best =
        Comparator.comparingDouble((Chance one) -> one.replacement().saves())
            .thenComparing(one -> one.node().name(), Comparator.reverseOrder());
    chances.stream().filter(one -> !one.pool().acts()).max(best).ifPresent(this::suggest);
    if (!busy) {
      chances.stream().filter(one -> one.pool().acts()).max(best).ifPresent(this::begin);
    }
    Set<String> forbidden = new HashSet<>(before.forbidden());
    forbidden.retainAll(view.nodes().stream().map(LiveNode::name).toList());
    return new Memory(pays, notBefore, last, before.moved(), forbidden);
  }

  private void begin(Chance chance) {
    LiveNode node = chance.node();
    Replacing replacing =
        new Replacing(
            view.now(), chance.landing().rungs().stream().map(LiveRung::name).distinct().toList());
    List<Pod> pods = chance.movable().pods().stream().map(Movable.Passenger::pod).toList();
    actions.add(
        new Action.Replace(
            node, pods, chance.live().reference(), replacing, chance.spoken(view.now())));
    Instant seen = view.now().plus(SEEN);
    last = Optional.of(new Last(node.name(), view.now(), seen, Map.of(), Optional.empty()));
  }

  private void suggest(Chance chance) {
    actions.add(
        new Action.Suggest(
            chance.node(),
            chance.live().reference(),
            "node %s would be emptied if the pool acted: %s"
                .formatted(chance.node().name(), chance.spoken(view.now()))));
    notBefore.put(chance.node().name(), view.now().plus(AGAIN));
  }

  /** Whether as many as were evicted were made anew, and run. */
  private boolean placed(Last evicted) {
    return !evicted.evicted().isEmpty()
        && evicted.evicted().entrySet().stream()
            .allMatch(one -> made(one.getKey(), evicted.since()) >= one.getValue());
  }

  private long made(String controller, Instant since) {
    return view.pods().values().stream()
        .flatMap(List::stream)
        .filter(pod -> pod.phase().equals("Running") && !pod.deleting())
        .flatMap(pod -> pod.restart().stream())
        .filter(restart -> restart.controller().equals(controller))
        .filter(restart -> restart.started().filter(at -> !at.isBefore(since)).isPresent())
        .count();
  }
}
