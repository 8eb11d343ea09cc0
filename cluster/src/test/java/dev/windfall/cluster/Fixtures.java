package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Small objects, written as people write them. */
final class Fixtures {
  private Fixtures() {}

  static KubeClient client(LocalApiServer server) {
    return KubeClient.at(server.uri(), new ClusterMetrics(new PrometheusRegistry()));
  }

  /** JSON with single quotes. */
  static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.MAPPER.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  static ArrayNode array(String text) {
    try {
      return (ArrayNode) Json.MAPPER.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  static ObjectNode pool(String name, int weight) {
    return json(
        "{'apiVersion':'karpenter.sh/v1','kind':'NodePool','metadata':{'name':'"
            + name
            + "'},'spec':{'weight':"
            + weight
            + "}}");
  }
}
