package dev.windfall.policies;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads LeftoverNodePools, strictly: what their webhooks refused, and what could never work. */
final class LeftoverNodePoolReader {
  private static final int MOST_SELECTED = 20;
  private static final int MOST_LABELS = 50;
  private static final int MOST_TAINTS = 20;

  private static final Shape<Integer> COUNT = Shape.integer(0, 1_000_000);
  private static final Shape<String> NAME =
      Shape.matching(
          "(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*",
          "must be lower-case letters, digits, dashes and dots");
  private static final Shape<String> FAMILY =
      Shape.matching(
          "(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?", "must be an instance family such as g6");
  private static final Shape<String> BUDGET =
      Shape.matching("[0-9]{1,3}%", "must be a percentage such as 10%");

  private LeftoverNodePoolReader() {}

  /** Reads one document; empty when it has problems, which are then in {@code document}. */
  static Optional<LeftoverNodePool> read(Section document) {
    document.required("apiVersion", Shape.oneOf(LeftoverNodePool.API_VERSION));
    document.required("kind", Shape.oneOf(LeftoverNodePool.KIND));
    document.ignore("status");
    Section metadata = document.section("metadata");
    Optional<String> name = metadata.required("name", NAME);
    Optional<String> mode =
        metadata.section("annotations").value(LeftoverNodePool.MODE, Shape.TEXT);
    Section spec = document.section("spec");

    Optional<String> region = spec.required("region", Shape.LABEL_VALUE);
    List<String> families = spec.list("families", FAMILY);
    if (families.size() > Wish.MOST_NAMES) {
      spec.reject("families", "families must name at most " + Wish.MOST_NAMES);
    }
    Optional<String> className = spec.value("nodeClassName", Shape.someText(253));
    Map<String, String> classLabels = labels(spec, "nodeClassSelector", MOST_SELECTED);
    int minGpus = count(spec, "minGPUs", 1);
    int targetCount = count(spec, "targetCount", 2);
    int minSpotScore = spec.value("minSpotScore", Shape.integer(0, 10), 5);
    int maxInstanceTypes = count(spec, "maxInstanceTypes", 5);
    int maxZones = count(spec, "maxZones", 2);
    Capacity capacity =
        said(spec, "capacityType", Shape.oneOf(Capacity.SPOT, Capacity.ON_DEMAND), Capacity.SPOT);
    boolean named = spec.has("nodeClassName") || !classLabels.isEmpty();
    Map<String, String> subnets = tags(spec, "subnetSelectorTags", named);
    Map<String, String> groups = tags(spec, "securityGroupSelectorTags", named);
    String budgetsNodes = said(spec, "budgetsNodes", BUDGET, "10%");
    Duration consolidateAfter =
        said(spec, "consolidateAfter", GoDuration::parse, Duration.ofMinutes(2));
    Map<String, String> labels = spec.texts("labels");
    if (labels.size() > MOST_LABELS) {
      spec.reject("labels", "labels must be at most " + MOST_LABELS);
    }
    List<String> taints = spec.list("taints", Shape.TEXT);
    if (taints.size() > MOST_TAINTS) {
      spec.reject("taints", "taints must be at most " + MOST_TAINTS);
    }
    int requeueMinutes = count(spec, "requeueMinutes", 7);
    boolean fallback = spec.value("onDemandFallback", Shape.FLAG, true);
    if (fallback && capacity == Capacity.ON_DEMAND) {
      spec.reject(
          "capacityType",
          "onDemandFallback is for spot capacity and true unless it is set, and capacityType is"
              + " on-demand; set onDemandFallback: false");
    }
    nodeClass(spec, !classLabels.isEmpty(), !subnets.isEmpty() && !groups.isEmpty());
    spec.refuseUnknown();
    document.refuseUnknown();
    if (!document.clean()) {
      return Optional.empty();
    }
    return Optional.of(
        new LeftoverNodePool(
            name.orElseThrow(),
            region.orElseThrow(),
            families,
            className,
            classLabels,
            minGpus,
            targetCount,
            minSpotScore,
            maxInstanceTypes,
            maxZones,
            capacity,
            subnets,
            groups,
            budgetsNodes,
            consolidateAfter,
            labels,
            taints,
            requeueMinutes,
            fallback,
            mode));
  }

  private static void nodeClass(Section spec, boolean selected, boolean tagged) {
    boolean named = spec.has("nodeClassName");
    if (named && selected) {
      spec.reject(
          "nodeClassSelector",
          "the node class is named by nodeClassName or by nodeClassSelector, not by both; leave one"
              + " of them out");
    } else if (!named && !selected && !tagged && spec.clean()) {
      spec.reject(
          "nodeClassName",
          "a node class is missing; name it by nodeClassName or nodeClassSelector, or have it made"
              + " by subnetSelectorTags and securityGroupSelectorTags, both");
    }
  }

  /** Labels that an object is to have; whoever selects by what none can have selects nothing. */
  private static Map<String, String> labels(Section spec, String key, int most) {
    Map<String, String> labels = spec.texts(key);
    if (labels.size() > most) {
      spec.reject(key, key + " must be at most " + most);
    }
    labels.forEach((name, value) -> {
      if (!Shape.LABEL_VALUE_OR_NONE.fits(value)) {
        spec.reject(key, "label \"" + name + ": " + Shape.shown(value) + "\" is not a valid label");
      }
    });
    return labels;
  }

  /** A number where 0 stands for the usual one, as Leftover's webhooks had it. */
  private static int count(Section spec, String key, int usual) {
    int count = spec.value(key, COUNT, 0);
    return count == 0 ? usual : count;
  }

  /** A text where none stands for the usual one, as Leftover's webhooks had it. */
  private static <T> T said(Section spec, String key, Shape<T> shape, T usual) {
    return spec.value(key, text -> text.isEmpty() ? usual : shape.read(text), usual);
  }

  /**
   * The tags of a node class that is to be made.
   *
   * @param named whether it is there, so that what they lack does no harm
   */
  private static Map<String, String> tags(Section spec, String key, boolean named) {
    Map<String, String> tags = spec.texts(key);
    Map<String, String> judged = new HashMap<>(tags);
    if (named) {
      judged.values().removeIf(String::isBlank);
    }
    NodeClassReader.judge(spec, key, judged);
    return tags;
  }
}
