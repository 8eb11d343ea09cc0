package dev.windfall.market;

import static dev.windfall.market.Offers.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.GpuCounts;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeTest {

  @Test
  void whatMattersOfANodeIsRead() throws IOException {
    Node node =
        read(
            """
            {"kind":"Node","apiVersion":"v1","metadata":{"name":"ip-10-0-0-1","uid":"1","labels":
            {"karpenter.sh/capacity-type":"spot","karpenter.sh/nodepool":"gpu-a1b2c3d4",
            "kubernetes.io/arch":"amd64","node.kubernetes.io/instance-type":"g6.12xlarge",
            "topology.kubernetes.io/zone":"eu-central-1a"},"annotations":{"a":"b"}},
            "spec":{"providerID":"aws:///eu-central-1a/i-1","taints":[{"key":"nvidia.com/gpu",
            "value":"true","effect":"NoSchedule"}]},
            "status":{"capacity":{"cpu":"48","nvidia.com/gpu":"8"},"allocatable":{"cpu":"47810m",
            "memory":"186Gi","nvidia.com/gpu":"4"},"images":[{"names":["a"],"sizeBytes":1}]}}
            """);

    assertEquals("ip-10-0-0-1", node.name());
    assertEquals(Optional.of(key("eu-central-1a.g6.12xlarge.spot")), node.offer());
    assertEquals(GpuCounts.whole(4), node.gpus());
    assertEquals(GpuSlicing.NONE, node.slicing());
  }

  @Test
  void nodesAreAlikeWhenNothingButTheirNamesTellsThemApart() throws IOException {
    Node one = read(labelled("one", "'a':'b'", "{'key':'k','effect':'NoSchedule'}"));

    assertTrue(
        one.isLike(
            read(
                labelled(
                    "two",
                    "'a':'b'",
                    "{'effect':'NoSchedule','key':'k','timeAdded':'2026-11-20T10:00:00Z'}"))));
    assertFalse(one.isLike(one));
    assertFalse(one.isLike(read(labelled("two", "'a':'c'", "{'key':'k','effect':'NoSchedule'}"))));
    assertFalse(
        one.isLike(
            read(
                labelled(
                    "two",
                    "'a':'b'",
                    "{'key':'k','effect':'NoSchedule'},"
                        + "{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'}"))),
        "cordoned");
  }

  private static String labelled(String name, String label, String taints) {
    return """
    {'metadata':{'name':'%1$s','labels':{'kubernetes.io/hostname':'%1$s.local','its-name':'%1$s',%2$s}},
     'spec':{'taints':[%3$s]},'status':{'allocatable':{'nvidia.com/gpu':'1'}}}
    """
        .formatted(name, label, taints)
        .replace('\'', '"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # windfall.dev/offer | zone | type | capacity  | the offer
                               | a    | g6.x | spot      | a.g6.x.spot
                               | a    | g6.x | on-demand | a.g6.x.on-demand
                               | a    | g6.x | reserved  | a.g6.x.reserved
                               | a    | g6.x | SPOT      |
                               | a    | g6.x |           | a.g6.x.owned
                               | a    |      | spot      |
                               |      | g6.x | spot      |
          b.g5.x.spot          |      |      |           | b.g5.x.spot
          b.g5.x.owned         | a    | g6.x | spot      | b.g5.x.owned
          nonsense             | a    | g6.x | spot      | a.g6.x.spot
          nonsense             |      |      |           |
          """)
  void theLabelsSayWhatANodeWasRentedAs(
      String offer, String zone, String type, String capacity, String is) throws IOException {
    String labels =
        String.join(
            ",",
            "\"other\":null",
            label("windfall.dev/offer", offer),
            label("topology.kubernetes.io/zone", zone),
            label("node.kubernetes.io/instance-type", type),
            label("karpenter.sh/capacity-type", capacity));

    Node node = read("{\"metadata\":{\"labels\":{" + labels + "}}}");

    assertEquals(Optional.ofNullable(is), node.offer().map(OfferKey::toString));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"metadata\":null,\"status\":null}",
        "{\"metadata\":{\"labels\":null},\"status\":{\"allocatable\":null}}",
        "{\"status\":{\"capacity\":{\"nvidia.com/gpu\":\"8\"}}}",
        "{\"status\":{\"allocatable\":{\"amd.com/gpu\":\"8\"}}}",
        "{\"status\":{\"allocatable\":{\"nvidia.com/gpu\":\"0\"}}}",
      })
  void aNodeHasNoGpusUntilTheDevicePluginReportsThem(String json) throws IOException {
    assertEquals(new Node("", Optional.empty(), GpuCounts.NONE, GpuSlicing.NONE), read(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{\"metadata\":[]}", "{\"status\":{\"allocatable\":[]}}"})
  void anOddShapeHoldsNothing(String json) throws IOException {
    assertEquals(new Node("", Optional.empty(), GpuCounts.NONE, GpuSlicing.NONE), read(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"metadata\":{",
        "{\"status\":{\"allocatable\":{\"nvidia.com/gpu\":\"many\"}}}",
      })
  void whatIsNoNodeIsRefused(String json) {
    assertThrows(IOException.class, () -> read(json));
  }

  private static String label(String key, String value) {
    return value == null ? "\"no-" + key + "\":\"\"" : "\"" + key + "\":\"" + value + "\"";
  }

  private static Node read(String text) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(text)) {
      json.nextToken();
      return Node.read(json);
    }
  }
}
