package dev.windfall.reconciler.bursts;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What machines there are, and what may be bought. */
class FleetTest {
  private static final PriceBook BOOK =
      book(
          offer("g6.12xlarge", "a", Capacity.SPOT, 4, "2.00", Optional.empty()),
          offer("g6.xlarge", "a", "0.40"));
  private static final OfferKey LARGE = new OfferKey("eu-central-1a", "g6.12xlarge", Capacity.SPOT);

  private final List<LiveRung> rungs = new ArrayList<>();
  private final List<LiveClaim> claims = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();
  private final Set<String> retiring = new HashSet<>();

  private interface Reader<T> {
    T read(JsonParser json) throws IOException;
  }

  private static <T> T read(Reader<T> reader, String json) {
    try (JsonParser parser = new ObjectMapper().createParser(json.replace('\'', '"'))) {
      parser.nextToken();
      return reader.read(parser);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FleetTest rung(String name, String offer, String annotations, String spec) {
    rungs.add(
        read(
            LiveRung::read,
            """
            {'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': 'gpu'},
              'annotations': {'windfall.dev/offer': '%s'%s}}, 'spec': {'weight': 50%s}}
            """
                .formatted(name, offer, annotations, spec)));
    return this;
  }

  private FleetTest claim(String name, String rung, String machine, String status) {
    claims.add(
        read(
            LiveClaim::read,
            """
            {'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s',
              'windfall.dev/machine': '%s'}}, 'status': {%s}}
            """
                .formatted(name, rung, machine, status)));
    return this;
  }

  private FleetTest bound(String node, int gpus) {
    return pod("", "'nodeName': '" + node + "', ", gpus);
  }

  private FleetTest assigned(String ticket, int gpus) {
    return pod("'windfall.dev/assigned': '" + ticket + "'", "", gpus);
  }

  private FleetTest pod(String annotations, String spec, int gpus) {
    pods.add(
        read(
            Pod::read,
            """
            {'metadata': {'name': 'p', 'namespace': 'n', 'annotations': {%s}}, 'spec': {%s
              'tolerations': [{'operator': 'Exists'}], 'containers': [{'resources': {'requests':
                {'nvidia.com/gpu': '%d', 'cpu': '100m'}}}]}, 'status': {'phase': 'Pending'}}
            """
                .formatted(annotations, spec, gpus)));
    return this;
  }

  private Fleet fleet() {
    return Fleet.of(rungs, claims, pods, retiring, BOOK, Market.NOW);
  }

  private List<String> machines() {
    return fleet().machines().stream()
        .map(machine -> machine.name() + " " + machine.free() + (machine.idle() ? " idle" : ""))
        .toList();
  }

  private FleetTest large() {
    return rung("large", LARGE.toString(), "", "");
  }

  @Test
  void aMachineThatIsThereHasWhatItsPodsLeave() {
    large().claim("c", "large", "m", "'nodeName': 'n1'").bound("n1", 1).bound("other", 4);

    assertEquals(List.of("m 3"), machines());
  }

  @Test
  void aMachineWithoutPodsIsIdle() {
    large().claim("c", "large", "m", "'nodeName': 'n1'");

    assertEquals(List.of("m 4 idle"), machines());
  }

  @Test
  void aMachineOnItsWayHasWhatItWasNotBoughtFor() {
    large().claim("c", "large", "m", "").assigned(LARGE + "/m", 3);

    assertEquals(List.of("m 1"), machines());
  }

  @Test
  void aMachineOnItsWayThatNobodySaysAWordOfBelongsToOthers() {
    large().claim("c", "large", "m", "");

    assertEquals(List.of(), machines());
  }

  @Test
  void aMachineThatIsOnlyPromisedIsNotBoughtTwice() {
    rung("large", LARGE.toString(), "", ", 'limits': {'nvidia.com/gpu': '8'}")
        .assigned(LARGE + "/m", 2)
        .assigned(LARGE + "/m", 1);

    assertEquals(List.of("m 1"), machines());
    assertEquals(1, Objects.requireNonNull(fleet().open().get(LARGE)).room());
  }

  @Test
  void aPodThatIsBoundCountsOnItsNodeOnly() {
    large().claim("c", "large", "m", "'nodeName': 'n1'");
    pod("'windfall.dev/assigned': '" + LARGE + "/m'", "'nodeName': 'n1', ", 1);

    assertEquals(List.of("m 3"), machines());
  }

  @Test
  void aMachineThatGetsNoNewWorkHasNoPlaces() {
    large().claim("c", "large", "m", "'nodeName': 'n1'").bound("n1", 1);
    retiring.add("n1");

    assertEquals(List.of(), machines());
  }

  /** Anybody may write such a promise into a pod of their own. */
  @Test
  void aPromiseCountsAmongPodsOfItsNamespaceAndNotForLong() {
    large().assigned(LARGE + "/m", 1);
    assertEquals("n", fleet().machines().getFirst().namespace());
    pods.clear();
    pod(
        "'windfall.dev/assigned': '"
            + LARGE
            + "/m'}, 'creationTimestamp': '2026-11-20T09:40:00Z', 'x': {",
        "",
        1);
    assertEquals(List.of(), machines(), "twenty minutes old");
    pods.clear();
    assigned(LARGE + "/not a label!", 1);
    assertEquals(List.of(), machines(), "no pod could be held to that");
  }

  @Test
  void whatCannotBeReadAsAPromiseIsNone() {
    large().assigned("nonsense", 1).assigned("eu-central-1z.none.spot/x", 1);

    assertEquals(List.of(), machines());
  }

  @Test
  void aClosedRungBuysNothingAndItsMachinesAreNotFilled() {
    rung("large", LARGE.toString(), ", 'windfall.dev/closed': 'too dear'", "")
        .claim("c", "large", "m", "'nodeName': 'n1'");

    assertTrue(fleet().open().isEmpty());
    assertEquals(List.of(), machines());
  }

  @Test
  void aRungHasAsMuchRoomAsItsLimitLeaves() {
    rung("large", LARGE.toString(), "", ", 'limits': {'nvidia.com/gpu': '8'}")
        .claim("c", "large", "m", "'nodeName': 'n1'");

    assertEquals(1, Objects.requireNonNull(fleet().open().get(LARGE)).room());
  }

  @Test
  void whatAMachineSaysOfItselfCountsWhereItIsLess() {
    large()
        .claim(
            "c",
            "large",
            "m",
            "'nodeName': 'n1', 'allocatable': {'nvidia.com/gpu': '3', 'cpu': '2', 'memory': '1Gi'}")
        .bound("n1", 1);
    Fleet.Machine machine = fleet().machines().getFirst();

    assertEquals(2, machine.free());
    assertEquals(1_900, machine.room().milliCpu());
    assertEquals(1L << 30, machine.room().memory());
  }
}
