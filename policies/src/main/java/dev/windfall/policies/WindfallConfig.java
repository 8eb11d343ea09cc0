package dev.windfall.policies;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What windfall.yaml, the environment and the flags say together. A flag stands above a variable, a
 * variable above the file.
 *
 * @param roles what this process does
 * @param policies where policies stand besides the cluster
 * @param leftover what LeftoverNodePools leave to whoever serves them
 * @param publish how the price book is published in the cluster
 * @param retryAfter how long an offer that could not be had is left alone at first; each failure in
 *     a row doubles it, up to twenty times as long
 * @param sources where offers come from; at least one
 */
public record WindfallConfig(
    Cluster cluster,
    Set<Role> roles,
    Admission admission,
    Scheduler scheduler,
    Management management,
    Log log,
    PolicyFiles policies,
    LeftoverConfig leftover,
    Publish publish,
    Duration retryAfter,
    List<Source> sources) {

  /** One part of the server that can run in a process of its own. */
  public enum Role {
    WEBHOOK,
    EXTENDER,
    RECONCILER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The cluster.
   *
   * @param kubeconfig empty: in-cluster, then KUBECONFIG, then ~/.kube/config
   * @param namespace where Windfall's own Leases and Secrets are
   * @param install whether custom resource definitions and the webhook's configuration are applied
   *     at start
   * @param nodeClasses the names that a SpotPool's nodeClassRef may say; empty: any
   * @param nodeClassRoles the roles that a SpotPool's nodeClass may say; empty: any, or none where
   *     nodeClasses are named
   */
  public record Cluster(
      Optional<Path> kubeconfig,
      String namespace,
      boolean install,
      List<String> nodeClasses,
      List<String> nodeClassRoles) {
    public Cluster {
      nodeClasses = List.copyOf(nodeClasses);
      nodeClassRoles = List.copyOf(nodeClassRoles);
    }
  }

  /**
   * The webhook's listener.
   *
   * @param service the Service in {@link Cluster#namespace} under which the API server calls;
   *     empty: by URL
   * @param url where the API server calls, if that is neither a Service nor host and port
   * @param certificates the directory where somebody else puts the certificate; empty: Windfall
   *     makes its own
   * @param settle how long a new authority is known to the API servers before certificates are
   *     signed with it
   */
  public record Admission(
      String host,
      int port,
      Optional<String> service,
      Optional<URI> url,
      Optional<Path> certificates,
      Duration settle) {}

  /**
   * The extender's listener.
   *
   * @param filter whether nodes that break a pod's own wish are filtered out, where the scheduler
   *     asks
   * @param assign the scheduler that admitted pods are given; empty: they keep what they have
   */
  public record Scheduler(String host, int port, boolean filter, Optional<String> assign) {}

  /** The listener for health and metrics. */
  public record Management(String host, int port) {}

  /**
   * What is written to standard error, one line an event.
   *
   * @param level the least that is written
   */
  public record Log(Format format, Level level) {
    /** Lines for people, or JSON for programs. */
    public enum Format {
      TEXT,
      JSON;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    /** How much an event matters. */
    public enum Level {
      ERROR,
      WARNING,
      INFO,
      DEBUG;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }
  }

  /**
   * Policies in files.
   *
   * @param directory whose YAML and JSON files hold them; empty: only the cluster does
   */
  public record PolicyFiles(Optional<Path> directory) {}

  /**
   * The price book in the cluster, from which every replica has the prices that only the leader
   * asks for.
   *
   * @param every the least time between two publications
   */
  public record Publish(Duration every) {}

  /** Where offers come from. */
  public sealed interface Source {
    /** A market file, read again when it changes. */
    record File(Path path) implements Source {}

    /**
     * AWS, region by region.
     *
     * @param regions at least one
     * @param every how often spot prices are asked for
     */
    record Aws(List<String> regions, Duration every, Endpoints endpoints) implements Source {
      /** What the name of a region looks like. */
      public static final String REGION = "[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}";

      public Aws {
        regions = List.copyOf(regions);
      }

      /**
       * Where AWS answers, where that is not for its SDK to say.
       *
       * @param advisor the Spot Advisor's file; empty: it is not read
       */
      public record Endpoints(
          Optional<URI> ec2, Optional<URI> pricing, Optional<URI> quotas, Optional<URI> advisor) {
        /** AWS's own, and no advisor. */
        public static final Endpoints NONE =
            new Endpoints(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
      }
    }
  }

  public WindfallConfig {
    roles = Set.copyOf(roles);
    sources = List.copyOf(sources);
  }

  /** The keys at the top, by which such a file is known. */
  static final List<String> SECTIONS =
      List.of(
          "cluster",
          "roles",
          "admission",
          "scheduler",
          "management",
          "log",
          "policies",
          "leftover",
          "market");

  private static final Shape<Integer> PORT = Shape.integer(0, 65535);

  /**
   * Reads the configuration.
   *
   * @param file where {@code text} is from; relative paths in it are relative to its directory
   * @param environment of the process; names that begin with WINDFALL_ count
   * @param flags by dotted path, such as {@code scheduler.port}
   * @throws UnreadableException with every problem there is
   */
  public static WindfallConfig read(
      Path file, String text, Map<String, String> environment, Map<String, String> flags) {
    Settings settings = new Settings(environment, flags);
    Section document = Document.read(file.toString(), text, settings);

    Cluster cluster = ClusterReader.read(document.section("cluster"), against(file));
    List<Role> roles = document.list("roles", Shape.oneOf(Role.values()), List.of(Role.values()));
    if (roles.isEmpty() && document.clean()) {
      document.reject("roles", "roles must name at least one of " + named(Role.values()));
    }
    Admission admission = AdmissionReader.read(document.section("admission"), PORT, against(file));
    Section scheduler = document.section("scheduler");
    String schedulerHost = scheduler.value("host", Shape.TEXT, "127.0.0.1");
    int schedulerPort = scheduler.value("port", PORT, 8888);
    boolean filter = scheduler.value("filter", Shape.FLAG, false);
    Optional<String> assign = scheduler.value("assign", Shape.MAYBE, Optional.empty());
    scheduler.refuseUnknown();
    Section management = document.section("management");
    String managementHost = management.value("host", Shape.TEXT, "0.0.0.0");
    int managementPort = management.value("port", PORT, 9090);
    management.refuseUnknown();
    Section logSection = document.section("log");
    Log log =
        new Log(
            logSection.value("format", Shape.oneOf(Log.Format.values()), Log.Format.TEXT),
            logSection.value("level", Shape.oneOf(Log.Level.values()), Log.Level.INFO));
    logSection.refuseUnknown();
    Section policies = document.section("policies");
    Optional<Path> directory =
        policies
            .value("directory", Shape.MAYBE, Optional.empty())
            .flatMap(path -> policies.value("directory", against(file)));
    policies.refuseUnknown();
    LeftoverConfig leftover = LeftoverConfig.read(document.section("leftover"));
    Section market = document.section("market");
    Section publish = market.section("publish");
    Duration publishEvery = publish.value("every", Shape.SECOND_TO_HOUR, Duration.ofSeconds(30));
    publish.refuseUnknown();
    Duration retryAfter = market.value("retryAfter", Shape.SECOND_TO_HOUR, Duration.ofMinutes(3));
    List<Source> sources = new ArrayList<>();
    for (Section source : market.sections("sources")) {
      SourceReader.read(source, against(file)).ifPresent(sources::add);
    }
    if (sources.isEmpty() && document.clean()) {
      market.reject(
          "sources",
          "market.sources must name at least one source, such as {type: file, path: market.yaml}");
    }
    market.refuseUnknown();
    document.refuseUnknown();
    settings.refuseUnknownFlags(document);
    document.orThrow();

    return new WindfallConfig(
        cluster,
        Set.copyOf(roles),
        admission,
        new Scheduler(schedulerHost, schedulerPort, filter, assign),
        new Management(managementHost, managementPort),
        log,
        new PolicyFiles(directory),
        leftover,
        new Publish(publishEvery),
        retryAfter,
        sources);
  }

  private static String named(Role... roles) {
    return Arrays.stream(roles).map(Role::toString).collect(Collectors.joining(", "));
  }

  private static Shape<Path> against(Path file) {
    return text -> {
      try {
        return file.toAbsolutePath().resolveSibling(Shape.SOME_TEXT.read(text)).normalize();
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException("must be a path", e);
      }
    };
  }
}
