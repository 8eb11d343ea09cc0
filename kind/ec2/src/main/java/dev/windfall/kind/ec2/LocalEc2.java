package dev.windfall.kind.ec2;

import io.helidon.webserver.WebServer;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * EC2 on a loopback port, as far as prices go: the Query protocol, paging, and what goes wrong.
 * Pricing, Service Quotas and the Spot Advisor answer on the same port. Signatures are not checked;
 * they only say which region is meant.
 */
public final class LocalEc2 implements AutoCloseable {
  private final InstantSource clock;
  private final ConcurrentMap<String, Region> regions = new ConcurrentHashMap<>();
  private final Faults faults = new Faults();
  private final Journal journal = new Journal();
  private final Pages pages = new Pages();
  private final Endpoint endpoint;
  private final WebServer server;

  private LocalEc2(InstantSource clock, int port) {
    this.clock = clock;
    endpoint = new Endpoint(regions, this::region, faults, journal, pages, clock);
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(port)
            .useNio(false)
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofMillis(100))
            .connectionOptions(options -> options.tcpNoDelay(true))
            .routing(routing -> routing.any(endpoint))
            .build()
            .start();
  }

  /** Starts on a free port of 127.0.0.1, with the machine's clock. */
  public static LocalEc2 start() {
    return start(InstantSource.system());
  }

  /** Starts on a free port of 127.0.0.1; prices that move are stamped by this clock. */
  public static LocalEc2 start(InstantSource clock) {
    return start(clock, 0);
  }

  /** Starts on this port of 127.0.0.1; 0 for a free one. */
  public static LocalEc2 start(InstantSource clock, int port) {
    return new LocalEc2(clock, port);
  }

  /** Where EC2, Pricing and Service Quotas answer. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /** Where the Spot Advisor's file is. */
  public URI advisor() {
    return uri().resolve("/spot-advisor-data.json");
  }

  /** What a region offers: nothing, at first. */
  public Region region(String name) {
    return regions.computeIfAbsent(name, one -> new Region(one, clock));
  }

  /** What shall go wrong. */
  public Faults faults() {
    return faults;
  }

  /** How many items a page has from now on, whatever is asked for; 1000 at first. */
  public void pageSize(int items) {
    pages.size(items);
  }

  /** What it was asked, oldest first, requests that met a fault among them. */
  public List<Asked> requests() {
    return journal.all();
  }

  /** The requests for one action, oldest first. */
  public List<Asked> requests(String action) {
    return journal.all().stream().filter(asked -> asked.action().equals(action)).toList();
  }

  /** How many bytes its answers had so far. */
  public long bytesSent() {
    return endpoint.sent();
  }

  /** Forgets what it was asked so far. */
  public void forgetRequests() {
    journal.forget();
  }

  @Override
  public void close() {
    server.stop();
  }
}
