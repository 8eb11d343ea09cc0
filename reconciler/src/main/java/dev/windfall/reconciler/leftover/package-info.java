/**
 * Leftover's users: keeps a SpotPool for each LeftoverNodePool, and says in its status what
 * Leftover said there. Nothing else of Windfall knows LeftoverNodePools.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.leftover;
