package dev.windfall.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.windfall.server.Table.Column;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code windfall score} says.
 *
 * @param answer the server's explanation, which is not trusted: names of nodes come from a cluster
 * @param nodes of it, best first
 */
record ScoreReport(JsonNode answer, List<JsonNode> nodes) {
  /** More rows than fit on a screen or two help nobody. */
  private static final int MOST_ROWS = 50;

  private static final int LONGEST_NAME = 253;
  private static final int LONGEST_REASON = 500;

  /** What is not ASCII stands as its number: a terminal obeys some of it. */
  private static final ObjectWriter JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build()
          .writerWithDefaultPrettyPrinter();

  static ScoreReport of(JsonNode answer) {
    return new ScoreReport(answer, answer.path("nodes").valueStream().toList());
  }

  String table() {
    StringBuilder text = new StringBuilder();
    if (!nodes.isEmpty()) {
      text.append(rows());
    }
    List<String> notes = notes();
    if (!notes.isEmpty()) {
      text.append(text.isEmpty() ? "" : "\n").append(String.join("\n", notes)).append('\n');
    }
    return text.toString();
  }

  private Table rows() {
    Table table =
        new Table(
            List.of(
                Column.text("NODE"),
                Column.number("SCORE"),
                Column.text("OFFER"),
                Column.number("USD/H"),
                Column.number("GPUS"),
                Column.number("INDEX"),
                Column.number("AGE"),
                Column.text("WHY")));
    nodes.stream().limit(MOST_ROWS).forEach(node -> table.row(cells(node)));
    return table;
  }

  private static List<String> cells(JsonNode node) {
    return List.of(
        name(node),
        node.path("sent").asBoolean() ? String.valueOf(node.path("score").asInt()) : "-",
        text(node, "offer", LONGEST_NAME).orElse("-"),
        number(node, "usdPerHour", "%.4f"),
        node.path("usable").isNumber()
            ? plain(node.path("usedWithPod").asDouble())
                + "/"
                + plain(node.path("usable").asDouble())
            : "-",
        number(node, "index", "%.4f"),
        node.path("ageSeconds").isNumber()
            ? RankReport.age(Duration.ofSeconds(node.path("ageSeconds").asLong()))
            : "-",
        why(node));
  }

  private static String name(JsonNode node) {
    return text(node, "node", LONGEST_NAME).orElse("-");
  }

  private static String why(JsonNode node) {
    String why = text(node, "why", LONGEST_REASON).orElse("");
    return text(node, "breaksWish", LONGEST_REASON)
        .map(wish -> why + "; breaks the pod's wish: " + wish)
        .orElse(why);
  }

  private static Optional<String> text(JsonNode node, String field, int longest) {
    JsonNode value = node.path(field);
    return value.isTextual()
        ? Optional.of(Printable.of(value.asText(), longest))
        : Optional.empty();
  }

  private static String number(JsonNode node, String field, String format) {
    JsonNode value = node.path(field);
    return value.isNumber() ? String.format(Locale.ROOT, format, value.asDouble()) : "-";
  }

  /** A share of a GPU has a fraction, a GPU has none. */
  private static String plain(double gpus) {
    return BigDecimal.valueOf(gpus)
        .setScale(2, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }

  /** What the rows do not show. */
  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (nodes.size() > MOST_ROWS) {
      notes.add(
          "%d more score %d or less; --nodes asks about some, -o json shows all."
              .formatted(nodes.size() - MOST_ROWS, nodes.get(MOST_ROWS).path("score").asInt()));
    }
    int full = answer.path("nodesWithoutRoom").asInt();
    if (full > 0 && nodes.stream().allMatch(node -> node.path("hasRoom").asBoolean())) {
      notes.add(
          "%s too few free GPUs for the pod; --nodes asks about such too."
              .formatted(full == 1 ? "1 more node has" : full + " more nodes have"));
    }
    if (answer.path("offers").asInt(1) == 0) {
      notes.add("The server knows no price at all: windfall doctor says how its sources are.");
    } else if (!nodes.isEmpty()
        && nodes.stream().noneMatch(node -> node.path("index").isNumber())) {
      notes.add("No price of these nodes is known, so all score the same.");
    }
    return notes;
  }

  /** Why the question was not answered in full; empty: it was. */
  Optional<String> trouble(URI server) {
    if (answer.path("nodesKnown").asInt() == 0) {
      return Optional.of(
          server
              + " knows no node with GPUs; kubectl get nodes"
              + " -o custom-columns='NAME:.metadata.name,GPUS:.status.allocatable.nvidia\\.com/gpu'"
              + " shows what the device plug-in has reported");
    }
    String strangers =
        nodes.stream()
            .filter(node -> !node.path("known").asBoolean())
            .limit(5)
            .map(node -> '"' + name(node) + '"')
            .collect(Collectors.joining(", "));
    return strangers.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s knows no GPU node %s; without --nodes it answers for those it knows"
                .formatted(server, strangers));
  }

  String json() {
    try {
      return JSON.writeValueAsString(answer) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read as JSON is JSON", e);
    }
  }
}
