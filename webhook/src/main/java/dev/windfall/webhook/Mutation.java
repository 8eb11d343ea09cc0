package dev.windfall.webhook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grant;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.Spot;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Toleration;
import dev.windfall.webhook.Decision.Granted;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What admission does to a pod. Pure: the same pod, market and time give the same patch on any
 * replica.
 *
 * <p>What a pod may cost is settled once. A pod that names offers already, or waits behind the gate
 * for some, is not judged again: not when the API server asks a second time, not by a replica with
 * a newer book. Its decision is then not written again either, since that alone would be a patch.
 *
 * @param patch RFC 6902 operations; none when the pod is right as it is
 * @param warnings for whoever created the pod
 * @param decision what the annotation says; empty when nothing was changed
 * @param gated whether the pod was put behind the gate
 */
record Mutation(ArrayNode patch, List<String> warnings, Optional<String> decision, boolean gated) {

  /** What the webhook knows when it is asked. */
  record Market(
      PriceBook book, List<SpotPool> pools, Optional<AssignedScheduler> assigned, Instant now) {}

  Mutation {
    warnings = List.copyOf(warnings);
  }

  /**
   * What to do to a pod that is being created.
   *
   * @param pod as the API server sent it; not changed
   * @throws IOException when it is no pod, or counts its GPUs in a way that cannot be read
   */
  static Mutation of(ObjectNode pod, Market market) throws IOException {
    Pod known = read(pod);
    if (known.bound() || known.mirror() || known.ofDaemonSet()) {
      return unchanged(List.of());
    }
    Resolution resolution = Resolution.of(known);
    if (resolution.request().isEmpty()) {
      return unchanged(resolution.warnings());
    }
    return new Steps(pod, known, resolution.request().get(), market, resolution.warnings()).run();
  }

  private static Mutation unchanged(List<String> warnings) {
    return new Mutation(JsonNodeFactory.instance.arrayNode(), warnings, Optional.empty(), false);
  }

  private static Pod read(ObjectNode pod) throws IOException {
    try (JsonParser parser = pod.traverse(Json.MAPPER)) {
      parser.nextToken();
      return Pod.read(parser);
    }
  }

  /** One pod's way: a copy of it is changed, and the patch is what the copy has more. */
  private static final class Steps {
    private static final NodeRequirement SOME_OFFERS =
        new NodeRequirement(Keys.OFFER, NodeRequirement.Operator.IN, List.of());

    private final ObjectNode before;
    private final ObjectNode after;
    private final ObjectNode spec;
    private final Pod pod;
    private final Request request;
    private final Market market;
    private final List<String> warnings;
    private boolean gated;

    Steps(ObjectNode before, Pod pod, Request request, Market market, List<String> warnings) {
      this.before = before;
      this.after = before.deepCopy();
      this.spec = child(after, "spec");
      this.pod = pod;
      this.request = request;
      this.market = market;
      this.warnings = new ArrayList<>(warnings);
    }

    Mutation run() {
      Optional<String> other = OtherSystem.of(before, pod, market.assigned());
      Decision decision = other.isPresent() ? leaveTo(other.get()) : steer();
      if (after.equals(before)) {
        return unchanged(warnings);
      }
      String text = decision.text();
      child(child(after, "metadata"), "annotations").put(Keys.DECISION, text);
      return new Mutation(Patch.between(before, after), warnings, Optional.of(text), gated);
    }

    /**
     * Lets a pod that another system places onto the rungs, and holds it to nothing. With {@code
     * never} even that would only open spot nodes to a pod that must not run there.
     */
    private Decision leaveTo(String system) {
      if (request.spot() == Spot.NEVER) {
        warnings.add(
            "%s places this pod; %s \"never\" is not enforced".formatted(system, Keys.SPOT));
        return decision(Granted.ANY_RUNG);
      }
      if (request.maxPricePerGpu().isPresent()) {
        warnings.add(
            "%s places this pod; %s is not enforced".formatted(system, Keys.MAX_PRICE_PER_GPU));
      } else if (request.spot() == Spot.REQUIRE) {
        warnings.add(
            "%s places this pod; %s \"require\" is not enforced".formatted(system, Keys.SPOT));
      }
      tolerate();
      return decision(Granted.ANY_RUNG);
    }

    private Decision steer() {
      tolerate();
      assignScheduler();
      if (request.maxPricePerGpu().isPresent()) {
        if (pod.waitsForPrice()) {
          return decision(Granted.WAIT);
        }
        if (namesOffers()) {
          return decision(Granted.OFFERS);
        }
      }
      Grant grant = Grant.of(request, market.pools(), market.book(), market.now());
      return switch (grant) {
        case Grant.AnyRung any -> decision(Granted.ANY_RUNG);
        case Grant.Bound bound -> {
          NodeAffinity.narrowed(spec, bound.requirements())
              .ifPresent(affinity -> spec.set("affinity", affinity));
          Granted granted = bound.offers().isEmpty() ? Granted.CAPACITY : Granted.OFFERS;
          yield new Decision(request, granted, market.book().version(), bound.offers());
        }
        case Grant.NothingFits nothing -> {
          list(spec, "schedulingGates").addObject().put("name", Keys.PRICE_GATE);
          gated = true;
          warnings.add("the pod waits: " + nothing.reason());
          yield new Decision(
              request, Granted.WAIT, market.book().version(), nothing.nearest().stream().toList());
        }
      };
    }

    private Decision decision(Granted granted) {
      return new Decision(request, granted, market.book().version(), List.of());
    }

    private boolean namesOffers() {
      return NodeAffinity.narrowed(spec, List.of(SOME_OFFERS)).isEmpty();
    }

    private void tolerate() {
      Toleration.missing(spec).forEach(missing -> list(spec, "tolerations").add(missing));
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
}
