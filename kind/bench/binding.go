package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// The label by which the pods of a run are found.
const ofRun = "app=trainer"

// bindAll makes the pods while no scheduler runs, starts one, and returns when each pod was bound.
func (r *rig) bindAll(ctx context.Context, s setup, server *extender, calls *float64) (bindings []time.Time, err error) {
	defer func() {
		// Also after an interrupt, so that nothing of it is in the next run.
		if ctx.Err() == nil {
			err = errors.Join(err, r.deletePods(ctx))
		}
	}()
	err = inParallel(ctx, r.pods, func(i int) error { return r.bed.createPod(ctx, newPod(fmt.Sprintf("trainer-%d", i))) })
	if err != nil {
		return nil, err
	}
	before, err := callsOf(server)
	if err != nil {
		return nil, err
	}
	events, err := r.watch(ctx, "")
	if err != nil {
		return nil, err
	}
	scheduler, err := r.startScheduler(s, server)
	if err != nil {
		events.Stop()
		return nil, err
	}
	defer scheduler.stop()
	if bindings, err = r.awaitBindings(ctx, events, scheduler); err != nil {
		return nil, err
	}
	after, err := callsOf(server)
	*calls = after - before
	// A call or two may end before the server has read it, by the scheduler's timeout.
	if server != nil && err == nil && *calls < 0.95*float64(r.pods) {
		err = fmt.Errorf("%s was asked %.0f times for %d pods, so the rate is not one with it; see %s",
			server.name, *calls, r.pods, r.bed.log("kube-scheduler"))
	}
	return bindings, err
}

func callsOf(server *extender) (float64, error) {
	if server == nil {
		return 0, nil
	}
	m, err := fetchMetrics(server.metrics)
	return m.sum(callsMetric), err
}

// watch sees the pods that are bound, and those that will be.
func (r *rig) watch(ctx context.Context, from string) (watch.Interface, error) {
	events, err := r.bed.client.CoreV1().Pods(metav1.NamespaceDefault).Watch(ctx,
		metav1.ListOptions{LabelSelector: ofRun, FieldSelector: "spec.nodeName!=", ResourceVersion: from})
	if err != nil {
		return nil, fmt.Errorf("watching the pods: %w", err)
	}
	return events, nil
}

// awaitBindings notes when each pod is first seen on a node.
func (r *rig) awaitBindings(ctx context.Context, events watch.Interface, scheduler *child) ([]time.Time, error) {
	defer func() { events.Stop() }()
	patience := time.After(20 * time.Minute)
	seen, bindings, last := map[string]bool{}, []time.Time{}, ""
	for len(bindings) < r.pods {
		select {
		case event, open := <-events.ResultChan():
			if !open {
				// The API server ends a watch that does not keep up for a moment. The next goes on where it was.
				next, err := r.watch(ctx, last)
				if err != nil {
					return nil, err
				}
				events = next
				continue
			}
			pod, isPod := event.Object.(*v1.Pod)
			if event.Type == watch.Error || !isPod {
				return nil, fmt.Errorf("the watch failed after %d bindings: %v", len(bindings), event.Object)
			}
			last = pod.ResourceVersion
			if !seen[pod.Name] {
				seen[pod.Name] = true
				bindings = append(bindings, time.Now())
			}
		case <-scheduler.ended:
			return nil, fmt.Errorf("the scheduler ended; the end of its log:\n%s", tail(r.bed.log("kube-scheduler"), 8))
		case <-patience:
			return nil, fmt.Errorf("%d of %d pods are bound after twenty minutes", len(bindings), r.pods)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return bindings, nil
}

// deletePods removes them at once, and waits until none is left.
func (r *rig) deletePods(ctx context.Context) error {
	pods := r.bed.client.CoreV1().Pods(metav1.NamespaceDefault)
	now := int64(0)
	for {
		if err := pods.DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{LabelSelector: ofRun}); err != nil {
			return fmt.Errorf("deleting the pods: %w", err)
		}
		left, err := pods.List(ctx, metav1.ListOptions{LabelSelector: ofRun, Limit: 1})
		if err != nil || len(left.Items) == 0 {
			return err
		}
	}
}

// program asks where one of the control plane's programs is.
func (b *bed) program(name string) (string, error) {
	said, err := exec.Command(filepath.Join(b.root, "kind", "program"), name).Output()
	if err != nil {
		return "", fmt.Errorf("asking for %s: %w", name, err)
	}
	return strings.TrimSpace(string(said)), nil
}

// startScheduler starts the real one; there is no other in the bed.
func (r *rig) startScheduler(s setup, server *extender) (*child, error) {
	kubeconfig := filepath.Join(r.bed.environment["WINDFALL_BED"], "pki", "kube-scheduler.kubeconfig")
	file := filepath.Join(r.bed.directory, "scheduler.yaml")
	if err := os.WriteFile(file, schedulerConfiguration(kubeconfig, r.limits, s, server), 0o644); err != nil {
		return nil, err
	}
	command := exec.Command(r.scheduler, "--config="+file, "--secure-port=0",
		"--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		fmt.Sprintf("--feature-gates=OpportunisticBatching=%v", s.batching))
	return startLogged("the scheduler", command, r.bed.log("kube-scheduler"))
}

// schedulerConfiguration is that of kind/bed's second scheduler.
func schedulerConfiguration(kubeconfig, limits string, s setup, server *extender) []byte {
	text := fmt.Appendf(nil, `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: %q%s}
leaderElection: {leaderElect: false}
percentageOfNodesToScore: %d
`, kubeconfig, limits, s.sampling)
	if server != nil {
		text = fmt.Appendf(text, `extenders:
- urlPrefix: http://%s/scheduler
  prioritizeVerb: prioritize
  weight: 20
  nodeCacheCapable: true
  ignorable: true
  httpTimeout: 200ms
  managedResources: [{name: nvidia.com/gpu, ignoredByScheduler: false}]
`, server.address)
	}
	return text
}
