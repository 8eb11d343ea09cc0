package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type nodePoolsOptions struct {
	root        string
	counts      []int
	types, pods int
	lasts       time.Duration
}

// How many types of the market have a GPU: about as many as AWS has.
const gpuTypes = 60

// cost is what so many NodePools come to.
type cost struct {
	nodePools int
	claimed   []time.Duration // from a pod that no node fits to its NodeClaim
	solve     float64         // seconds of a simulation of scheduling, on average
	pod       float64         // processor seconds for one such pod and its node
	quiet     float64         // processors in use while nothing changes
	edits     float64         // processor seconds for a weight that is edited
	megabytes float64         // RSS at the end
}

// nodePools measures what NodePools cost Karpenter, each of which holds one offer, as a rung does.
func nodePools(ctx context.Context, o nodePoolsOptions) (err error) {
	if len(o.counts) == 0 || !slices.IsSorted(o.counts) || o.counts[0] < 1 {
		return fmt.Errorf("--counts %v must be at least 1, and go up: NodePools are added", o.counts)
	}
	if o.types < gpuTypes || o.pods < 1 || o.lasts < time.Second {
		return fmt.Errorf("--types %d must be at least %d, --pods %d at least 1, --lasts %v at least 1s", o.types, gpuTypes, o.pods, o.lasts)
	}
	b, err := startBed(o.root, marketFile(assortment(o.types)), false)
	if b != nil {
		defer func() { err = endBed(ctx, b, err) }()
	}
	if err != nil {
		return err
	}
	var costs []cost
	made := 0
	for _, count := range o.counts {
		for ; made < count; made++ {
			if err := b.create(ctx, "nodepools", nodePool(made)); err != nil {
				return err
			}
		}
		c, err := b.measure(ctx, count, o)
		if err != nil {
			return fmt.Errorf("%d NodePools: %w", count, err)
		}
		fmt.Fprintf(os.Stderr, "%d NodePools: a claim after %v, %.3f s a simulation\n", count, quantile(c.claimed, 0.5).Round(time.Millisecond), c.solve)
		costs = append(costs, c)
	}
	reportNodePools(costs, o)
	return nil
}

// assortment has as many types as asked for, spot and on demand in each zone; some have a GPU.
func assortment(count int) []offer {
	var offers []offer
	for i := range count {
		m := machine{instanceType: fmt.Sprintf("m%d.xlarge", i), cpu: 4, ram: 16, usdPerHour: 0.2}
		if i < gpuTypes {
			m = machine{instanceType: gpuType(i), model: "L4", gpus: 1, memory: 24, cpu: 4, ram: 16, usdPerHour: 0.8}
		}
		for _, zone := range zones {
			offers = append(offers, offer{m, zone, "spot", m.usdPerHour / 2}, offer{m, zone, "on-demand", m.usdPerHour})
		}
	}
	return offers
}

func gpuType(i int) string { return fmt.Sprintf("g%d.xlarge", i) }

// nodePool is one like a rung: one type in one zone, taints, budgets, no expiry. Of more than types and zones give there
// are several for an offer, as of several SpotPools.
func nodePool(i int) map[string]any {
	in := func(key, value string) map[string]any {
		return map[string]any{"key": key, "operator": "In", "values": []string{value}}
	}
	return map[string]any{
		"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": map[string]any{"name": fmt.Sprintf("rung-%d", i)},
		"spec": map[string]any{
			"weight": 90 - i%80,
			"limits": map[string]any{string(gpuResource): "1000"},
			"disruption": map[string]any{
				"consolidationPolicy": "WhenEmpty", "consolidateAfter": "5m",
				"budgets": []any{
					map[string]any{"nodes": "0", "reasons": []string{"Drifted"}}, map[string]any{"nodes": "0", "reasons": []string{"Underutilized"}},
					map[string]any{"nodes": "100%", "reasons": []string{"Empty"}},
				},
			},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]string{"windfall.dev/rung": fmt.Sprintf("rung-%d", i)}},
				"spec": map[string]any{
					"expireAfter":  "Never",
					"nodeClassRef": map[string]string{"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"},
					"requirements": []any{
						in(v1.LabelInstanceTypeStable, gpuType(i%gpuTypes)), in(v1.LabelTopologyZone, zones[i/gpuTypes%len(zones)]),
						in("karpenter.sh/capacity-type", "spot"), in(v1.LabelArchStable, "amd64"),
						map[string]any{"key": "windfall.dev/machine", "operator": "Exists"},
					},
					"taints": []any{
						map[string]string{"key": string(gpuResource), "value": "true", "effect": "NoSchedule"},
						map[string]string{"key": "windfall.dev/rung", "effect": "NoSchedule"},
					},
				},
			},
		},
	}
}

// measure has pods come one after another, then nothing, then edits of weights.
func (b *bed) measure(ctx context.Context, count int, o nodePoolsOptions) (cost, error) {
	c := cost{nodePools: count}
	if err := b.ready(ctx, count); err != nil {
		return c, err
	}
	before, err := b.karpenter()
	if err != nil {
		return c, err
	}
	for i := range o.pods {
		begin := time.Now()
		if err := b.createPod(ctx, waiting(fmt.Sprintf("waits-%d-%d", count, i))); err != nil {
			return c, err
		}
		if err := b.until(ctx, "a NodeClaim for each pod", func() (bool, error) {
			claims, err := b.list(ctx, "nodeclaims")
			return len(claims) > i, err
		}); err != nil {
			return c, err
		}
		c.claimed = append(c.claimed, time.Since(begin))
		if err := b.until(ctx, "a node for each pod", func() (bool, error) { return b.bound(ctx, i+1) }); err != nil {
			return c, err
		}
	}
	after, err := b.karpenter()
	if err != nil {
		return c, err
	}
	const simulation = "karpenter_scheduler_scheduling_duration_seconds"
	c.pod = (after.sum(processor) - before.sum(processor)) / float64(o.pods)
	c.solve = (after.sum(simulation+"_sum") - before.sum(simulation+"_sum")) / max(1, after.sum(simulation+"_count")-before.sum(simulation+"_count"))

	if c.quiet, err = b.spends(ctx, o.lasts, func(int) error { return nil }); err != nil {
		return c, err
	}
	c.quiet /= o.lasts.Seconds()
	edits := 0
	spent, err := b.spends(ctx, o.lasts, func(second int) error {
		if second%3 > 0 {
			return nil
		}
		edits++
		return b.patch(ctx, "nodepools", fmt.Sprintf("rung-%d", edits%count), fmt.Sprintf(`{"spec": {"weight": %d}}`, 91+edits%2))
	})
	if err != nil {
		return c, err
	}
	c.edits = max(0, spent-c.quiet*o.lasts.Seconds()) / float64(edits)
	end, err := b.karpenter()
	if err != nil {
		return c, err
	}
	c.megabytes = end.sum("process_resident_memory_bytes") / (1 << 20)
	return c, b.clear(ctx)
}

const processor = "process_cpu_seconds_total"

// spends is how much processor time Karpenter takes in a time, in each second of which something is done.
func (b *bed) spends(ctx context.Context, lasts time.Duration, do func(second int) error) (float64, error) {
	before, err := b.karpenter()
	if err != nil {
		return 0, err
	}
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	for second := range int(lasts.Seconds()) {
		if err := do(second); err != nil {
			return 0, err
		}
		select {
		case <-clock.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	after, err := b.karpenter()
	return after.sum(processor) - before.sum(processor), err
}

// waiting is a pod that only a rung's node holds, one on each.
func waiting(name string) *v1.Pod {
	pod := newPod(name)
	pod.Spec.Tolerations = append(pod.Spec.Tolerations, v1.Toleration{Key: "windfall.dev/rung", Operator: v1.TolerationOpExists})
	return pod
}

// ready waits until Karpenter takes all NodePools into account.
func (b *bed) ready(ctx context.Context, count int) error {
	return b.until(ctx, "all NodePools to be ready", func() (bool, error) {
		pools, err := b.list(ctx, "nodepools")
		ready := 0
		for _, pool := range pools {
			if slices.ContainsFunc(pool.Status.Conditions, func(c metav1.Condition) bool { return c.Type == "Ready" && c.Status == metav1.ConditionTrue }) {
				ready++
			}
		}
		return ready == count, err
	})
}

// bound tells whether so many pods have a node.
func (b *bed) bound(ctx context.Context, count int) (bool, error) {
	pods, err := b.client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: ofRun, FieldSelector: "spec.nodeName!="})
	if err != nil {
		return false, fmt.Errorf("listing the pods: %w", err)
	}
	return len(pods.Items) >= count, nil
}

// clear ends the pods, and then the nodes.
func (b *bed) clear(ctx context.Context) error {
	if err := (&rig{bed: b}).deletePods(ctx); err != nil {
		return err
	}
	if _, err := b.ask(ctx, "DELETE", "nodeclaims", "", nil); err != nil {
		return err
	}
	return b.until(ctx, "all NodeClaims to go", func() (bool, error) {
		claims, err := b.list(ctx, "nodeclaims")
		return len(claims) == 0, err
	})
}

func reportNodePools(costs []cost, o nodePoolsOptions) {
	fmt.Printf("%d instance types, spot and on demand in %d zones; %d pods one after another, each with a node of its own\n\n", o.types, len(zones), o.pods)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "NODEPOOLS\tPOD TO CLAIM S\tSIMULATION MS\tCPU S A POD\tCPU S A WEIGHT\tCPU AT REST\tRSS MIB\t")
	for _, c := range costs {
		fmt.Fprintf(table, "%d\t%.2f\t%.0f\t%.2f\t%.2f\t%.3f\t%.0f\t\n",
			c.nodePools, quantile(c.claimed, 0.5).Seconds(), c.solve*1000, c.pod, c.edits, c.quiet, c.megabytes)
	}
	table.Flush()
}
