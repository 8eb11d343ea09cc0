package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The few things Windfall needs to know of a pod.
 *
 * @param name empty while a pod that has only a generateName is being admitted
 * @param uid empty while the pod is being admitted
 * @param created when; empty while the pod is being admitted
 * @param labels all of them, since policies select by any
 * @param annotations those that begin with {@code windfall.dev/}
 * @param schedulerName empty when not set
 * @param nodeName empty while the pod is not bound
 * @param gates names of its scheduling gates
 * @param asks for NVIDIA GPUs and shares of them, as the scheduler counts them: containers and
 *     sidecars together, or the largest of the init containers with the sidecars started before it
 * @param needs of processors and memory, counted likewise, with the overhead of its runtime
 * @param claims names of the PersistentVolumeClaims that it mounts, those made for it included;
 *     none once it is bound, unless it may be begun anew
 * @param toleratesRungs whether it tolerates the taint that keeps other pods off Windfall's nodes
 * @param own the nodes that its own selector and affinity allow; {@link NodeTerms#ANY} once it is
 *     bound, when nobody asks any more, unless it may be begun anew
 * @param phase empty while the pod is being admitted
 * @param unschedulableSince when a scheduler first found no node for it, which is when Karpenter
 *     looks at it; empty: none has said so
 * @param scheduled whether a scheduler chose its node, as far as its conditions say: not whoever
 *     made it with the name of a node, before a kubelet has seen it
 * @param deleting whether its deletion has begun
 * @param ofDaemonSet whether its node is chosen by its controller, as it belongs on every node
 * @param mirror whether the kubelet runs it from a file, and the API server only shows it
 * @param restart empty: it does not say that it may be begun anew
 */
public record Pod(
    String namespace,
    String name,
    String uid,
    Optional<Instant> created,
    Map<String, String> labels,
    Map<String, String> annotations,
    String schedulerName,
    String nodeName,
    List<String> gates,
    GpuCounts asks,
    Needs needs,
    List<String> claims,
    boolean toleratesRungs,
    NodeTerms own,
    String phase,
    Optional<Instant> unschedulableSince,
    boolean scheduled,
    boolean deleting,
    boolean ofDaemonSet,
    boolean mirror,
    Optional<Restart> restart) {

  public Pod {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    gates = List.copyOf(gates);
    claims = List.copyOf(claims);
  }

  /**
   * Reads a pod from a stream, past everything else it holds.
   *
   * @param json at the start of the pod's object; left at its end
   * @throws IOException when the stream breaks or is no pod
   */
  public static Pod read(JsonParser json) throws IOException {
    return new PodReader(json).read();
  }

  /** The same pod in {@code otherNamespace}. */
  public Pod in(String otherNamespace) {
    return new Pod(
        otherNamespace,
        name,
        uid,
        created,
        labels,
        annotations,
        schedulerName,
        nodeName,
        gates,
        asks,
        needs,
        claims,
        toleratesRungs,
        own,
        phase,
        unschedulableSince,
        scheduled,
        deleting,
        ofDaemonSet,
        mirror,
        restart);
  }

  /** The whole GPUs it asks for: those of {@code nvidia.com/gpu}. */
  public int gpus() {
    return asks.whole();
  }

  /** Whether it has ended, so that its GPUs are free again. */
  public boolean finished() {
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  /** Whether a scheduler found no node for it. */
  public boolean unschedulable() {
    return unschedulableSince.isPresent();
  }

  public boolean bound() {
    return !nodeName.isEmpty();
  }

  /** Whether it waits behind Windfall's gate until an offer is as it wishes. */
  public boolean waitsForPrice() {
    return gates.contains(Keys.PRICE_GATE);
  }

  /** Whether it waits behind Windfall's gate until the pods that came with it are seen. */
  public boolean waitsForBurst() {
    return gates.contains(Keys.BURST_GATE);
  }

  /** Whether it waits behind a gate of Windfall's. */
  public boolean gated() {
    return waitsForPrice() || waitsForBurst();
  }
}
