package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.JsonPatch;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Pods as they are sent, and as they become. */
final class Pods {
  private Pods() {}

  /** JSON in which single quotes may stand for double ones. */
  static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.MAPPER.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A pod with one GPU and these annotations. */
  static ObjectNode pod(String annotations) {
    return pod(annotations, "");
  }

  /**
   * A pod with one GPU.
   *
   * @param spec further fields of its spec, each followed by a comma
   */
  static ObjectNode pod(String annotations, String spec) {
    return json(
        """
        {'apiVersion':'v1','kind':'Pod',
         'metadata':{'name':'train','namespace':'research','annotations':{%s}},
         'spec':{%s
           'schedulerName':'default-scheduler',
           'containers':[{'name':'main','image':'train:1',
             'resources':{'limits':{'nvidia.com/gpu':'1'},'requests':{'nvidia.com/gpu':'1'}}}]}}
        """
            .formatted(annotations, spec));
  }

  static Mutation mutate(ObjectNode pod, Mutation.Market market) {
    try {
      return Mutation.of(pod, "research", market);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the API server would store. */
  static ObjectNode admitted(ObjectNode pod, Mutation.Market market) {
    ObjectNode sent = pod.deepCopy();
    Mutation mutation = mutate(pod, market);
    assertEquals(sent, pod, "the pod as sent is not changed");
    return (ObjectNode) JsonPatch.apply(mutation.patch(), pod);
  }

  static JsonNode terms(ObjectNode pod) {
    return pod.at(
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
            + "/nodeSelectorTerms");
  }

  static JsonNode decision(ObjectNode pod) {
    return json(pod.at("/metadata/annotations").path("windfall.dev/decision").asText("{}"));
  }
}
