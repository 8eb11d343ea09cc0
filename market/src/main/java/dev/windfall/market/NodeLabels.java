package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What labels say a node was rented as: Windfall's own, else zone and type by their well-known
 * labels, and the capacity by that of whoever made the node.
 */
final class NodeLabels {
  private static final String EKS_CAPACITY = "eks.amazonaws.com/capacityType";
  private static final String GKE_POOL = "cloud.google.com/gke-nodepool";
  private static final String GKE_SPOT = "cloud.google.com/gke-spot";
  private static final String GKE_PREEMPTIBLE = "cloud.google.com/gke-preemptible";
  private static final String AKS_POOL = "kubernetes.azure.com/agentpool";
  private static final String AKS_PRIORITY = "kubernetes.azure.com/scalesetpriority";

  private NodeLabels() {}

  static Optional<OfferKey> offer(Map<String, String> labels) {
    Optional<OfferKey> stated =
        Optional.ofNullable(labels.get(Keys.OFFER)).flatMap(OfferKey::parse);
    if (stated.isPresent()) {
      return stated;
    }
    String zone = labels.get(Keys.ZONE);
    String type = labels.get(Keys.INSTANCE_TYPE);
    if (zone == null || type == null) {
      return Optional.empty();
    }
    return capacity(labels).map(held -> new OfferKey(zone, type, held));
  }

  private static Optional<Capacity> capacity(Map<String, String> labels) {
    String karpenters = labels.get(Keys.CAPACITY_TYPE);
    if (karpenters != null) {
      return Capacity.of(karpenters);
    }
    String eks = labels.get(EKS_CAPACITY);
    if (eks != null) {
      return managed(eks);
    }
    if (labels.containsKey(GKE_POOL)) {
      boolean spot = isTrue(labels.get(GKE_SPOT)) || isTrue(labels.get(GKE_PREEMPTIBLE));
      return Optional.of(spot ? Capacity.SPOT : Capacity.ON_DEMAND);
    }
    if (labels.containsKey(AKS_POOL)) {
      boolean spot = "spot".equals(labels.get(AKS_PRIORITY));
      return Optional.of(spot ? Capacity.SPOT : Capacity.ON_DEMAND);
    }
    // Nobody rented it out, as far as anybody says. A machine of one's own that is in no market
    // file has no price, and neither has one of a cloud that says less than it should.
    return Optional.of(Capacity.OWNED);
  }

  private static Optional<Capacity> managed(String eks) {
    return switch (eks) {
      case "SPOT" -> Optional.of(Capacity.SPOT);
      case "ON_DEMAND" -> Optional.of(Capacity.ON_DEMAND);
      case "CAPACITY_BLOCK" -> Optional.of(Capacity.RESERVED);
      default -> Optional.empty();
    };
  }

  private static boolean isTrue(@Nullable String value) {
    return "true".equals(value);
  }
}
