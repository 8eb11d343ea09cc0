package dev.windfall.policies;

/**
 * What lets a pod onto nodes that keep others off.
 *
 * @param key empty: any taint's, which only {@code Exists} may say
 * @param operator {@code Exists}, or {@code Equal}; empty: {@code Equal}
 * @param value compared by {@code Equal} only
 * @param effect empty: any
 */
public record Toleration(String key, String operator, String value, String effect) {
  public static final String EXISTS = "Exists";

  /** Whether {@code taint} keeps no pod with this toleration off, by the rules of Kubernetes. */
  public boolean tolerates(SpotPool.Taint taint) {
    if (!effect.isEmpty() && !effect.equals(taint.effect())) {
      return false;
    }
    return switch (operator) {
      case EXISTS -> key.isEmpty() || key.equals(taint.key());
      case "", "Equal" -> key.equals(taint.key()) && value.equals(taint.value());
      default -> false;
    };
  }
}
