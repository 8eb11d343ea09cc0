package dev.windfall.kind.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A pod as somebody would write it: one GPU, and nothing of Windfall's unless it is said.
 *
 * @param wishes Windfall's annotations, without their prefix
 * @param limits of its container
 * @param spec further lines of its spec
 */
record TestPod(
    String name,
    String namespace,
    Map<String, String> wishes,
    Map<String, String> limits,
    List<String> spec) {
  private static final String GPU = "nvidia.com/gpu";

  /** One that nobody puts on spot. */
  static TestPod plain(String name) {
    return new TestPod(name, "default", Map.of(), Map.of(GPU, "1"), List.of());
  }

  /** One that would rather be on spot. */
  static TestPod spot(String name) {
    return plain(name).wish("spot", "prefer");
  }

  /** The same with one of Windfall's annotations more, or with another value of it. */
  TestPod wish(String annotation, String value) {
    return new TestPod(name, namespace, with(wishes, annotation, value), limits, spec);
  }

  TestPod gpus(int gpus) {
    return limit(GPU, Integer.toString(gpus));
  }

  /** The same with a limit of its container more, or another one. */
  TestPod limit(String resource, String quantity) {
    return new TestPod(name, namespace, wishes, with(limits, resource, quantity), spec);
  }

  /** The same with this limit of its container only. */
  TestPod onlyLimit(String resource, String quantity) {
    return new TestPod(name, namespace, wishes, Map.of(resource, quantity), spec);
  }

  TestPod in(String itsNamespace) {
    return new TestPod(name, itsNamespace, wishes, limits, spec);
  }

  /** The same with one line more in its spec, as {@code nodeSelector: {a: b}}. */
  TestPod says(String line) {
    List<String> lines = new ArrayList<>(spec);
    lines.add(line);
    return new TestPod(name, namespace, wishes, limits, List.copyOf(lines));
  }

  private static Map<String, String> with(Map<String, String> map, String key, String value) {
    Map<String, String> changed = new TreeMap<>(map);
    changed.put(key, value);
    return changed;
  }

  /** It as YAML, in which others may follow. */
  String manifest() {
    return """
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: %s
      namespace: %s
      labels: {app: train}
      annotations: {%s}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 0
    %s  containers:
      - name: main
        image: train
        resources:
          limits: {%s}
    """
        .formatted(
            name,
            namespace,
            flow("windfall.dev/", wishes),
            spec.stream().map(line -> "  " + line + "\n").collect(Collectors.joining()),
            flow("", limits));
  }

  private static String flow(String prefix, Map<String, String> map) {
    return map.entrySet().stream()
        .map(entry -> "%s%s: \"%s\"".formatted(prefix, entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }
}
