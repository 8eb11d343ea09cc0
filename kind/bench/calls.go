package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

type callsOptions struct {
	root   string
	nodes  int
	calls  int // of each size, to each server
	warmUp int // to each server before any is noted, and a tenth of it before each size
	seed   uint64
}

// sizes are how many nodes fit a pod: a small cluster, the default sampling of 5,000 nodes, and no sampling.
var sizes = []int{100, 500, 1000, 5000}

// block is how many calls go to one server before the next has its turn: a scheduler asks one, again and again.
const block = 10

// calls measures what one call of Prioritize takes, as the scheduler sees it.
func calls(ctx context.Context, o callsOptions) (err error) {
	if o.calls < 1 || o.warmUp < 0 {
		return fmt.Errorf("--calls %d must be at least 1, and --warm-up %d at least 0", o.calls, o.warmUp)
	}
	asked := slices.DeleteFunc(slices.Clone(sizes), func(size int) bool { return size > o.nodes })
	if len(asked) == 0 {
		return fmt.Errorf("--nodes %d must be at least %d", o.nodes, sizes[0])
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	offers := newMarket(random)
	hosts := newHosts(offers, o.nodes, true, random)

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
	servers, err := startServers(ctx, o.root, b)
	defer stopServers(servers)
	if err != nil {
		return err
	}
	c := &caller{servers: servers, candidates: newCandidates(hosts), random: random}
	if c.pod, err = b.client.CoreV1().Pods(metav1.NamespaceDefault).Create(ctx, newPod("asks"), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the pod: %w", err)
	}
	c.pod.ManagedFields = nil // as the scheduler keeps it
	describe(offers, hosts, c.pod)
	for _, server := range servers {
		client, err := newExtender(server.address)
		if err != nil {
			return err
		}
		c.clients = append(c.clients, client)
	}
	return c.measureAll(ctx, o, asked)
}

// endBed adds what came of the end to what came of the run.
func endBed(ctx context.Context, b *bed, err error) error {
	if closing := b.close(err != nil && !errors.Is(err, errMissed) && ctx.Err() == nil); closing != nil {
		fmt.Fprintln(os.Stderr, "kind/bench:", closing)
		if err == nil {
			return closing
		}
	}
	return err
}

func startServers(ctx context.Context, root string, b *bed) ([]*extender, error) {
	var servers []*extender
	for _, kind := range []string{floorServer, bareServer} {
		server, err := startServer(kind)
		if err != nil {
			return servers, err
		}
		servers = append(servers, server)
	}
	server, err := startWindfall(ctx, root, b)
	if err != nil {
		return servers, err
	}
	return append(servers, server), nil
}

func stopServers(servers []*extender) {
	for _, server := range servers {
		server.process.stop()
	}
}

// newExtender is the scheduler's own client, configured as kind/bed configures Windfall's scheduler.
func newExtender(address string) (fwk.Extender, error) {
	return scheduler.NewHTTPExtender(&config.Extender{
		URLPrefix: "http://" + address + "/scheduler", PrioritizeVerb: "prioritize", Weight: 20,
		NodeCacheCapable: true, Ignorable: true,
		// Not 200 ms: a call that takes longer is to be seen in the figures, not to be missing.
		HTTPTimeout:      metav1.Duration{Duration: 5 * time.Second},
		ManagedResources: []config.ExtenderManagedResource{{Name: string(gpuResource)}},
	})
}

// candidate is a host as this program and as the scheduler knows it.
type candidate struct {
	host
	info fwk.NodeInfo
}

func newCandidates(hosts []host) []candidate {
	var candidates []candidate
	for _, host := range hosts {
		info := framework.NewNodeInfo()
		info.SetNode(host.node())
		candidates = append(candidates, candidate{host, info})
	}
	return candidates
}
