/**
 * Which machine each pod of a burst is given, so that all of them together cost the least. Pure,
 * and deterministic; the loop of waiting pods asks.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.bursts;
