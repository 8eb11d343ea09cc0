package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grant;
import dev.windfall.market.NamedOffers;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Ranking.Ranked;
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
  private final Conformance conformance;
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
    this.conformance = new Conformance(market.grants(), pod.gpus());
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
    resolution
        .strict()
        .ifPresent(strict ->
            conformance
                .unheld(before.path("spec"), strict.bounds())
                .ifPresent(unheld ->
                    refusals.add(
                        "%s places this pod, so Windfall does not hold it to nodes; policy \"%s\""
                                .formatted(system, strict.policy())
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
    // A bound by itself opens no rung: whom nobody puts on spot would be held to nothing there.
    if (request.spot() != Spot.NEVER && resolution.putOnSpot()) {
      tolerate();
    }
    return decision(Granted.ANY_RUNG);
  }

  private Decision steer() {
    tolerate();
    assignScheduler();
    if (request.wantsOffers()) {
      // Before all else: neither the gate nor an alternative without offers is a way around bounds.
      if (conformance.namesBeyond(spec, resolution.bounds())) {
        takeOutWhatIsBeyond();
      }
      if (pod.waitsForPrice()) {
        refuseIfItMustNotWait();
        return decision(Granted.WAIT);
      }
      if (pod.waitsForBurst()) {
        refuseIfItMustNotWait();
        return decision(Granted.BURST);
      }
      Optional<List<String>> named = NamedOffers.in(spec);
      if (named.isPresent()) {
        return keep(named.get());
      }
    }
    return pod.waitsForBurst() ? decision(Granted.BURST) : grant();
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
    boolean some =
        NamedOffers.without(spec, offer -> conformance.beyond(resolution.bounds(), offer));
    Optional<Resolution.Strict> broken =
        resolution.strict().filter(strict -> conformance.namesBeyond(spec, strict.bounds()));
    if (broken.isPresent()) {
      refusals.add(
          "the pod requires offers beyond the bounds of policy \"" + broken.get().policy() + "\"");
    } else if (some && !conformance.namesBeyond(spec, resolution.bounds())) {
      warnings.add("offers beyond the bounds of " + policies + " were taken out of the affinity");
    } else {
      warnings.add("the pod requires offers beyond the bounds of " + policies + "; it only warns");
    }
  }

  /** The gate is no way around a policy by which pods do not wait, whoever put it there. */
  private void refuseIfItMustNotWait() {
    if (market.grants().of(request) instanceof Grant.NothingFits nothing) {
      resolution.waiting().refusedBy().ifPresent(policy -> refuseToWait(nothing, policy));
    }
  }

  private void refuseToWait(Grant.NothingFits nothing, String policy) {
    refusals.add(nothing.reason() + "; policy \"" + policy + "\" refuses pods that would wait");
  }

  private boolean asWished(String offer) {
    return OfferKey.parse(offer)
        .filter(key -> request.capacities().contains(key.capacity()))
        .filter(key -> request.zones().isEmpty() || request.zones().contains(key.zone()))
        .isPresent();
  }

  private Decision grant() {
    Grant grant = market.grants().of(request);
    if (!(grant instanceof Grant.NothingFits) && belongsToABurst()) {
      list(spec, "schedulingGates").addObject().put("name", Keys.BURST_GATE);
      gated = true;
      return decision(Granted.BURST);
    }
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

  /**
   * Whether the pod is held until those that come with it are seen. Without a leader nobody would
   * free it; where a pod names its offers, they are settled.
   */
  private boolean belongsToABurst() {
    return resolution.assignBursts()
        && market.led()
        && request.spot() != Spot.NEVER
        && pod.claims().isEmpty()
        && NamedOffers.in(spec).isEmpty();
  }

  private Decision nothingFits(Grant.NothingFits nothing) {
    Optional<String> refusedBy = resolution.waiting().refusedBy();
    if (request.spot() == Spot.NEVER) {
      return withoutWaiting(nothing);
    }
    if (refusedBy.isPresent()) {
      refuseToWait(nothing, refusedBy.get());
      return decision(Granted.WAIT);
    }
    list(spec, "schedulingGates").addObject().put("name", Keys.PRICE_GATE);
    gated = true;
    warnings.add("the pod waits: " + nothing.reason());
    return decision(Granted.WAIT, nothing.nearest().stream().toList());
  }

  /** A pod that is never to run on spot does not wait for the market; it is told instead. */
  private Decision withoutWaiting(Grant.NothingFits nothing) {
    Optional<Resolution.Strict> unheld =
        resolution.strict().filter(strict -> strict.bounds().needOffers());
    if (unheld.isPresent()) {
      refusals.add(
          "%s; without an offer the pod cannot be held to the bounds of policy \"%s\""
              .formatted(nothing.reason(), unheld.get().policy()));
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
