package dev.windfall.kind.e2e;

import static java.util.stream.Collectors.joining;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** What each scenario costs, as docs/design.md has it. */
final class CostTable {
  private final Map<String, Row> rows = new LinkedHashMap<>();

  /**
   * One scenario; USD per hour.
   *
   * @param plain by Karpenter alone
   * @param without by Windfall's rungs
   * @param with by Windfall with bursts that are assigned
   * @param optimumWithout of the time of that run, as for {@code optimumWith}
   */
  record Row(
      String scenario,
      double plain,
      double without,
      double with,
      double optimumWithout,
      double optimumWith) {
    double plainRatio() {
      return plain / optimumWith;
    }

    double withoutRatio() {
      return without / optimumWithout;
    }

    double withRatio() {
      return with / optimumWith;
    }
  }

  /** The GPUs of a burst's pods, such as {@code 4+1+1}. */
  static String spoken(List<Integer> burst) {
    return burst.stream().map(String::valueOf).collect(joining("+"));
  }

  void note(String scenario, boolean assigned, double plain, double windfall, double optimum) {
    Row before = rows.get(scenario);
    if (before == null) {
      rows.put(scenario, new Row(scenario, plain, windfall, 0, optimum, optimum));
    } else if (assigned) {
      rows.put(
          scenario,
          new Row(scenario, plain, before.without(), windfall, before.optimumWithout(), optimum));
    }
  }

  Collection<Row> rows() {
    return rows.values();
  }

  Row row(String scenario) {
    return Objects.requireNonNull(rows.get(scenario), scenario);
  }

  double average(ToDoubleFunction<Row> column) {
    return rows.values().stream().mapToDouble(column).average().orElseThrow();
  }

  String text() {
    StringBuilder text =
        new StringBuilder(
            """
            | GPUs of the pods | plain Karpenter | Windfall | assignBursts | optimum | plain / optimum | Windfall / optimum | assignBursts / optimum |
            |---|---|---|---|---|---|---|---|
            """);
    for (Row row : rows()) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.4f | %.4f | %.4f | %.4f | %.2f | %.2f | %.2f |%n",
              row.scenario(),
              row.plain(),
              row.without(),
              row.with(),
              row.optimumWith(),
              row.plainRatio(),
              row.withoutRatio(),
              row.withRatio()));
    }
    return text
        + String.format(
            Locale.ROOT,
            "| average | | | | | %.2f | %.2f | %.2f |%n",
            average(Row::plainRatio),
            average(Row::withoutRatio),
            average(Row::withRatio));
  }
}
