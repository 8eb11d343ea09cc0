package dev.windfall.kind.local;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The form in which a client wants its answer: the first it names that is known here. */
enum Accept {
  JSON,
  TABLE,
  /** Discovery of all groups at once. */
  AGGREGATED;

  static Accept read(String header) {
    if (header.isBlank()) {
      return JSON;
    }
    for (String range : header.split(",", -1)) {
      String[] parts = range.split(";", -1);
      Set<String> parameters = new HashSet<>();
      Arrays.stream(parts).skip(1).map(String::strip).forEach(parameters::add);
      parameters.removeIf(
          parameter -> parameter.startsWith("q=") || parameter.startsWith("charset="));
      switch (parts[0].strip()) {
        case "application/json", "application/*", "*/*" -> {
          if (parameters.isEmpty()) {
            return JSON;
          }
          if (parameters.equals(Set.of("as=Table", "v=v1", "g=meta.k8s.io"))) {
            return TABLE;
          }
          if (parameters.equals(
              Set.of("as=APIGroupDiscoveryList", "v=v2", "g=apidiscovery.k8s.io"))) {
            return AGGREGATED;
          }
        }
        default -> {}
      }
    }
    throw new Refusal(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json,"
            + " application/json;as=Table;v=v1;g=meta.k8s.io");
  }
}
