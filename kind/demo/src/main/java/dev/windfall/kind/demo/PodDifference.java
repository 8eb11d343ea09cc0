package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.difflib.text.DiffRow;
import com.github.difflib.text.DiffRowGenerator;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** What became of a pod between its author and the store, as lines of YAML. */
final class PodDifference {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What every API server sets where its author did not. */
  private static final List<String> OWN =
      List.of("uid", "resourceVersion", "creationTimestamp", "generation", "namespace");

  private PodDifference() {}

  /** A line, and whether it was there before, is new, or is gone. */
  record Line(Mark mark, String text) {
    enum Mark {
      SAME("  "),
      ADDED("+ "),
      GONE("- ");

      private final String text;

      Mark(String text) {
        this.text = text;
      }
    }

    @Override
    public String toString() {
      return mark.text + text;
    }
  }

  static List<Line> of(ObjectNode written, ObjectNode stored) {
    ObjectNode cleaned = stored.deepCopy();
    cleaned
        .withObjectProperty("metadata")
        .remove(OWN.stream().filter(field -> !written.path("metadata").has(field)).toList());
    cleaned.remove("status");
    List<DiffRow> rows =
        DiffRowGenerator.create()
            .lineNormalizer(line -> line)
            .build()
            .generateDiffRows(yaml(written), yaml(cleaned));
    List<Line> lines = new ArrayList<>();
    for (DiffRow row : rows) {
      switch (row.getTag()) {
        case EQUAL -> lines.add(new Line(Line.Mark.SAME, row.getNewLine()));
        case INSERT -> lines.add(new Line(Line.Mark.ADDED, row.getNewLine()));
        case DELETE -> lines.add(new Line(Line.Mark.GONE, row.getOldLine()));
        case CHANGE -> {
          lines.add(new Line(Line.Mark.GONE, row.getOldLine()));
          lines.add(new Line(Line.Mark.ADDED, row.getNewLine()));
        }
      }
    }
    return lines;
  }

  private static List<String> yaml(ObjectNode object) {
    DumpSettings block =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(10_000)
            .setSplitLines(false)
            .build();
    return new Dump(block).dumpToString(MAPPER.convertValue(object, Object.class)).lines().toList();
  }
}
