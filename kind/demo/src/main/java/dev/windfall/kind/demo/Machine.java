package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.policies.Keys;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A machine that Karpenter rents from a rung: the NodeClaim and the Node that stand for it.
 *
 * @param rung the NodePool, not to be changed
 */
record Machine(String name, ObjectNode rung, Offer offer) {
  private static final String PODS = "110";

  /**
   * What its node will be labelled with: the template's labels, and what the rung's requirements
   * come to.
   */
  static Map<String, String> labels(JsonNode rung) {
    Map<String, String> labels =
        new TreeMap<>(Fit.strings(rung.at("/spec/template/metadata/labels")));
    for (JsonNode requirement : rung.at("/spec/template/spec/requirements")) {
      if (requirement.path("values").has(0)) {
        labels.put(requirement.path("key").asText(), requirement.path("values").path(0).asText());
      }
    }
    labels.put("kubernetes.io/os", "linux");
    labels.put("karpenter.sh/nodepool", rung.at("/metadata/name").asText());
    return labels;
  }

  static JsonNode taints(JsonNode rung) {
    return rung.at("/spec/template/spec/taints");
  }

  ObjectNode nodeClaim(Instant now) {
    ObjectNode claim = object(Cluster.KARPENTER, "NodeClaim");
    JsonNode template = rung.at("/spec/template/spec");
    ObjectNode spec = claim.putObject("spec");
    for (String field : List.of("nodeClassRef", "requirements", "taints", "expireAfter")) {
      spec.set(field, template.path(field).deepCopy());
    }
    ObjectNode status = claim.putObject("status");
    status.put("nodeName", name).put("providerID", providerId());
    capacity(status);
    for (String type : List.of("Launched", "Registered", "Initialized", "Ready")) {
      condition(status, type, now);
    }
    return claim;
  }

  ObjectNode node(Instant now) {
    ObjectNode node = object("v1", "Node");
    ((ObjectNode) node.at("/metadata/labels")).put("kubernetes.io/hostname", name);
    ObjectNode spec = node.putObject("spec");
    spec.put("providerID", providerId());
    spec.set("taints", taints(rung).deepCopy());
    ObjectNode status = node.putObject("status");
    capacity(status);
    condition(status, "Ready", now);
    status.putObject("nodeInfo").put("kubeletVersion", "played");
    return node;
  }

  private String providerId() {
    return "demo:///" + offer.key().zone() + "/" + name;
  }

  private ObjectNode object(String apiVersion, String kind) {
    ObjectNode object =
        JsonNodeFactory.instance.objectNode().put("apiVersion", apiVersion).put("kind", kind);
    ObjectNode labels = object.putObject("metadata").put("name", name).putObject("labels");
    labels(rung).forEach(labels::put);
    return object;
  }

  private void capacity(ObjectNode status) {
    for (String field : List.of("capacity", "allocatable")) {
      status
          .putObject(field)
          .put("cpu", Integer.toString(offer.cpu()))
          .put("memory", offer.memory().toString())
          .put("pods", PODS)
          .put(Keys.GPU_RESOURCE, Integer.toString(offer.gpu().count()));
    }
  }

  static void condition(ObjectNode status, String type, Instant now) {
    status
        .withArrayProperty("conditions")
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("reason", type)
        .put("message", "")
        .put("lastTransitionTime", now.toString());
  }
}
