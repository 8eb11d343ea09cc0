package dev.windfall.reconciler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A cluster in which things happen in a fixed order, and a loop that answers each of them until it
 * has no more to write. It is lived over and over: each time the process ends before another of its
 * writes, and one that remembers nothing comes after it; or another answer is lost. What is in the
 * cluster after each event must be what one process that lives for ever makes of it.
 */
public abstract class Life implements AutoCloseable {
  private static final int NEVER = Integer.MAX_VALUE;
  private static final int PASSES = 60;

  /** Between two events, at least; whoever begins anew may need some of it. */
  private static final Duration APART = Duration.ofMinutes(2);

  protected final Bench bench = new Bench();

  private final List<Map<String, JsonNode>> states = new ArrayList<>();
  private Instant begun = Market.NOW;

  /** Before which write the process dies, and which write's answer is lost; from 0. */
  private int dies = NEVER;

  private int loses = NEVER;
  private boolean repeats = true;

  private boolean looking;
  private boolean dead;

  /** A process: what it remembers is gone when it ends. */
  @FunctionalInterface
  public interface Incarnation {
    /** One pass: whether it wants to look again soon, though nothing happens. */
    boolean pass();
  }

  /** What happens, in this order; after each of it the loop goes on until it writes no more. */
  protected abstract List<Runnable> events();

  /** A process that remembers nothing. */
  protected abstract Incarnation start(LeaderWrites writes);

  /** All that the loop writes, without what names a moment of this very life. */
  protected abstract Map<String, JsonNode> state();

  /** After what time it has written all that it will; zero: at once. */
  protected Duration rest() {
    return Duration.ZERO;
  }

  /** Time goes by, for an event. */
  protected void later(Duration time) {
    begun = begun.plus(time);
    bench.now = begun;
  }

  /** Objects of a kind, without what a second life has another of. */
  protected Map<String, JsonNode> objects(String apiVersion, String kind) {
    Map<String, JsonNode> objects = new TreeMap<>();
    for (ObjectNode object : bench.server.all(apiVersion, kind)) {
      ObjectNode kept = object.deepCopy();
      kept.withObject("/metadata")
          .remove(List.of("uid", "resourceVersion", "generation", "creationTimestamp"));
      objects.put(kind + " " + kept.at("/metadata/name").asText(), kept);
    }
    return objects;
  }

  /** What is there after each event, where nothing goes wrong. */
  public static List<Map<String, JsonNode>> undisturbed(Supplier<? extends Life> lives) {
    try (Life life = lives.get()) {
      life.live();
      return life.states;
    }
  }

  /**
   * Ends the process before each of its writes.
   *
   * @param least a life with fewer writes is none
   */
  public static void endsBeforeEachWrite(Supplier<? extends Life> lives, int least) {
    everywhere(lives, least, (life, write) -> life.dies = write, "ended before write ");
  }

  /** Each write is carried out and not answered, and then sent again where that may be done. */
  public static void losesEachAnswer(Supplier<? extends Life> lives, int least) {
    everywhere(lives, least, (life, write) -> life.loses = write, "no answer to write ");
  }

  /** The same where nothing is sent again: the pass ends there. */
  public static void failsAtEachAnswer(Supplier<? extends Life> lives, int least) {
    everywhere(
        lives,
        least,
        (life, write) -> {
          life.loses = write;
          life.repeats = false;
        },
        "failed after write ");
  }

  @FunctionalInterface
  private interface Fate {
    void befalls(Life life, int write);
  }

  private static void everywhere(
      Supplier<? extends Life> lives, int least, Fate fate, String what) {
    int writes;
    List<Map<String, JsonNode>> expected;
    try (Life life = lives.get()) {
      life.live();
      writes = life.writes();
      expected = life.states;
    }
    assertTrue(writes >= least, () -> writes + " writes are no life");
    for (int write = 0; write < writes; write++) {
      try (Life life = lives.get()) {
        fate.befalls(life, write);
        life.live();
        for (int event = 0; event < expected.size(); event++) {
          assertEquals(
              expected.get(event), life.states.get(event), what + write + ", event " + event);
        }
      }
    }
  }

  private void live() {
    KubeClient client = repeats ? bench.client : bench.client.within(Duration.ofSeconds(30), 1);
    Incarnation process = start(new LeaderWrites(client, this::leads));
    for (Runnable event : events()) {
      later(APART);
      event.run();
      process = settled(process);
      if (!rest().isZero()) {
        bench.now = bench.now.plus(rest());
        process = settled(process);
      }
      states.add(state());
    }
    bench.server.faults().clear();
  }

  /** Goes on until nothing is written any more; returns who lives by then. */
  private Incarnation settled(Incarnation first) {
    Incarnation process = first;
    boolean again = true;
    for (int i = 0; again; i++) {
      assertTrue(i < PASSES, "the loop finds no rest");
      int before = writes();
      boolean wasDead = dead;
      looking = true;
      Optional<Boolean> soon = passed(process);
      if (dead && !wasDead) {
        process = start(new LeaderWrites(bench.client, () -> true));
        continue;
      }
      again = soon.orElse(true) || before != writes();
      if (soon.orElse(false)) {
        bench.now = bench.now.plusSeconds(1);
      }
    }
    return process;
  }

  /** Empty: it failed, as after a write that was carried out and not answered. */
  private static Optional<Boolean> passed(Incarnation process) {
    try {
      return Optional.of(process.pass());
    } catch (ClusterException e) {
      assertTrue(e.isConflict() || e.status() == 0, e::toString);
      return Optional.empty();
    }
  }

  /** Asked once when a pass begins, and then before each write. */
  private boolean leads() {
    if (looking) {
      looking = false;
      return true;
    }
    bench.server.faults().clear();
    if (writes() == loses) {
      for (String verb : List.of("create", "update", "patch", "delete")) {
        bench.server.faults().next(verb, "*", Fault.mute());
      }
    }
    dead |= writes() >= dies;
    return !dead;
  }

  /** Events write by other ways. */
  private int writes() {
    return bench.server.writes().size();
  }

  @Override
  public void close() {
    bench.close();
  }
}
