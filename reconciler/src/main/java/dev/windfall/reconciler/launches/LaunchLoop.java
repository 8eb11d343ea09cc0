package dev.windfall.reconciler.launches;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.market.History;
import dev.windfall.market.Retry;
import dev.windfall.market.Risk;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * Learns what becomes of launches, and tells whoever makes price books. The leader looks at claims
 * and writes down what it learns; the others read that.
 */
public final class LaunchLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LaunchLoop.class.getName());

  /** A claim that is gone without a word is understood after some seconds. */
  private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(10);

  /** Karpenter looks again some ten seconds after a failure; the rung should be closed by then. */
  private static final Duration AT_MOST_EVERY = Duration.ofMillis(500);

  /** The least time between two writes, and between two looks of those who only read. */
  static final Duration WRITE_EVERY = Duration.ofSeconds(30);

  private static final int TOO_MANY_REQUESTS = 429;

  /** What is expected of an offer changes with the time, whatever happens. */
  static final Duration REMIND_EVERY = Duration.ofMinutes(5);

  private final Pass pass;
  private final Loop loop;

  private LaunchLoop(Pass pass, Loop loop) {
    this.pass = pass;
    this.loop = loop;
  }

  /** Whoever makes price books. */
  @FunctionalInterface
  public interface Books {
    /**
     * Makes books of {@code newest} from now on. Does not wait.
     *
     * @param carried is run once there is such a book
     */
    void remember(History newest, Runnable carried);
  }

  /**
   * Starts to learn.
   *
   * @param events those of NodeClaims
   * @param books is given each new history, on this loop's thread
   */
  public static LaunchLoop start(
      Inputs inputs,
      Supplier<Collection<ClaimEvent>> events,
      LeaderWrites cluster,
      Books books,
      Retry retry,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      String namespace,
      InstantSource clock) {
    Store store = new Store(cluster, namespace);
    Pass pass = new Pass(inputs, events, cluster, store, books, retry, metrics, clock);
    return new LaunchLoop(
        pass, Loop.start("launches", AT_LEAST_EVERY, AT_MOST_EVERY, loops, pass::run));
  }

  /**
   * Whether books carry what was known when this replica began to lead, or that cannot be read.
   * Whoever decides before would try again what could not be had a moment ago. Any thread may ask.
   */
  public boolean known() {
    return pass.known();
  }

  /** Has somebody told each time that {@link #known} has become true. */
  public void onKnown(Runnable listener) {
    pass.listeners.add(listener);
  }

  /** Says that something it looks at has changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** Plans and remembers once. Owned by one thread. */
  static final class Pass {
    private final Inputs inputs;
    private final Supplier<Collection<ClaimEvent>> events;
    private final LeaderWrites cluster;
    private final Store store;
    private final Follower follower;
    private final Books books;
    private final Retry retry;
    private final ReconcilerMetrics metrics;
    private final InstantSource clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Open once books carry what this leader began with; another one with each that begins. */
    private volatile CountDownLatch known = new CountDownLatch(1);

    /** Empty while another leads. */
    private Optional<Store.Kept> kept = Optional.empty();

    private Plan.Memory memory = Plan.Memory.NONE;
    private History history = History.empty();
    private boolean unwritten;
    private Instant written = Instant.EPOCH;

    /** What the ConfigMap says was told, as far as this leader knows or wrote. */
    private Instant told = Instant.EPOCH;

    private Instant reminded = Instant.EPOCH;

    Pass(
        Inputs inputs,
        Supplier<Collection<ClaimEvent>> events,
        LeaderWrites cluster,
        Store store,
        Books books,
        Retry retry,
        ReconcilerMetrics metrics,
        InstantSource clock) {
      this.inputs = inputs;
      this.events = events;
      this.cluster = cluster;
      this.store = store;
      this.follower = new Follower(store, newest -> books.remember(newest, () -> {}), clock);
      this.books = books;
      this.retry = retry;
      this.metrics = metrics;
      this.clock = clock;
    }

    boolean known() {
      return known.getCount() == 0;
    }

    void run() {
      if (!inputs.synced().getAsBoolean()) {
        return;
      }
      if (!cluster.leading()) {
        kept = Optional.empty();
        if (known()) {
          known = new CountDownLatch(1);
        }
        follower.run();
        return;
      }
      Instant now = clock.instant();
      boolean first = kept.isEmpty();
      Store.Kept begun = kept.orElseGet(this::begin);
      learn(begun, first, now);
      if (unwritten && !now.isBefore(written.plus(WRITE_EVERY))) {
        write(begun, now);
      }
    }

    private Store.Kept begin() {
      Store.Kept found = read();
      memory = Plan.Memory.NONE;
      history = found.history();
      unwritten = false;
      told = found.told();
      kept = Optional.of(found);
      return found;
    }

    private Store.Kept read() {
      try {
        return store.read();
      } catch (ClusterException e) {
        if (isRefusal(e) && !known()) {
          LOG.log(
              Level.WARNING,
              "{0}; going on without the history of launches: what could not be had a moment ago"
                  + " may be tried again",
              e.getMessage());
          nowKnown(known);
        }
        throw e;
      }
    }

    /** Whether it would be refused again: the API server is there, and not too busy. */
    private static boolean isRefusal(ClusterException e) {
      return e.status() >= 400 && e.status() < 500 && e.status() != TOO_MANY_REQUESTS;
    }

    private void nowKnown(CountDownLatch latch) {
      if (latch.getCount() > 0) {
        latch.countDown();
        listeners.forEach(Runnable::run);
      }
    }

    private void learn(Store.Kept begun, boolean first, Instant now) {
      View view =
          View.of(
              inputs.claims().get().values(),
              inputs.rungs().get().values(),
              events.get(),
              inputs.book().get(),
              begun.told(),
              now);
      Plan plan = Planner.plan(view, memory);
      memory = plan.memory();
      List<History.Event> news = plan.news();
      for (History.Event event : news) {
        history = history.with(event, Risk.DEFAULT, retry);
        say(event);
      }
      unwritten |= !news.isEmpty();
      boolean old = !history.isEmpty() && !now.isBefore(reminded.plus(REMIND_EVERY));
      if (first || old || !news.isEmpty()) {
        reminded = now;
        CountDownLatch latch = known;
        books.remember(history, () -> nowKnown(latch));
      }
    }

    /**
     * A write that lost is made again on what is there by then. Where that is what another leader
     * has told, it is begun with anew.
     */
    private void write(Store.Kept begun, Instant now) {
      written = now;
      Instant before = told;
      try {
        store.write(history, now, begun.version());
        unwritten = false;
        told = now;
      } catch (ClusterException e) {
        if (!e.isConflict() && !e.isNotFound() && !e.isAlreadyExists()) {
          throw e;
        }
        LOG.log(Level.INFO, "{0}; writing the history again", e.getMessage());
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, e.getMessage());
        return;
      }
      Store.Kept there = store.read();
      boolean ours = there.told().equals(now) || there.told().equals(before);
      // What is written next is decided on what is there now; what was told stays as it was.
      kept =
          ours
              ? Optional.of(new Store.Kept(begun.history(), begun.told(), there.version()))
              : Optional.empty();
    }

    private void say(History.Event event) {
      switch (event) {
        case History.Launched e -> metrics.launch("launched");
        case History.NoCapacity e -> failed(e, "no-capacity", "no capacity");
        case History.OverQuota e -> failed(e, "over-quota", e.quota() + " is used up");
        case History.Useless e -> failed(e, "useless", e.kind().toString());
        case History.Interrupted e -> failed(e, "interrupted", "interrupted");
        case History.Ran e -> {
          // Time that passed in peace is no news for a log.
        }
      }
    }

    private void failed(History.Event event, String outcome, String what) {
      metrics.launch(outcome);
      LOG.log(Level.INFO, "{0}: {1}", event.offer(), what);
    }
  }
}
