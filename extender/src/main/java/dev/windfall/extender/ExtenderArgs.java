package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Pod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the scheduler asks: a pod and the nodes that fit it. Keys are compared without regard to
 * case, as Go does; the wire form is that of k8s.io/kube-scheduler/extender/v1 with {@code
 * nodeCacheCapable: true}.
 */
record ExtenderArgs(Pod pod, List<String> nodeNames) {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100)
                  .maxStringLength(2 << 20)
                  .maxNumberLength(40)
                  .build())
          .build();

  /**
   * Reads a request's body.
   *
   * @throws IOException when it is none; the message is for a log
   */
  static ExtenderArgs read(byte[] body) throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      JsonPull json = new JsonPull(parser);
      List<String> names = new ArrayList<>();
      List<Pod> pods = new ArrayList<>(1);
      parser.nextToken();
      json.object(field -> {
        switch (field.toLowerCase(Locale.ROOT)) {
          case "pod" -> pods.add(Pod.read(parser));
          case "nodenames" -> json.each(() -> names.add(json.text()));
          default -> json.skip();
        }
      });
      if (pods.size() != 1) {
        throw new IOException("there must be one Pod, not " + pods.size());
      }
      return new ExtenderArgs(pods.getFirst(), names);
    }
  }
}
