package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The kinds that are served: those listed here, and those that CustomResourceDefinitions add. A
 * definition takes over a kind that is built in, and takes it along when it is deleted.
 */
final class Kinds {
  static final String PODS = "pods";
  static final Kind NAMESPACE = core(Names.of("namespaces", "Namespace", "ns"), false, true);
  static final Kind DEFINITION =
      kind(
          "apiextensions.k8s.io",
          Names.of("customresourcedefinitions", "CustomResourceDefinition", "crd", "crds")
              .in("api-extensions"),
          false,
          true);
  static final Kind MUTATING_WEBHOOKS =
      admission("mutatingwebhookconfigurations", "MutatingWebhookConfiguration");

  private static final List<Kind> BUILT_IN =
      List.of(
          core(Names.of("configmaps", "ConfigMap", "cm"), true, false),
          core(Names.of("events", "Event", "ev"), true, false),
          core(Names.of("limitranges", "LimitRange", "limits"), true, false),
          NAMESPACE,
          core(Names.of("nodes", "Node", "no"), false, true),
          core(Names.of("persistentvolumeclaims", "PersistentVolumeClaim", "pvc"), true, true),
          core(Names.of("persistentvolumes", "PersistentVolume", "pv"), false, true),
          core(Names.of(PODS, "Pod", "po").in("all"), true, true),
          core(Names.of("resourcequotas", "ResourceQuota", "quota"), true, true),
          core(Names.of("secrets", "Secret"), true, false),
          kind("apps", Names.of("daemonsets", "DaemonSet", "ds").in("all"), true, true),
          kind("events.k8s.io", Names.of("events", "Event", "ev"), true, false),
          kind("coordination.k8s.io", Names.of("leases", "Lease"), true, false),
          DEFINITION,
          MUTATING_WEBHOOKS,
          admission("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
          admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
          admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
          kind("karpenter.sh", Names.of("nodepools", "NodePool").in("karpenter"), false, true),
          kind("karpenter.sh", Names.of("nodeclaims", "NodeClaim").in("karpenter"), false, true),
          kind(
              "karpenter.k8s.aws",
              Names.of("ec2nodeclasses", "EC2NodeClass", "ec2nc", "ec2ncs").in("karpenter"),
              false,
              true),
          new Kind(
              "gpu.devplatforms.io",
              "v1alpha1",
              Names.of("leftovernodepools", "LeftoverNodePool", "lonp"),
              false,
              true,
              Optional.empty()),
          windfall("spotpools", "SpotPool"),
          windfall("spotpolicies", "SpotPolicy"));

  private volatile List<Kind> served = BUILT_IN;

  private static Kind core(Names names, boolean namespaced, boolean statusApart) {
    return kind("", names, namespaced, statusApart);
  }

  private static Kind kind(String group, Names names, boolean namespaced, boolean statusApart) {
    return new Kind(group, "v1", names, namespaced, statusApart, Optional.empty());
  }

  private static Kind admission(String plural, String kind) {
    Names names = Names.of(plural, kind).in("api-extensions");
    return kind("admissionregistration.k8s.io", names, false, false);
  }

  private static Kind windfall(String plural, String kind) {
    Names names = Names.of(plural, kind);
    return new Kind("windfall.dev", "v1alpha1", names, false, true, Optional.empty());
  }

  List<Kind> all() {
    return served;
  }

  /** Whether the kind is still served as it was when it was found. */
  boolean serves(Kind kind) {
    return served.contains(kind);
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

  /** The kinds that a definition declares, one for each version that is served. */
  static List<Kind> declared(JsonNode crd) {
    JsonNode spec = crd.path("spec");
    List<Kind> declared = new ArrayList<>();
    int index = 0;
    for (JsonNode version : spec.path("versions")) {
      Definition definition = Definition.read(version, "spec.versions[" + index++ + "]");
      if (version.path("served").asBoolean()) {
        declared.add(
            new Kind(
                spec.path("group").asText(),
                version.path("name").asText(),
                Names.read(spec.path("names")),
                spec.path("scope").asText().equals("Namespaced"),
                version.path("subresources").has("status"),
                Optional.of(definition)));
      }
    }
    return List.copyOf(declared);
  }

  /** Serves what a definition declares, and nothing else under its name any more. */
  synchronized void learn(JsonNode crd) {
    List<Kind> declared = declared(crd);
    List<Kind> next = without(crd);
    next.addAll(declared);
    served = List.copyOf(next);
  }

  /** Serves nothing of a definition any more. */
  synchronized void forget(JsonNode crd) {
    served = List.copyOf(without(crd));
  }

  private List<Kind> without(JsonNode crd) {
    String place = place(crd);
    List<Kind> others = new ArrayList<>(served);
    others.removeIf(kind -> kind.place().equals(place));
    return others;
  }

  /** Where the objects of a definition's kind are kept. */
  static String place(JsonNode crd) {
    JsonNode spec = crd.path("spec");
    return spec.path("names").path("plural").asText() + "." + spec.path("group").asText();
  }
}
