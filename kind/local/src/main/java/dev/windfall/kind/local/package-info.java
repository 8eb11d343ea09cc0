/**
 * A Kubernetes API server in one process: the wire protocol and what must hold between requests,
 * without a cluster.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.kind.local;
