package dev.windfall.server;

import dev.windfall.providers.PriceFeed;
import dev.windfall.providers.aws.Right;
import dev.windfall.reconciler.nodes.Advice;
import dev.windfall.server.Finding.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is to be said of servers that were examined. Pure. */
final class Diagnosis {
  /** Sources are asked every few seconds or minutes. */
  private static final Duration LATE = Duration.ofMinutes(10);

  /** The age from which a price does not count, where a SpotPool says no other. */
  private static final Duration TOO_LATE = Duration.ofHours(1);

  /** The API server sends something about once a minute; a watch is cut after three. */
  private static final Duration SILENT = Duration.ofMinutes(3);

  private static final Duration DEAF = Duration.ofMinutes(10);

  private final List<Finding> findings = new ArrayList<>();

  private Diagnosis() {}

  /** All findings: server by server, then what they do together. */
  static List<Finding> of(List<Examined> servers) {
    Diagnosis diagnosis = new Diagnosis();
    for (Examined server : servers) {
      if (server.trouble().isPresent()) {
        diagnosis.add(State.PROBLEM, "server", server, server.trouble().get());
      } else {
        diagnosis.readiness(server);
        diagnosis.prices(server);
        diagnosis.watches(server);
        diagnosis.advice(server);
      }
    }
    List<Examined> extenders = servers.stream().filter(Examined::hasExtender).toList();
    if (!extenders.isEmpty()) {
      diagnosis.findings.addAll(ExtenderDiagnosis.of(extenders));
    }
    return List.copyOf(diagnosis.findings);
  }

  private void add(State state, String about, Examined server, String says) {
    findings.add(new Finding(state, about, server.server(), says));
  }

  private void readiness(Examined server) {
    if (server.missing().isEmpty()) {
      add(State.OK, "ready", server, "ready");
    }
    server
        .missing()
        .forEach(one ->
            add(State.PROBLEM, "ready", server, "not ready: " + one + "; its log says more"));
  }

  private void prices(Examined server) {
    List<String> sources =
        server.samples().all().stream()
            .filter(sample -> sample.name().startsWith("windfall_source_"))
            .map(sample -> sample.label("source"))
            .distinct()
            .sorted()
            .toList();
    if (sources.isEmpty()) {
      add(State.PROBLEM, "prices", server, "no source has said anything yet; its log says why");
    }
    boolean noneUp =
        sources.stream().noneMatch(source -> value(server, "up", source).orElse(1) > 0);
    for (String source : sources) {
      source(server, source, noneUp);
    }
  }

  private static OptionalDouble value(Examined server, String what, String source) {
    return server.samples().value("windfall_source_" + what, "source", source);
  }

  private void source(Examined server, String source, boolean noneUp) {
    Optional<Duration> age =
        value(server, "last_success_timestamp_seconds", source).stream()
            .mapToObj(server::since)
            .findFirst();
    String read =
        source + ": " + age.map(one -> "read " + ago(one)).orElse("not read by this replica");
    int leftOut = (int) value(server, "left_out", source).orElse(0);
    List<String> denied = denied(server, source);
    int troubles = (int) value(server, "troubles", source).orElse(0) - denied.size();
    OptionalDouble offers = value(server, "offers", source);
    if (value(server, "up", source).orElse(1) == 0) {
      add(
          noneUp ? State.PROBLEM : State.WARNING,
          "prices",
          server,
          source
              + " cannot be read, last "
              + age.map(Diagnosis::ago).orElse("never")
              + "; its prices age until they do not count; the server's log, or windfall market,"
              + " says why");
    } else if (age.isPresent() && age.get().compareTo(LATE) > 0) {
      add(
          age.get().compareTo(TOO_LATE) > 0 ? State.PROBLEM : State.WARNING,
          "prices",
          server,
          read
              + "; older than a pool's maxQuoteAge they do not count; the log of the leader says"
              + " why");
    } else if (offers.isPresent() && offers.getAsDouble() == 0) {
      add(State.WARNING, "prices", server, read + ", and offers nothing; is that all of it?");
    } else if (troubles > 0) {
      add(
          State.WARNING,
          "prices",
          server,
          "%s, but %d of its questions are not answered; windfall market says why"
              .formatted(read, troubles));
    } else if (leftOut > 0) {
      add(
          State.WARNING,
          "prices",
          server,
          "%s, but %d of its offers cannot be used; windfall market says why"
              .formatted(read, leftOut));
    } else {
      String count = offers.isPresent() ? ", %d offers".formatted((long) offers.getAsDouble()) : "";
      add(State.OK, "prices", server, read + count);
    }
    denied.forEach(right -> {
      String says = Right.of(right).map(Right::denied).orElse(right + " is denied");
      add(State.WARNING, "prices", server, source + ": " + says);
    });
  }

  /** The rights that a source told Windfall it lacks. */
  private static List<String> denied(Examined server, String source) {
    return server
        .samples()
        .of(PriceFeed.DENIED)
        .filter(sample -> sample.value() > 0 && sample.label("source").equals(source))
        .map(sample -> sample.label("right"))
        .sorted()
        .toList();
  }

  private void watches(Examined server) {
    Map<String, Duration> heard = new TreeMap<>();
    Set<String> kinds = new HashSet<>();
    server
        .samples()
        .of("windfall_watch_last_event_timestamp_seconds")
        .forEach(sample -> {
          String kind = sample.label("resource");
          String watch = sample.label("watch");
          kinds.add(kind);
          heard.put(
              watch.equals(kind) ? kind : kind + " (" + watch + ")", server.since(sample.value()));
        });
    if (heard.isEmpty()) {
      add(
          State.PROBLEM,
          "cluster",
          server,
          "nothing was heard of the cluster yet; is there a way to its API server?");
      return;
    }
    Duration longest = heard.values().stream().max(Comparator.naturalOrder()).orElseThrow();
    String silent =
        heard.entrySet().stream()
            .filter(one -> one.getValue().compareTo(SILENT) > 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    if (silent.isEmpty()) {
      add(
          State.OK,
          "cluster",
          server,
          "%d kinds are watched; each was heard of within %s"
              .formatted(kinds.size(), RankReport.age(longest)));
    } else {
      add(
          longest.compareTo(DEAF) > 0 ? State.PROBLEM : State.WARNING,
          "cluster",
          server,
          "nothing heard of %s for %s; it acts on what it knew; may it watch them, and does the API server answer?"
              .formatted(silent, RankReport.age(longest)));
    }
  }

  /** What keeps GPUs from nodes, or nodes from their pods. */
  private void advice(Examined server) {
    if (!server.samples().has("windfall_drift_refused_total")) {
      // It has another role.
      return;
    }
    List<Advice> found =
        server
            .samples()
            .of(Advice.METRIC)
            .flatMap(sample ->
                Advice.Check.of(sample.label("check")).stream()
                    .map(check -> new Advice(check, sample.label("object"))))
            .toList();
    found.forEach(advice -> add(State.WARNING, "nodes", server, advice.says()));
    if (found.isEmpty()) {
      add(
          State.OK,
          "nodes",
          server,
          "nothing that can be seen takes nodes from GPU pods; Karpenter's feature gates cannot be"
              + " seen: NodeRepair takes unhealthy nodes, with what runs there");
    }
  }

  static String ago(Duration age) {
    return RankReport.age(age) + " ago";
  }
}
