package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	_ "sigs.k8s.io/karpenter/pkg/apis"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/events"
)

type noted struct{ reasons []string }

func (n *noted) Publish(all ...events.Event) {
	for _, event := range all {
		n.reasons = append(n.reasons, event.Reason)
	}
}

func interruptionsForTest(t *testing.T, capacity string, notice time.Duration) (*interruptions, *noted, client.Client) {
	t.Helper()
	w, _ := worldForTest(t)
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "1", Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
			Labels: map[string]string{v1.CapacityTypeLabelKey: capacity, corev1.LabelTopologyZone: "b",
				corev1.LabelInstanceTypeStable: "g5.xlarge"}},
		Spec:   corev1.NodeSpec{ProviderID: "kwok://n"},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	}
	claim := &v1.NodeClaim{ObjectMeta: metav1.ObjectMeta{Name: "c"}, Status: v1.NodeClaimStatus{ProviderID: "kwok://n"}}
	kube := fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(node, claim).WithStatusSubresource(node, claim).
		WithIndex(&v1.NodeClaim{}, "status.providerID", func(o client.Object) []string {
			return []string{o.(*v1.NodeClaim).Status.ProviderID}
		}).Build()
	recorder := &noted{}
	return &interruptions{client: kube, recorder: recorder, world: w, notice: notice}, recorder, kube
}

func TestAnInterruptionDeletesTheClaimSaysSoAndMakesTheOfferingUnavailable(t *testing.T) {
	i, recorder, kube := interruptionsForTest(t, "spot", time.Hour)
	if _, err := i.interrupt(context.Background(), "n"); err != nil {
		t.Fatal(err)
	}
	if err := kube.Get(context.Background(), client.ObjectKey{Name: "c"}, &v1.NodeClaim{}); !apierrors.IsNotFound(err) {
		t.Errorf("the claim is still there: %v", err)
	}
	if got := strings.Join(recorder.reasons, " "); got != "SpotInterrupted SpotInterrupted TerminatingOnInterruption TerminatingOnInterruption" {
		t.Errorf("got %s", got)
	}
	if got := launched(i.world, claimFor("g5.xlarge")); got != "nothing" {
		t.Errorf("it launched %s", got)
	}
}

func TestOnlySpotIsInterrupted(t *testing.T) {
	i, _, kube := interruptionsForTest(t, "on-demand", time.Hour)
	var refused refusal
	if _, err := i.interrupt(context.Background(), "n"); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	if _, err := i.interrupt(context.Background(), "nobody"); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	if err := kube.Get(context.Background(), client.ObjectKey{Name: "c"}, &v1.NodeClaim{}); err != nil {
		t.Errorf("the claim is gone: %v", err)
	}
}

func TestAnInstanceThatWasTakenAwayIsNotFoundWhileItsNodeIsStillThere(t *testing.T) {
	w, _ := worldForTest(t)
	w.takeAway("kwok://n")
	if _, err := (&provider{world: w}).Get(context.Background(), "kwok://n"); !cloudprovider.IsNodeClaimNotFoundError(err) {
		t.Errorf("got %v", err)
	}
}
