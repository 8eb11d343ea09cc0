package dev.windfall.server;

import java.util.Optional;

/**
 * Where the leading one of a scheduler's replicas runs. With a Windfall beside each of them only
 * the one beside the leader is asked.
 */
enum Leader {
  /** On this machine, or in this pod: it should ask here. */
  HERE,
  /** On another: whether it asks is not known here, and not to be complained about. */
  ELSEWHERE,
  /** It has no Lease of its name in Windfall's namespace, so there may be one replica only. */
  UNKNOWN;

  /**
   * Reads the identity that kube-scheduler writes into its Lease, {@code <host>_<uuid>}.
   *
   * @param holder empty: nobody holds one
   * @param host of this process, which a container shares with those of its pod
   */
  static Leader of(Optional<String> holder, String host) {
    if (holder.isEmpty()) {
      return UNKNOWN;
    }
    int end = holder.get().lastIndexOf('_');
    String leads = end < 0 ? holder.get() : holder.get().substring(0, end);
    return leads.equals(host) ? HERE : ELSEWHERE;
  }
}
