/**
 * {@code windfall demo}: the real server in a make-believe cluster.
 *
 * <p>What is Windfall's is real and is reached as in a cluster, over HTTP. What is not, a market,
 * Karpenter, the scheduler and the kubelets, is played here, as simply as it can be without telling
 * a lie.
 */
@NullMarked
package dev.windfall.kind.demo;

import org.jspecify.annotations.NullMarked;
