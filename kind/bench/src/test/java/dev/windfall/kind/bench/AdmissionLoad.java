package dev.windfall.kind.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.server.AdmissionPort;
import dev.windfall.webhook.Admission;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Admissions at a constant rate, as an API server under load sends them: over a few connections
 * that it keeps, and on time, whether the last answer has come or not. Beside them a handler that
 * does nothing, which is what transport, machine and its other programs cost.
 */
final class AdmissionLoad {
  private static final int OFFERS = 20_000;
  private static final int POOLS = 5;
  private static final int WISHES = 50;
  private static final int A_SECOND = 200;
  private static final int CONNECTIONS = 4;
  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final Duration WARM_UP = Duration.ofSeconds(10);

  /** A thread that is woken is late by about as much, so the rest is waited for awake. */
  private static final long AWAKE = 150_000;

  private AdmissionLoad() {}

  public static void main(String[] args) throws Exception {
    // What Helidon says of its start would stand between the figures.
    Logger.getLogger("").setLevel(Level.WARNING);
    PrometheusRegistry registry = new PrometheusRegistry();
    PriceBook book = Books.book(OFFERS);
    List<SpotPool> pools = IntStream.range(0, POOLS).mapToObj(AdmissionLoad::pool).toList();
    Admission admission =
        new Admission(
            () -> book,
            () -> pools,
            () -> Surroundings.NONE,
            Optional::empty,
            () -> false,
            InstantSource.fixed(Books.NOW),
            registry);
    System.out.printf(
        "%d admissions a second for %d s on %d connections without TLS; %d offers, %d pools,"
            + " %d capped pods%n",
        A_SECOND, MEASURED.toSeconds(), CONNECTIONS, OFFERS, POOLS, WISHES);
    System.out.printf("%-34s %8s %8s %8s ms%n", "", "p50", "p99", "max");

    Times server = new Times();
    try (AdmissionPort port = AdmissionPort.open(admission, server)) {
      Times client = run(port, server);
      server.print("admission, in the server");
      client.print("admission, as the client sees it");
    }
    Times floor = new Times();
    try (AdmissionPort port = AdmissionPort.empty(floor)) {
      Times client = run(port, floor);
      floor.print("empty handler, in the server");
      client.print("empty handler, as the client sees it");
    }
    printMetrics(registry);
  }

  /** The client's times; those before are forgotten, in the server too. */
  private static Times run(AdmissionPort port, Times server) throws Exception {
    var _ = load(port, WARM_UP);
    server.forget();
    return load(port, MEASURED);
  }

  private static Times load(AdmissionPort port, Duration length) throws Exception {
    Times times = new Times();
    long begin = System.nanoTime() + 10_000_000;
    long calls = length.toSeconds() * A_SECOND;
    try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        int first = i;
        running.add(
            threads.submit(() -> {
              caller(port, begin, first, calls, times);
              return null;
            }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
    return times;
  }

  /**
   * Makes every fourth call, each when it is due. What is sent late counts from when it was due.
   */
  private static void caller(AdmissionPort port, long begin, long first, long calls, Times times)
      throws IOException {
    List<byte[]> reviews =
        IntStream.range(0, WISHES)
            .mapToObj(AdmissionLoad::review)
            .map(AdmissionLoad::call)
            .toList();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.port())) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (long call = first; call < calls; call += CONNECTIONS) {
        long due = begin + call * 1_000_000_000 / A_SECOND;
        awaitNanos(due);
        socket.getOutputStream().write(reviews.get((int) (call % WISHES)));
        readAnswer(in);
        times.accept(System.nanoTime() - due);
      }
    }
  }

  private static void awaitNanos(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > AWAKE) {
        LockSupport.parkNanos(left - AWAKE);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private static void readAnswer(InputStream in) throws IOException {
    String status = line(in);
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new IOException("answered with " + status);
    }
    int length = 0;
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      if (field.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(field.substring(field.indexOf(':') + 1).strip());
      }
    }
    in.skipNBytes(length);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended in the middle of an answer");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  private static byte[] call(String review) {
    return ("POST %s HTTP/1.1\r\nHost: windfall\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n%s")
        .formatted(AdmissionPort.PATH, review.length(), review)
        .getBytes(US_ASCII);
  }

  /** What may be bought in one region. */
  private static SpotPool pool(int region) {
    return SpotPool.read(
        "pool.yaml",
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPool
        metadata: {name: gpu-%1$d}
        spec:
          provider: aws
          region: eu-central-%1$d
          nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
          capacity: %2$s
        """
            .formatted(region, region == POOLS - 1 ? "on-demand" : "spot"));
  }

  /** Pods that differ in cap, GPUs, wish, lost work, own constraints and length. */
  private static String review(int wish) {
    String containers =
        IntStream.range(0, 1 + wish % 4)
            .mapToObj(i -> container(i, i == 0 ? 1 << wish % 4 : 0, 10 + wish))
            .collect(Collectors.joining(","));
    String own =
        wish % 3 == 0
            ? """
            "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{
            "nodeSelectorTerms":[{"matchExpressions":[{"key":"topology.kubernetes.io/zone",
            "operator":"In","values":["zone-%d","zone-%d"]}]}]}}},\
            """
                .formatted(wish % 20, wish % 20 + 1)
            : "";
    return """
    {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{
    "uid":"705ab4f5-6393-11e8-b7cc-42010a8%05d","kind":{"group":"","version":"v1","kind":"Pod"},
    "resource":{"group":"","version":"v1","resource":"pods"},"namespace":"team-%d",
    "operation":"CREATE","userInfo":{"username":"system:serviceaccount:kube-system:job-controller"},
    "object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"train-%d-",
    "labels":{"app":"train","batch.kubernetes.io/job-name":"train-%d"},
    "annotations":{"windfall.dev/spot":"%s","windfall.dev/max-price-per-gpu":"%.2f",
    "windfall.dev/lost-work":"%dm"}},
    "spec":{%s"restartPolicy":"Never","schedulerName":"default-scheduler","tolerations":[
    {"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute"}],
    "containers":[%s]}},"oldObject":null,"dryRun":false}}
    """
        .formatted(
            wish,
            wish % 7,
            wish,
            wish,
            wish % 2 == 0 ? "require" : "prefer",
            0.25 + 0.02 * wish,
            5 + 10 * wish,
            own,
            containers);
  }

  private static String container(int number, int gpus, int variables) {
    String env =
        IntStream.range(0, variables)
            .mapToObj(
                i -> "{\"name\":\"VARIABLE_%d\",\"value\":\"a value of some length\"}".formatted(i))
            .collect(Collectors.joining(","));
    String limits = "\"cpu\":\"2\",\"memory\":\"8Gi\"";
    return """
    {"name":"c%d","image":"train:1","env":[%s],
    "resources":{"limits":{%s}},
    "volumeMounts":[{"name":"data","mountPath":"/data"}]}\
    """
        .formatted(
            number, env, gpus > 0 ? limits + ",\"nvidia.com/gpu\":\"" + gpus + "\"" : limits);
  }

  /** What Windfall itself counted, from the first call on. */
  private static void printMetrics(PrometheusRegistry registry) {
    HistogramSnapshot durations =
        (HistogramSnapshot)
            registry.scrape(name -> name.equals("windfall_admission_duration_seconds")).get(0);
    var buckets = durations.getDataPoints().get(0).getClassicBuckets();
    long all = durations.getDataPoints().get(0).getCount();
    long within = 0;
    for (int i = 0; i < buckets.size() && within < 0.99 * all; i++) {
      within += buckets.getCount(i);
      if (within >= 0.99 * all) {
        System.out.printf(
            "windfall_admission_duration_seconds: %.2f %% within %.2f ms, the warm-up among them%n",
            100.0 * within / all, 1000 * buckets.getUpperBound(i));
      }
    }
    for (var outcome :
        ((CounterSnapshot)
                registry.scrape(name -> name.equals("windfall_admission_reviews")).get(0))
            .getDataPoints()) {
      System.out.printf("%s %.0f; ", outcome.getLabels().get("outcome"), outcome.getValue());
    }
    System.out.println();
  }

  /** Times of one kind, by many threads; at most as many as one run makes. */
  private static final class Times implements LongConsumer {
    private final long[] nanos = new long[(int) MEASURED.toSeconds() * A_SECOND];
    private final AtomicInteger count = new AtomicInteger();

    @Override
    public void accept(long time) {
      nanos[count.getAndIncrement()] = time;
    }

    void forget() {
      count.set(0);
    }

    void print(String what) {
      int n = count.get();
      Arrays.sort(nanos, 0, n);
      System.out.printf(
          "%-34s %8.2f %8.2f %8.2f%n",
          what, nanos[n / 2] / 1e6, nanos[n * 99 / 100] / 1e6, nanos[n - 1] / 1e6);
    }
  }
}
