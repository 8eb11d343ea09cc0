package dev.windfall.reconciler.nodes;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What to do now.
 *
 * @param memory for the next plan
 */
record Plan(List<Action> actions, Memory memory) {
  Plan {
    actions = List.copyOf(actions);
  }

  /**
   * What is only in memory; a restart says it once more.
   *
   * @param warned by the node's name, when that was last said
   */
  record Memory(Map<String, Instant> warned, Replacements.Memory replacements) {
    static final Memory NONE = new Memory(Map.of(), Replacements.Memory.NONE);

    Memory {
      warned = Map.copyOf(warned);
    }
  }
}
