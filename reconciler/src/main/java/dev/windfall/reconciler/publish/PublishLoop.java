package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.market.Criteria;
import dev.windfall.market.PriceBook;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LivePool;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Publishes the book whenever something moved, and before what is published gets too old. */
public final class PublishLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PublishLoop.class.getName());

  /** Quotes age without anything happening. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  private final Loop loop;

  private PublishLoop(Loop loop) {
    this.loop = loop;
  }

  /**
   * Starts to publish.
   *
   * @param sources the names of those whose offers are published
   * @param every the least time between two publications
   */
  public static PublishLoop start(
      Inputs inputs,
      Set<String> sources,
      LeaderWrites cluster,
      String namespace,
      Duration every,
      ClusterMetrics loops,
      InstantSource clock) {
    Pass pass =
        new Pass(inputs, Set.copyOf(sources), cluster, new Publisher(cluster, namespace), clock);
    Duration atLeast = every.compareTo(AT_LEAST_EVERY) > 0 ? every : AT_LEAST_EVERY;
    return new PublishLoop(Loop.start("publish", atLeast, every, loops, pass::run));
  }

  /** Says that there is another book. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** One look at what is known and what is published. Belongs to the loop's thread. */
  static final class Pass {
    private final Inputs inputs;
    private final Set<String> sources;
    private final LeaderWrites cluster;
    private final Publisher publisher;
    private final InstantSource clock;
    private final int most;
    private boolean swept;

    Pass(
        Inputs inputs,
        Set<String> sources,
        LeaderWrites cluster,
        Publisher publisher,
        InstantSource clock) {
      this(inputs, sources, cluster, publisher, clock, Pointer.MOST_BYTES);
    }

    Pass(
        Inputs inputs,
        Set<String> sources,
        LeaderWrites cluster,
        Publisher publisher,
        InstantSource clock,
        int most) {
      this.inputs = inputs;
      this.sources = sources;
      this.cluster = cluster;
      this.publisher = publisher;
      this.clock = clock;
      this.most = most;
    }

    void run() {
      if (!inputs.synced().getAsBoolean() || !cluster.leading()) {
        // Another leads, and may be in the middle of it.
        swept = false;
        return;
      }
      try {
        publish(Publication.only(inputs.book().get(), sources));
      } catch (ClusterException e) {
        if (!e.isConflict() && !e.isNotFound() && !e.isAlreadyExists()) {
          throw e;
        }
        LOG.log(Level.INFO, "{0}; publishing again", e.getMessage());
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, e.getMessage());
      }
    }

    private void publish(PriceBook book) {
      Optional<ObjectNode> there = publisher.pointer();
      Optional<Pointer> pointer = there.flatMap(Pointer::of);
      Optional<Publication> publication =
          Publication.of(book, pointer, smallestQuoteAge(), clock.instant(), most);
      if (publication.isPresent()) {
        // The write may be carried out, and its answer lost.
        swept = false;
        publisher.write(publication.get(), there);
        swept = true;
        LOG.log(
            Level.DEBUG,
            "the price book is published as generation {0}: {1}",
            publication.get().pointer().generation(),
            publication.get().reason());
      } else if (!swept && pointer.isPresent()) {
        publisher.sweep(pointer.get());
        swept = true;
      }
    }

    private Duration smallestQuoteAge() {
      return LivePool.buying(inputs.pools().get().values()).stream()
          .map(pool -> pool.ranking().maxQuoteAge())
          .min(Duration::compareTo)
          .orElse(Criteria.DEFAULT_QUOTE_AGE);
    }
  }
}
