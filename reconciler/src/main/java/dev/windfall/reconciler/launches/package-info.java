/**
 * What became of launches: reads from what Karpenter leaves which offers could be had and which
 * not, and keeps that in the cluster.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler.launches;
