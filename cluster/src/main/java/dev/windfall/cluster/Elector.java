package dev.windfall.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes part in an election held through a Lease, and goes on doing so after it has lost. One
 * thread, {@code elect-<lease>}, owns the {@link Election}; {@link #leading} is answered from any
 * thread by comparing the clock with what that thread last achieved, so a replica that was paused,
 * or cannot reach the API server, knows that it no longer leads when it is asked.
 */
public final class Elector implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Elector.class.getName());

  /**
   * How long things last.
   *
   * @param lease how long a lease must be seen unchanged before another may take it; whole seconds
   * @param renewDeadline how long after the last renewal its holder stops leading; shorter than the
   *     lease
   * @param retry how often the lease is renewed or looked at; shorter than the deadline
   */
  public record Terms(Duration lease, Duration renewDeadline, Duration retry) {
    /** Kubernetes' own: leadership moves within 20 s of a leader's death. */
    public static final Terms DEFAULT =
        new Terms(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));

    /**
     * Checks the order of the terms.
     *
     * @throws IllegalArgumentException unless lease, renewDeadline and retry are each longer than
     *     the next
     */
    public Terms {
      if (lease.compareTo(renewDeadline) <= 0
          || renewDeadline.compareTo(retry) <= 0
          || retry.isNegative()
          || retry.isZero()) {
        throw new IllegalArgumentException(
            "lease "
                + lease
                + ", renewDeadline "
                + renewDeadline
                + ", retry "
                + retry
                + ": each must be longer than the next");
      }
    }

    /** Two attempts fit into a deadline, whatever hangs. */
    private Duration call() {
      return renewDeadline.multipliedBy(2).dividedBy(5);
    }
  }

  /** Leadership until a moment of the monotonic clock. */
  private record Mandate(long until) {}

  private final KubeClient client;
  private final Key lease;
  private final String candidate;
  private final Clocks clocks;
  private final Election election;
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private volatile @Nullable Mandate mandate;
  private volatile String holder = "";

  // The elector thread's own.
  private boolean announced;
  private boolean failing;

  Elector(KubeClient client, Key lease, String candidate, Terms terms, Clocks clocks) {
    this.client = client.within(terms.call(), 1);
    this.lease = lease;
    this.candidate = candidate;
    this.clocks = clocks;
    this.election = new Election(candidate, terms);
    this.thread = Thread.ofPlatform().daemon().name("elect-" + lease.name()).unstarted(this::run);
  }

  /**
   * Starts taking part.
   *
   * @param lease namespace and name of the Lease, which is created when absent
   * @param candidate this process; unique among all that are alive, and best the same after a
   *     restart (the pod's name): then the new process need not wait for the old one's lease to
   *     expire
   */
  public static Elector start(
      KubeClient client, Key lease, String candidate, Terms terms, Clocks clocks) {
    Elector elector = new Elector(client, lease, candidate, terms, clocks);
    elector.thread.start();
    return elector;
  }

  /** Whether this process leads, at this moment, by its own monotonic clock. */
  public boolean leading() {
    Mandate held = mandate;
    return held != null && held.until() - clocks.nano() > 0;
  }

  /** Who held the lease when it was last looked at; empty when nobody. */
  public String holder() {
    return holder;
  }

  /**
   * Runs a callback on the elector thread when leadership was won or lost. After a loss it may come
   * some seconds late, while a call hangs; {@link #leading} is never late.
   */
  public void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  /** Stops taking part; when leading, gives the lease up so that another can lead at once. */
  @Override
  public void close() {
    closed.countDown();
    if (Thread.currentThread().equals(thread) || !thread.isAlive()) {
      return;
    }
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      do {
        step();
      } while (!closed.await(pause().toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but to end it.
    }
    release();
  }

  Duration pause() {
    return election.pause(clocks.nano());
  }

  /** One round: look if need be, and renew or take what may be taken. */
  void step() {
    try {
      // Whoever was paused did not lead meanwhile, and others have looked and let things be.
      announce();
      if (!election.leading(clocks.nano())) {
        look();
      }
      propose();
      failing = false;
    } catch (ClusterException e) {
      if (!failing) {
        LOG.log(
            Level.WARNING, "electing through lease {0}: {1}; trying again", lease, e.getMessage());
      }
      failing = true;
    } catch (RuntimeException e) {
      // A replica that no longer takes part would hold a leader's place with nobody in it.
      LOG.log(Level.ERROR, "electing through lease " + lease + "; trying again", e);
    } finally {
      announce();
    }
  }

  private void look() {
    Optional<ObjectNode> live = client.get(Resource.LEASES, lease);
    if (live.isPresent()) {
      // The clock is read after the call: what was seen may have been renewed while it was under
      // way, and a lease that is waited out too long does no harm.
      election.observed(LeaseRecord.read(live.get()), clocks.nano(), clocks.now());
    } else {
      election.absent();
    }
  }

  private void propose() {
    long sent = clocks.nano();
    Optional<LeaseRecord> proposal = election.proposal(sent, clocks.now());
    if (proposal.isEmpty()) {
      return;
    }
    try {
      election.accepted(LeaseRecord.read(write(proposal.get())), sent);
    } catch (ClusterException e) {
      if (!e.isConflict() && !e.isNotFound()) {
        throw e;
      }
      contested();
    }
  }

  /**
   * The lease has moved on, and with it leadership; unless it was moved by a renewal of our own
   * whose answer was lost: then it still bears our name, and is renewed at once.
   */
  private void contested() {
    election.lost();
    look();
    if (!election.holder().equals(candidate)) {
      return;
    }
    long sent = clocks.nano();
    Optional<LeaseRecord> again = election.proposal(sent, clocks.now());
    if (again.isPresent()) {
      election.accepted(LeaseRecord.read(write(again.get())), sent);
    }
  }

  private ObjectNode write(LeaseRecord wanted) {
    ObjectNode manifest = wanted.manifest(lease);
    return wanted.resourceVersion().isEmpty()
        ? client.create(Resource.LEASES, lease.namespace(), manifest)
        : client.replace(Resource.LEASES, lease, manifest);
  }

  private void announce() {
    boolean leads = election.leading(clocks.nano());
    mandate = leads ? new Mandate(election.until()) : null;
    holder = election.holder();
    if (leads == announced) {
      return;
    }
    announced = leads;
    client.metrics().leading.labelValues(lease.toString()).set(leads ? 1 : 0);
    LOG.log(
        Level.INFO,
        leads
            ? "leading through lease {0}"
            : "no longer leading through lease {0}; held by \"{1}\"",
        lease,
        holder);
    for (Runnable callback : callbacks) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "telling who leads through lease " + lease, e);
      }
    }
  }

  private void release() {
    boolean led = election.leading(clocks.nano());
    election.lost();
    announce();
    Optional<LeaseRecord> release = election.release(clocks.now());
    if (!led || release.isEmpty()) {
      return;
    }
    try {
      write(release.get());
    } catch (ClusterException e) {
      LOG.log(
          Level.INFO,
          "giving up lease {0}: {1}; another takes it when it expires",
          lease,
          e.getMessage());
    }
  }
}
