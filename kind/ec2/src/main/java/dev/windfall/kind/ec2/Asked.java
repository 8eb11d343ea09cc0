package dev.windfall.kind.ec2;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One request.
 *
 * @param action such as {@code DescribeSpotPriceHistory}; the path, where there is no action
 * @param region the one it was signed for; empty when it was not signed
 * @param parameters of the Query protocol as they were sent, {@code InstanceType.1=g6.xlarge}; of a
 *     JSON protocol its body, as the only one, under {@code body}
 */
public record Asked(String action, String region, Map<String, String> parameters) {
  public Asked {
    parameters = Map.copyOf(parameters);
  }

  /** The value of a parameter; empty text when it was not sent. */
  public String one(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** The values of a parameter that is a list, {@code InstanceType.1}, {@code InstanceType.2}. */
  public List<String> all(String name) {
    TreeMap<Integer, String> numbered = new TreeMap<>();
    parameters.forEach((key, value) -> {
      if (key.startsWith(name + ".") && key.substring(name.length() + 1).matches("[0-9]{1,6}")) {
        numbered.put(Integer.valueOf(key.substring(name.length() + 1)), value);
      }
    });
    return List.copyOf(numbered.values());
  }

  /** The values of the filter with this name; empty when it was not sent. */
  List<String> filter(String name) {
    return parameters.entrySet().stream()
        .filter(entry -> entry.getKey().matches("Filter\\.[0-9]+\\.Name"))
        .filter(entry -> entry.getValue().equals(name))
        .flatMap(entry -> all(entry.getKey().replace(".Name", ".Value")).stream())
        .toList();
  }
}
