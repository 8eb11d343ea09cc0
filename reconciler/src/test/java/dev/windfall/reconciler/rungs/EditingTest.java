package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.CustomResources;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an edit of a SpotPool does while nodes run: the table of docs/spotpool.md. */
class EditingTest {
  private static final Offer CHEAP = offer("g6.xlarge", "a", "0.40");
  private static final Offer OTHER = offer("g5.xlarge", "b", "0.50");
  private static final Offer LISTED =
      Market.offer("g6.2xlarge", "a", Capacity.ON_DEMAND, 1, "1.00", Optional.empty());

  private final Cluster cluster = new Cluster().pool("gpu", "").prices(book(CHEAP, OTHER, LISTED));

  /**
   * Each line is one edit. {@code open}: rungs that are open after it, of the two that were; {@code
   * made}: rungs that were made for it.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          # field                   | edit                                                     | open | made
          provider                  | 'provider': 'other'                                      | 2    | 0
          region                    | 'region': 'eu-north-1'                                   | 2    | 0
          nodeClassRef              | 'nodeClassRef': {'name': 'other'}                        | 0    | 2
          nodeClass                 | 'nodeClassRef': null, 'nodeClass': {'role': 'r', 'amiAlias': 'al2023@v1', 'subnetSelectorTags': {'a': 'b'}, 'securityGroupSelectorTags': {'a': 'b'}} | 0 | 2
          mode                      | 'mode': 'Observe'                                        | 2    | 0
          families                  | 'families': ['g6']                                       | 1    | 0
          gpu.models                | 'gpu': {'models': ['A10G']}                              | 0    | 0
          gpu.minCount              | 'gpu': {'minCount': 2}                                   | 0    | 0
          gpu.maxCount              | 'gpu': {'maxCount': 4}                                   | 2    | 0
          gpu.minMemory             | 'gpu': {'minMemory': '80Gi'}                             | 0    | 0
          capacity                  | 'capacity': 'on-demand'                                  | 0    | 1
          onDemandFallback.enabled  | 'onDemandFallback': {'enabled': true}                    | 2    | 1
          onDemandFallback.after    | 'onDemandFallback': {'enabled': true, 'after': '10m'}    | 2    | 0
          maxInstanceTypes          | 'maxInstanceTypes': 1                                    | 1    | 0
          maxZones                  | 'maxZones': 1                                            | 2    | 0
          targetCount               | 'targetCount': 6                                         | 2    | 0
          minPlacementScore         | 'minPlacementScore': 9                                   | 2    | 0
          maxPricePerGpu            | 'maxPricePerGpu': '0.45'                                 | 1    | 0
          limits.gpus               | 'limits': {'gpus': 1}                                    | 2    | 0
          limits.usdPerHour         | 'limits': {'usdPerHour': '0.10'}                         | 2    | 0
          labels                    | 'labels': {'team': 'research'}                           | 0    | 2
          taints                    | 'taints': [{'key': 'team', 'effect': 'NoSchedule'}]      | 0    | 2
          disruption.consolidateAfter | 'disruption': {'consolidateAfter': '1m'}               | 2    | 0
          disruption.emptyBudget    | 'disruption': {'emptyBudget': '1'}                       | 2    | 0
          disruption.maxNodeAge     | 'disruption': {'maxNodeAge': '24h'}                      | 2    | 0
          disruption.replaceRestartable | 'disruption': {'replaceRestartable': true}           | 2    | 0
          ranking.hysteresis        | 'ranking': {'hysteresis': '50%'}                         | 2    | 0
          ranking.minHold           | 'ranking': {'minHold': '1h'}                             | 2    | 0
          ranking.maxQuoteAge       | 'ranking': {'maxQuoteAge': '1m'}                         | 2    | 0
          """)
  void noNodeIsTouched(String field, String edit, int open, int made) {
    cluster.settle();
    List<String> before = List.copyOf(cluster.rungs.keySet());
    before.forEach(cluster::launch);
    List<JsonNode> templates = templates(before);

    cluster.pool("gpu", edit).settle();
    cluster.settle();

    assertEquals(open, before.stream().filter(this::open).count(), field + ": open");
    assertEquals(made, cluster.rungs.size() - before.size(), field + ": made");
    assertEquals(templates, templates(before), field + " has drifted a node");
    cluster.later(Duration.ofDays(30)).settle();
    assertTrue(
        cluster.rungs.keySet().containsAll(before), field + " has deleted a rung with nodes");
  }

  /**
   * The name of a class ends in a hash of what it is, so that rungs follow it, and no node does.
   */
  @Test
  void anEditOfANodeClassMakesRungsOfAnotherClass() {
    String described =
        "'nodeClassRef': null, 'nodeClass': {'role': '%s', 'amiAlias': 'al2023@v1',"
            + " 'subnetSelectorTags': {'a': 'b'}, 'securityGroupSelectorTags': {'a': 'b'}}";
    cluster.pool("gpu", described.formatted("nodes")).settle();
    List<String> before = List.copyOf(cluster.rungs.keySet());
    before.forEach(cluster::launch);
    List<JsonNode> templates = templates(before);

    cluster.pool("gpu", described.formatted("others")).settle();
    List<String> after = cluster.rungs.keySet().stream().filter(n -> !before.contains(n)).toList();

    assertEquals(0, before.stream().filter(this::open).count());
    assertEquals(templates, templates(before));
    assertEquals(2, after.size());
    Set<String> classes =
        cluster.rungs.values().stream()
            .map(rung -> rung.at("/spec/template/spec/nodeClassRef/name").asText())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(2, classes.size());
    assertTrue(
        classes.stream().allMatch(name -> name.matches("gpu-[0-9a-f]{8}")), classes::toString);
  }

  private boolean open(String rung) {
    return new LiveRung(cluster.rungObject(rung)).closed().isEmpty();
  }

  private List<JsonNode> templates(List<String> rungs) {
    return rungs.stream()
        .<JsonNode>map(rung -> cluster.rungObject(rung).at("/spec/template").deepCopy())
        .toList();
  }

  /** A field without a line here would be one of which nobody knows what an edit does. */
  @Test
  void everyFieldOfASpotPoolHasALineHereAndInTheDocumentation() throws IOException {
    ObjectNode definition = CustomResources.spotPool();
    Set<String> fields = new TreeSet<>();
    JsonNode spec =
        definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
    spec.properties()
        .forEach(field -> {
          JsonNode inner = field.getValue().path("properties");
          if (inner.isEmpty() || field.getKey().startsWith("nodeClass")) {
            fields.add(field.getKey());
          } else {
            inner.fieldNames().forEachRemaining(name -> fields.add(field.getKey() + "." + name));
          }
        });
    CsvSource table =
        java.util.Arrays.stream(EditingTest.class.getDeclaredMethods())
            .flatMap(method -> Optional.ofNullable(method.getAnnotation(CsvSource.class)).stream())
            .findFirst()
            .orElseThrow();
    Set<String> lines =
        table
            .textBlock()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("\\|", 2)[0].strip())
            .collect(Collectors.toCollection(TreeSet::new));
    String page = Files.readString(page());
    assertEquals(fields, lines);
    assertEquals(
        Set.of(),
        fields.stream()
            .filter(field -> !page.contains("`" + field + "`"))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Path page() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("docs/spotpool.md"))) {
      here = Objects.requireNonNull(here.getParent(), "docs/spotpool.md");
    }
    return here.resolve("docs/spotpool.md");
  }

  /** Its name is part of every rung's, so it is another pool. */
  @Test
  void aPoolThatIsRenamedIsAnotherAndTheFirstGoesAsDeletedOnesDo() {
    cluster.settle();
    List<String> before = List.copyOf(cluster.rungs.keySet());
    before.forEach(cluster::launch);
    cluster.delete("gpu").pool("renamed", "").settle();
    assertEquals(0, before.stream().filter(this::open).count());
    assertEquals(4, cluster.rungs.size());
  }
}
