package dev.windfall.policies;

import dev.windfall.policies.SpotPool.Disruption;
import dev.windfall.policies.SpotPool.GpuBounds;
import dev.windfall.policies.SpotPool.Limits;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.policies.SpotPool.NodeClass;
import dev.windfall.policies.SpotPool.NodeClassRef;
import dev.windfall.policies.SpotPool.OnDemandFallback;
import dev.windfall.policies.SpotPool.Ranking;
import dev.windfall.policies.SpotPool.Taint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads SpotPools, strictly. */
final class SpotPoolReader {
  private static final int MOST_LABELS = 50;
  private static final int MOST_TAINTS = 20;

  static final Shape<String> NAME =
      Shape.matching(
          "[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?",
          "must be at most 30 lower-case letters, digits and dashes");
  private static final Shape<String> BUDGET =
      Shape.matching(
          "((100|[0-9]{1,2})%|[0-9]{1,6})",
          "must be a number of nodes or a percentage such as 100%");

  private static final Shape<Optional<Duration>> MAX_NODE_AGE =
      text ->
          text.isEmpty() ? Optional.empty() : Optional.of(Shape.DURATION_OF_TEN_YEARS.read(text));

  /** Not a pool's to set: Kubernetes' and Karpenter's own, and Windfall's. With subdomains. */
  private static final Pattern FOREIGN_LABEL =
      Pattern.compile(
          "([a-z0-9.-]*\\.)?"
              + "(windfall\\.dev|kubernetes\\.io|k8s\\.io|karpenter\\.sh|karpenter\\.k8s\\.aws)/.*");

  private SpotPoolReader() {}

  /** Reads one document; empty when it has problems, which are then in {@code document}. */
  static Optional<SpotPool> read(Section document) {
    document.required("apiVersion", Shape.oneOf("windfall.dev/v1alpha1"));
    document.required("kind", Shape.oneOf(SpotPool.KIND));
    document.ignore("status");
    Section metadata = document.section("metadata");
    Optional<String> name = metadata.required("name", NAME);
    Section spec = document.section("spec");

    Optional<String> provider = spec.required("provider", Shape.LABEL_VALUE);
    Optional<String> region = spec.required("region", Shape.LABEL_VALUE);
    Optional<NodeClassRef> reference = NodeClassReader.reference(spec);
    Optional<NodeClass> nodeClass = NodeClassReader.made(spec, provider);
    Mode mode = spec.value("mode", Shape.oneOf(Mode.values()), Mode.ACT);
    List<String> families = Wish.names(spec, "families");
    GpuBounds gpu = gpuBounds(spec.section("gpu"));
    Capacity capacity =
        spec.value("capacity", Shape.oneOf(Capacity.SPOT, Capacity.ON_DEMAND), Capacity.SPOT);
    OnDemandFallback fallback = fallback(spec, capacity);
    int maxInstanceTypes = spec.value("maxInstanceTypes", Shape.integer(1, 20), 5);
    int maxZones = spec.value("maxZones", Shape.integer(1, 10), 2);
    int targetCount = spec.value("targetCount", Shape.integer(1, 1000), 2);
    int minPlacementScore = spec.value("minPlacementScore", Shape.integer(1, 10), 1);
    Optional<Usd> maxPricePerGpu = spec.value("maxPricePerGpu", Usd::parse);
    Limits limits = limits(spec.section("limits"));
    Map<String, String> labels = labels(spec);
    List<Taint> taints =
        spec.sections("taints").stream()
            .map(SpotPoolReader::taint)
            .flatMap(Optional::stream)
            .toList();
    if (taints.size() > MOST_TAINTS) {
      spec.reject("taints", "taints must be at most " + MOST_TAINTS);
    }
    Disruption disruption = disruption(spec.section("disruption"));
    Section ranking = spec.section("ranking");
    double hysteresis = ranking.value("hysteresis", Shape.PERCENT, 0.05);
    Duration minHold = ranking.value("minHold", Shape.DURATION, Duration.ZERO);
    Duration maxQuoteAge = ranking.value("maxQuoteAge", Shape.DURATION, Duration.ofHours(1));
    ranking.refuseUnknown();
    spec.refuseUnknown();
    document.refuseUnknown();
    if (!document.clean()) {
      return Optional.empty();
    }
    return Optional.of(
        new SpotPool(
            name.orElseThrow(),
            provider.orElseThrow(),
            region.orElseThrow(),
            nodeClass
                .map(made -> NodeClassReader.reference(name.orElseThrow(), made))
                .or(() -> reference)
                .orElseThrow(),
            nodeClass,
            mode,
            families,
            gpu,
            capacity,
            fallback,
            maxInstanceTypes,
            maxZones,
            targetCount,
            minPlacementScore,
            maxPricePerGpu,
            limits,
            labels,
            taints,
            disruption,
            new Ranking(hysteresis, minHold, maxQuoteAge)));
  }

  private static GpuBounds gpuBounds(Section gpu) {
    List<String> models = Wish.names(gpu, "models");
    int minCount = gpu.value("minCount", Shape.integer(1, 64), 1);
    int maxCount = gpu.value("maxCount", Shape.integer(1, 64), 64);
    Optional<Memory> minMemory = gpu.value("minMemory", Memory::parse);
    if (minCount > maxCount) {
      gpu.reject(
          "minCount",
          "minCount \"" + minCount + "\" must not be above maxCount \"" + maxCount + "\"");
    }
    gpu.refuseUnknown();
    return new GpuBounds(models, minCount, maxCount, minMemory);
  }

  private static OnDemandFallback fallback(Section spec, Capacity capacity) {
    Section section = spec.section("onDemandFallback");
    boolean enabled = section.value("enabled", Shape.FLAG, false);
    Duration after = section.value("after", Shape.DURATION_OF_TEN_YEARS, Duration.ZERO);
    if (enabled && capacity == Capacity.ON_DEMAND) {
      section.reject(
          "enabled",
          "enabled \"true\" is for pools of spot capacity, and capacity is on-demand; leave one of"
              + " them out");
    }
    section.refuseUnknown();
    return new OnDemandFallback(enabled, after);
  }

  private static Limits limits(Section limits) {
    Optional<Integer> gpus = limits.value("gpus", Shape.integer(0, 1_000_000));
    Optional<Usd> usdPerHour = limits.value("usdPerHour", Usd::parse);
    limits.refuseUnknown();
    return new Limits(gpus.map(OptionalInt::of).orElse(OptionalInt.empty()), usdPerHour);
  }

  private static Disruption disruption(Section disruption) {
    Duration consolidateAfter =
        disruption.value("consolidateAfter", Shape.DURATION_OF_TEN_YEARS, Duration.ofMinutes(5));
    String emptyBudget = disruption.value("emptyBudget", BUDGET, "100%");
    Optional<Duration> maxNodeAge = disruption.value("maxNodeAge", MAX_NODE_AGE, Optional.empty());
    boolean replaceRestartable = disruption.value("replaceRestartable", Shape.FLAG, false);
    disruption.refuseUnknown();
    return new Disruption(consolidateAfter, emptyBudget, maxNodeAge, replaceRestartable);
  }

  private static Map<String, String> labels(Section spec) {
    Map<String, String> labels = spec.texts("labels");
    if (labels.size() > MOST_LABELS) {
      spec.reject("labels", "labels must be at most " + MOST_LABELS);
    }
    labels.forEach(
        (key, value) -> objection(key, value).ifPresent(why -> spec.reject("labels", why)));
    return labels;
  }

  /** Why a pool may not have such a label; empty where it may. */
  static Optional<String> objection(String key, String value) {
    if (FOREIGN_LABEL.matcher(key).matches()) {
      return Optional.of("label \"" + key + "\" is not a pool's to set");
    }
    return Shape.LABEL_KEY.fits(key) && Shape.LABEL_VALUE_OR_NONE.fits(value)
        ? Optional.empty()
        : Optional.of("label \"" + key + ": " + value + "\" is not a valid label");
  }

  private static Optional<Taint> taint(Section taint) {
    Optional<String> key = taint.required("key", Shape.LABEL_KEY);
    String value = taint.value("value", Shape.LABEL_VALUE_OR_NONE, "");
    Optional<String> effect =
        taint.required("effect", Shape.oneOf("NoSchedule", "PreferNoSchedule", "NoExecute"));
    taint.refuseUnknown();
    return taint.clean()
        ? Optional.of(new Taint(key.orElseThrow(), value, effect.orElseThrow()))
        : Optional.empty();
  }
}
