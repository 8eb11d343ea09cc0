package dev.windfall.cluster;

/**
 * One kind of Kubernetes object and where the API server serves it.
 *
 * @param group API group; empty for core
 * @param version version within the group, e.g. {@code v1}
 * @param plural name in the URL, e.g. {@code nodepools}
 * @param kind name in the manifest, e.g. {@code NodePool}
 * @param namespaced whether its objects live in namespaces
 */
public record Resource(
    String group, String version, String plural, String kind, boolean namespaced) {
  public static final Resource PODS = new Resource("", "v1", "pods", "Pod", true);
  public static final Resource NODES = new Resource("", "v1", "nodes", "Node", false);
  public static final Resource PERSISTENT_VOLUME_CLAIMS =
      new Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true);
  public static final Resource PERSISTENT_VOLUMES =
      new Resource("", "v1", "persistentvolumes", "PersistentVolume", false);
  public static final Resource SECRETS = new Resource("", "v1", "secrets", "Secret", true);
  public static final Resource CONFIGMAPS = new Resource("", "v1", "configmaps", "ConfigMap", true);
  public static final Resource NAMESPACES =
      new Resource("", "v1", "namespaces", "Namespace", false);
  public static final Resource DAEMONSETS =
      new Resource("apps", "v1", "daemonsets", "DaemonSet", true);
  public static final Resource EVENTS =
      new Resource("events.k8s.io", "v1", "events", "Event", true);
  public static final Resource LEASES =
      new Resource("coordination.k8s.io", "v1", "leases", "Lease", true);
  public static final Resource NODEPOOLS =
      new Resource("karpenter.sh", "v1", "nodepools", "NodePool", false);
  public static final Resource NODECLAIMS =
      new Resource("karpenter.sh", "v1", "nodeclaims", "NodeClaim", false);
  public static final Resource EC2_NODE_CLASSES =
      new Resource("karpenter.k8s.aws", "v1", "ec2nodeclasses", "EC2NodeClass", false);
  public static final Resource SPOTPOOLS =
      new Resource("windfall.dev", "v1alpha1", "spotpools", "SpotPool", false);
  public static final Resource SPOTPOLICIES =
      new Resource("windfall.dev", "v1alpha1", "spotpolicies", "SpotPolicy", false);
  public static final Resource LEFTOVER_NODE_POOLS =
      new Resource(
          "gpu.devplatforms.io", "v1alpha1", "leftovernodepools", "LeftoverNodePool", false);
  public static final Resource CRDS =
      new Resource(
          "apiextensions.k8s.io",
          "v1",
          "customresourcedefinitions",
          "CustomResourceDefinition",
          false);
  public static final Resource MUTATING_WEBHOOKS =
      new Resource(
          "admissionregistration.k8s.io",
          "v1",
          "mutatingwebhookconfigurations",
          "MutatingWebhookConfiguration",
          false);
  public static final Resource ADMISSION_POLICIES =
      new Resource(
          "admissionregistration.k8s.io",
          "v1",
          "validatingadmissionpolicies",
          "ValidatingAdmissionPolicy",
          false);
  public static final Resource ADMISSION_POLICY_BINDINGS =
      new Resource(
          "admissionregistration.k8s.io",
          "v1",
          "validatingadmissionpolicybindings",
          "ValidatingAdmissionPolicyBinding",
          false);

  /** What a manifest says in {@code apiVersion}. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** URL path of all objects of this kind, in every namespace. */
  public String path() {
    return root() + "/" + plural;
  }

  /**
   * URL path of the objects in one namespace.
   *
   * @param namespace empty for every namespace, and always empty for what is cluster-scoped
   * @throws IllegalArgumentException if a namespace is given for a cluster-scoped resource
   */
  public String path(String namespace) {
    if (namespace.isEmpty()) {
      return path();
    }
    if (!namespaced) {
      throw new IllegalArgumentException(
          plural + " are cluster-scoped; namespace \"" + namespace + "\" makes no sense");
    }
    return root() + "/namespaces/" + Key.segment(namespace) + "/" + plural;
  }

  /**
   * URL path of one object.
   *
   * @throws IllegalArgumentException if the key has a namespace and the resource has none, or the
   *     other way round
   */
  public String path(Key key) {
    if (namespaced && key.namespace().isEmpty()) {
      throw new IllegalArgumentException(
          plural + " live in namespaces; \"" + key.name() + "\" names none");
    }
    return path(key.namespace()) + "/" + Key.segment(key.name());
  }

  private String root() {
    return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
  }
}
