package dev.windfall.reconciler;

/**
 * What is wrong with the node class that Windfall makes, or made, for a pool.
 *
 * @param reason one word, for a condition
 * @param message a sentence for whoever looks at the pool
 * @param blocks whether Karpenter launches no node of that class
 */
public record ClassTrouble(String reason, String message, boolean blocks) {
  /** Nobody has judged the class yet: it is on its way, which is as it should be. */
  public static final String PENDING = "NodeClassPending";

  public boolean pending() {
    return reason.equals(PENDING);
  }
}
