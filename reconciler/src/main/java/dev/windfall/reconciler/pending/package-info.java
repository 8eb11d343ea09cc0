/**
 * The loop for pods that wait: it lifts the price gate once an offer fits, gives bursts their
 * machines, and tells who waits why.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.pending;
