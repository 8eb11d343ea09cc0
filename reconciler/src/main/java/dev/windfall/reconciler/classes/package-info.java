/**
 * Node classes: makes the EC2NodeClass that a SpotPool describes, takes those away that nothing
 * refers to any more, and says what Karpenter thinks of them.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.classes;
