package main

import (
	"context"
	"testing"

	"github.com/awslabs/operatorpkg/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/karpenter/kwok/apis/v1alpha1"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

func classForTest(tags map[string]string) *EC2NodeClass {
	terms := []SelectorTerm{{Tags: tags}}
	return &EC2NodeClass{
		ObjectMeta: metav1.ObjectMeta{Name: "gpu", Generation: 1},
		Spec:       EC2NodeClassSpec{SubnetSelectorTerms: terms, SecurityGroupSelectorTerms: []SelectorTerm{{}}},
	}
}

func clientForTest(objects ...client.Object) client.Client {
	builder := fake.NewClientBuilder().WithScheme(scheme.Scheme).
		WithObjects(append(objects, &v1alpha1.KWOKNodeClass{ObjectMeta: metav1.ObjectMeta{Name: bedClass}})...).
		WithStatusSubresource(&EC2NodeClass{})
	for field, of := range map[string]func(*v1.NodeClassReference) string{
		"spec.nodeClassRef.group": func(ref *v1.NodeClassReference) string { return ref.Group },
		"spec.nodeClassRef.kind":  func(ref *v1.NodeClassReference) string { return ref.Kind },
		"spec.nodeClassRef.name":  func(ref *v1.NodeClassReference) string { return ref.Name },
	} {
		builder = builder.WithIndex(&v1.NodeClaim{}, field, func(o client.Object) []string {
			return []string{of(o.(*v1.NodeClaim).Spec.NodeClassRef)}
		})
	}
	return builder.Build()
}

// reconciled is the class as it is after one look at it; nil when it is gone.
func reconciled(t *testing.T, kube client.Client) *EC2NodeClass {
	t.Helper()
	class := &EC2NodeClass{}
	if err := kube.Get(context.Background(), client.ObjectKey{Name: "gpu"}, class); err != nil {
		t.Fatal(err)
	}
	if _, err := (&classes{client: kube}).Reconcile(context.Background(), class); err != nil {
		t.Fatal(err)
	}
	after := &EC2NodeClass{}
	switch err := kube.Get(context.Background(), client.ObjectKey{Name: "gpu"}, after); {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		t.Fatal(err)
	}
	return after
}

func claimOfClass() *v1.NodeClaim {
	claim := claimFor("g6.xlarge")
	claim.Name = "c"
	claim.Spec.NodeClassRef = &v1.NodeClassReference{Group: ec2Group, Kind: "EC2NodeClass", Name: "gpu"}
	return claim
}

func providerForTest(t *testing.T, kube client.Client) *provider {
	t.Helper()
	w, _ := worldForTest(t)
	return &provider{CloudProvider: kwok.NewCloudProvider(context.Background(), kube, w.all), client: kube, world: w}
}

func TestAClassIsReadyOnceItWasLookedAt(t *testing.T) {
	class := reconciled(t, clientForTest(classForTest(map[string]string{"a": "b"})))
	if !class.StatusConditions().Root().IsTrue() {
		t.Errorf("got %+v", class.Status.Conditions)
	}
}

func TestAClassWhoseTermsFindNothingIsNotReadyAndSaysWhat(t *testing.T) {
	class := reconciled(t, clientForTest(classForTest(map[string]string{nothingTag: "true"})))
	subnets := class.StatusConditions().Get("SubnetsReady")
	if !class.StatusConditions().Root().IsFalse() || subnets.Reason != "SubnetsNotFound" {
		t.Errorf("got %+v", class.Status.Conditions)
	}
	if !class.StatusConditions().IsTrue("SecurityGroupsReady") {
		t.Error("the security groups are there")
	}
}

func TestWhatAHandSaysOfAClassStays(t *testing.T) {
	class := classForTest(nil)
	class.Status.Conditions = []status.Condition{{Type: status.ConditionReady, Status: metav1.ConditionFalse, Reason: "Hand"}}
	after := reconciled(t, clientForTest(class))
	if len(after.Status.Conditions) != 1 || after.Status.Conditions[0].Reason != "Hand" {
		t.Errorf("got %+v", after.Status.Conditions)
	}
}

func TestAClassGoesWhenNoClaimRefersToItAnyMore(t *testing.T) {
	claim := claimOfClass()
	kube := clientForTest(classForTest(nil), claim)
	if err := kube.Delete(context.Background(), reconciled(t, kube)); err != nil {
		t.Fatal(err)
	}
	if reconciled(t, kube) == nil {
		t.Fatal("it is gone, and a claim refers to it")
	}
	if err := kube.Delete(context.Background(), claim); err != nil {
		t.Fatal(err)
	}
	if class := reconciled(t, kube); class != nil {
		t.Errorf("it is still there: %+v", class)
	}
}

func TestAMachineIsLaunchedByAReadyClassAndDriftsWhenThatIsEdited(t *testing.T) {
	kube := clientForTest(classForTest(nil))
	class := reconciled(t, kube)
	p := providerForTest(t, kube)
	launched, err := p.Create(context.Background(), claimOfClass())
	if err != nil {
		t.Fatal(err)
	}
	claim := claimOfClass()
	claim.Annotations = launched.Annotations
	if reason, err := p.IsDrifted(context.Background(), claim); reason != "" || err != nil {
		t.Errorf("at once: %q %v", reason, err)
	}
	class.Generation++
	if err := kube.Update(context.Background(), class); err != nil {
		t.Fatal(err)
	}
	if reason, err := p.IsDrifted(context.Background(), claim); reason != "NodeClassDrift" || err != nil {
		t.Errorf("once it was edited: %q %v", reason, err)
	}
}

func TestAClassThatIsNotReadyLaunchesNothing(t *testing.T) {
	kube := clientForTest(classForTest(map[string]string{nothingTag: "true"}))
	reconciled(t, kube)
	if _, err := providerForTest(t, kube).Create(context.Background(), claimOfClass()); !cloudprovider.IsNodeClassNotReadyError(err) {
		t.Errorf("got %v", err)
	}
}

func TestAClassThatIsNotThereLaunchesNothing(t *testing.T) {
	if _, err := providerForTest(t, clientForTest()).Create(context.Background(), claimOfClass()); !cloudprovider.IsInsufficientCapacityError(err) {
		t.Errorf("got %v", err)
	}
}

func TestBothKindsOfClassAreSupported(t *testing.T) {
	if got := len(providerForTest(t, clientForTest()).GetSupportedNodeClasses()); got != 2 {
		t.Errorf("got %d", got)
	}
}
