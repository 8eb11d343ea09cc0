package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Elector;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.extender.Extender;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.policies.WindfallConfig.Role;
import dev.windfall.providers.PriceFeed;
import dev.windfall.reconciler.publish.PublishedBook;
import dev.windfall.webhook.Admission;
import dev.windfall.webhook.Certificates;
import dev.windfall.webhook.Endpoint;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Makes everything, once, in the order in which it needs each other.
 *
 * <p>Nobody is asked before there is an answer: the ports of webhook and extender open when the
 * prices are read and the cluster is known, and the API server is told to call when the port is
 * open.
 */
final class Wiring {
  private static final System.Logger LOG = System.getLogger(Wiring.class.getName());

  private final WindfallConfig config;
  private final Clocks clocks;
  private final Readiness readiness;
  private final Closing closing;
  private final String replica = Replica.name();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ClusterMetrics clusterMetrics = new ClusterMetrics(registry);
  private final Map<Port, Listener> listeners = new ConcurrentHashMap<>();

  /** The listeners. */
  enum Port {
    MANAGEMENT,
    ADMISSION,
    SCHEDULER
  }

  /** How the cluster is reached. */
  @FunctionalInterface
  interface Connector {
    KubeClient connect(ClusterMetrics metrics);
  }

  /**
   * Nothing is made yet.
   *
   * @param readiness is told of each step
   * @param closing is given everything that has to be closed, in the order in which it is made
   */
  Wiring(WindfallConfig config, Clocks clocks, Readiness readiness, Closing closing) {
    this.config = config;
    this.clocks = clocks;
    this.readiness = readiness;
    this.closing = closing;
  }

  /**
   * Makes what the roles need, and returns when all of it answers. While no price can be read, or
   * policies cannot, it waits, alive and not ready.
   *
   * @throws FailureException when a port, or what is in the cluster, cannot be had
   * @throws ClusterException when the API server cannot be reached, or refuses
   */
  void open(Connector connector) throws InterruptedException {
    Readiness.Step pricesRead = readiness.step("the prices are being read");
    Readiness.Step clusterKnown = readiness.step("the cluster is being read");
    Readiness.Step policiesRead = readiness.step("the policies are being read");
    Readiness.Step answering = readiness.step("the server is warming up");

    // Prices that only the leader asks for come by way of the cluster, so that is needed first. And
    // nobody leads who does not know yet what he would decide on. Others are read beside it.
    Set<String> published = Prices.published(config.sources(), clocks);
    ScoredNodes scored = new ScoredNodes();
    Optional<Priced> beside =
        published.isEmpty()
            ? Optional.of(price(Optional.empty(), () -> false, scored, pricesRead))
            : Optional.empty();
    KubeClient client = closing.later("the connection", connector.connect(clusterMetrics));
    Installation installation = new Installation(client, config, clocks);
    Caches caches = Caches.start(client, config.roles(), () -> prepare(installation), closing);
    caches.awaitSynced(clusterKnown);
    PoliciesInForce policies =
        PoliciesInForce.start(
            config.policies(), caches.policies(), policiesRead, closing, clusterMetrics, registry);
    LiveSurroundings surroundings = new LiveSurroundings(caches.namespaces(), policies);
    Optional<Elector> candidate =
        config.roles().contains(Role.RECONCILER) && !published.isEmpty()
            ? Optional.of(elect(client))
            : Optional.empty();
    Priced priced =
        beside.orElseGet(() -> {
          // Before the first question, since bounds on scores are decided by what is answered.
          scored.follow(caches::spotPools);
          return price(
              Optional.of(new PublishedBook(client, config.cluster().namespace())),
              () -> candidate.filter(Elector::leading).isPresent(),
              scored,
              pricesRead);
        });
    PriceFeed feed = priced.feed();
    priced.await();

    if (config.roles().contains(Role.EXTENDER)) {
      openExtender(feed, caches, surroundings::known, client);
    }
    if (config.roles().contains(Role.WEBHOOK)) {
      openWebhook(feed, caches, surroundings.asking(client), client, installation);
    }
    Loops loops = new Loops(config, clocks, closing, clusterMetrics, registry);
    if (config.roles().contains(Role.RECONCILER)) {
      Elector elector = candidate.orElseGet(() -> elect(client));
      loops.start(feed, caches, surroundings::known, policies, client, elector, replica, published);
    } else {
      loops.follow(feed, client);
    }
    answering.done();
    LOG.log(Level.INFO, "ready: {0}", roles());
  }

  /** What is done while the largest lists come. */
  private void prepare(Installation installation) throws InterruptedException {
    openManagement();
    installation.prepare();
  }

  private Priced price(
      Optional<PublishedBook> book,
      BooleanSupplier leading,
      ScoredNodes scored,
      Readiness.Step read) {
    PriceFeed feed =
        closing.later(
            "the price feed",
            Prices.feed(config.sources(), book, leading, scored, clocks, registry));
    boolean asked = config.roles().contains(Role.EXTENDER);
    return closing.later("the warm-up", Priced.start(feed, read, asked));
  }

  private Elector elect(KubeClient client) {
    Key lease = new Key(config.cluster().namespace(), Leases.LEADER);
    return closing.later(
        "the lease", Elector.start(client, lease, replica, Elector.Terms.DEFAULT, clocks));
  }

  private void openManagement() {
    Build.current().tell(registry);
    JvmMetrics.builder().register(registry);
    WindfallConfig.Management management = config.management();
    var _ =
        listen(
            Port.MANAGEMENT,
            new Listener.Spec(
                "management",
                management.host(),
                management.port(),
                Optional.empty(),
                0,
                Routes.management(readiness, registry)));
  }

  private void openExtender(
      PriceFeed feed, Caches caches, Supplier<Surroundings> surroundings, KubeClient client) {
    LiveNodeIndex nodes = new LiveNodeIndex(caches.nodes()::snapshot, caches.pods()::snapshot);
    WindfallConfig.Scheduler scheduler = config.scheduler();
    Extender.Sight sight = new Extender.Sight(feed::book, nodes, surroundings);
    Extender extender =
        new Extender(sight, scheduler.filter(), clocks.nanos(), clocks.wall(), registry);
    Consumer<Refusal> refusals = refusal -> extender.turnedAway(refusal.toString());
    Bodies bodies = closing.later("the deadlines", Bodies.ofScheduler(refusals));
    Listener listener =
        listen(
            Port.SCHEDULER,
            new Listener.Spec(
                    "scheduler",
                    scheduler.host(),
                    scheduler.port(),
                    Optional.empty(),
                    bodies.maxBody(),
                    Routes.scheduler(extender, bodies)
                        .addFilter(
                            new FreshConnections(
                                OldGeneration.collections(), OldGeneration.used())))
                .telling(refusals));
    Unasked.Setup setup = Unasked.Setup.of(config, Replica.host(), listener.port());
    closing.later(
        "the look at who asks",
        Unasked.start(setup, extender, caches, client, clocks.nanos(), clusterMetrics, registry));
  }

  private void openWebhook(
      PriceFeed feed,
      Caches caches,
      Supplier<Surroundings> surroundings,
      KubeClient client,
      Installation installation)
      throws InterruptedException {
    WindfallConfig.Admission admission = config.admission();
    Leases leases = new Leases(config, client, clocks, closing);
    Admission answers =
        new Admission(
            feed::book,
            caches::spotPools,
            surroundings,
            leases.assigned(),
            leases.led(),
            clocks.wall(),
            registry);
    feed.onChange(answers::renew);
    // Beside the making of a certificate.
    Thread warmUp =
        Thread.ofPlatform()
            .name("warm-up")
            .start(() -> Warmup.admission(feed::book, caches::spotPools, clocks.wall()));
    Certificates certificates =
        closing.later(
            "the certificates",
            Certificates.open(client, certificates(admission), clocks, registry));
    readiness.unless(certificates::trouble);
    warmUp.join();
    Bodies bodies = closing.later("the deadlines", Bodies.ofAdmission());
    Listener listener =
        listen(
            Port.ADMISSION,
            new Listener.Spec(
                "admission",
                admission.host(),
                admission.port(),
                Optional.of(certificates.sslContext()),
                bodies.maxBody(),
                Routes.admission(answers, bodies)));
    installation.callUs(endpoint(listener.port()), certificates);
    certificates.start(admission.host(), listener.port(), clusterMetrics);
  }

  private Certificates.Setup certificates(WindfallConfig.Admission admission) {
    return new Certificates.Setup(
        config.cluster().namespace(),
        admission.certificates(),
        admission.settle(),
        replica,
        endpoint(admission.port()).names());
  }

  private Endpoint endpoint(int port) {
    WindfallConfig.Admission admission = config.admission();
    return admission
        .url()
        .<Endpoint>map(Endpoint.Url::new)
        .or(() ->
            admission
                .service()
                .map(name -> new Endpoint.Service(config.cluster().namespace(), name)))
        .orElseGet(() -> new Endpoint.Address(admission.host(), port));
  }

  private Listener listen(Port port, Listener.Spec spec) {
    Listener listener = closing.later("the " + spec.name() + " port", Listener.open(spec));
    listeners.put(port, listener);
    LOG.log(
        Level.INFO, "{0} listens on {1}:{2,number,#}", spec.name(), spec.host(), listener.port());
    return listener;
  }

  private String roles() {
    return config.roles().stream().sorted().map(Role::toString).collect(Collectors.joining(", "));
  }

  /** Ends every connection with the next answer on it. */
  void leave() {
    listeners.values().forEach(Listener::leave);
  }

  /** The ports that are open. */
  Map<Port, Integer> ports() {
    Map<Port, Integer> ports = new EnumMap<>(Port.class);
    listeners.forEach((port, listener) -> ports.put(port, listener.port()));
    return ports;
  }
}
