package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import java.util.Optional;

/**
 * One webhook in one configuration, and whom its API servers trust. Nothing else of it is written,
 * so that somebody else may keep the rest.
 */
record Registration(KubeClient client, Resource resource, Key key, String webhook) {

  /**
   * As it was found.
   *
   * @param generation counts the changes of what the API servers do with it
   * @param index of the webhook among those of the configuration
   */
  record Found(String resourceVersion, long generation, int index, CaBundle bundle) {}

  /** What is registered now; empty when there is no such configuration or no such webhook. */
  Optional<Found> read() {
    return client.get(resource, key).flatMap(this::read);
  }

  private Optional<Found> read(ObjectNode configuration) {
    JsonNode webhooks = configuration.path("webhooks");
    for (int i = 0; i < webhooks.size(); i++) {
      if (webhooks.path(i).path("name").asText().equals(webhook)) {
        JsonNode metadata = configuration.path("metadata");
        return Optional.of(
            new Found(
                metadata.path("resourceVersion").asText(),
                metadata.path("generation").asLong(),
                i,
                CaBundle.read(webhooks.path(i).at("/clientConfig/caBundle").asText(""))));
      }
    }
    return Optional.empty();
  }

  /**
   * Has the API servers trust another bundle.
   *
   * @throws ClusterException {@link ClusterException#isConflict} when the configuration is no
   *     longer as it was found
   */
  void write(Found found, CaBundle bundle) {
    ArrayNode patch = Json.MAPPER.createArrayNode();
    patch
        .addObject()
        .put("op", "replace")
        .put("path", "/metadata/resourceVersion")
        .put("value", found.resourceVersion());
    patch
        .addObject()
        .put("op", "add")
        .put("path", "/webhooks/" + found.index() + "/clientConfig/caBundle")
        .put("value", bundle.base64());
    client.jsonPatch(resource, key, patch);
  }

  @Override
  public String toString() {
    return resource.kind().toLowerCase(java.util.Locale.ROOT) + " " + key;
  }
}
