package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/karpenter/kwok/apis/v1alpha1"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/metrics"
)

// interruptions takes spot machines away as EC2 and Karpenter's AWS provider do together: on notice the offering becomes
// unavailable, events are written and the NodeClaim is deleted, so that Karpenter drains the node; when the notice is
// over, the machine is gone, drained or not. With AWS the notice is a queue message, two minutes ahead.
type interruptions struct {
	client   client.Client
	recorder events.Recorder
	world    *world
	notice   time.Duration
}

// refusal is an interruption that cannot be, in words for the person who asked.
type refusal struct{ error }

func (i *interruptions) interrupt(ctx context.Context, name string) (string, error) {
	node := &corev1.Node{}
	if err := i.client.Get(ctx, types.NamespacedName{Name: name}, node); client.IgnoreNotFound(err) != nil {
		return "", err
	} else if err != nil {
		return "", refusal{fmt.Errorf("there is no node %q", name)}
	}
	if capacity := node.Labels[v1.CapacityTypeLabelKey]; capacity != v1.CapacityTypeSpot {
		return "", refusal{fmt.Errorf("node %s is %q capacity; only spot is interrupted", name, capacity)}
	}
	claims := &v1.NodeClaimList{}
	if err := i.client.List(ctx, claims, client.MatchingFields{"status.providerID": node.Spec.ProviderID}); err != nil {
		return "", err
	}
	if len(claims.Items) != 1 {
		return "", refusal{fmt.Errorf("node %s has %d NodeClaims; it is not Karpenter's", name, len(claims.Items))}
	}
	claim := &claims.Items[0]
	i.world.markUnavailable(node.Labels[corev1.LabelTopologyZone] + "." +
		node.Labels[corev1.LabelInstanceTypeStable] + "." + v1.CapacityTypeSpot)
	i.publish(node, claim, "SpotInterrupted", "Spot interruption warning was triggered")
	if err := i.client.Delete(ctx, claim); client.IgnoreNotFound(err) != nil {
		return "", err
	}
	i.publish(node, claim, "TerminatingOnInterruption", "Interruption triggered termination")
	metrics.NodeClaimsDisruptedTotal.Inc(map[string]string{
		metrics.ReasonLabel:       "spot_interrupted",
		metrics.NodePoolLabel:     claim.Labels[v1.NodePoolLabelKey],
		metrics.CapacityTypeLabel: claim.Labels[v1.CapacityTypeLabelKey],
	})
	time.AfterFunc(i.notice, func() { i.takeAway(log.IntoContext(context.Background(), log.FromContext(ctx)), node) })
	return fmt.Sprintf("node %s is interrupted: draining now, gone at %s at the latest", name,
		time.Now().Add(i.notice).UTC().Format(time.TimeOnly)), nil
}

func (i *interruptions) publish(node *corev1.Node, claim *v1.NodeClaim, reason, message string) {
	for _, object := range []struct {
		object runtime.Object
		uid    types.UID
	}{{node, node.UID}, {claim, claim.UID}} {
		i.recorder.Publish(events.Event{InvolvedObject: object.object, Type: corev1.EventTypeWarning, Reason: reason,
			Message: message, DedupeValues: []string{string(object.uid)}})
	}
}

// takeAway is the end of a machine that was still draining: it does not answer any more. KWOK must let go of the node
// first, or it would report it ready again; Karpenter then finds it not ready and its instance gone, and removes it, and
// the pods that were left on it are collected as orphans.
func (i *interruptions) takeAway(ctx context.Context, node *corev1.Node) {
	i.world.takeAway(node.Spec.ProviderID)
	for range 20 {
		current := &corev1.Node{}
		if err := i.client.Get(ctx, client.ObjectKeyFromObject(node), current); client.IgnoreNotFound(err) != nil {
			log.FromContext(ctx).Error(err, "failed taking an interrupted node away")
			return
		} else if err != nil || current.UID != node.UID {
			return
		}
		if _, managed := current.Annotations[v1alpha1.KwokLabelKey]; managed {
			released := current.DeepCopy()
			delete(released.Annotations, v1alpha1.KwokLabelKey)
			_ = i.client.Patch(ctx, released, client.MergeFrom(current))
		} else {
			silent := current.DeepCopy()
			for at, condition := range silent.Status.Conditions {
				if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
					silent.Status.Conditions[at].Status = corev1.ConditionUnknown
					silent.Status.Conditions[at].Reason = "NodeStatusUnknown"
					silent.Status.Conditions[at].Message = "Kubelet stopped posting node status."
				}
			}
			_ = i.client.Status().Patch(ctx, silent, client.StrategicMergeFrom(current))
		}
		time.Sleep(500 * time.Millisecond)
	}
}
