package dev.windfall.kind.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.reconciler.publish.Publishing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cluster of GPU nodes with a pod on each, and prices for it, for a Windfall that is measured.
 */
final class Bed implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAMESPACE = "windfall-system";

  /** As many as a kubelet reports: nearly all of a node's size. */
  private static final int IMAGES = 50;

  /** Millionths of a dollar: far below and far above every other price. */
  private static final long CHEAP = 1_000;

  private static final long DEAR = 900_000_000;

  private final Path directory;
  private final LocalApiServer cluster = LocalApiServer.start();
  private final Publishing publishing = new Publishing(cluster.uri(), NAMESPACE);
  private final List<Offer> offers;
  private final List<String> nodes;
  private int moves;

  /** With {@code offers} offers, and nodes that were rented as some of them. */
  Bed(Path directory, int nodes, int offers) throws IOException {
    this.directory = directory;
    this.offers = Books.offers(offers);
    cluster.addNamespace(NAMESPACE);
    this.nodes = IntStream.range(0, nodes).mapToObj(Bed::name).toList();
    for (int i = 0; i < nodes; i++) {
      put(node(i, this.offers.get(2 * (i * 7 % (offers / 2)))));
      put(pod(i));
    }
    Files.writeString(
        kubeconfig(),
        """
        apiVersion: v1
        kind: Config
        current-context: here
        contexts: [{name: here, context: {cluster: here, user: me}}]
        clusters: [{name: here, cluster: {server: "%s"}}]
        users: [{name: me, user: {}}]
        """
            .formatted(cluster.uri()));
  }

  Path kubeconfig() {
    return directory.resolve("kubeconfig");
  }

  LocalApiServer cluster() {
    return cluster;
  }

  /** Has another replica lead, which asks the clouds and publishes what they say. */
  void followed() throws IOException {
    put(
        """
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
        "metadata":{"name":"windfall","namespace":"windfall-system"},
        "spec":{"holderIdentity":"another","leaseDurationSeconds":86400,"leaseTransitions":1,
        "acquireTime":"%1$s","renewTime":"%1$s"}}
        """
            // One that had died long ago would be taken at once.
            .formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
  }

  /** Says what may be bought; once Windfall has told the cluster what a SpotPool is. */
  void putPools() throws IOException {
    for (int i = 0; i < 5; i++) {
      put(pool(i));
    }
  }

  /** The names of all nodes. */
  List<String> nodes() {
    return nodes;
  }

  /** As a market file; another time at other prices. Returns {@code market.sources}. */
  String writeMarket() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("offers:");
    moved().forEach(offer -> lines.add(line(offer)));
    // Moved into its place, as a mounted file is.
    Path written = Files.write(directory.resolve("market.new"), lines);
    Path market = directory.resolve("market.yaml");
    Files.move(
        written, market, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return "[{type: file, path: \"%s\"}]".formatted(market);
  }

  /**
   * As the book that a leader publishes, for replicas that reach no cloud; another time at other
   * prices. Returns {@code market.sources}.
   */
  String publish() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    List<Offer> observed =
        moved().stream()
            .map(offer -> offer.observedAt(now.minusSeconds(offer.key().hashCode() & 63)))
            .toList();
    SourceHealth health =
        new SourceHealth(
            "aws eu-central-0", 1, Optional.of(now), Optional.empty(), List.of(), List.of());
    publishing.publish(PriceBook.of(observed, List.of(health)), now);
    String regions =
        offers.stream().map(Offer::region).distinct().collect(Collectors.joining(", "));
    return "[{type: aws, regions: [%s], endpoints: {ec2: \"%2$s\", pricing: \"%2$s\", quotas: \"%2$s\"}}]"
        .formatted(regions, "http://127.0.0.1:9");
  }

  /** One price in three moves each time, and that of the first node there and back. */
  private List<Offer> moved() {
    moves++;
    return IntStream.range(0, offers.size())
        .mapToObj(i -> {
          Offer offer = offers.get(i);
          long micros = offer.usdPerHour().micros();
          long now = i == 0 ? (moves % 2 == 0 ? CHEAP : DEAR) : micros + 100L * moves;
          return i == 0 || i % 3 == moves % 3 ? Books.at(offer, now) : offer;
        })
        .toList();
  }

  /** Whether {@code serving} answers by the prices that were written last. */
  boolean knownTo(Serving serving) throws IOException, InterruptedException {
    // A scheduler likes the cheaper of the two best, and the other is much dearer.
    String best = "{\"Host\":\"" + nodes.get(moves % 2 == 0 ? 0 : 1) + "\",\"Score\":10}";
    String worst = "{\"Host\":\"" + nodes.get(moves % 2 == 0 ? 1 : 0) + "\",\"Score\":0}";
    String scores = serving.prioritize(nodes.subList(0, 2));
    return scores.contains(best) && scores.contains(worst);
  }

  private static String line(Offer offer) {
    return ("- {provider: aws,region: %s,zone: %s,instanceType: %s,capacity: %s,"
            + "gpu: {model: %s,count: %d,memory: %s},cpu: %d,memory: %s,usdPerHour: \"%s\"}")
        .formatted(
            offer.region(),
            offer.key().zone(),
            offer.key().instanceType(),
            offer.key().capacity(),
            offer.gpu().model(),
            offer.gpu().count(),
            offer.gpu().memory(),
            offer.cpu(),
            offer.memory(),
            offer.usdPerHour());
  }

  private void put(String manifest) throws IOException {
    cluster.put((ObjectNode) JSON.readTree(manifest));
  }

  private static String name(int node) {
    return "ip-10-%d-%d-%d.eu-central-1.compute.internal"
        .formatted(node / 65536, node / 256 % 256, node % 256);
  }

  private static String node(int number, Offer offer) {
    String images =
        IntStream.range(0, IMAGES)
            .mapToObj(i ->
                "{\"names\":[\"images.example/team-%1$d/image-%1$d@sha256:%2$064x\"],\"sizeBytes\":%2$d}"
                    .formatted(i, 7 * i + 100_000_000))
            .collect(Collectors.joining(","));
    return """
    {"apiVersion":"v1","kind":"Node","metadata":{"name":"%s","labels":{
    "topology.kubernetes.io/region":"%s","topology.kubernetes.io/zone":"%s",
    "node.kubernetes.io/instance-type":"%s","karpenter.sh/capacity-type":"%s",
    "kubernetes.io/arch":"amd64","kubernetes.io/os":"linux"}},
    "status":{"allocatable":{"cpu":"%d","memory":"16Gi","nvidia.com/gpu":"%d"},"images":[%s]}}
    """
        .formatted(
            name(number),
            offer.region(),
            offer.key().zone(),
            offer.key().instanceType(),
            offer.key().capacity(),
            offer.cpu(),
            offer.gpu().count(),
            images);
  }

  private static String pod(int number) {
    return """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"train-%1$d","namespace":"team-%2$d",
    "labels":{"app":"train","batch.kubernetes.io/job-name":"train-%1$d"},
    "annotations":{"windfall.dev/spot":"prefer","windfall.dev/lost-work":"20m"}},
    "spec":{"nodeName":"%3$s","schedulerName":"windfall-scheduler","restartPolicy":"Never",
    "tolerations":[{"key":"nvidia.com/gpu","operator":"Exists","effect":"NoSchedule"}],
    "containers":[{"name":"main","image":"train:1",
    "resources":{"limits":{"cpu":"2","memory":"8Gi","nvidia.com/gpu":"1"}}}]},
    "status":{"phase":"Running"}}
    """
        .formatted(number, number % 20, name(number));
  }

  private static String pool(int region) {
    return """
    {"apiVersion":"windfall.dev/v1alpha1","kind":"SpotPool","metadata":{"name":"gpu-%1$d"},
    "spec":{"provider":"aws","region":"%2$s","capacity":"spot",
    "nodeClassRef":{"group":"karpenter.k8s.aws","kind":"EC2NodeClass","name":"gpu"}}}
    """
        .formatted(region, "eu-central-" + region);
  }

  @Override
  public void close() {
    cluster.close();
  }
}
