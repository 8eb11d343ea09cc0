package dev.windfall.reconciler.leftover;

/**
 * Why a LeftoverNodePool does not have what it asks for.
 *
 * @param reason one of Leftover's words, which its users' alerts may know
 * @param message for a person
 */
record Trouble(String reason, String message) {
  static final String INVALID = "InvalidSpec";
  static final String CLIENT = "AWSClientError";
  static final String TYPES = "ListTypesError";
  static final String PRICES = "SpotPriceError";
  static final String SCORES = "ScorerError";
  static final String SELECTION = "SelectionError";
  static final String QUOTES = "NoQuotes";
  static final String WRITE = "ApplyNodePoolError";

  static Trouble invalid(String message) {
    return new Trouble(INVALID, message);
  }

  /** Of Leftover's own NodePool, which is deleted with what it was made for. */
  static String takenAlong(String nodePool) {
    return """
    it stays until NodePool %1$s names it as owner no longer, for Kubernetes would delete that with it, and Karpenter drain its nodes: \
    kubectl patch nodepool %1$s --type=json -p '[{"op": "remove", "path": "/metadata/ownerReferences"}]'\
    """
        .formatted(nodePool);
  }

  /** Of a SpotPool that stands where one is to be made, and is somebody else's. */
  static Trouble foreign(String pool) {
    return new Trouble(
        WRITE,
        "a SpotPool %s is there that was not made for it, so it is left alone; delete that, or give this one another name"
            .formatted(pool));
  }
}
