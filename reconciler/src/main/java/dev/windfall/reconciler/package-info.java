/**
 * Supply: keeps Karpenter's NodePools the cheapest offers of the market, and frees pods that wait
 * for a price. One package a loop, and {@code bursts}, which {@code pending} uses; here is what
 * they share.
 *
 * <p>Whoever starts the loops gives them snapshots ({@link Inputs}), a way to write ({@link
 * LeaderWrites}) and a place to say things, and wakes them:
 *
 * <pre>{@code
 * Watcher<LivePool> pools = Watcher.start("spotpools", client, SPOTPOOLS, ALL, LivePool::read);
 * Watcher<LiveRung> rungs = Watcher.start("nodepools", client, NODEPOOLS, ALL.labelled(Keys.POOL), LiveRung::read);
 * Watcher<LiveClaim> claims = Watcher.start("nodeclaims", client, NODECLAIMS, ALL, LiveClaim::read);
 * Watcher<Pod> pods = Watcher.start("pods", client, PODS, ALL, Pod::read);
 * Inputs inputs = new Inputs(pools::snapshot, rungs::snapshot, claims::snapshot, pods::snapshot, surroundings, policies, livePolicies, book, Map::of, synced);
 * LeaderWrites writes = new LeaderWrites(client, elector::leading);
 * RungLoop rungLoop = RungLoop.start(inputs, writes, events, metrics, clusterMetrics, clock);
 * PendingLoop pendingLoop = PendingLoop.start(inputs, writes, events, metrics, clusterMetrics, namespace, clock);
 * }</pre>
 *
 * All are woken by every change of what they look at: {@code pools.onChange(rungLoop::wake)}, a new
 * price book, a change of leadership.
 */
@org.jspecify.annotations.NullMarked
package dev.windfall.reconciler;
