package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.PodDifference.Line;
import dev.windfall.kind.demo.PodDifference.Line.Mark;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodDifferenceTest {
  private static ObjectNode pod() {
    return Samples.pod("train", 1, "prefer");
  }

  private static List<String> changes(ObjectNode written, ObjectNode stored) {
    return PodDifference.of(written, stored).stream()
        .filter(line -> line.mark() != Mark.SAME)
        .map(Line::toString)
        .toList();
  }

  @Test
  void aPodThatNobodyTouchedIsShownWhole() {
    assertEquals(
        List.of(
            "  apiVersion: v1",
            "  kind: Pod",
            "  metadata:",
            "    name: train",
            "    annotations:",
            "      windfall.dev/spot: prefer",
            "  spec:",
            "    containers:",
            "    - name: main",
            "      image: trainer",
            "      resources:",
            "        limits:",
            "          nvidia.com/gpu: '1'"),
        PodDifference.of(pod(), pod()).stream().map(Line::toString).toList());
  }

  @Test
  void whatEveryApiServerSetsIsNotShown() throws Exception {
    try (Stage stage = new Stage()) {
      assertEquals(List.of(), changes(pod(), stage.cluster.createPod(pod())));
    }
  }

  /** The pod was shown as if somebody had taken its namespace away. */
  @Test
  void aNamespaceThatItsAuthorWroteIsThere() throws Exception {
    ObjectNode written = pod();
    written.withObjectProperty("metadata").put("namespace", "default");
    try (Stage stage = new Stage()) {
      assertEquals(List.of(), changes(written, stage.cluster.createPod(written)));
    }
  }

  @Test
  void whatWasAddedHasAPlus() {
    ObjectNode stored = pod();
    stored
        .withObjectProperty("spec")
        .putArray("tolerations")
        .addObject()
        .put("key", "nvidia.com/gpu")
        .put("operator", "Exists");

    assertEquals(
        List.of("+   tolerations:", "+   - key: nvidia.com/gpu", "+     operator: Exists"),
        changes(pod(), stored));
  }

  @Test
  void whatIsGoneHasAMinus() {
    ObjectNode stored = pod();
    stored.withObjectProperty("metadata").remove("annotations");

    assertEquals(
        List.of("-   annotations:", "-     windfall.dev/spot: prefer"), changes(pod(), stored));
  }

  @Test
  void whatChangedIsShownAsItWasAndAsItIs() {
    ObjectNode stored = pod();
    stored.withObject("/metadata/annotations").put("windfall.dev/spot", "never");

    assertEquals(
        List.of("-     windfall.dev/spot: prefer", "+     windfall.dev/spot: never"),
        changes(pod(), stored));
  }

  @Test
  void aLineThatBecameManyLeavesNoEmptyLine() {
    ObjectNode stored = pod();
    stored.withObjectProperty("metadata").putObject("annotations").put("a", "1").put("b", "2");

    assertEquals(
        List.of("-     windfall.dev/spot: prefer", "+     a: '1'", "+     b: '2'"),
        changes(pod(), stored));
  }

  @Test
  void textIsShownAsItIs() {
    String decision = "{\"asked\":{\"spot\":\"prefer\"}} & <more> " + "words ".repeat(50) + "end";
    ObjectNode stored = pod();
    stored.withObject("/metadata/annotations").put("windfall.dev/decision", decision);

    assertEquals(
        List.of("+     windfall.dev/decision: '" + decision + "'"), changes(pod(), stored));
  }

  @Test
  void neitherPodIsChanged() {
    ObjectNode stored = pod();
    stored.withObjectProperty("metadata").put("uid", "1234");
    ObjectNode before = stored.deepCopy();

    var _ = PodDifference.of(pod(), stored);

    assertEquals(before, stored);
  }
}
