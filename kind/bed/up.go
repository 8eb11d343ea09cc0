package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

//go:embed manifests/nodeclass.yaml
var nodeClass []byte

// ec2NodeClass is a definition, without which this bed's Karpenter does not start; the class of nodeClass needs one first.
//
//go:embed manifests/ec2nodeclass.yaml
var ec2NodeClass []byte

// options of kind/up.
type options struct {
	source, cache   string
	directory, name string
	market          string   // file of offers; empty: kind/market.yaml
	bare            bool     // etcd and the API server, nothing else
	join            string   // kubeconfig of a control plane that is there already; empty: start one
	host            string   // address of this machine as that control plane sees it; empty: loopback
	settings        []string // NAME=VALUE for Karpenter
}

func up(o options) (err error) {
	began := time.Now()
	directory, err := bedDirectory(o.cache, o.directory, o.name)
	if err != nil {
		return err
	}
	var world world
	wanted := bareTools
	if !o.bare {
		wanted = tools
		if world, err = readWorld(o); err != nil {
			return err
		}
	}
	where, err := install(o.source, o.cache, wanted, os.Stdout)
	if err != nil {
		return err
	}

	release, err := lockBed(directory)
	if err != nil {
		return err
	}
	defer release()
	if there, err := takeUp(directory); there || err != nil {
		return err
	}
	r, err := newRecord(o, directory)
	if err != nil {
		return err
	}
	// Whatever goes wrong from here, what was started is stopped; a second interrupt, or a kill, leaves that to kind/down.
	interrupted, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	defer func() {
		if err != nil {
			if interrupted.Err() != nil {
				err = errors.New("interrupted")
			}
			cancel()
			fmt.Fprintln(os.Stderr, "kind/up failed; stopping what it had started")
			err = errors.Join(err, r.stop())
		}
	}()
	if err := r.prepare(where); err != nil {
		return err
	}
	if !r.Bare {
		if err := r.prepareWorld(o.source, where, world); err != nil {
			return err
		}
	}
	ctx, cancelTimeout := context.WithTimeoutCause(interrupted, 3*time.Minute, errors.New("three minutes have passed"))
	defer cancelTimeout()
	if err := r.startAll(ctx, o, where); err != nil {
		return err
	}
	r.Ready = true
	if err := r.save(); err != nil {
		return err
	}
	fmt.Printf("bed %q is up after %.1f s: %s\n", r.Name, time.Since(began).Seconds(), r.Directory)
	flag := ""
	if o.directory != "" {
		flag = " --dir " + quote(directory)
	} else if o.name != "default" {
		flag = " --name " + o.name
	}
	fmt.Printf("  eval \"$(%s/env%s)\"   for kubectl and windfall\n", o.source, flag)
	return nil
}

// takeUp looks at what an earlier kind/up left: a bed that is up stays; one that has wholly ended is cleared away.
func takeUp(directory string) (there bool, err error) {
	r, err := loadRecord(directory)
	if errors.Is(err, errNoBed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	running := r.running()
	switch {
	case len(running) == 0:
		return false, r.clear()
	case r.Ready && len(running) == len(r.Processes):
		fmt.Printf("bed %q is up already: %s\n", r.Name, r.Directory)
		return true, nil
	}
	return false, fmt.Errorf("bed %q is half there: %d of %d processes run; kind/down stops them", r.Name, len(running), len(r.Processes))
}

func newRecord(o options, directory string) (*Record, error) {
	// Two beds that start at once must not choose the same ports.
	release, err := lockFile(filepath.Join(bedsDirectory(o.cache), "ports.lock"), true)
	if err != nil {
		return nil, err
	}
	defer release()
	chosen, err := pickPorts(newPorts(o.cache), o.name)
	if err != nil {
		return nil, err
	}
	r := &Record{Name: o.name, Directory: directory, Ports: chosen, Joined: o.join, Host: o.host, Bare: o.bare, Processes: []Process{}}
	return r, r.save()
}

// prepare makes the directories, and the files without which no API server starts.
func (r *Record) prepare(where installed) error {
	if err := os.RemoveAll(r.path("logs")); err != nil {
		return err
	}
	for _, directory := range []string{"logs", "bin", "manifests"} {
		if err := os.MkdirAll(r.path(directory), 0o755); err != nil {
			return err
		}
	}
	if err := r.writeCertificates(time.Now()); err != nil {
		return err
	}
	return os.Symlink(where.program("kubectl"), r.path("bin/kubectl"))
}

// prepareWorld writes what the other processes read.
func (r *Record) prepareWorld(source string, where installed, world world) error {
	instanceTypes, err := json.MarshalIndent(world.types, "", "  ")
	if err != nil {
		return err
	}
	stages, err := concatenate(where.files("tools/kwok"))
	if err != nil {
		return err
	}
	crds, err := concatenate(where.files("karpenter"))
	if err != nil {
		return err
	}
	second, err := readShipped(source)
	if err != nil {
		return err
	}
	configuration, err := second.at(r.kubeconfigOf(secondScheduler), r.Ports[portScheduler])
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"market.yaml": world.market, "instance-types.json": instanceTypes, "stages.yaml": stages, "manifests/karpenter.yaml": crds,
		defaultScheduler + ".yaml":          r.defaultSchedulerConfiguration(),
		secondScheduler + ".yaml":           configuration,
		"manifests/windfall-scheduler.yaml": []byte(second.manifests),
		"manifests/nodeclass.yaml":          nodeClass,
		"manifests/ec2nodeclass.yaml":       ec2NodeClass,
	}
	if r.Joined != "" {
		if files["kubeconfig"], err = os.ReadFile(r.Joined); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := writeWhole(r.path(name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func concatenate(directory string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all = append(append(all, "---\n"...), content...)
	}
	return all, nil
}

// startAll starts the processes in the order in which they need each other, and the objects between them.
func (r *Record) startAll(ctx context.Context, o options, where installed) error {
	h := r.newHealth()
	start := func(names ...string) error {
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.start(r.program(name, where, o.settings)); err != nil {
				return err
			}
		}
		return nil
	}
	await := func(names ...string) error {
		for _, name := range names {
			if err := r.await(ctx, h, name); err != nil {
				return err
			}
			fmt.Printf("  %-24s healthy, port %d\n", name, r.Ports[name])
		}
		return nil
	}
	kubectl := func(arguments ...string) error { return r.kubectl(ctx, where, arguments...) }

	rest := []string{secondScheduler, kwok, karpenter}
	if r.Joined == "" {
		if err := errors.Join(start(etcd, apiServer), await(etcd, apiServer)); err != nil {
			return err
		}
		if r.Bare {
			return nil
		}
		if err := start(controllerManager, defaultScheduler); err != nil {
			return err
		}
		rest = append([]string{controllerManager, defaultScheduler}, rest...)
	}
	if err := kubectl("apply", "--server-side", "-f", r.path("manifests/windfall-scheduler.yaml"),
		"-f", r.path("manifests/karpenter.yaml"), "-f", r.path("manifests/ec2nodeclass.yaml")); err != nil {
		return err
	}
	if err := start(secondScheduler); err != nil {
		return err
	}
	if err := kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"); err != nil {
		return err
	}
	if err := start(kwok, karpenter); err != nil {
		return err
	}
	if err := kubectl("apply", "--server-side", "-f", r.path("manifests/nodeclass.yaml")); err != nil {
		return err
	}
	if err := await(rest...); err != nil {
		return err
	}
	// Pods can be made once their namespace has its account; Windfall looks at the second scheduler's Lease.
	if err := kubectl("wait", "--for=create", "--timeout=60s", "-n", "default", "serviceaccount/default"); err != nil {
		return err
	}
	return kubectl("wait", "--for=create", "--timeout=60s", "-n", "windfall-system", "lease/windfall-scheduler")
}

// kubectl runs it against the bed; what it says goes to the logs.
func (r *Record) kubectl(ctx context.Context, where installed, arguments ...string) error {
	output, err := os.OpenFile(r.log("kubectl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer output.Close()
	command := exec.CommandContext(ctx, where.program("kubectl"), append([]string{"--kubeconfig=" + r.kubeconfig()}, arguments...)...)
	command.Stdout, command.Stderr = output, output
	runtime.LockOSThread() // as in goOutput
	defer runtime.UnlockOSThread()
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w; the end of %s:\n%s", strings.Join(arguments, " "), err, r.log("kubectl"), r.tail("kubectl", 4))
	}
	return nil
}
