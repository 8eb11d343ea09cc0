package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Pull;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The few things Windfall needs to know of a NodeClaim.
 *
 * @param labels as Karpenter's drift test reads them
 * @param drifted whether Karpenter has marked it already
 */
public record LiveClaim(String name, Map<String, String> labels, boolean drifted) {
  /** The label by which a NodeClaim names its NodePool. */
  public static final String NODEPOOL = "karpenter.sh/nodepool";

  public LiveClaim {
    labels = Map.copyOf(labels);
  }

  /** Its NodePool; empty when it was made without one. */
  public String nodePool() {
    return labels.getOrDefault(NODEPOOL, "");
  }

  /**
   * Reads a NodeClaim from a stream. A {@link dev.windfall.cluster.Decoder}.
   *
   * @throws IOException when the stream breaks
   */
  public static LiveClaim read(JsonParser parser) throws IOException {
    String[] name = {""};
    Map<String, String> labels = new HashMap<>();
    Set<String> holding = new HashSet<>();
    Pull.fields(
        parser,
        field -> {
          switch (field) {
            case "metadata" ->
                Pull.fields(
                    parser,
                    key -> {
                      switch (key) {
                        case "name" -> name[0] = parser.getText();
                        case "labels" -> labels.putAll(Pull.strings(parser));
                        default -> {}
                      }
                    });
            case "status" ->
                Pull.fields(
                    parser,
                    key -> {
                      if (key.equals("conditions")) {
                        Pull.elements(parser, () -> condition(parser, holding));
                      }
                    });
            default -> {}
          }
        });
    return new LiveClaim(name[0], labels, holding.contains("Drifted"));
  }

  private static void condition(JsonParser parser, Set<String> holding) throws IOException {
    Map<String, String> condition = Pull.strings(parser);
    if (condition.getOrDefault("status", "").equals("True")) {
      holding.add(condition.getOrDefault("type", ""));
    }
  }
}
