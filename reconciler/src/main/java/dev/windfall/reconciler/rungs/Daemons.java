package dev.windfall.reconciler.rungs;

import dev.windfall.market.Allocatable;
import dev.windfall.market.Offer;
import dev.windfall.policies.Needs;
import dev.windfall.policies.Pod;
import java.util.List;

/**
 * The DaemonSets, which take their part of a machine before any pod does.
 *
 * @param templates of their pods
 */
record Daemons(List<Pod> templates) {
  static final Daemons NONE = new Daemons(List.of());

  /** Only those that a rung's taints do not keep away count. */
  Daemons {
    templates = templates.stream().filter(Pod::toleratesRungs).toList();
  }

  /**
   * What a machine has for pods. A selector by labels that no offer says is taken to hold: rather a
   * machine that is too large than one that the pod does not fit.
   */
  Needs roomOn(Offer offer) {
    Needs taken = Needs.NONE;
    for (Pod template : templates) {
      if (template.own().allow(offer::label)) {
        taken = taken.plus(template.needs());
      }
    }
    return Allocatable.of(offer).minus(taken);
  }
}
