package dev.windfall.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.SpotPool.Taint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a LeftoverNodePool comes to as a SpotPool: the one place that knows both. Pure.
 *
 * <p>Every field of the SpotPool is written, those with a default too, so that what the API server
 * gives back is what was sent.
 */
public final class LeftoverTranslation {
  private static final int MOST_GPUS = 64;
  private static final int MOST_NODES = 1000;
  private static final int MOST_TYPES = 20;
  private static final int MOST_ZONES = 10;

  /** Of Leftover's own default nobody knows whether somebody set it. */
  private static final int USUAL_REQUEUE = 7;

  private static final Pattern TAINT =
      Pattern.compile("([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)");

  /** Of a document whose node class nobody asks about. */
  private static final LeftoverConfig ANY =
      new LeftoverConfig(Optional.of("any"), Optional.of("al2023@latest"), SpotPool.Mode.ACT);

  private final LeftoverNodePool from;
  private final Setting setting;
  private final List<String> notes = new ArrayList<>();

  /** What it came to. */
  public sealed interface Translated {
    /**
     * A SpotPool.
     *
     * @param manifest the object; not to be changed
     * @param pool the same, read
     * @param notes a sentence for each thing that was said and does not hold as it was
     */
    record Made(ObjectNode manifest, SpotPool pool, List<String> notes) implements Translated {
      public Made {
        notes = List.copyOf(notes);
      }
    }

    /** None, for want of something that somebody else has to say. */
    record Impossible(String why) implements Translated {}
  }

  /**
   * What the document does not say itself.
   *
   * @param config what is said for all of them; the mode is that of this one
   * @param selected the EC2NodeClass that its selector matched; empty where it has none
   * @param scored whether its {@code minSpotScore} leaves offers of each GPU model and count
   */
  public record Setting(LeftoverConfig config, Optional<String> selected, boolean scored) {}

  private LeftoverTranslation(LeftoverNodePool from, Setting setting) {
    this.from = from;
    this.setting = setting;
  }

  public static Translated of(LeftoverNodePool from, Setting setting) {
    return new LeftoverTranslation(from, setting).translated();
  }

  /**
   * The translation where its node class is nobody's concern.
   *
   * @param scored whether its {@code minSpotScore} leaves offers of each GPU model and count
   */
  public static Translated.Made ranked(LeftoverNodePool from, boolean scored) {
    Optional<String> selected =
        from.nodeClassSelector().isEmpty() ? Optional.empty() : Optional.of("any");
    return new LeftoverTranslation(from, new Setting(ANY, selected, scored)).made();
  }

  private Translated translated() {
    return missing().<Translated>map(Translated.Impossible::new).orElseGet(this::made);
  }

  private Translated.Made made() {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("apiVersion", "windfall.dev/v1alpha1").put("kind", SpotPool.KIND);
    ObjectNode metadata = manifest.putObject("metadata");
    String name = LeftoverNodePool.poolName(from.name());
    metadata.put("name", name);
    metadata.putObject("labels").put(LeftoverNodePool.LABEL, LeftoverNodePool.label(from.name()));
    into(manifest.putObject("spec"));
    return new Translated.Made(manifest, SpotPool.readObject(name, manifest.toString()), notes);
  }

  /** What has to be set before a node class can be made. */
  private Optional<String> missing() {
    List<String> keys = new ArrayList<>();
    if (!from.namesNodeClass() && setting.config().role().isEmpty()) {
      keys.add("leftover.role, the AWS role of its nodes");
    }
    if (!from.namesNodeClass() && setting.config().amiAlias().isEmpty()) {
      keys.add("leftover.amiAlias, their image such as al2023@v20260101");
    }
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "its tags alone make no node class; set %s, in windfall.yaml, or name an EC2NodeClass by nodeClassName"
                .formatted(String.join(", and ", keys)));
  }

  private void into(ObjectNode spec) {
    spec.put("provider", "aws").put("region", from.region());
    nodeClass(spec);
    mode(spec);
    if (!from.families().isEmpty()) {
      from.families().forEach(spec.putArray("families")::add);
    }
    spec.putObject("gpu")
        .put("minCount", atMost(MOST_GPUS, "minGPUs", from.minGpus()))
        .put("maxCount", MOST_GPUS);
    spec.put("capacity", from.capacityType().text());
    spec.putObject("onDemandFallback").put("enabled", from.onDemandFallback()).put("after", "0s");
    spec.put("maxInstanceTypes", atMost(MOST_TYPES, "maxInstanceTypes", from.maxInstanceTypes()));
    spec.put("maxZones", atMost(MOST_ZONES, "maxZones", from.maxZones()));
    spec.put("targetCount", atMost(MOST_NODES, "targetCount", from.targetCount()));
    spec.put("minPlacementScore", score());
    spec.putObject("limits");
    labels(spec);
    taints(spec);
    spec.putObject("disruption")
        .put("consolidateAfter", wholeSeconds(from.consolidateAfter()))
        .put("emptyBudget", budget())
        .put("maxNodeAge", "")
        .put("replaceRestartable", false);
    spec.putObject("ranking").put("hysteresis", "5%").put("minHold", "0s").put("maxQuoteAge", "1h");
    if (from.requeueMinutes() != USUAL_REQUEUE) {
      notes.add(
          "requeueMinutes %d has no effect: prices are read as often as market.sources in windfall.yaml says"
              .formatted(from.requeueMinutes()));
    }
  }

  /** Under one that cannot be read, nothing of somebody else's is touched. */
  private void mode(ObjectNode spec) {
    spec.put("mode", setting.config().mode().toString());
    from.mode()
        .filter(said ->
            Arrays.stream(SpotPool.Mode.values()).noneMatch(one -> one.toString().equals(said)))
        .ifPresent(said ->
            notes.add(
                "annotation windfall.dev/mode \"%s\" counts as Observe, for it is neither Act nor Observe"
                    .formatted(Shape.shown(said))));
  }

  private void nodeClass(ObjectNode spec) {
    Optional<String> named = from.nodeClassName().or(setting::selected);
    if (named.isPresent()) {
      spec.putObject("nodeClassRef")
          .put("group", "karpenter.k8s.aws")
          .put("kind", "EC2NodeClass")
          .put("name", named.get());
      if (!from.subnetSelectorTags().isEmpty() || !from.securityGroupSelectorTags().isEmpty()) {
        notes.add(
            "subnetSelectorTags and securityGroupSelectorTags have no effect: EC2NodeClass %s says which subnets and security groups"
                .formatted(named.get()));
      }
      return;
    }
    ObjectNode made =
        spec.putObject("nodeClass")
            .put("role", setting.config().role().orElseThrow())
            .put("amiAlias", setting.config().amiAlias().orElseThrow());
    from.subnetSelectorTags().forEach(putting(made.putObject("subnetSelectorTags")));
    from.securityGroupSelectorTags().forEach(putting(made.putObject("securityGroupSelectorTags")));
  }

  private static BiConsumer<String, String> putting(ObjectNode object) {
    return (key, value) -> object.put(key, value);
  }

  private int atMost(int most, String field, int value) {
    if (value > most) {
      notes.add("%s %d counts as %d, the most there can be".formatted(field, value, most));
    }
    return Math.min(value, most);
  }

  /** A wish of Leftover's that leaves nothing of a size is given up, and no reason to buy none. */
  private int score() {
    if (from.minSpotScore() > 1 && !setting.scored()) {
      notes.add(
          "minSpotScore %d is dropped for now: of some GPU model and count no spot offer has a score above it, and these are not to be left without any"
              .formatted(from.minSpotScore()));
      return 1;
    }
    return Math.max(1, from.minSpotScore());
  }

  private String budget() {
    int percent = Integer.parseInt(from.budgetsNodes().replace("%", ""));
    if (percent > 100) {
      notes.add("budgetsNodes %s counts as 100%%".formatted(from.budgetsNodes()));
    }
    return Math.min(100, percent) + "%";
  }

  private void labels(ObjectNode spec) {
    ObjectNode labels = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, String> label : from.labels().entrySet()) {
      Optional<String> objection = SpotPoolReader.objection(label.getKey(), label.getValue());
      if (objection.isPresent()) {
        notes.add(objection.get() + " and is left out");
      } else {
        labels.put(label.getKey(), label.getValue());
      }
    }
    if (!labels.isEmpty()) {
      spec.set("labels", labels);
    }
  }

  private void taints(ObjectNode spec) {
    ArrayNode taints = JsonNodeFactory.instance.arrayNode();
    for (String text : from.taints()) {
      Optional<Taint> read = taint(text);
      if (read.isEmpty()) {
        notes.add(
            "taint \"%s\" is none such as team=research:NoSchedule and is left out"
                .formatted(Shape.shown(text)));
      } else if (shadowed(read.get())) {
        notes.add(
            "taint \"%s\" is left out: every rung has one of its key and effect"
                .formatted(Shape.shown(text)));
      } else if (!Taint.RUNGS.contains(read.get())) {
        Taint taint = read.get();
        taints
            .addObject()
            .put("key", taint.key())
            .put("value", taint.value())
            .put("effect", taint.effect());
      }
    }
    if (!taints.isEmpty()) {
      spec.set("taints", taints);
    }
  }

  /** Whether a rung's own taint stands in its place, with another value. */
  private static boolean shadowed(Taint taint) {
    return !Taint.RUNGS.contains(taint)
        && Taint.RUNGS.stream()
            .anyMatch(own -> own.key().equals(taint.key()) && own.effect().equals(taint.effect()));
  }

  /** Leftover never looked at its taints, so that any text may be there. */
  private static Optional<Taint> taint(String text) {
    Matcher parts = TAINT.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String value = parts.group(2) == null ? "" : parts.group(2);
    return Shape.LABEL_KEY.fits(parts.group(1)) && Shape.LABEL_VALUE_OR_NONE.fits(value)
        ? Optional.of(new Taint(parts.group(1), value, parts.group(3)))
        : Optional.empty();
  }

  /** Karpenter knows no less, and an empty node may as well stay for the rest of a second. */
  private static String wholeSeconds(Duration duration) {
    return Durations.text(Duration.ofSeconds(duration.plusNanos(999_999_999).toSeconds()));
  }
}
