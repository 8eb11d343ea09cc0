// The program behind kind/up, kind/down, kind/status, kind/env, kind/capacity, kind/interrupt and kind/program: a real
// Kubernetes control plane with Karpenter, as plain processes on loopback, built from Go modules.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const usage = `usage:
  kind/up [--name NAME | --dir DIR] [--market FILE] [--karpenter NAME=VALUE]...
          [--bare] [--join KUBECONFIG [--host ADDRESS]]
  kind/down, kind/status, kind/env [--name NAME | --dir DIR]
  kind/capacity [--name NAME | --dir DIR] [none|restore OFFERING...]
  kind/interrupt [--name NAME | --dir DIR] NODE...
  kind/program NAME`

var errUsage = errors.New("usage")

func main() {
	if runtime.GOOS != "linux" {
		fmt.Fprintf(os.Stderr, "kind: the test bed knows its processes by Linux' /proc; it does not run on %s\n", runtime.GOOS)
		os.Exit(1)
	}
	err := run(os.Args[1:])
	switch {
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "kind:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errUsage
	}
	verb, arguments := arguments[0], arguments[1:]
	if verb == "hold" {
		return hold(arguments)
	}
	o := options{source: os.Getenv("WINDFALL_BED_SOURCE"), cache: os.Getenv("WINDFALL_BED_CACHE")}
	if o.source == "" || !filepath.IsAbs(o.cache) {
		return errors.New("run this through kind/up and its siblings, with an absolute cache directory")
	}
	if verb == "program" {
		if len(arguments) != 1 {
			return errUsage
		}
		return where(o.source, o.cache, arguments[0], os.Stdout, os.Stderr)
	}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.Usage = func() {}
	flags.StringVar(&o.name, "name", "default", "")
	flags.StringVar(&o.directory, "dir", "", "")
	if verb == "up" {
		flags.StringVar(&o.market, "market", "", "")
		flags.BoolVar(&o.bare, "bare", false, "")
		flags.StringVar(&o.join, "join", "", "")
		flags.StringVar(&o.host, "host", "", "")
		flags.Func("karpenter", "", func(setting string) error {
			if name, _, found := strings.Cut(setting, "="); !found || name == "" {
				return errors.New("must be NAME=VALUE")
			}
			o.settings = append(o.settings, setting)
			return nil
		})
	}
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage // the flag package has said what is wrong
	}
	if o.bare && (o.join != "" || o.market != "" || len(o.settings) > 0) {
		return errors.New("--bare starts etcd and an API server only: --join, --market and --karpenter have no meaning with it")
	}
	directory, err := bedDirectory(o.cache, o.directory, o.name)
	if err != nil {
		return err
	}
	rest := flags.Args()
	switch verb {
	case "capacity":
		return capacity(directory, rest)
	case "interrupt":
		return interrupt(directory, rest)
	}
	if len(rest) > 0 {
		return errUsage
	}
	switch verb {
	case "up":
		return up(o)
	case "down":
		return down(directory)
	case "status":
		return status(directory)
	case "env":
		return env(directory)
	}
	return errUsage
}
