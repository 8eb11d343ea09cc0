package main

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

// provider is the kwok provider in a world that can refuse. What it does not say itself, kwok's does.
type provider struct {
	*kwok.CloudProvider
	client client.Client
	world  *world
}

var _ cloudprovider.CloudProvider = (*provider)(nil)

// Create launches the cheapest offering that the claim allows and that has capacity.
func (p *provider) Create(ctx context.Context, claim *v1.NodeClaim) (*v1.NodeClaim, error) {
	class, err := p.launchable(ctx, claim)
	if err != nil {
		return nil, err
	}
	candidates := p.world.candidates(claim)
	chosen, ok := p.world.launch(candidates)
	if !ok {
		tried := make([]string, 0, len(candidates))
		for _, candidate := range candidates {
			tried = append(tried, candidate.key)
		}
		log.FromContext(ctx).WithValues("tried", tried).Info("no capacity")
		return nil, cloudprovider.NewInsufficientCapacityError(
			errors.New("all requested instance types were unavailable during launch"))
	}
	wanted := narrowed(claim, chosen)
	if class == nil {
		return p.CloudProvider.Create(ctx, wanted)
	}
	wanted.Spec.NodeClassRef.Name = bedClass
	launched, err := p.CloudProvider.Create(ctx, wanted)
	if err != nil {
		return nil, err
	}
	return class.launchedBy(launched), nil
}

// narrowed is the claim with only one offering left to choose, since the kwok provider chooses for itself.
func narrowed(claim *v1.NodeClaim, chosen candidate) *v1.NodeClaim {
	one := map[string]string{
		corev1.LabelInstanceTypeStable: chosen.instanceType.Name,
		corev1.LabelTopologyZone:       chosen.offering.Zone(),
		v1.CapacityTypeLabelKey:        chosen.offering.CapacityType(),
	}
	narrowed := claim.DeepCopy()
	narrowed.Spec.Requirements = nil
	for _, requirement := range claim.Spec.Requirements {
		if _, settled := one[requirement.Key]; !settled {
			narrowed.Spec.Requirements = append(narrowed.Spec.Requirements, requirement)
		}
	}
	for key, value := range one {
		narrowed.Spec.Requirements = append(narrowed.Spec.Requirements, v1.NodeSelectorRequirementWithMinValues{
			Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value},
		})
	}
	return narrowed
}

// GetInstanceTypes shows the offerings that just failed to launch as unavailable.
func (p *provider) GetInstanceTypes(context.Context, *v1.NodePool) ([]*cloudprovider.InstanceType, error) {
	return p.world.instanceTypes(), nil
}

// Get does not find an instance that was taken away, though its Node may still be there.
func (p *provider) Get(ctx context.Context, providerID string) (*v1.NodeClaim, error) {
	if p.world.isGone(providerID) {
		return nil, cloudprovider.NewNodeClaimNotFoundError(errors.New("the instance was taken away"))
	}
	return p.CloudProvider.Get(ctx, providerID)
}

// List leaves out the instances that were taken away.
func (p *provider) List(ctx context.Context) ([]*v1.NodeClaim, error) {
	claims, err := p.CloudProvider.List(ctx)
	var there []*v1.NodeClaim
	for _, claim := range claims {
		if !p.world.isGone(claim.Status.ProviderID) {
			there = append(there, claim)
		}
	}
	return there, err
}
