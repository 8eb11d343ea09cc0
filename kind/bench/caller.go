package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	fwk "k8s.io/kube-scheduler/framework"
)

// caller asks servers about the same pod and, in each round, the same nodes.
type caller struct {
	servers    []*extender
	clients    []fwk.Extender
	pod        *v1.Pod
	candidates []candidate
	random     *rand.Rand
}

func (c *caller) measureAll(ctx context.Context, o callsOptions, sizes []int) error {
	var all []result
	fmt.Fprintf(os.Stderr, "%d calls to each of %d servers to warm them up\n", o.warmUp, len(c.servers))
	if _, err := c.rounds(ctx, sizes[0], o.warmUp); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	for _, size := range sizes {
		fmt.Fprintf(os.Stderr, "%d names: %d + %d calls to each\n", size, o.warmUp/10, o.calls)
		r, err := c.measure(ctx, size, o)
		if err != nil {
			return fmt.Errorf("at %d names: %w", size, err)
		}
		all = append(all, r)
	}
	return report(all)
}

// measure asks about so many nodes, first without noting how long it takes. Every answer is checked, between the calls.
func (c *caller) measure(ctx context.Context, size int, o callsOptions) (result, error) {
	if _, err := c.rounds(ctx, size, o.warmUp/10); err != nil {
		return result{}, err
	}
	before, err := c.metrics()
	if err != nil {
		return result{}, err
	}
	took, err := c.rounds(ctx, size, o.calls)
	if err != nil {
		return result{}, err
	}
	after, err := c.metrics()
	if err != nil {
		return result{}, err
	}
	r := result{names: size}
	for i, server := range c.servers {
		arm := arm{name: server.name, p50: quantile(took[i], 0.50), p99: quantile(took[i], 0.99)}
		counted := after[i].sum(callsMetric) - before[i].sum(callsMetric)
		if counted < float64(o.calls) {
			return r, fmt.Errorf("%s counted %.0f calls, and %d were made", server.name, counted, o.calls)
		}
		arm.server = (after[i].sum(durationMetric+"_sum") - before[i].sum(durationMetric+"_sum")) / counted
		if err := c.weigh(i, size, &arm); err != nil {
			return r, err
		}
		r.arms = append(r.arms, arm)
	}
	return r, ctx.Err()
}

const durationMetric = "windfall_extender_duration_seconds"

func (c *caller) metrics() ([]metrics, error) {
	var all []metrics
	for _, server := range c.servers {
		one, err := fetchMetrics(server.metrics)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// rounds makes so many calls to each server, a block at a time, in an order that changes with every round.
func (c *caller) rounds(ctx context.Context, size, calls int) (took [][]time.Duration, err error) {
	took = make([][]time.Duration, len(c.servers))
	for made := 0; made < calls && ctx.Err() == nil; made += block {
		chosen, infos := c.choose(size)
		for _, i := range c.random.Perm(len(c.servers)) {
			runtime.GC() // of what the one before has left
			for range min(block, calls-made) {
				began := time.Now()
				scores, _, err := c.clients[i].Prioritize(c.pod, infos)
				took[i] = append(took[i], time.Since(began))
				if err != nil {
					return nil, fmt.Errorf("%s failed: %w", c.servers[i].name, err)
				}
				if err := c.check(i, *scores, chosen); err != nil {
					return nil, fmt.Errorf("%s: %w", c.servers[i].name, err)
				}
			}
		}
	}
	return took, ctx.Err()
}

// choose takes nodes that stand beside each other from anywhere, as the scheduler does when it samples.
func (c *caller) choose(size int) ([]host, []fwk.NodeInfo) {
	from := c.random.IntN(len(c.candidates))
	hosts, infos := make([]host, size), make([]fwk.NodeInfo, size)
	for i := range size {
		candidate := c.candidates[(from+i)%len(c.candidates)]
		hosts[i], infos[i] = candidate.host, candidate.info
	}
	return hosts, infos
}

// check wants each server to have answered what it is there to answer.
func (c *caller) check(i int, scores extenderv1.HostPriorityList, asked []host) error {
	switch c.servers[i].name {
	case floorServer:
		if len(scores) != 0 {
			return fmt.Errorf("it sent %d scores instead of none", len(scores))
		}
	case bareServer:
		if len(scores) != len(asked) {
			return fmt.Errorf("it sent %d scores for %d nodes", len(scores), len(asked))
		}
	default:
		return checkScores(scores, asked)
	}
	return nil
}

// weigh counts scores, bytes and connections of a few calls; nothing is timed meanwhile.
func (c *caller) weigh(i, size int, a *arm) error {
	const calls = 20
	hosts, infos := c.choose(size)
	_, port, err := net.SplitHostPort(c.servers[i].address)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	others, err := connections(number)
	if err != nil {
		return err
	}
	client, err := newExtender(c.servers[i].address) // with no connection yet
	if err != nil {
		return err
	}
	var last map[int]bool
	for made := range calls + 1 {
		scores, _, err := client.Prioritize(c.pod, infos)
		if err != nil {
			return err
		}
		a.scores = float64(len(*scores))
		open, err := connections(number)
		if err != nil {
			return err
		}
		maps.DeleteFunc(open, func(port int, _ bool) bool { return others[port] })
		if made > 0 && !shared(last, open) {
			a.connections += 1.0 / calls
		}
		last = open
	}
	a.bytes, err = c.answerSize(c.servers[i].address, hosts)
	return err
}

// answerSize is how long the body of an answer is; the scheduler's client does not tell.
func (c *caller) answerSize(address string, hosts []host) (float64, error) {
	var names []string
	for _, host := range hosts {
		names = append(names, host.name)
	}
	asked, err := json.Marshal(extenderv1.ExtenderArgs{Pod: c.pod, NodeNames: &names})
	if err != nil {
		return 0, err
	}
	answer, err := http.Post("http://"+address+"/scheduler/prioritize", "application/json", bytes.NewReader(asked))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	length, err := io.Copy(io.Discard, answer.Body)
	return float64(length), err
}
