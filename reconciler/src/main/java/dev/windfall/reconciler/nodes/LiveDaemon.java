package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.policies.Toleration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A DaemonSet that looks like one which brings GPUs to nodes, and whose pods do not go to rungs.
 *
 * @param operators whether NVIDIA's GPU operator writes it, so that a hand's changes do not last
 * @param tolerates whether its pods tolerate anything
 */
record LiveDaemon(String namespace, String name, boolean operators, boolean tolerates) {
  private static final List<String> PLUGINS = List.of("k8s-device-plugin", "nvidia-device-plugin");
  private static final String OPERATOR = "gpu-operator";

  /**
   * Reads a DaemonSet from a stream. A {@link Decoder}.
   *
   * @return null for any other
   * @throws IOException when the stream breaks or no object stands there
   */
  static @Nullable LiveDaemon read(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    if (object == null) {
      throw new IOException("a DaemonSet is expected");
    }
    JsonNode pod = object.at("/spec/template/spec");
    List<String> words = new ArrayList<>();
    words.add(object.at("/metadata/name").asText());
    pod.path("containers").forEach(container -> words.add(container.path("image").asText()));
    boolean operators =
        object.at("/metadata/labels/app.kubernetes.io~1managed-by").asText().equals(OPERATOR)
            || says(words, List.of(OPERATOR));
    boolean brings =
        says(words, PLUGINS) || (operators && says(words, List.of("nvidia", "gpu-operator")));
    return brings && !Toleration.missing(pod).isEmpty()
        ? new LiveDaemon(
            object.at("/metadata/namespace").asText(),
            object.at("/metadata/name").asText(),
            operators,
            !pod.path("tolerations").isEmpty())
        : null;
  }

  private static boolean says(List<String> words, List<String> parts) {
    return words.stream()
        .map(word -> word.toLowerCase(Locale.ROOT))
        .anyMatch(word -> parts.stream().anyMatch(word::contains));
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
