package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Loop;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
import dev.windfall.policies.JsonPull;
import dev.windfall.webhook.Rotation.State;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Proves to the API server that the webhook is Windfall's, and goes on proving it while authorities
 * and certificates are renewed.
 *
 * <p>Either the authority is Windfall's own: it is kept in a Secret that all replicas share, and
 * each replica signs a certificate for itself, which never leaves its memory. Or the certificate is
 * somebody else's, in a directory.
 */
public final class Certificates implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Certificates.class.getName());
  private static final Duration LOOK_AT_MOST_EVERY = Duration.ofMillis(50);

  private final KubeClient client;
  private final Setup setup;
  private final CertificateLoop loop;
  private final Roll roll;
  private final Registration registration;
  private final SSLContext context;
  private final List<Watcher<Boolean>> watchers = new ArrayList<>();
  private Optional<Loop> passes = Optional.empty();

  /**
   * What a person or the process says of them.
   *
   * @param namespace Windfall's own
   * @param directory where somebody else puts the certificate; empty: Windfall makes its own
   * @param settle how long an authority is known before certificates are signed with it
   * @param replica the name of this process, which no other has
   * @param names by which the API server may call, the one that it does first
   */
  public record Setup(
      String namespace,
      Optional<Path> directory,
      Duration settle,
      String replica,
      List<String> names) {
    public Setup {
      names = List.copyOf(names);
    }
  }

  /**
   * What follows from how long news may take to reach everybody.
   *
   * @param look how often everything is looked at, if nothing happens
   * @param stand how often a replica says that it is there
   * @param retreat after how long without having been heard a replica must not be called
   * @param patience after how long without having heard a replica the others count it as gone
   */
  record Terms(Duration look, Duration stand, Duration retreat, Duration patience) {
    private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofSeconds(30);

    static Terms of(Duration settle) {
      Duration half = settle.dividedBy(2);
      return new Terms(
          half.compareTo(LOOK_AT_LEAST_EVERY) < 0 ? half : LOOK_AT_LEAST_EVERY,
          settle,
          settle.multipliedBy(4),
          settle.multipliedBy(5));
    }
  }

  private Certificates(KubeClient client, Setup setup, Clocks clocks, PrometheusRegistry registry) {
    this.client = client;
    this.setup = setup;
    Terms terms = Terms.of(setup.settle());
    this.roll =
        new Roll(
            client, setup.namespace(), setup.replica(), clocks, terms.stand(), terms.patience());
    this.registration =
        new Registration(
            client,
            Resource.MUTATING_WEBHOOKS,
            Key.of(WebhookConfiguration.NAME),
            WebhookConfiguration.WEBHOOK);
    List<String> names = setup.names();
    CertificateMetrics metrics = new CertificateMetrics(registry);
    CertificateLoop.Source source =
        setup
            .directory()
            .<CertificateLoop.Source>map(each -> new MountedSource(each, metrics::refused))
            .orElseGet(() -> new OwnSource(new KeptAuthority(client, secret()), names));
    if (setup.directory().isEmpty()) {
      // First, so that nobody drops what is about to be read.
      roll.stand("");
    }
    State first = source.first(clocks.wall().instant());
    Lookout lookout = new Lookout(source, registration, roll, setup.settle(), clocks, metrics);
    this.loop = new CertificateLoop(source, lookout, roll, setup, clocks, first, metrics);
    this.context = context(loop.served());
  }

  /**
   * Reads the authority, or the certificate, and makes one where that is Windfall's to do.
   *
   * @throws AuthorityException when there is nothing to serve
   * @throws ClusterException when the cluster can be neither asked nor told
   */
  public static Certificates open(
      KubeClient client, Setup setup, Clocks clocks, PrometheusRegistry registry) {
    return new Certificates(client, setup, clocks, registry);
  }

  private Key secret() {
    return new Key(setup.namespace(), KeptAuthority.SECRET);
  }

  /** What is done again and again. */
  CertificateLoop loop() {
    return loop;
  }

  /** For servers; follows every renewal. */
  public SSLContext sslContext() {
    return context;
  }

  /**
   * The manifest that has the API server call, with whom it has to trust beside whom it trusts.
   *
   * @param live what is there; empty: nothing
   */
  public ObjectNode manifest(Endpoint endpoint, Optional<ObjectNode> live) {
    String text =
        live.map(each -> each.at("/webhooks/0/clientConfig/caBundle").asText("")).orElse("");
    CaBundle is = CaBundle.read(text);
    CaBundle shall = is.plus(loop.serving().voucher().stream().toList());
    return WebhookConfiguration.manifest(
        endpoint, setup.namespace(), shall.equals(is) ? text : shall.base64());
  }

  /**
   * Begins to keep everything right, once the port is open.
   *
   * @param host and port that the certificates are served on
   * @throws ClusterException when the cluster can be neither asked nor told
   */
  public void start(String host, int port, ClusterMetrics metrics) {
    SelfDial dial = SelfDial.to(host, port, setup.names().getFirst());
    try {
      loop.pass(dial);
    } catch (IOException e) {
      // The loop that follows tries again; meanwhile no authority is dropped.
      LOG.log(Level.WARNING, String.valueOf(e.getMessage()));
    }
    Duration look = Terms.of(setup.settle()).look();
    Loop repeated =
        Loop.start("certificates", look, LOOK_AT_MOST_EVERY, metrics, () -> loop.pass(dial));
    passes = Optional.of(repeated);
    if (loop.serving().voucher().isEmpty()) {
      return;
    }
    watchers.add(watch(registration.resource(), registration.key(), repeated));
    if (setup.directory().isEmpty()) {
      watchers.add(watch(Resource.SECRETS, secret(), repeated));
    }
  }

  /** Only wakes: what is decided on is read afresh. So no key is held, and no stale one used. */
  private Watcher<Boolean> watch(Resource resource, Key key, Loop woken) {
    Watcher<Boolean> watcher =
        Watcher.start(
            resource.plural(),
            client,
            resource,
            Selection.only(key),
            parser -> {
              new JsonPull(parser).skip();
              return true;
            });
    watcher.onChange(woken::wake);
    return watcher;
  }

  /** Why this replica must not be called now; empty when it may be. */
  public Optional<String> trouble() {
    return loop.trouble();
  }

  /** Stops. To be called when the port is closed: the others need not wait for this one then. */
  @Override
  public void close() {
    watchers.forEach(Watcher::close);
    passes.ifPresent(Loop::close);
    if (loop.serving().voucher().isPresent()) {
      try {
        roll.leave();
      } catch (ClusterException e) {
        LOG.log(Level.INFO, "leaving the roll of replicas: {0}", e.getMessage());
      }
    }
  }

  private static SSLContext context(ServedIdentity served) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {served}, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }
}
