package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grant;
import dev.windfall.market.NamedOffers;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Bounds;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.Spot;
import dev.windfall.policies.Toleration;
import dev.windfall.webhook.Decision.Granted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One pod's way through admission: a copy of it is changed, and the patch is what differs.
 *
 * <p>What a pod may cost is settled once. A pod that names offers already, or waits behind the gate
 * for some, is not judged again: not when the API server asks a second time, not by a replica with
 * a newer book. Its decision is then not written again either, since that alone would be a patch.
 * Only what a policy's bound forbids is taken out of the offers it names.
 */
final class Steering {
  private final ObjectNode before;
  private final ObjectNode after;
  private final ObjectNode spec;
  private final Pod pod;
  private final Resolution resolution;
  private final Request request;
  private final Mutation.Market market;
  private final List<String> warnings;
  private boolean gated;

  /** Why the pod must not be created. */
  private final List<String> refusals = new ArrayList<>();

  Steering(
      ObjectNode before, Pod pod, Resolution resolution, Request request, Mutation.Market market) {
    this.before = before;
    this.after = before.deepCopy();
    this.spec = child(after, "spec");
    this.pod = pod;
    this.resolution = resolution;
    this.request = request;
    this.market = market;
    this.warnings = new ArrayList<>(resolution.warnings());
  }

  Mutation mutation() {
    Optional<String> other = OtherSystem.of(before, pod, market.assigned());
    Decision decision = other.isPresent() ? leaveTo(other.get()) : steer();
    if (!refusals.isEmpty()) {
      return Mutation.refused(String.join("; ", refusals), warnings);
    }
    if (resolution.doNotDisrupt()) {
      leaveInPeace();
    }
    if (after.equals(before)) {
      return Mutation.unchanged(warnings);
    }
    String text = decision.text();
    child(child(after, "metadata"), "annotations").put(Keys.DECISION, text);
    return new Mutation(
        Patch.between(before, after), warnings, Optional.of(text), gated, Optional.empty());
  }

  /**
   * Lets a pod that another system places onto the rungs, and holds it to nothing. With {@code
   * never} even that would only open spot nodes to a pod that must not run there.
   */
  private Decision leaveTo(String system) {
    unheld()
        .ifPresent(unheld ->
            resolution
                .strict()
                .ifPresent(policy ->
                    refusals.add(
                        "%s places this pod, so Windfall does not hold it to nodes; policy \"%s\""
                                .formatted(system, policy)
                            + " asks its template to require "
                            + unheld)));
    List<String> unenforced = new ArrayList<>();
    if (request.spot() != Spot.PREFER) {
      unenforced.add(Keys.SPOT + " \"" + request.spot() + "\"");
    }
    request.maxPricePerGpu().ifPresent(cap -> unenforced.add(Keys.MAX_PRICE_PER_GPU));
    request.minGpuMemory().ifPresent(memory -> unenforced.add(Keys.MIN_GPU_MEMORY));
    if (!request.gpuModels().isEmpty()) {
      unenforced.add(Keys.GPU_MODELS);
    }
    if (!request.providers().isEmpty()) {
      unenforced.add(Keys.PROVIDERS);
    }
    if (!request.zones().isEmpty()) {
      unenforced.add(Keys.ZONES);
    }
    if (!unenforced.isEmpty()) {
      warnings.add(system + " places this pod; not enforced: " + String.join(", ", unenforced));
    }
    if (request.spot() != Spot.NEVER) {
      tolerate();
    }
    return decision(Granted.ANY_RUNG);
  }

  /** What the pod's own template would have to require for the bounds to hold, if it does not. */
  private Optional<String> unheld() {
    Bounds bounds = resolution.bounds();
    boolean mayBeOnDemand = !bounds.onDemand() && !holds(Grant.withoutOnDemand());
    Optional<List<String>> offers = NamedOffers.in(before.path("spec"));
    if (offers.isPresent()) {
      Bounds open =
          new Bounds(
              bounds.maxPricePerGpu(), bounds.maxGpusPerPod(), bounds.providers(), !mayBeOnDemand);
      List<String> beyond =
          offers.get().stream()
              .filter(offer -> market.grants().beyond(open, offer, pod.gpus()))
              .toList();
      return beyond.isEmpty()
          ? Optional.empty()
          : Optional.of("other offers than " + String.join(", ", beyond));
    }
    if (bounds.maxPricePerGpu().isPresent()) {
      return Optional.of(Keys.OFFER + " In offers that it may cost");
    }
    if (mayBeOnDemand) {
      return Optional.of(Grant.withoutOnDemand().toString());
    }
    NodeRequirement provider =
        new NodeRequirement(Keys.PROVIDER, NodeRequirement.Operator.IN, bounds.providers());
    return bounds.providers().isEmpty() || holds(provider)
        ? Optional.empty()
        : Optional.of(provider.toString());
  }

  /** Whether the pod requires as much by itself. */
  private boolean holds(NodeRequirement wanted) {
    return NodeAffinity.narrowed(before.path("spec"), List.of(wanted)).isEmpty();
  }

  private Decision steer() {
    tolerate();
    assignScheduler();
    if (request.wantsOffers()) {
      // Before all else: neither the gate nor an alternative without offers is a way around bounds.
      if (NamedOffers.anywhere(spec).stream().anyMatch(this::beyond)) {
        takeOutWhatIsBeyond();
      }
      if (pod.waitsForPrice()) {
        return decision(Granted.WAIT);
      }
      Optional<List<String>> named = NamedOffers.in(spec);
      if (named.isPresent()) {
        return keep(named.get());
      }
    }
    return grant();
  }

  /** The offers that the pod names stay; those that a bound forbids are gone already. */
  private Decision keep(List<String> named) {
    // Offers that were granted say capacity and zone; those that a person chose may not.
    boolean fits = named.stream().allMatch(this::asWished);
    if (!fits && Grant.byLabels(request) instanceof Grant.Bound bound) {
      require(bound.requirements());
    }
    return decision(Granted.OFFERS);
  }

  private void takeOutWhatIsBeyond() {
    String policies = String.join(", ", resolution.policies());
    boolean some = NamedOffers.without(spec, this::beyond);
    if (some && NamedOffers.anywhere(spec).stream().noneMatch(this::beyond)) {
      warnings.add("offers beyond the bounds of " + policies + " were taken out of the affinity");
    } else if (resolution.strict().isPresent()) {
      refusals.add("the pod requires offers beyond the bounds of " + policies);
    } else {
      warnings.add("the pod requires offers beyond the bounds of " + policies + "; it only warns");
    }
  }

  private boolean beyond(String offer) {
    return market.grants().beyond(resolution.bounds(), offer, pod.gpus());
  }

  private boolean asWished(String offer) {
    return OfferKey.parse(offer)
        .filter(key -> request.capacities().contains(key.capacity()))
        .filter(key -> request.zones().isEmpty() || request.zones().contains(key.zone()))
        .isPresent();
  }

  private Decision grant() {
    Grant grant = market.grants().of(request);
    return switch (grant) {
      case Grant.AnyRung any -> decision(Granted.ANY_RUNG);
      case Grant.Bound bound -> {
        require(bound.requirements());
        Granted granted = bound.offers().isEmpty() ? Granted.LABELS : Granted.OFFERS;
        yield decision(granted, bound.offers());
      }
      case Grant.NothingFits nothing -> nothingFits(nothing);
    };
  }

  private Decision nothingFits(Grant.NothingFits nothing) {
    Optional<String> refusedBy = resolution.waiting().refusedBy();
    if (request.spot() == Spot.NEVER) {
      return withoutWaiting(nothing);
    }
    if (refusedBy.isPresent()) {
      refusals.add(
          nothing.reason() + "; policy \"" + refusedBy.get() + "\" refuses pods that would wait");
      return decision(Granted.WAIT);
    }
    list(spec, "schedulingGates").addObject().put("name", Keys.PRICE_GATE);
    gated = true;
    warnings.add("the pod waits: " + nothing.reason());
    return decision(Granted.WAIT, nothing.nearest().stream().toList());
  }

  /** A pod that is never to run on spot does not wait for the market; it is told instead. */
  private Decision withoutWaiting(Grant.NothingFits nothing) {
    if (resolution.strict().isPresent()) {
      refusals.add(
          nothing.reason() + "; the bounds of policy \"" + resolution.strict().get() + "\" hold");
    } else {
      warnings.add(
          "%s; with %s \"never\" the pod does not wait, and is held to its capacity only"
              .formatted(nothing.reason(), Keys.SPOT));
    }
    if (Grant.byLabels(request) instanceof Grant.Bound bound) {
      require(bound.requirements());
    }
    return decision(Granted.LABELS);
  }

  private void require(List<NodeRequirement> requirements) {
    NodeAffinity.narrowed(spec, requirements).ifPresent(affinity -> spec.set("affinity", affinity));
  }

  private Decision decision(Granted granted) {
    return decision(granted, List.of());
  }

  private Decision decision(Granted granted, List<Ranked> offers) {
    return new Decision(
        resolution.policies(), request, granted, market.grants().book().version(), offers);
  }

  private void tolerate() {
    Toleration.missing(spec).forEach(missing -> list(spec, "tolerations").add(missing));
  }

  private void leaveInPeace() {
    ObjectNode annotations = child(child(after, "metadata"), "annotations");
    if (!annotations.hasNonNull(Keys.KARPENTER_DO_NOT_DISRUPT)) {
      annotations.put(Keys.KARPENTER_DO_NOT_DISRUPT, "true");
    }
  }

  private void assignScheduler() {
    if (OtherSystem.unclaimed(pod)) {
      market
          .assigned()
          .filter(AssignedScheduler::live)
          .ifPresent(scheduler -> spec.put("schedulerName", scheduler.name()));
    }
  }

  private static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode child ? child : parent.putObject(field);
  }

  private static ArrayNode list(ObjectNode parent, String field) {
    return parent.get(field) instanceof ArrayNode list ? list : parent.putArray(field);
  }
}
