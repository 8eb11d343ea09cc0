package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Page.Ink;
import dev.windfall.kind.demo.PlayedScheduler.Decision;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.market.Criteria;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking.Ranked;
import java.util.List;
import java.util.Locale;

/** One round through everything that Windfall does, each part shown as it happens. */
final class Tour {
  private static final int SHOWN_OFFERS = 10;

  /** As many open rungs with one GPU as the parts need to tell one from another. */
  private static final int NEEDED_RUNGS = 4;

  private final World world;
  private final Page page;

  Tour(World world, Page page) {
    this.world = world;
    this.page = page;
  }

  void run() throws InterruptedException {
    market();
    rungs();
    firstMachines();
    admission();
    Seen train = world.awaitRunning("train");
    scores(train);
    new Flip(world, page).run(train);
    launch();
    gate();
  }

  private void market() {
    PriceBook book = PriceBook.of(world.prices().offers().values(), List.of());
    List<Ranked> ranked = Rank.rank(Criteria.everything(), book, world.now()).offers();
    page.section(
        "1 The market",
        "%d spot offers in 3 zones, cheapest first. The prices are made up, and move."
            .formatted(ranked.size()));
    page.row("USD/GPU·H    MOVED   TYPE            ZONE            GPUS         USD/H");
    for (Ranked one : ranked.subList(0, SHOWN_OFFERS)) {
      Offer offer = one.offer();
      page.row(
          "%9s   %6s   %-13s   %-13s   %d x %-5s  %8s"
              .formatted(
                  Page.usd(one.index().usdPerGpuHour()),
                  Page.percent(world.prices().moved(offer.key())),
                  offer.key().instanceType(),
                  offer.key().zone(),
                  offer.gpu().count(),
                  offer.gpu().model(),
                  Page.usd(offer.usdPerHour().dollars())));
    }
    page.row(Ink.DIM, "and %d more".formatted(ranked.size() - SHOWN_OFFERS));
  }

  private void rungs() throws InterruptedException {
    world.await(
        "Windfall made no rungs of the market",
        () -> world.openWithOneGpu().size() >= NEEDED_RUNGS);
    page.section(
        "2 The rungs",
        ("The SpotPool \"%s\" allows g5, g6 and g6e up to %s USD per GPU-hour. Of each of its best"
                + " offers Windfall makes a NodePool, a rung, and Karpenter buys from the heaviest"
                + " that fits a pod. The template of a rung never changes; its weight does.")
            .formatted(Samples.POOL, Samples.POOL_CAP));
    page.row("WEIGHT   STATE    USD/GPU·H   TYPE            ZONE            WHY");
    List<RungView> rungs = world.rungs();
    double cheapest = rungs.getFirst().price();
    for (RungView rung : rungs) {
      page.row(
          rung.open() ? Ink.GREEN : Ink.RED,
          "%6d   %-6s   %9s   %-13s   %-13s   %s"
              .formatted(
                  rung.weight(),
                  rung.state().toLowerCase(Locale.ROOT),
                  Page.usd(rung.price()),
                  rung.offer().instanceType(),
                  rung.offer().zone(),
                  why(rung, cheapest)));
    }
  }

  private static String why(RungView rung, double cheapest) {
    if (!rung.open()) {
      return rung.reason();
    }
    long above = Math.round(100 * (rung.price() / cheapest - 1));
    return above == 0 ? "the cheapest" : "%d%% above the cheapest".formatted(above);
  }

  /**
   * Four machines that are there already: the cheapest, the next but one twice, of which a job
   * holds one, and the one after.
   */
  private void firstMachines() throws InterruptedException {
    List<RungView> small = world.openWithOneGpu();
    var _ = world.karpenter().launch(world.nodePool(small.get(0)));
    String busy = world.karpenter().launch(world.nodePool(small.get(2)));
    var _ = world.karpenter().launch(world.nodePool(small.get(2)));
    var _ = world.karpenter().launch(world.nodePool(small.get(3)));
    world.await("the first machines did not come", () -> world.situation().nodes().size() == 4);
    ObjectNode job = Samples.pod("job", 1, "prefer");
    ((ObjectNode) job.path("spec")).putObject("nodeSelector").put("kubernetes.io/hostname", busy);
    var _ = world.cluster().createPod(job);
    var _ = world.awaitRunning("job");
  }

  private void admission() throws InterruptedException {
    ObjectNode pod = Samples.capped(Samples.pod("train", 1, "prefer"), Samples.POD_CAP);
    page.section(
        "3 A pod is admitted",
        "kubectl create -f train.yaml: the API server asks the webhook, which makes plain"
            + " Kubernetes constraints of two annotations. The lines with a + are what it added.");
    ObjectNode stored = world.cluster().createPod(pod);
    for (PodDifference.Line line : PodDifference.of(pod, stored)) {
      switch (line.mark()) {
        case SAME -> page.row(line.toString());
        case ADDED -> page.row(Ink.GREEN, line.toString());
        case GONE -> page.row(Ink.RED, line.toString());
      }
    }
  }

  private void scores(Seen train) {
    Decision decision = world.scheduler().decision(train.name()).orElseThrow();
    page.section(
        "4 Nodes are scored",
        "%d free nodes can take it. The scheduler sends them to the extender, %s, and takes the best."
            .formatted(decision.candidates().size(), world.extender().uri()));
    page.row("SCORE   USD/GPU·H   TYPE            ZONE            NODE");
    Situation now = world.situation();
    for (String node : decision.candidates()) {
      Offer offer = world.offerOf(node);
      boolean taken = node.equals(decision.node());
      page.row(
          taken ? Ink.GREEN : Ink.PLAIN,
          "%5d   %9s   %-13s   %-13s   %s%s"
              .formatted(
                  decision.scores().getOrDefault(node, 0),
                  Page.usd(offer.usdPerHour().dollarsEach(used(node, train, now))),
                  offer.key().instanceType(),
                  offer.key().zone(),
                  node,
                  taken ? "   train runs here" : ""));
    }
  }

  /** How many of the node's GPUs are in use with this pod: over so many its price is counted. */
  private static int used(String node, Seen pod, Situation now) {
    int others =
        now.on(node).stream()
            .filter(one -> !one.name().equals(pod.name()))
            .mapToInt(one -> one.pod().gpus())
            .sum();
    return others + pod.pod().gpus();
  }

  private void launch() throws InterruptedException {
    String cap = world.offer(world.openWithOneGpu().getFirst().offer()).usdPerHour().toString();
    page.section(
        "6 The next node is the cheapest",
        "The pod eval pays %s at most, and no free node is that cheap. Karpenter rents from the heaviest rung."
            .formatted(cap));
    var _ = world.cluster().createPod(Samples.capped(Samples.pod("eval", 1, "require"), cap));
    String node = world.awaitRunning("eval").pod().nodeName();
    page.row(
        Ink.GREEN, "eval runs on a new node, %s, %s.".formatted(node, world.offerOf(node).key()));
  }

  private void gate() throws InterruptedException {
    double cheapest =
        world.rungs().stream()
            .mapToDouble(rung -> world.offer(rung.offer()).usdPerHour().dollars())
            .min()
            .orElseThrow();
    String cap = String.format(Locale.ROOT, "%.2f", Math.floor(cheapest * 95) / 100);
    page.section(
        "7 A pod waits for its price",
        "The pod sweep pays %s at most, and nothing is that cheap. It waits behind a scheduling gate, and its event says why:"
            .formatted(cap));
    var _ = world.cluster().createPod(Samples.capped(Samples.pod("sweep", 1, "require"), cap));
    world.await(
        "no event says why the pod sweep waits",
        () -> !world.cluster().eventsOf("sweep", "Waiting").isEmpty());
    page.words(Ink.YELLOW, world.cluster().eventsOf("sweep", "Waiting").getFirst());
  }
}
