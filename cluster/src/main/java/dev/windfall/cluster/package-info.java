/** Kubernetes access: calls, watches, leadership, events and the loops that act on them. */
@org.jspecify.annotations.NullMarked
package dev.windfall.cluster;
