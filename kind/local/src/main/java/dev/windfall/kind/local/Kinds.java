package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The kinds that are served: those listed here, and those that CustomResourceDefinitions add. */
final class Kinds {
  static final String CRD = "customresourcedefinitions";

  private static final List<Kind> BUILT_IN =
      List.of(
          core("pods", "Pod", true),
          core("nodes", "Node", false),
          core("namespaces", "Namespace", false),
          new Kind("", "v1", "secrets", "Secret", true, false),
          new Kind("", "v1", "configmaps", "ConfigMap", true, false),
          new Kind("", "v1", "events", "Event", true, false),
          new Kind("events.k8s.io", "v1", "events", "Event", true, false),
          new Kind("coordination.k8s.io", "v1", "leases", "Lease", true, false),
          new Kind("apiextensions.k8s.io", "v1", CRD, "CustomResourceDefinition", false, true),
          admission("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
          admission("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
          admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
          admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
          new Kind("karpenter.sh", "v1", "nodepools", "NodePool", false, true),
          new Kind("karpenter.sh", "v1", "nodeclaims", "NodeClaim", false, true),
          new Kind("karpenter.k8s.aws", "v1", "ec2nodeclasses", "EC2NodeClass", false, true),
          new Kind("windfall.dev", "v1alpha1", "spotpools", "SpotPool", false, true),
          new Kind("windfall.dev", "v1alpha1", "spotpolicies", "SpotPolicy", false, true));

  private final List<Kind> served = new CopyOnWriteArrayList<>(BUILT_IN);

  private static Kind core(String plural, String kind, boolean namespaced) {
    return new Kind("", "v1", plural, kind, namespaced, true);
  }

  private static Kind admission(String plural, String kind) {
    return new Kind("admissionregistration.k8s.io", "v1", plural, kind, false, false);
  }

  Optional<Kind> find(String group, String version, String plural) {
    return served.stream()
        .filter(k ->
            k.group().equals(group) && k.version().equals(version) && k.plural().equals(plural))
        .findFirst();
  }

  Optional<Kind> of(String apiVersion, String kind) {
    return served.stream()
        .filter(k -> k.apiVersion().equals(apiVersion) && k.kind().equals(kind))
        .findFirst();
  }

  /** Serves what a CustomResourceDefinition declares. */
  void learn(JsonNode crd) {
    JsonNode spec = crd.path("spec");
    String group = spec.path("group").asText();
    String plural = spec.path("names").path("plural").asText();
    List<Kind> declared = new ArrayList<>();
    for (JsonNode version : spec.path("versions")) {
      String name = version.path("name").asText();
      if (version.path("served").asBoolean() && find(group, name, plural).isEmpty()) {
        declared.add(
            new Kind(
                group,
                name,
                plural,
                spec.path("names").path("kind").asText(),
                spec.path("scope").asText().equals("Namespaced"),
                version.path("subresources").has("status")));
      }
    }
    served.addAll(declared);
  }
}
