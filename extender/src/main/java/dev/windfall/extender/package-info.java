/** Scores nodes for the scheduler by the live price of the GPUs a pod would use on them. */
@org.jspecify.annotations.NullMarked
package dev.windfall.extender;
