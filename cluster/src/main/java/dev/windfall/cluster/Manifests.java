package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Brings objects that Windfall ships with, such as its CRDs, into the cluster, and writes nothing
 * when they are there.
 */
public final class Manifests {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final int ATTEMPTS = 3;

  /** What it took. */
  public enum Outcome {
    CREATED,
    UPDATED,
    UNCHANGED
  }

  private final KubeClient client;
  private final Clocks clocks;

  public Manifests(KubeClient client, Clocks clocks) {
    this.client = client;
    this.clocks = clocks;
  }

  /**
   * Makes every field of a manifest so in the cluster. What the manifest does not name is left,
   * also inside the elements of lists, where the API server puts its defaults; a list as such is
   * wanted whole, in its order. A field of an earlier manifest that this one no longer names stays.
   *
   * @param manifest with its name and, if need be, its namespace
   * @throws ClusterException if the API server refuses, or somebody else keeps changing the object
   */
  public Outcome apply(Resource resource, ObjectNode manifest) {
    JsonNode metadata = manifest.path("metadata");
    Key key = new Key(metadata.path("namespace").asText(""), metadata.path("name").asText(""));
    return apply(resource, key, _ -> manifest);
  }

  /**
   * Like {@link #apply(Resource, ObjectNode)}, for what is wanted depends on what is there.
   *
   * @param manifest from what is there, empty when nothing is, to what is wanted; may be asked
   *     again
   */
  public Outcome apply(
      Resource resource, Key key, Function<Optional<ObjectNode>, ObjectNode> manifest) {
    for (int attempt = 1; ; attempt++) {
      try {
        return applyOnce(resource, key, manifest);
      } catch (ClusterException e) {
        // Replicas start together: what another one has just written is looked at again.
        if (attempt == ATTEMPTS || !(e.isConflict() || e.isNotFound())) {
          throw e;
        }
      }
    }
  }

  private Outcome applyOnce(
      Resource resource, Key key, Function<Optional<ObjectNode>, ObjectNode> manifest) {
    Optional<ObjectNode> found = client.get(resource, key);
    ObjectNode wanted = manifest.apply(found);
    if (found.isEmpty()) {
      client.create(resource, key.namespace(), wanted);
      return Outcome.CREATED;
    }
    ObjectNode live = found.get();
    ObjectNode patch = Difference.patch(live, wanted);
    if (patch.isEmpty()) {
      return Outcome.UNCHANGED;
    }
    patch
        .withObjectProperty("metadata")
        .set("resourceVersion", live.path("metadata").path("resourceVersion"));
    client.mergePatch(resource, key, patch);
    return Outcome.UPDATED;
  }

  /**
   * Waits until the API server serves the kind that a CRD defines.
   *
   * @param crd its name, e.g. {@code spotpools.windfall.dev}
   * @throws ClusterException with status 0 if that takes longer than the bound
   */
  public void awaitEstablished(String crd, Duration bound) throws InterruptedException {
    awaitEstablished(crd, bound, Thread::sleep);
  }

  void awaitEstablished(String crd, Duration bound, Repeater.Pause pause)
      throws InterruptedException {
    long deadline = clocks.nano() + bound.toNanos();
    while (true) {
      JsonNode conditions =
          client
              .get(Resource.CRDS, Key.of(crd))
              .map(live -> live.path("status").path("conditions"))
              .orElse(Json.object());
      for (JsonNode condition : conditions) {
        if (condition.path("type").asText().equals("Established")
            && condition.path("status").asText().equals("True")) {
          return;
        }
      }
      if (clocks.nano() - deadline >= 0) {
        String message =
            "waiting for customresourcedefinition "
                + crd
                + ": not Established after "
                + bound.toSeconds()
                + " s";
        throw new ClusterException(0, "", Duration.ZERO, message, null);
      }
      pause.sleep(LOOK_EVERY);
    }
  }
}
