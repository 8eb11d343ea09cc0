package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Grant;
import dev.windfall.market.Grants;
import dev.windfall.market.NamedOffers;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Bounds;
import dev.windfall.policies.Keys;
import java.util.List;
import java.util.Optional;

/**
 * Whether what a pod requires of nodes by itself is within bounds. The admission policies that hold
 * them without Windfall say the same, but for prices, which they cannot see.
 *
 * @param gpus of the pod
 */
record Conformance(Grants grants, int gpus) {
  /** Whether an offer is beyond {@code bounds}, as far as that is known. */
  boolean beyond(Bounds bounds, String offer) {
    return grants.beyond(bounds, offer, gpus);
  }

  /** Whether {@code spec} names such an offer in any alternative. */
  boolean namesBeyond(JsonNode spec, Bounds bounds) {
    return NamedOffers.anywhere(spec).stream().anyMatch(offer -> beyond(bounds, offer));
  }

  /** What {@code spec} would have to require for {@code bounds} to hold, if they do not. */
  Optional<String> unheld(JsonNode spec, Bounds bounds) {
    boolean mayBeOnDemand = !bounds.onDemand() && !holds(spec, Grant.withoutOnDemand());
    Optional<List<String>> offers = NamedOffers.in(spec);
    if (offers.isPresent()) {
      Bounds open =
          new Bounds(
              bounds.maxPricePerGpu(), bounds.maxGpusPerPod(), bounds.providers(), !mayBeOnDemand);
      List<String> beyond = offers.get().stream().filter(offer -> beyond(open, offer)).toList();
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
    return bounds.providers().isEmpty() || holds(spec, provider)
        ? Optional.empty()
        : Optional.of(provider.toString());
  }

  private static boolean holds(JsonNode spec, NodeRequirement wanted) {
    return NodeAffinity.narrowed(spec, List.of(wanted)).isEmpty();
  }
}
