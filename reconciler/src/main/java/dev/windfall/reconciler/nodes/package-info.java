/**
 * The nodes themselves: which shall get no new work, what others' nodes were rented as, and which
 * never become of use.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.nodes;
