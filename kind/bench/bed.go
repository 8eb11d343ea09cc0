package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// bed is a control plane of our own, and a directory for all that belongs to the run.
type bed struct {
	root        string
	directory   string
	environment map[string]string // what kind/env exports
	client      kubernetes.Interface
}

var exported = regexp.MustCompile(`(?m)^export ([A-Z_]+)='(.*)'$`)

// startBed makes them, bare with etcd and an API server only, else with schedulers, KWOK, and Karpenter, which rents from
// the market. Whoever has a bed, also beside an error, ends it by close.
func startBed(root string, market []byte, bare bool) (*bed, error) {
	directory, err := os.MkdirTemp("", "windfall-bench-")
	if err != nil {
		return nil, err
	}
	b := &bed{root: root, directory: directory, environment: map[string]string{}}
	if err := os.Mkdir(filepath.Join(directory, "logs"), 0o755); err != nil {
		return b, err
	}
	if err := os.WriteFile(b.market(), market, 0o644); err != nil {
		return b, err
	}
	what := []string{"--market", b.market()}
	if bare {
		what = []string{"--bare"}
	}
	// In a group of its own: a Ctrl-C then does not stop it in the middle, and close finds a whole bed.
	if said, err := b.kind("up", append(what, "--name", "bench")...).CombinedOutput(); err != nil {
		return b, fmt.Errorf("starting the control plane: %w\n%s", err, said)
	}
	said, err := b.kind("env").Output()
	if err != nil {
		return b, fmt.Errorf("asking for the bed's ports: %w", err)
	}
	for _, variable := range exported.FindAllStringSubmatch(string(said), -1) {
		b.environment[variable[1]] = variable[2]
	}
	config, err := clientcmd.BuildConfigFromFlags("", b.environment["KUBECONFIG"])
	if err != nil {
		return b, fmt.Errorf("reading the bed's kubeconfig: %w", err)
	}
	b.client, err = newClient(config)
	return b, err
}

func newClient(config *restclient.Config) (kubernetes.Interface, error) {
	config.QPS, config.Burst = -1, -1 // as fast as it goes
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = config.ContentType + ",application/json"
	return kubernetes.NewForConfig(config)
}

func (b *bed) kind(verb string, flags ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(b.root, "kind", verb), append(flags, "--dir", filepath.Join(b.directory, "bed"))...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command
}

func (b *bed) log(name string) string { return filepath.Join(b.directory, "logs", name+".log") }

func (b *bed) market() string { return filepath.Join(b.directory, "market.yaml") }

// close stops the bed. Its logs stay when something went wrong.
func (b *bed) close(failed bool) error {
	if said, err := b.kind("down").CombinedOutput(); err != nil {
		return fmt.Errorf("stopping the control plane: %w\n%s", err, said)
	}
	if failed {
		fmt.Fprintf(os.Stderr, "kind/bench: logs are in %s\n", b.directory)
		return nil
	}
	return os.RemoveAll(b.directory)
}

// populate makes the nodes, and the jobs that use some of their GPUs.
func (b *bed) populate(ctx context.Context, hosts []host) error {
	return inParallel(ctx, len(hosts), func(i int) error {
		if _, err := b.client.CoreV1().Nodes().Create(ctx, hosts[i].node(), metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("creating a node: %w", err)
		}
		if hosts[i].used == 0 {
			return nil
		}
		return b.createPod(ctx, hosts[i].job())
	})
}

func (b *bed) createPod(ctx context.Context, pod *v1.Pod) error {
	if _, err := b.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating a pod: %w", err)
	}
	return nil
}

// inParallel calls f for 0 to n-1, sixteen at a time, until one fails.
func inParallel(ctx context.Context, n int, f func(int) error) error {
	var next atomic.Int64
	var once sync.Once
	var failed error
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					once.Do(func() { failed = err })
					next.Store(int64(n))
				}
			}
		})
	}
	workers.Wait()
	if failed != nil {
		return failed
	}
	return ctx.Err()
}
