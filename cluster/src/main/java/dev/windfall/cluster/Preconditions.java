package dev.windfall.cluster;

/**
 * What must still be true of an object for a delete to happen; otherwise the API server answers
 * 409.
 *
 * @param uid the object itself, not another one of its name; empty for any
 * @param resourceVersion the object as it was looked at; empty for any
 */
public record Preconditions(String uid, String resourceVersion) {
  /** The object must be this one, in whatever state. */
  public static Preconditions uid(String uid) {
    return new Preconditions(uid, "");
  }
}
