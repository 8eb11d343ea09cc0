package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.market.Grant;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.AdmittedPods;
import dev.windfall.policies.Bounds;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPolicy;
import java.util.List;
import java.util.Optional;

/**
 * What holds the bounds of one policy while Windfall cannot be asked: a ValidatingAdmissionPolicy
 * with the bounds written into it, and its binding.
 *
 * <p>It holds for the pods that the webhook is asked about, when they are created and when they
 * leave Windfall's gate. What the webhook makes of a pod always passes; so does a pod behind the
 * gate, which has no node to exceed a bound on.
 *
 * <p>The API server knows no prices. Where a bound is about what an offer costs or who provides it,
 * the pod has to name offers; which ones it names is looked at by the webhook only.
 *
 * @param name of both objects
 */
public record Guard(String name, ObjectNode policy, ObjectNode binding) {
  /** Before the name of a policy that is an object. */
  static final String OBJECT = "windfall.policy.";

  /** Before the name of a policy that stands in a file. */
  static final String FILE = "windfall.file.";

  /** What the webhook adds to a pod in time, so that nobody has to. */
  private static final String BY_ITSELF = "; Windfall adds that itself while it can be asked";

  private static final String GATED =
      "%s.spec.?schedulingGates.orValue([]).exists(g, g.name in "
          + Cel.list(List.of(Keys.PRICE_GATE, Keys.BURST_GATE))
          + ")";
  private static final String IN_NO_GATE =
      "!%s && (request.operation == 'CREATE' || %s)"
          .formatted(GATED.formatted("object"), GATED.formatted("oldObject"));

  /** A pod that asks for none, in so many words, is nobody's business. */
  private static final String NO_GPU = "variables.gpus == 0 || ";

  private static final String TERMS =
      "object.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution"
          + ".?nodeSelectorTerms.orValue([])";
  private static final String SELECTOR = "object.spec.?nodeSelector.orValue({})";

  /** One of a term's expressions is so; a term that is empty matches no node, so that it may be. */
  private static final String EACH_TERM =
      "(size(variables.terms) > 0 && variables.terms.all(t,"
          + " (size(t.?matchExpressions.orValue([])) == 0 && size(t.?matchFields.orValue([])) == 0)"
          + " || t.?matchExpressions.orValue([]).exists(e, e.operator == 'In' && e.key == %s%s)))";

  /**
   * The guard of {@code policy}.
   *
   * @param own Windfall's namespace
   * @return empty when it needs none, since it refuses nothing or has no bounds
   */
  public static Optional<Guard> of(SpotPolicy policy, String own) {
    Bounds bounds = policy.bounds();
    if (!policy.denies() || (bounds.maxGpusPerPod().isEmpty() && !bounds.holdNodes())) {
      return Optional.empty();
    }
    String name = name(policy);
    ObjectNode manifest = Manifest.policy(name, Resource.PODS);
    AdmittedPods.CONDITIONS.forEach(
        condition -> Manifest.condition(manifest, condition.name(), condition.expression()));
    Manifest.condition(manifest, "in-no-gate", IN_NO_GATE);
    String spoken = "policy \"" + policy.name() + "\"";
    countGpus(manifest);
    bounds.maxGpusPerPod().ifPresent(most -> gpus(manifest, spoken, most));
    if (bounds.holdNodes()) {
      nodes(manifest, spoken, bounds);
    }
    return Optional.of(
        new Guard(
            name,
            manifest,
            Manifest.binding(
                name,
                Manifest.both(policy.namespaces(), AdmittedPods.namespaces(own)),
                policy.pods())));
  }

  static String name(SpotPolicy policy) {
    return (policy.file().isPresent() ? FILE : OBJECT) + policy.name();
  }

  /**
   * Counts as the scheduler does, with one exception: an init container is counted without the
   * sidecars that were started before it, since expressions cannot see which those are. So it never
   * counts more than the webhook does, and refuses nothing that the webhook lets pass.
   */
  private static void countGpus(ObjectNode policy) {
    String gpu = "[?" + Cel.text(Keys.GPU_RESOURCE) + "]";
    String ofContainer =
        "quantity(string(c.?resources.?requests%s.or(c.?resources.?limits%s).orValue('0'))).asInteger()"
            .formatted(gpu, gpu);
    String sidecar = "c.?restartPolicy.orValue('') == 'Always'";
    Manifest.variable(policy, "inits", "object.spec.?initContainers.orValue([])");
    Manifest.variable(
        policy,
        "gpus",
        "([object.spec.containers.map(c, %s).sum() + variables.inits.filter(c, %s).map(c, %s).sum()]"
                .formatted(ofContainer, sidecar, ofContainer)
            + " + variables.inits.filter(c, !(%s)).map(c, %s)).max()"
                .formatted(sidecar, ofContainer));
  }

  private static void gpus(ObjectNode policy, String spoken, int most) {
    Manifest.validationSaying(
        policy,
        "variables.gpus <= " + most,
        "'the pod asks for ' + string(variables.gpus) + "
            + Cel.text(
                " GPUs; %s allows %d at most (bounds.maxGpusPerPod); ask for fewer"
                    .formatted(spoken, most)));
  }

  private static void nodes(ObjectNode policy, String spoken, Bounds bounds) {
    Manifest.variable(policy, "terms", TERMS);
    Manifest.variable(policy, "selector", SELECTOR);
    Manifest.variable(
        policy,
        "namesOffers",
        Cel.text(Keys.OFFER)
            + " in variables.selector || "
            + EACH_TERM.formatted(Cel.text(Keys.OFFER), ""));
    if (!bounds.onDemand()) {
      NodeRequirement wanted = Grant.withoutOnDemand();
      Manifest.validation(
          policy,
          NO_GPU
              + "%s || (variables.namesOffers && %s)".formatted(required(wanted), noneOnDemand()),
          say(
              spoken,
              "no on-demand nodes (bounds.onDemand)",
              wanted + ", or " + Keys.OFFER + " In offers of which none ends with .on-demand"));
    }
    if (!bounds.providers().isEmpty()) {
      NodeRequirement wanted =
          new NodeRequirement(Keys.PROVIDER, NodeRequirement.Operator.IN, bounds.providers());
      Manifest.validation(
          policy,
          NO_GPU + "variables.namesOffers || " + required(wanted),
          say(
              spoken,
              "nodes of " + String.join(", ", bounds.providers()) + " only (bounds.providers)",
              wanted + ", or " + Keys.OFFER + " In offers of theirs"));
    }
    bounds
        .maxPricePerGpu()
        .ifPresent(most ->
            Manifest.validation(
                policy,
                NO_GPU + "variables.namesOffers",
                say(
                    spoken,
                    most + " USD per GPU-hour at most (bounds.maxPricePerGpu)",
                    Keys.OFFER + " In offers that cost no more")));
  }

  private static String say(String spoken, String allows, String require) {
    return spoken + " allows " + allows + "; have the pod require " + require + BY_ITSELF;
  }

  /** Whether the pod can only come onto nodes with one of these labels. */
  private static String required(NodeRequirement wanted) {
    String key = Cel.text(wanted.key());
    String values = Cel.list(wanted.values());
    return "(%s in variables.selector && variables.selector[%s] in %s) || %s"
        .formatted(
            key,
            key,
            values,
            EACH_TERM.formatted(key, " && e.?values.orValue([]).all(v, v in " + values + ")"));
  }

  private static String noneOnDemand() {
    String key = Cel.text(Keys.OFFER);
    return "!variables.selector[?%s].orValue('').endsWith('.on-demand') && variables.terms.all(t,"
            .formatted(key)
        + " t.?matchExpressions.orValue([]).all(e, e.operator != 'In' || e.key != %s".formatted(key)
        + " || e.?values.orValue([]).all(v, !v.endsWith('.on-demand'))))";
  }

  /** What the list of all guards' objects begins with, whoever the policy is. */
  static List<String> prefixes() {
    return List.of(OBJECT, FILE);
  }
}
