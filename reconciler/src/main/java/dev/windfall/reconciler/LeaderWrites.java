package dev.windfall.reconciler;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Listing;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The loops' way to the API server: nothing is written but by the leader, who is asked before each
 * write. Between the question and the write another replica may take over; the resourceVersion that
 * every write carries settles that. An eviction carries the pod's uid instead: whoever asks for it,
 * it is of that pod, and done once.
 */
public final class LeaderWrites {
  private final KubeClient client;
  private final BooleanSupplier leading;

  public LeaderWrites(KubeClient client, BooleanSupplier leading) {
    this.client = client;
    this.leading = leading;
  }

  /** Ends a pass of a replica that no longer leads. */
  public static final class NotLeadingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotLeadingException() {
      super("another replica leads now");
    }
  }

  public boolean leading() {
    return leading.getAsBoolean();
  }

  public Optional<ObjectNode> get(Resource resource, Key key) {
    return client.get(resource, key);
  }

  public <T> Listing<T> list(Resource resource, Selection selection, Decoder<T> decoder) {
    return client.list(resource, selection, decoder);
  }

  /**
   * Creates an object of the cluster's scope.
   *
   * @throws NotLeadingException when this replica does not lead, here and below
   */
  public void create(Resource resource, ObjectNode object) {
    create(resource, "", object);
  }

  /**
   * Creates an object in a namespace.
   *
   * @throws NotLeadingException when this replica does not lead
   */
  public void create(Resource resource, String namespace, ObjectNode object) {
    requireLeading();
    client.create(resource, namespace, object);
  }

  /**
   * Replaces an object whole.
   *
   * @param object with the resourceVersion it was decided on
   */
  public void replace(Resource resource, Key key, ObjectNode object) {
    requireLeading();
    client.replace(resource, key, object);
  }

  public void mergePatch(Resource resource, Key key, ObjectNode patch) {
    requireLeading();
    client.mergePatch(resource, key, patch);
  }

  public void mergePatchStatus(Resource resource, Key key, ObjectNode patch) {
    requireLeading();
    client.mergePatchStatus(resource, key, patch);
  }

  public void jsonPatch(Resource resource, Key key, ArrayNode operations) {
    requireLeading();
    client.jsonPatch(resource, key, operations);
  }

  public void delete(Resource resource, Key key, Preconditions preconditions) {
    requireLeading();
    client.delete(resource, key, preconditions);
  }

  /**
   * Evicts a pod.
   *
   * @param uid the pod itself, not another one of its name
   * @param dryRun only asks whether it would be done
   */
  public void evict(Key pod, String uid, boolean dryRun) {
    requireLeading();
    client.evict(pod, uid, dryRun);
  }

  private void requireLeading() {
    if (!leading()) {
      throw new NotLeadingException();
    }
  }
}
