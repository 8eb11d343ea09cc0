package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.policies.WindfallConfig.Role;
import dev.windfall.webhook.AuthorityException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The running server, from its start to its orderly end. */
final class Server implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Server.class.getName());

  /** How long a Service goes on sending calls to a replica that says it is not ready. */
  private static final Duration LEAVE = Duration.ofSeconds(5);

  private final WindfallConfig config;
  private final Readiness readiness = new Readiness();
  private final Closing closing = new Closing();
  private final Wiring wiring;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** A server that has opened nothing yet. */
  Server(WindfallConfig config, Clocks clocks) {
    this.config = config;
    this.wiring = new Wiring(config, clocks, readiness, closing);
  }

  /**
   * Starts what the configuration says, and returns when it is ready.
   *
   * @throws FailureException when it cannot be started; nothing is left open then
   */
  void start(Wiring.Connector connector) throws InterruptedException {
    boolean started = false;
    try {
      wiring.open(connector);
      started = true;
    } catch (ClusterException | AuthorityException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    } finally {
      if (!started) {
        closing.close();
      }
    }
  }

  /** The ports that are open. */
  Map<Wiring.Port, Integer> ports() {
    return wiring.ports();
  }

  /** Closes in order when the process is asked to end: by SIGTERM, by Ctrl-C. */
  void closeWhenTheProcessEnds() {
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(this::close));
  }

  void awaitClosed() throws InterruptedException {
    closed.await();
  }

  /**
   * Says that it is not ready, stops to act, gives up the lease, lets the calls under way end, and
   * closes the rest.
   */
  @Override
  public synchronized void close() {
    if (closed.getCount() == 0) {
      return;
    }
    LOG.log(Level.INFO, "shutting down");
    readiness.leave();
    wiring.leave();
    awaitTheServiceToNotice();
    closing.close();
    closed.countDown();
    LOG.log(Level.INFO, "stopped");
  }

  /**
   * Calls by host and port come until the port is closed; those by a Service or a balancer go
   * elsewhere when it has noticed. The connections that it made before are used on, and end with
   * the next answer on them.
   */
  private void awaitTheServiceToNotice() {
    WindfallConfig.Admission admission = config.admission();
    boolean balanced = admission.service().isPresent() || admission.url().isPresent();
    if (config.roles().contains(Role.WEBHOOK) && balanced) {
      try {
        var _ = closed.await(LEAVE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
