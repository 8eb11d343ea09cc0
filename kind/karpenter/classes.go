package main

import (
	"context"
	"slices"
	"time"

	"github.com/awslabs/operatorpkg/status"
	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	nodeclaimutils "sigs.k8s.io/karpenter/pkg/utils/nodeclaim"
)

// finalizer of Karpenter for AWS: a class goes when no NodeClaim refers to it any more.
const finalizer = ec2Group + "/termination"

// nothingTag is on nothing in this world, so a term that selects by it finds nothing.
const nothingTag = "bed.windfall.dev/nothing"

// classes says of each EC2NodeClass what Karpenter for AWS says once it has looked into the account: what its terms select
// is there, but for a term with the tag bed.windfall.dev/nothing. What a hand has written into its status stays.
type classes struct{ client client.Client }

func (c *classes) Register(_ context.Context, m manager.Manager) error {
	gone := predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
	}
	return ctrl.NewControllerManagedBy(m).
		Named("nodeclass").
		For(&EC2NodeClass{}).
		Watches(&v1.NodeClaim{}, handler.EnqueueRequestsFromMapFunc(classNamed), builder.WithPredicates(gone)).
		Complete(reconcile.AsReconciler(m.GetClient(), c))
}

func classNamed(_ context.Context, claim client.Object) []reconcile.Request {
	ref := claim.(*v1.NodeClaim).Spec.NodeClassRef
	if ref == nil || ref.Group != ec2Group {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{Name: ref.Name}}}
}

func (c *classes) Reconcile(ctx context.Context, class *EC2NodeClass) (reconcile.Result, error) {
	if !class.DeletionTimestamp.IsZero() {
		return c.finalize(ctx, class)
	}
	if stored := client.MergeFromWithOptions(class.DeepCopyObject().(client.Object),
		client.MergeFromWithOptimisticLock{}); controllerutil.AddFinalizer(class, finalizer) {
		if err := c.client.Patch(ctx, class, stored); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
	}
	if saidByHand(class) {
		return reconcile.Result{}, nil
	}
	stored := class.DeepCopyObject().(client.Object)
	conditions := class.StatusConditions()
	for _, condition := range []string{"AMIsReady", "InstanceProfileReady", "ValidationSucceeded"} {
		conditions.SetTrue(condition)
	}
	for _, selected := range []struct {
		condition, reason, message string
		terms                      []SelectorTerm
	}{
		{"SubnetsReady", "SubnetsNotFound", "SubnetSelector did not match any Subnets", class.Spec.SubnetSelectorTerms},
		{"SecurityGroupsReady", "SecurityGroupsNotFound", "SecurityGroupSelector did not match any SecurityGroups",
			class.Spec.SecurityGroupSelectorTerms},
	} {
		if found(selected.terms) {
			conditions.SetTrue(selected.condition)
		} else {
			conditions.SetFalse(selected.condition, selected.reason, selected.message)
		}
	}
	if equality.Semantic.DeepEqual(stored, class) {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(c.client.Status().Patch(ctx, class, client.MergeFrom(stored)))
}

// saidByHand knows it by the generation, which a hand leaves out.
func saidByHand(class *EC2NodeClass) bool {
	return slices.ContainsFunc(class.Status.Conditions, func(c status.Condition) bool {
		return c.Type == status.ConditionReady && c.ObservedGeneration == 0
	})
}

// found says whether a term selects something.
func found(terms []SelectorTerm) bool {
	for _, term := range terms {
		if _, nothing := term.Tags[nothingTag]; !nothing {
			return true
		}
	}
	return false
}

func (c *classes) finalize(ctx context.Context, class *EC2NodeClass) (reconcile.Result, error) {
	claims := &v1.NodeClaimList{}
	if err := c.client.List(ctx, claims, nodeclaimutils.ForNodeClass(class)); err != nil {
		return reconcile.Result{}, err
	}
	if len(claims.Items) > 0 {
		return reconcile.Result{RequeueAfter: time.Minute}, nil
	}
	stored := client.MergeFromWithOptions(class.DeepCopyObject().(client.Object), client.MergeFromWithOptimisticLock{})
	if !controllerutil.RemoveFinalizer(class, finalizer) {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(c.client.Patch(ctx, class, stored))
}
