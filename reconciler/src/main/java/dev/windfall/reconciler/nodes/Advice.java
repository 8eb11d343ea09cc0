package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.reconciler.LiveRung;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What about the cluster would take GPU pods' nodes away, or keep GPUs from them, as far as that
 * can be seen: said in the log when it is news, in a metric, and by {@code windfall doctor}.
 *
 * @param check which check found it
 * @param object its name, with its namespace where it has one
 */
public record Advice(Check check, String object) {
  /** The name of the metric. */
  public static final String METRIC = "windfall_advice";

  /** What is looked at. */
  public enum Check {
    /** A DaemonSet that brings GPUs to nodes, and does not tolerate the taint of rungs. */
    DEVICE_PLUGIN,
    /** The same, with no toleration at all. */
    INTOLERANT_DEVICE_PLUGIN,
    /** The same, written by NVIDIA's GPU operator. */
    GPU_OPERATOR,
    /** A rung without the budgets that keep Karpenter from nodes with pods. */
    BUDGETS,
    /** A rung whose nodes expire, whatever runs there. */
    EXPIRES,
    /** A rung whose nodes are drained after a time, whatever their pods say. */
    GRACE_PERIOD;

    /** The value of the metric's label. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** The one with this label; empty: it is from another version. */
    public static Optional<Check> of(String label) {
      for (Check check : values()) {
        if (check.label().equals(label)) {
          return Optional.of(check);
        }
      }
      return Optional.empty();
    }
  }

  private static final String TOLERATION =
      "{\"key\":\"windfall.dev/rung\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}";

  /** A plugin that begins anew on a node that retires would be kept off, and its GPUs be gone. */
  private static final String RETIRING =
      "{\"key\":\"windfall.dev/retiring\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}";

  private static final String NVIDIAS =
      "{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}";

  /** What was found, and what to do about it. */
  public String says() {
    return switch (check) {
      case DEVICE_PLUGIN -> plugin(patch(add("/-", TOLERATION) + "," + add("/-", RETIRING)));
      case INTOLERANT_DEVICE_PLUGIN ->
          plugin(patch(add("", "[%s,%s,%s]".formatted(NVIDIAS, TOLERATION, RETIRING))));
      case GPU_OPERATOR ->
          "daemonset %s of NVIDIA's GPU operator does not tolerate windfall.dev/rung, so nodes of rungs get no GPUs; kubectl patch clusterpolicies.nvidia.com cluster-policy --type merge -p '{\"spec\":{\"daemonsets\":{\"tolerations\":[%s,%s,%s]}}}'"
              .formatted(object, NVIDIAS, TOLERATION, RETIRING);
      case BUDGETS ->
          "nodepool %s lets Karpenter take nodes with pods away, since its budgets are not 0 for Drifted and Underutilized; Windfall puts that right where its SpotPool can be read and acts"
              .formatted(object);
      case EXPIRES ->
          "nodepool %s has an expireAfter that is not Never, so its nodes go at that age with all that runs there, whatever budgets say; a hand has edited it, and Windfall edits no template; delete it once it is empty, and Windfall makes it anew"
              .formatted(object);
      case GRACE_PERIOD ->
          "nodepool %s has a terminationGracePeriod, so pods that must not be disrupted are evicted by drift; delete it once it is empty, and Windfall makes it anew"
              .formatted(object);
    };
  }

  private String plugin(String patch) {
    return "daemonset %s looks like a device plugin and does not tolerate windfall.dev/rung, so nodes of rungs get no GPUs; %s"
        .formatted(object, patch);
  }

  private String patch(String operations) {
    int slash = object.indexOf('/');
    return "kubectl patch daemonset %s -n %s --type json -p '[%s]'"
        .formatted(
            object.substring(slash + 1), object.substring(0, Math.max(0, slash)), operations);
  }

  private static String add(String path, String value) {
    return "{\"op\":\"add\",\"path\":\"/spec/template/spec/tolerations%s\",\"value\":%s}"
        .formatted(path, value);
  }

  static List<Advice> of(Collection<LiveDaemon> daemons, Collection<LiveRung> rungs) {
    List<Advice> found = new ArrayList<>();
    for (LiveDaemon daemon : daemons) {
      Check plain = daemon.tolerates() ? Check.DEVICE_PLUGIN : Check.INTOLERANT_DEVICE_PLUGIN;
      Check check = daemon.operators() ? Check.GPU_OPERATOR : plain;
      found.add(new Advice(check, daemon.toString()));
    }
    for (LiveRung rung : rungs) {
      if (rung.pool().isEmpty()) {
        continue;
      }
      if (!kept(rung, "Drifted") || !kept(rung, "Underutilized")) {
        found.add(new Advice(Check.BUDGETS, rung.name()));
      }
      JsonNode template = rung.object().at("/spec/template/spec");
      // Karpenter's own default is 720h.
      if (!template.path("expireAfter").asText("720h").equals("Never")) {
        found.add(new Advice(Check.EXPIRES, rung.name()));
      }
      if (template.hasNonNull("terminationGracePeriod")) {
        found.add(new Advice(Check.GRACE_PERIOD, rung.name()));
      }
    }
    found.sort(Comparator.comparing(Advice::check).thenComparing(Advice::object));
    return List.copyOf(found);
  }

  /** Whether a budget of the rung, always in force, lets no node go for {@code reason}. */
  private static boolean kept(LiveRung rung, String reason) {
    for (JsonNode budget : rung.object().at("/spec/disruption/budgets")) {
      String nodes = budget.path("nodes").asText();
      boolean none = (nodes.equals("0") || nodes.equals("0%")) && !budget.hasNonNull("schedule");
      boolean covers = budget.path("reasons").isEmpty();
      for (JsonNode one : budget.path("reasons")) {
        covers |= one.asText().equals(reason);
      }
      if (none && covers) {
        return true;
      }
    }
    return false;
  }
}
