package dev.windfall.webhook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grants;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.Surroundings;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What admission does to a pod. Pure: the same pod, surroundings, market and time give the same
 * patch on any replica.
 *
 * @param patch RFC 6902 operations; none when the pod is right as it is
 * @param warnings for whoever created the pod
 * @param decision what the annotation says; empty when nothing was changed
 * @param gated whether the pod was put behind the gate
 * @param refusal why the pod must not be created; empty: it may
 */
record Mutation(
    ArrayNode patch,
    List<String> warnings,
    Optional<String> decision,
    boolean gated,
    Optional<String> refusal) {

  /**
   * What the webhook knows when it is asked.
   *
   * @param surroundings what counts for a pod besides what it says itself
   * @param grants what wishes come to now
   * @param assigned the scheduler that pods are given; empty when they keep what they have
   * @param led whether a leader is there, to free pods that are held for a moment
   */
  record Market(
      Surroundings surroundings,
      Grants grants,
      Optional<AssignedScheduler> assigned,
      boolean led) {}

  Mutation {
    warnings = List.copyOf(warnings);
  }

  /**
   * What to do to a pod that is being created.
   *
   * @param pod as the API server sent it; not changed
   * @param namespace in which it is created; the pod itself need not say
   * @throws IOException when it is no pod, or counts its GPUs in a way that cannot be read
   */
  static Mutation of(ObjectNode pod, String namespace, Market market) throws IOException {
    Pod known = read(pod).in(namespace);
    if (known.bound() || known.mirror() || known.ofDaemonSet()) {
      return unchanged(List.of());
    }
    Resolution resolution = market.surroundings().resolve(known);
    if (!resolution.refusals().isEmpty()) {
      return refused(String.join("; ", resolution.refusals()), resolution.warnings());
    }
    return resolution.request().isEmpty()
        ? unchanged(resolution.warnings())
        : new Steering(pod, known, resolution, resolution.request().get(), market).mutation();
  }

  static Mutation unchanged(List<String> warnings) {
    return new Mutation(
        JsonNodeFactory.instance.arrayNode(), warnings, Optional.empty(), false, Optional.empty());
  }

  static Mutation refused(String why, List<String> warnings) {
    return new Mutation(
        JsonNodeFactory.instance.arrayNode(), warnings, Optional.empty(), false, Optional.of(why));
  }

  private static Pod read(ObjectNode pod) throws IOException {
    try (JsonParser parser = pod.traverse(Json.MAPPER)) {
      parser.nextToken();
      return Pod.read(parser);
    }
  }
}
