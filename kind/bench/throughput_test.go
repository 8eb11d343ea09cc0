package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestASchedulerWithoutAnExtenderHasNone(t *testing.T) {
	for _, server := range []*extender{nil, {address: "127.0.0.1:1234"}} {
		var read struct {
			PercentageOfNodesToScore int
			ClientConnection         struct {
				Kubeconfig string
				QPS, Burst int
			}
			Extenders []struct{ URLPrefix, HTTPTimeout string }
		}
		text := schedulerConfiguration("/a b/kubeconfig", clientLimits["none"], setup{sampling: 100}, server)
		if err := yaml.Unmarshal(text, &read); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if read.PercentageOfNodesToScore != 100 || read.ClientConnection.Kubeconfig != "/a b/kubeconfig" ||
			read.ClientConnection.QPS != 10000 {
			t.Errorf("got %+v", read)
		}
		switch {
		case server == nil && len(read.Extenders) != 0:
			t.Errorf("got %+v", read.Extenders)
		case server != nil && (len(read.Extenders) != 1 || read.Extenders[0].URLPrefix != "http://127.0.0.1:1234/scheduler"):
			t.Errorf("got %+v", read.Extenders)
		}
	}
}

func TestASchedulerWithItsOwnLimitsIsToldNone(t *testing.T) {
	text := string(schedulerConfiguration("/kubeconfig", clientLimits["default"], setup{}, nil))
	if strings.Contains(text, "qps") || strings.Contains(text, "burst") {
		t.Errorf("got\n%s", text)
	}
}

func TestWindfallIsComparedWithTheFloorOfItsOwnPair(t *testing.T) {
	c := &comparison{rates: map[string][]float64{}, calls: map[string]float64{}}
	c.add("no extender", 130, 0)
	for _, pair := range [][2]float64{{100, 98}, {50, 45}, {80, 80}} {
		c.add(floorServer, pair[0], 500)
		c.add(windfallServer, pair[1], 500)
	}
	if got := c.ratios(); !slices.Equal(got, []float64{0.98, 0.9, 1}) {
		t.Errorf("got %v", got)
	}
	if median(c.ratios()) < share {
		t.Error("one bad pair of three counts")
	}
	if !slices.Equal(c.setups, []string{"no extender", floorServer, windfallServer}) || c.calls[windfallServer] != 1500 {
		t.Errorf("got %v, %v", c.setups, c.calls)
	}
}

func TestWorkInParallelIsDoneOnceEachAndEndsWithTheFirstError(t *testing.T) {
	var sum atomic.Int64
	if err := inParallel(context.Background(), 1000, func(i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != 499500 {
		t.Errorf("got %v, %d", err, sum.Load())
	}
	failure := errors.New("no")
	var calls atomic.Int64
	err := inParallel(context.Background(), 1_000_000, func(int) error { calls.Add(1); return failure })
	if !errors.Is(err, failure) || calls.Load() > 100 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := inParallel(cancelled, 10, func(int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestWhatCannotBeMeasuredIsRefusedBeforeAnythingStarts(t *testing.T) {
	for want, call := range map[string]func() error{
		"--calls 0":           func() error { return calls(t.Context(), callsOptions{nodes: 5000}) },
		"--nodes 50 must be":  func() error { return calls(t.Context(), callsOptions{nodes: 50, calls: 1}) },
		"--sampling \"some\"": func() error { return throughput(t.Context(), throughputOptions{sampling: "some"}) },
		"--limits \"few\"":    func() error { return throughput(t.Context(), throughputOptions{sampling: "all", limits: "few"}) },
		"--pods 10 must be": func() error {
			return throughput(t.Context(), throughputOptions{sampling: "all", limits: "none", pods: 10})
		},
		"--pods 5000 is too ma": func() error {
			return throughput(t.Context(), throughputOptions{sampling: "all", limits: "none", pods: 5000, nodes: 100, pairs: 1})
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
