// The program behind kind/bench/run: what an extender costs the scheduler, for Windfall's, for one that does nothing, and
// for one written in Go in the usual way; and what NodePools cost Karpenter.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"k8s.io/klog/v2"
)

const usage = `usage:
  kind/bench/run calls      [--nodes N] [--calls N] [--warm-up N] [--seed N]
  kind/bench/run throughput [--nodes N] [--pods N] [--pairs N] [--sampling default|all|both] [--limits none|default] [--seed N]
  kind/bench/run nodepools  [--counts N,N] [--types N] [--pods N] [--lasts DURATION]`

var errUsage = errors.New("usage")

func main() {
	// Children are to die with this process; Linux ties that to the thread that started them.
	runtime.LockOSThread()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	cancel()
	switch {
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	case interrupted:
		fmt.Fprintln(os.Stderr, "kind/bench: interrupted; everything is stopped")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "kind/bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return errUsage
	}
	verb, arguments := arguments[0], arguments[1:]
	if verb == "serve" && len(arguments) == 1 {
		return serve(arguments[0])
	}
	root := os.Getenv("WINDFALL_ROOT")
	if root == "" {
		return errors.New("run this through kind/bench/run")
	}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.Usage = func() {}
	if verb == "nodepools" {
		o := nodePoolsOptions{root: root}
		counts := flags.String("counts", "1,50,180,500", "")
		flags.IntVar(&o.types, "types", 860, "")
		flags.IntVar(&o.pods, "pods", 20, "")
		flags.DurationVar(&o.lasts, "lasts", 30*time.Second, "")
		if err := parse(flags, arguments); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte("["+*counts+"]"), &o.counts); err != nil {
			return fmt.Errorf("--counts %q must be numbers with commas between them", *counts)
		}
		return nodePools(ctx, o)
	}
	nodes := flags.Int("nodes", 5000, "")
	seed := flags.Uint64("seed", 1, "")
	switch verb {
	case "calls":
		o := callsOptions{root: root}
		flags.IntVar(&o.calls, "calls", 2000, "")
		flags.IntVar(&o.warmUp, "warm-up", 50000, "")
		if err := parse(flags, arguments); err != nil {
			return err
		}
		o.nodes, o.seed = *nodes, *seed
		return calls(ctx, o)
	case "throughput":
		o := throughputOptions{root: root}
		flags.IntVar(&o.pods, "pods", 2000, "")
		flags.IntVar(&o.pairs, "pairs", 3, "")
		flags.StringVar(&o.sampling, "sampling", "both", "")
		flags.StringVar(&o.limits, "limits", "none", "")
		if err := parse(flags, arguments); err != nil {
			return err
		}
		o.nodes, o.seed = *nodes, *seed
		return throughput(ctx, o)
	}
	return errUsage
}

func parse(flags *flag.FlagSet, arguments []string) error {
	err := flags.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil || flags.NArg() > 0:
		return errUsage // the flag package has said what is wrong
	}
	return nil
}
