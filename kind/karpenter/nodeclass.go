package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/awslabs/operatorpkg/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

const ec2Group = "karpenter.k8s.aws"

// EC2NodeClass is what Karpenter for AWS launches machines by, as far as this world looks at it. It is only ever patched,
// so that what is not here stays.
type EC2NodeClass struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   EC2NodeClassSpec   `json:"spec,omitempty"`
	Status EC2NodeClassStatus `json:"status,omitempty"`
}

// EC2NodeClassSpec is never changed here.
type EC2NodeClassSpec struct {
	SubnetSelectorTerms        []SelectorTerm `json:"subnetSelectorTerms,omitempty"`
	SecurityGroupSelectorTerms []SelectorTerm `json:"securityGroupSelectorTerms,omitempty"`
}

// SelectorTerm selects what has all of its tags.
type SelectorTerm struct {
	Tags map[string]string `json:"tags,omitempty"`
}

type EC2NodeClassStatus struct {
	Conditions []status.Condition `json:"conditions,omitempty"`
}

type EC2NodeClassList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []EC2NodeClass `json:"items"`
}

var _ status.Object = (*EC2NodeClass)(nil)

func init() {
	version := schema.GroupVersion{Group: ec2Group, Version: "v1"}
	metav1.AddToGroupVersion(scheme.Scheme, version)
	scheme.Scheme.AddKnownTypes(version, &EC2NodeClass{}, &EC2NodeClassList{})
}

func (c *EC2NodeClass) GetConditions() []status.Condition { return c.Status.Conditions }

func (c *EC2NodeClass) SetConditions(conditions []status.Condition) { c.Status.Conditions = conditions }

// StatusConditions are those of Karpenter for AWS; Ready follows from the others.
func (c *EC2NodeClass) StatusConditions(options ...status.ForOption) status.ConditionSet {
	return status.NewReadyConditions("AMIsReady", "SubnetsReady", "SecurityGroupsReady", "InstanceProfileReady",
		"ValidationSucceeded").For(c, options...)
}

func (c *EC2NodeClass) DeepCopyObject() runtime.Object {
	copied := &EC2NodeClass{TypeMeta: c.TypeMeta, Spec: c.Spec}
	c.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	copied.Status.Conditions = slices.Clone(c.Status.Conditions)
	return copied
}

func (l *EC2NodeClassList) DeepCopyObject() runtime.Object {
	copied := &EC2NodeClassList{TypeMeta: l.TypeMeta}
	l.ListMeta.DeepCopyInto(&copied.ListMeta)
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].DeepCopyObject().(*EC2NodeClass))
	}
	return copied
}

// bedClass is the class by which the kwok provider makes nodes. It knows no other kind.
const bedClass = "default"

// generationAnnotation stands for Karpenter for AWS's hash of the class that a machine was launched by.
const generationAnnotation = ec2Group + "/ec2nodeclass-hash"

// classOf is the EC2NodeClass of a claim; nil where it refers to another kind.
func (p *provider) classOf(ctx context.Context, claim *v1.NodeClaim) (*EC2NodeClass, error) {
	ref := claim.Spec.NodeClassRef
	if ref == nil || ref.Group != ec2Group {
		return nil, nil
	}
	class := &EC2NodeClass{}
	if err := p.client.Get(ctx, client.ObjectKey{Name: ref.Name}, class); err != nil {
		return nil, err
	}
	return class, nil
}

// launchable is the EC2NodeClass of a claim, if it has one, refused as Karpenter for AWS refuses it.
func (p *provider) launchable(ctx context.Context, claim *v1.NodeClaim) (*EC2NodeClass, error) {
	class, err := p.classOf(ctx, claim)
	switch {
	case apierrors.IsNotFound(err):
		return nil, cloudprovider.NewInsufficientCapacityError(fmt.Errorf("resolving ec2nodeclass, %w", err))
	case err != nil || class == nil:
		return nil, err
	case !class.DeletionTimestamp.IsZero():
		return nil, cloudprovider.NewInsufficientCapacityError(errors.New("resolving ec2nodeclass, it is terminating"))
	}
	if ready := class.StatusConditions().Root(); !ready.IsTrue() {
		return nil, cloudprovider.NewNodeClassNotReadyError(errors.New(ready.Message))
	}
	return class, nil
}

// launchedBy has the claim remember which generation of the class it was launched by.
func (c *EC2NodeClass) launchedBy(claim *v1.NodeClaim) *v1.NodeClaim {
	if claim.Annotations == nil {
		claim.Annotations = map[string]string{}
	}
	claim.Annotations[generationAnnotation] = strconv.FormatInt(c.Generation, 10)
	return claim
}

// IsDrifted is so once the claim's EC2NodeClass was edited. Karpenter for AWS says so of fewer edits; for this bed, one is
// as bad as the other.
func (p *provider) IsDrifted(ctx context.Context, claim *v1.NodeClaim) (cloudprovider.DriftReason, error) {
	class, err := p.classOf(ctx, claim)
	if err != nil || class == nil {
		return "", client.IgnoreNotFound(err)
	}
	at, known := claim.Annotations[generationAnnotation]
	if known && at != strconv.FormatInt(class.Generation, 10) {
		return "NodeClassDrift", nil
	}
	return "", nil
}

// GetSupportedNodeClasses are kwok's, and EC2NodeClasses.
func (p *provider) GetSupportedNodeClasses() []status.Object {
	return append(p.CloudProvider.GetSupportedNodeClasses(), &EC2NodeClass{})
}
