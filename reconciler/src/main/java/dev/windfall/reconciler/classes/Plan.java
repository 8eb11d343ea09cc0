package dev.windfall.reconciler.classes;

import dev.windfall.reconciler.ClassTrouble;
import java.util.List;
import java.util.Map;

/**
 * What is to be done about node classes, and what is wrong with those that stay.
 *
 * @param troubles by the pool's name
 */
record Plan(List<Action> actions, Map<String, ClassTrouble> troubles) {}
