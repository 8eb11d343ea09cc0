/**
 * The loop that keeps the rungs: {@code Planner} decides, {@code Applier} does.
 *
 * <p>A rung is created once and never edited into another, because an edit of a NodePool's template
 * or requirements drifts the nodes that run under it. What moves is a rung's {@code Knobs}: weight,
 * limits, disruption settings and annotations, which Karpenter calls behavioural fields.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.rungs;
