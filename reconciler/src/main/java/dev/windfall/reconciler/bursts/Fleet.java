package dev.windfall.reconciler.bursts;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The machines of open rungs: those that are there or on their way, and those that may be bought.
 *
 * <p>A machine that no NodeClaim stands for yet is known by the pods that were given it: they say
 * which it is, and what was to be bought. So whoever leads next buys it no second time. Anybody may
 * write that into a pod, so it counts among pods of one namespace only, and not for long.
 *
 * @param open what open rungs may buy, by offer
 * @param machines by name
 */
public record Fleet(Map<OfferKey, Open> open, List<Machine> machines) {
  /**
   * An offer that some rung may buy.
   *
   * @param weight of the heaviest of its rungs
   * @param room how many machines more, at most
   */
  record Open(Offer offer, int weight, int room) {}

  /**
   * A machine that is there, or on its way.
   *
   * @param name what its node says, or will, under {@code windfall.dev/machine}
   * @param free GPUs that nobody was given
   * @param room for what pods take besides
   * @param idle whether nobody uses it, so that it would go soon
   * @param coming whether it is on its way, and has no node yet
   * @param namespace whose pods may use it, as long as only pods say that it comes; empty:
   *     anybody's
   */
  record Machine(
      String name,
      Offer offer,
      int free,
      Needs room,
      boolean idle,
      boolean coming,
      String namespace) {}

  /** Of older pods it is not believed what they were given, unless a NodeClaim says so too. */
  private static final Duration BELIEVED = Duration.ofMinutes(10);

  /** What pods were given. */
  private record Used(int gpus, Needs needs) {
    private static final Used NOTHING = new Used(0, Needs.NONE);

    Used plus(Pod pod) {
      return new Used(gpus + pod.gpus(), needs.plus(pod.needs()));
    }
  }

  /** The machine that a pod was given, in its annotation's words. */
  private record Ticket(OfferKey offer, String machine, String namespace) {
    /** What Windfall writes there is the uid of a pod. */
    private static final Pattern MACHINE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    static Optional<Ticket> of(Pod pod, Instant now) {
      String text = pod.annotations().getOrDefault(Keys.ASSIGNED, "");
      int slash = text.indexOf('/');
      boolean late = pod.created().filter(at -> at.isBefore(now.minus(BELIEVED))).isPresent();
      return slash < 0
              || late
              || pod.gated()
              || !pod.toleratesRungs()
              || !MACHINE.matcher(text.substring(slash + 1)).matches()
          ? Optional.empty()
          : OfferKey.parse(text.substring(0, slash))
              .map(offer -> new Ticket(offer, text.substring(slash + 1), pod.namespace()));
    }

    /** Of two that say different things of one machine; which is all the same, but always one. */
    static Ticket either(Ticket one, Ticket other) {
      return Comparator.comparing(Ticket::namespace)
                  .thenComparing(Ticket::offer)
                  .compare(one, other)
              <= 0
          ? one
          : other;
    }
  }

  public Fleet {
    open = Map.copyOf(open);
    machines = List.copyOf(machines);
  }

  /**
   * The fleet as it is.
   *
   * @param pods those with GPUs, bound or not
   * @param retiring the names of nodes that get no new work
   */
  public static Fleet of(
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Collection<Pod> pods,
      Set<String> retiring,
      PriceBook book,
      Instant now) {
    Map<String, LiveRung> buying = new TreeMap<>();
    rungs.stream()
        .filter(rung -> rung.pool().isPresent() && !rung.deleting() && rung.closed().isEmpty())
        .filter(rung -> rung.offer().flatMap(book::find).isPresent())
        .forEach(rung -> buying.put(rung.name(), rung));
    Map<String, Used> onNode = new HashMap<>();
    Map<String, Used> promised = new TreeMap<>();
    Map<String, Ticket> bought = new TreeMap<>();
    for (Pod pod : pods) {
      if (pod.finished()) {
        continue;
      }
      if (pod.bound()) {
        onNode.merge(pod.nodeName(), Used.NOTHING.plus(pod), (used, one) -> used.plus(pod));
      } else if (!pod.deleting()) {
        Ticket.of(pod, now)
            .ifPresent(ticket -> {
              promised.merge(
                  ticket.machine(), Used.NOTHING.plus(pod), (used, one) -> used.plus(pod));
              bought.merge(ticket.machine(), ticket, Ticket::either);
            });
      }
    }

    List<Machine> machines = new ArrayList<>();
    Set<String> there = new HashSet<>();
    Map<String, Integer> launched = new HashMap<>();
    for (LiveClaim claim : claims.stream().sorted(Comparator.comparing(LiveClaim::name)).toList()) {
      launched.merge(claim.nodePool(), 1, Integer::sum);
      String name = claim.labels().getOrDefault(Keys.MACHINE, "");
      boolean first = there.add(name);
      LiveRung rung = buying.get(claim.nodePool());
      if (rung == null || claim.life().deleting() || claim.drifted() || name.isEmpty()) {
        continue;
      }
      if (retiring.contains(claim.life().nodeName())) {
        continue;
      }
      Offer offer = rung.offer().flatMap(book::find).orElseThrow();
      Used used =
          add(
              claim.life().nodeName().isEmpty()
                  ? Used.NOTHING
                  : onNode.getOrDefault(claim.life().nodeName(), Used.NOTHING),
              first ? promised.getOrDefault(name, Used.NOTHING) : Used.NOTHING);
      // Who a machine on its way was bought for is not known, unless they say so.
      if (used.gpus() > 0 || !claim.life().nodeName().isEmpty()) {
        machines.add(machine(name, offer, Optional.of(claim), used, ""));
      }
    }

    Map<OfferKey, Integer> ordered = new HashMap<>();
    bought.forEach((name, ticket) -> {
      OfferKey key = ticket.offer();
      if (!there.contains(name)) {
        ordered.merge(key, 1, Integer::sum);
        book.find(key)
            .filter(
                offer -> buying.values().stream().anyMatch(r -> r.offer().equals(Optional.of(key))))
            .ifPresent(offer ->
                machines.add(
                    machine(
                        name,
                        offer,
                        Optional.empty(),
                        promised.getOrDefault(name, Used.NOTHING),
                        ticket.namespace())));
      }
    });
    machines.sort(Comparator.comparing(Machine::name));
    return new Fleet(open(buying.values(), launched, ordered, book), machines);
  }

  private static Map<OfferKey, Open> open(
      Collection<LiveRung> buying,
      Map<String, Integer> launched,
      Map<OfferKey, Integer> ordered,
      PriceBook book) {
    Map<OfferKey, Open> open = new HashMap<>();
    for (LiveRung rung : buying) {
      Offer offer = rung.offer().flatMap(book::find).orElseThrow();
      int room = room(rung, offer, launched.getOrDefault(rung.name(), 0));
      int weight = rung.object().at("/spec/weight").asInt(0);
      open.merge(
          offer.key(),
          new Open(offer, weight, room),
          (a, b) ->
              new Open(
                  offer,
                  Math.max(a.weight(), b.weight()),
                  (int) Math.min(Integer.MAX_VALUE, (long) a.room() + b.room())));
    }
    ordered.forEach((key, count) ->
        open.computeIfPresent(
            key,
            (k, o) ->
                new Open(
                    o.offer(),
                    o.weight(),
                    o.room() == Integer.MAX_VALUE ? o.room() : Math.max(0, o.room() - count))));
    return open;
  }

  /** How many machines more a rung may have; the largest number when it has no limit. */
  private static int room(LiveRung rung, Offer offer, int machines) {
    String limit = rung.object().path("spec").path("limits").path(Keys.GPU_RESOURCE).asText("");
    return limit.matches("[0-9]{1,9}")
        ? Math.max(0, Integer.parseInt(limit) / Math.max(1, offer.gpu().count()) - machines)
        : Integer.MAX_VALUE;
  }

  private static Machine machine(
      String name, Offer offer, Optional<LiveClaim> claim, Used used, String namespace) {
    Needs size = Room.of(offer);
    int gpus = offer.gpu().count();
    if (claim.isPresent() && claim.get().gpus() > 0) {
      gpus = claim.get().gpus();
      Needs says = claim.get().allocatable();
      size =
          new Needs(
              Math.min(size.milliCpu(), says.milliCpu()), Math.min(size.memory(), says.memory()));
    }
    return new Machine(
        name,
        offer,
        Math.max(0, gpus - used.gpus()),
        size.minus(used.needs()),
        used.gpus() == 0,
        claim.filter(there -> !there.life().nodeName().isEmpty()).isEmpty(),
        namespace);
  }

  private static Used add(Used one, Used other) {
    return new Used(one.gpus() + other.gpus(), one.needs().plus(other.needs()));
  }
}
