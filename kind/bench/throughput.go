package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	fwk "k8s.io/kube-scheduler/framework"
)

type throughputOptions struct {
	root               string
	nodes, pods, pairs int
	sampling, limits   string
	seed               uint64
}

// samplings are how many of the nodes that fit are scored: percentageOfNodesToScore, where 0 is the default.
var samplings = map[string][]int{"default": {0}, "all": {100}, "both": {0, 100}}

// clientLimits are how much the scheduler's client may ask of the API server. By default it binds 50 pods a second, after a
// hundred at once, whatever the machine could do.
var clientLimits = map[string]string{"none": ", qps: 10000, burst: 10000", "default": ""}

// setup is one way to run the scheduler.
type setup struct {
	name     string
	server   string // of the extender; empty: none
	batching bool   // the feature gate OpportunisticBatching, which any extender puts out of force
	sampling int
}

// throughput measures how many pods a second a real scheduler binds, with and without extenders.
func throughput(ctx context.Context, o throughputOptions) (err error) {
	chosen := samplings[o.sampling]
	if chosen == nil {
		return fmt.Errorf("--sampling %q must be default, all or both", o.sampling)
	}
	limits, known := clientLimits[o.limits]
	if !known {
		return fmt.Errorf("--limits %q must be none or default", o.limits)
	}
	if o.pods < 40 || o.pairs < 1 || o.nodes < 2 {
		return fmt.Errorf("--pods %d must be at least 40, --pairs %d at least 1, --nodes %d at least 2", o.pods, o.pairs, o.nodes)
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	offers := newMarket(random)
	hosts := newHosts(offers, o.nodes, false, random)
	gpus := 0
	for _, host := range hosts {
		gpus += host.offer.gpus
	}
	// As long as most nodes have room, each pod is a choice among nearly all of them.
	if gpus < 2*o.pods {
		return fmt.Errorf("--pods %d is too many: the %d nodes have %d GPUs, and half of them must stay free", o.pods, o.nodes, gpus)
	}
	b, err := startBed(o.root, marketFile(offers), true)
	if b != nil {
		defer func() { err = endBed(ctx, b, err) }()
	}
	if err != nil {
		return err
	}
	if err := b.populate(ctx, hosts); err != nil {
		return err
	}
	r := &rig{bed: b, pods: o.pods, candidates: newCandidates(hosts), random: random, limits: limits}
	if r.scheduler, err = b.program("kube-scheduler"); err != nil {
		return err
	}
	describe(offers, hosts, newPod("asks"))
	return r.compare(ctx, chosen, o.pairs)
}

// rig binds the same pods again and again.
type rig struct {
	bed        *bed
	scheduler  string // path of the program
	limits     string // of its client, as its configuration has them
	pods       int
	candidates []candidate
	random     *rand.Rand
}

// comparison is what came of one sampling: a rate for each run of a setup, and the ratios of the pairs.
type comparison struct {
	sampling int
	setups   []string
	rates    map[string][]float64
	calls    map[string]float64
}

func (c *comparison) add(name string, rate, calls float64) {
	if !slices.Contains(c.setups, name) {
		c.setups = append(c.setups, name)
	}
	c.rates[name] = append(c.rates[name], rate)
	c.calls[name] += calls
}

// ratios are those of Windfall to the floor, pair by pair: what else the machine does changes from minute to minute.
func (c *comparison) ratios() []float64 {
	var ratios []float64
	for i, floor := range c.rates[floorServer] {
		ratios = append(ratios, c.rates[windfallServer][i]/floor)
	}
	return ratios
}

// compare runs each setup once, and floor and Windfall in pairs, the order of which turns.
func (r *rig) compare(ctx context.Context, samplings []int, pairs int) error {
	var all []*comparison
	for _, sampling := range samplings {
		c := &comparison{sampling: sampling, rates: map[string][]float64{}, calls: map[string]float64{}}
		setups := []setup{
			{"no extender", "", true, sampling}, {"no extender, no batching", "", false, sampling}, {bareServer, bareServer, true, sampling},
		}
		for pair := range pairs {
			both := []setup{{floorServer, floorServer, true, sampling}, {windfallServer, windfallServer, true, sampling}}
			if pair%2 == 1 {
				slices.Reverse(both)
			}
			setups = append(setups, both...)
		}
		for i, s := range setups {
			rate, calls, err := r.run(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			fmt.Fprintf(os.Stderr, "percentageOfNodesToScore %d, run %d of %d: %s: %.1f pods/s\n", sampling, i+1, len(setups), s.name, rate)
			c.add(s.name, rate, calls)
		}
		all = append(all, c)
	}
	return reportThroughput(all, r.pods)
}

// run binds all pods once. The extender is the only one that runs meanwhile, and is warm.
func (r *rig) run(ctx context.Context, s setup) (rate, calls float64, err error) {
	var server *extender
	switch s.server {
	case "":
	case windfallServer:
		server, err = startWindfall(ctx, r.bed.root, r.bed)
	default:
		server, err = startServer(s.server)
	}
	if err != nil {
		return 0, 0, err
	}
	if server != nil {
		defer server.process.stop()
		if err := r.warm(ctx, server); err != nil {
			return 0, 0, err
		}
		for range rehearsals[s.server] {
			if _, err := r.bindAll(ctx, s, server, &calls); err != nil {
				return 0, 0, err
			}
		}
	}
	bindings, err := r.bindAll(ctx, s, server, &calls)
	if err != nil {
		return 0, 0, err
	}
	return rateOf(bindings), calls, nil
}

// rehearsals are how often an extender has seen all pods come and go before it is looked at: a JVM more often, since its
// compiler was at work for some 4,500 of them.
var rehearsals = map[string]int{floorServer: 1, bareServer: 1, windfallServer: 3}

// rateOf leaves out the first twentieth and the last quarter: now and then a hundred pods wait out the scheduler's back-off
// at the end, for seconds in which nobody does anything.
func rateOf(bindings []time.Time) float64 { return rate(bindings, 0.05, 0.75) }

// warm asks a server as a scheduler would, which in a cluster has asked it for days.
func (r *rig) warm(ctx context.Context, server *extender) error {
	client, err := newExtender(server.address)
	if err != nil {
		return err
	}
	c := &caller{
		servers: []*extender{server}, clients: []fwk.Extender{client}, candidates: r.candidates, random: r.random, pod: newPod("asks"),
	}
	for _, warmth := range []struct{ names, calls int }{{500, 14000}, {len(r.candidates), 1000}} {
		if _, err := c.rounds(ctx, min(warmth.names, len(r.candidates)), warmth.calls); err != nil {
			return err
		}
	}
	return nil
}
