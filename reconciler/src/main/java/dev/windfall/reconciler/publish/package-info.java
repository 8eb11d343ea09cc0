/**
 * The price book in the cluster: the leader, who alone asks the clouds, publishes what it knows,
 * and every replica reads it, so that a restart without a cloud finds the prices it had.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.publish;
