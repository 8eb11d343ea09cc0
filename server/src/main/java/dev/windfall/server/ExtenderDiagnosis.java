package dev.windfall.server;

import dev.windfall.server.Finding.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is to be said of the extenders of all servers together: of several beside as many schedulers
 * only the one beside the leading scheduler is asked. Pure.
 */
final class ExtenderDiagnosis {
  private static final String ALL = "";
  private static final String ABOUT = "extender";

  /** Of the prices; a few are unknown while a node is new. */
  private static final double MANY = 0.1;

  private static final Duration OLD = Duration.ofMinutes(10);

  private final List<Examined> servers;
  private final List<Finding> findings = new ArrayList<>();

  private ExtenderDiagnosis(List<Examined> servers) {
    this.servers = servers;
  }

  static List<Finding> of(List<Examined> servers) {
    ExtenderDiagnosis diagnosis = new ExtenderDiagnosis(servers);
    diagnosis.asked();
    diagnosis.nodes();
    diagnosis.rejected();
    diagnosis.age();
    return diagnosis.findings;
  }

  private void add(State state, String says) {
    findings.add(new Finding(state, ABOUT, ALL, says));
  }

  private long calls(String verb) {
    return (long)
        servers.stream()
            .mapToDouble(
                server -> server.samples().sum("windfall_extender_calls_total", "verb", verb))
            .sum();
  }

  private static long scheduled(Examined server, String asked) {
    return (long) server.samples().sum(Unasked.METRIC, "asked", asked);
  }

  private void asked() {
    long calls = calls("prioritize");
    long filters = calls("filter");
    long unasked = unasked();
    if (calls > 0 && unasked < UnaskedWarning.ENOUGH) {
      add(State.OK, "asked " + times(calls));
    } else if (calls > 0) {
      add(
          State.WARNING,
          "asked %s, but not about %d GPU pods that were scheduled although several nodes fitted; if another scheduler places pods on purpose, scheduler.assign says whose pods count"
              .formatted(times(calls), unasked));
    } else if (filters > 0) {
      add(
          State.PROBLEM,
          "the scheduler asks for filter (%s) and never for scores, so prices do not count; its configuration of the extender lacks prioritizeVerb: prioritize"
              .formatted(times(filters)));
    } else if (unasked >= UnaskedWarning.ENOUGH) {
      add(
          State.PROBLEM,
          "the scheduler never asks: %d GPU pods were scheduled although several nodes fitted, so prices do not count; %s%s"
              .formatted(
                  unasked,
                  UnaskedWarning.remedy("http://127.0.0.1:8888/scheduler"),
                  servers.size() == 1
                      ? "; other replicas of Windfall are not counted, unless --server names them"
                          + " too"
                      : ""));
    } else {
      add(
          State.OK,
          "not asked yet; no more than %d GPU pods were scheduled with a choice of nodes"
              .formatted(unasked));
    }
  }

  /** Every replica sees every pod, and a pod that one was asked about is unasked for the others. */
  private long unasked() {
    long askedOfAll = servers.stream().mapToLong(server -> scheduled(server, "yes")).sum();
    long most =
        servers.stream()
            .mapToLong(server -> scheduled(server, "no") - (askedOfAll - scheduled(server, "yes")))
            .max()
            .orElse(0);
    return Math.max(0, most);
  }

  private static String times(long calls) {
    return calls == 1 ? "once" : calls + " times";
  }

  private void nodes() {
    double known =
        servers.stream()
            .mapToDouble(server -> server.samples().sum("windfall_extender_nodes_known"))
            .min()
            .orElse(0);
    if (known == 0) {
      add(State.WARNING, "knows no node with GPUs; has the device plug-in reported any?");
      return;
    }
    double unknown = prices("unknown");
    double all = unknown + prices("known");
    String nodes = known == 1 ? "knows 1 GPU node" : "knows %d GPU nodes".formatted((long) known);
    if (all == 0) {
      add(State.OK, nodes);
      return;
    }
    double share = unknown / all;
    String says =
        String.format(
            Locale.ROOT,
            "%s; %.0f%% of the prices that were asked for are unknown",
            nodes,
            100 * share);
    add(
        share > MANY ? State.WARNING : State.OK,
        share > MANY ? says + "; windfall score says which, and why" : says);
  }

  private double prices(String which) {
    return servers.stream()
        .mapToDouble(
            server -> server.samples().sum("windfall_extender_nodes_total", "price", which))
        .sum();
  }

  private void rejected() {
    Map<String, Double> kinds = new TreeMap<>();
    for (Examined server : servers) {
      server
          .samples()
          .of("windfall_extender_rejected_total")
          .filter(sample -> sample.value() > 0)
          .forEach(sample -> kinds.merge(sample.label("kind"), sample.value(), Double::sum));
    }
    if (kinds.isEmpty()) {
      return;
    }
    String counts =
        kinds.entrySet().stream()
            .map(kind -> "%s %d".formatted(kind.getKey(), kind.getValue().longValue()))
            .collect(Collectors.joining(", "));
    boolean whole = kinds.containsKey("whole-nodes");
    add(
        whole ? State.PROBLEM : State.WARNING,
        "calls that could not be answered since the start: %s; %s"
            .formatted(
                counts,
                whole
                    ? "the scheduler's configuration of the extender lacks nodeCacheCapable: true"
                    : "the log says what was wrong with each"));
  }

  private void age() {
    double oldest =
        servers.stream()
            .mapToDouble(
                server -> server.samples().sum("windfall_extender_oldest_price_age_seconds"))
            .max()
            .orElse(0);
    Duration age = Duration.ofSeconds((long) oldest);
    if (age.compareTo(OLD) > 0) {
      add(
          State.WARNING,
          "the oldest price in a last call was " + RankReport.age(age) + " old; see prices");
    }
  }
}
