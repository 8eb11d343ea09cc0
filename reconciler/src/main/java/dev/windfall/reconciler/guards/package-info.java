/**
 * Bounds that hold while nobody answers for Windfall: a ValidatingAdmissionPolicy for each
 * SpotPolicy that refuses what is beyond its bounds, and what the status of a SpotPolicy says.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.guards;
