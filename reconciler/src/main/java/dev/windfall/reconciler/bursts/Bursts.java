package dev.windfall.reconciler.bursts;

import dev.windfall.market.Grant;
import dev.windfall.market.Grants;
import dev.windfall.market.NodeRequirement;
import dev.windfall.market.NodeRequirement.Operator;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.bursts.Fleet.Machine;
import dev.windfall.reconciler.bursts.Fleet.Open;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Gives each pod of a burst its machine, so that all of them together cost the least by the hour.
 *
 * <p>A place on a machine that somebody uses costs its share of it. It looks as if it cost nothing
 * more; but pods leave in no order, and whoever was put beside others on a dear machine, for
 * nothing, keeps it when they are gone. Where pods come and go that cost a tenth and more. A
 * machine that nobody uses costs what a new one does, or hardly less: it would go soon. Only what
 * is left of a machine on its way costs nothing: it was bought for pods that come together. A new
 * one is named by the first of its pods, and every pod of it requires that name, so that no other
 * pod of the burst takes its place, in whatever order they are bound and nodes come.
 *
 * <p>A pod also requires its offer. Should that not be had, others may take its place: those that
 * are as large and no cheaper, and that no rung with more weight has, which Karpenter would prefer.
 */
public final class Bursts {
  /** Of two machines at one price the one that is there is taken. */
  private static final long FASTER_PERMILLE = 999;

  private Bursts() {}

  /**
   * A pod that waits for its machine.
   *
   * @param labels what it requires besides, by well-known labels
   */
  public record Held(Pod pod, Request request, List<NodeRequirement> labels) {}

  /**
   * The machine that a pod is given.
   *
   * @param name of the machine
   * @param offer what it is, or shall be
   * @param others what may take its place
   * @param there whether it is there, or on its way
   */
  public record Place(String name, OfferKey offer, Set<OfferKey> others, boolean there) {
    /** What a pod of it requires. */
    public List<NodeRequirement> requirements() {
      List<String> offers =
          Stream.concat(Stream.of(offer), others.stream())
              .map(OfferKey::toString)
              .distinct()
              .limit(Grant.MAX_OFFERS)
              .sorted()
              .toList();
      return List.of(
          new NodeRequirement(Keys.OFFER, Operator.IN, offers),
          new NodeRequirement(Keys.MACHINE, Operator.IN, List.of(name)));
    }

    /** As the annotation {@code windfall.dev/assigned} says it. */
    public String text() {
      return offer + "/" + name;
    }
  }

  /** A pod and its machine. */
  public record Assigned(Held held, Place place) {}

  /**
   * What becomes of a burst.
   *
   * @param assigned the largest machines first, and of each the largest pods
   * @param left those for which no rung has a machine
   */
  public record Outcome(List<Assigned> assigned, List<Held> left) {}

  /** Machines that are alike, and those of them that are there. */
  private record Group(Kind kind, Offer offer, String namespace, Deque<Machine> machines) {
    boolean isFor(String other) {
      return namespace.isEmpty() || namespace.equals(other);
    }
  }

  /** What machines of one kind have in common besides. */
  private record Same(OfferKey offer, String namespace) {
    static final Comparator<Same> ORDER =
        Comparator.comparing(Same::offer).thenComparing(Same::namespace);
  }

  /** A machine with the pods that it is given. */
  private record Load(Group group, List<Held> pods) {}

  /** Gives {@code burst} its machines. */
  public static Outcome assign(List<Held> burst, Fleet fleet, Grants grants) {
    List<Group> groups = groups(fleet);
    Map<Size, Deque<Held>> bySize = bySize(burst, groups, grants);
    List<Size> sizes = List.copyOf(bySize.keySet());
    List<Deque<Held>> waiting = List.copyOf(bySize.values());
    Counts counts = new Counts(waiting.stream().mapToInt(Deque::size).toArray());
    Packing packing =
        Packing.of(new Problem(groups.stream().map(Group::kind).toList(), sizes, counts));

    List<Load> loads = new ArrayList<>();
    for (Problem.Fill fill : packing.machines()) {
      List<Held> pods = new ArrayList<>();
      for (int size = 0; size < fill.pods().size(); size++) {
        for (int i = 0; i < fill.pods().of(size); i++) {
          pods.add(waiting.get(size).removeFirst());
        }
      }
      loads.add(new Load(groups.get(fill.kind()), pods));
    }
    loads.sort(
        Comparator.<Load>comparingInt(load -> load.group().offer().gpu().count())
            .reversed()
            .thenComparing(load -> load.pods().getFirst().pod().uid()));
    Map<Question, Set<OfferKey>> known = new HashMap<>();
    Function<Question, Set<OfferKey>> others =
        question -> known.computeIfAbsent(question, q -> others(q, fleet, grants));
    List<Assigned> assigned = new ArrayList<>();
    for (Load load : loads) {
      assigned.addAll(places(load, others));
    }
    return new Outcome(assigned, waiting.stream().flatMap(Deque::stream).toList());
  }

  /** What is there comes before what is bought, and a machine with little left before others. */
  private static List<Group> groups(Fleet fleet) {
    Map<Kind, Map<Same, List<Machine>>> alike =
        new TreeMap<>(
            Comparator.comparingLong(Kind::price)
                .thenComparingLong(Kind::share)
                .thenComparingInt(Kind::gpus)
                .thenComparingLong(kind -> kind.room().milliCpu())
                .thenComparingLong(kind -> kind.room().memory()));
    for (Machine machine : fleet.machines()) {
      if (machine.free() > 0) {
        Offer offer = machine.offer();
        long price = machine.idle() ? faster(offer.usdPerHour()) : 0;
        long share = machine.idle() || machine.coming() ? 0 : faster(offer.usdPerGpuHour());
        alike
            .computeIfAbsent(
                new Kind(machine.free(), machine.room(), price, share, 1),
                k -> new TreeMap<>(Same.ORDER))
            .computeIfAbsent(
                new Same(machine.offer().key(), machine.namespace()), k -> new ArrayList<>())
            .add(machine);
      }
    }
    List<Group> groups = new ArrayList<>();
    alike.forEach((kind, byOffer) ->
        byOffer
            .values()
            .forEach(machines ->
                groups.add(
                    new Group(
                        kind.times(machines.size()),
                        machines.getFirst().offer(),
                        machines.getFirst().namespace(),
                        new ArrayDeque<>(machines)))));
    fleet.open().values().stream()
        .sorted(
            Comparator.comparing((Open open) -> open.offer().usdPerHour())
                .thenComparing(open -> open.offer().key()))
        .forEach(open -> {
          Offer offer = open.offer();
          Kind kind =
              new Kind(
                  offer.gpu().count(), Room.of(offer), offer.usdPerHour().micros(), open.room());
          groups.add(new Group(kind, offer, "", new ArrayDeque<>()));
        });
    return groups;
  }

  /** What a machine that is there counts with, millionths of a dollar. */
  private static long faster(Usd price) {
    return price.micros() * FASTER_PERMILLE / 1_000;
  }

  private static Map<Size, Deque<Held>> bySize(
      List<Held> burst, List<Group> groups, Grants grants) {
    Map<Asker, BitSet> known = new HashMap<>();
    Map<Size, Deque<Held>> bySize = new TreeMap<>(Size.LARGEST);
    burst.stream()
        .sorted(Comparator.comparing(held -> held.pod().uid()))
        .forEach(held -> {
          BitSet kinds =
              known.computeIfAbsent(
                  new Asker(held.request(), held.pod().namespace()),
                  asker -> allowed(asker, groups, grants));
          Size size = new Size(held.pod().gpus(), held.pod().needs(), kinds);
          bySize.computeIfAbsent(size, s -> new ArrayDeque<>()).add(held);
        });
    return bySize;
  }

  private record Asker(Request request, String namespace) {}

  private static BitSet allowed(Asker asker, List<Group> groups, Grants grants) {
    Map<OfferKey, Boolean> known = new HashMap<>();
    BitSet allowed = new BitSet();
    for (int k = 0; k < groups.size(); k++) {
      OfferKey offer = groups.get(k).offer().key();
      if (groups.get(k).isFor(asker.namespace())
          && known.computeIfAbsent(offer, key -> grants.admits(asker.request(), key))) {
        allowed.set(k);
      }
    }
    return allowed;
  }

  /** What may take the place of a machine that shall hold so much, for a pod with this wish. */
  private record Question(Offer offer, int gpus, Needs needs, Request request) {}

  private static List<Assigned> places(Load load, Function<Question, Set<OfferKey>> others) {
    Machine there = load.group().machines().pollFirst();
    Offer offer = load.group().offer();
    String name = there == null ? load.pods().getFirst().pod().uid() : there.name();
    int gpus = load.pods().stream().mapToInt(held -> held.pod().gpus()).sum();
    Needs needs =
        load.pods().stream().map(held -> held.pod().needs()).reduce(Needs.NONE, Needs::plus);
    return load.pods().stream()
        .map(held ->
            new Assigned(
                held,
                new Place(
                    name,
                    offer.key(),
                    others.apply(new Question(offer, gpus, needs, held.request())),
                    there != null)))
        .toList();
  }

  private static Set<OfferKey> others(Question asked, Fleet fleet, Grants grants) {
    Offer offer = asked.offer();
    int weight =
        fleet.open().containsKey(offer.key())
            ? fleet.open().get(offer.key()).weight()
            : Integer.MAX_VALUE;
    return Stream.concat(
            fleet.open().values().stream()
                .map(Open::offer)
                .filter(other -> grants.admits(asked.request(), other.key())),
            grants.buyable(asked.request()).stream())
        .filter(other -> !other.key().equals(offer.key()))
        .filter(other -> other.gpu().count() >= asked.gpus())
        .filter(other -> asked.needs().within(Room.of(other)))
        .filter(other -> noCheaper(other, offer))
        .filter(other -> {
          Open open = fleet.open().get(other.key());
          return open == null || open.weight() < weight;
        })
        .sorted(Comparator.comparing(Offer::usdPerHour).thenComparing(Offer::key))
        .map(Offer::key)
        .limit(Grant.MAX_OFFERS - 1L)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Else its rung may have more weight by the time at which Karpenter looks. */
  private static boolean noCheaper(Offer other, Offer than) {
    return other.usdPerHour().compareTo(than.usdPerHour()) >= 0
        && other.usdPerGpuHour().compareTo(than.usdPerGpuHour()) >= 0;
  }
}
