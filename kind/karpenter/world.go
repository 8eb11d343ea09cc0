package main

import (
	"cmp"
	"path"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/scheduling"
	"sigs.k8s.io/karpenter/pkg/utils/resources"
)

// world is the cloud behind the provider, in memory: what it has, and what the provider has learnt of that.
//
// The two differ, as they do in a real cloud. That an offering has no capacity (none) shows only when somebody tries to
// launch it. The provider then takes it for unavailable for three minutes, as AWS's does, whether or not capacity
// returns meanwhile; and an offering that ran dry is tried once more when that time is over.
type world struct {
	clock          clock.Clock
	unavailableFor time.Duration
	all            []*cloudprovider.InstanceType // as the market file has them, never changed
	offerings      map[string]*cloudprovider.Offering

	mu          sync.Mutex
	none        map[string]bool
	unavailable map[string]time.Time // offering -> until when
	gone        map[string]bool      // provider ids of instances that were taken away
	seen        []*cloudprovider.InstanceType
	seenExpires time.Time
}

func newWorld(types []*cloudprovider.InstanceType, clock clock.Clock, unavailableFor time.Duration) *world {
	w := &world{
		clock: clock, unavailableFor: unavailableFor, all: types, offerings: map[string]*cloudprovider.Offering{},
		none: map[string]bool{}, unavailable: map[string]time.Time{}, gone: map[string]bool{},
	}
	for _, instanceType := range types {
		for _, offering := range instanceType.Offerings {
			w.offerings[key(instanceType, offering)] = offering
		}
	}
	return w
}

// key names an offering as Windfall does: zone, type, capacity.
func key(instanceType *cloudprovider.InstanceType, offering *cloudprovider.Offering) string {
	return offering.Zone() + "." + instanceType.Name + "." + offering.CapacityType()
}

// candidate is an offering that a launch may use.
type candidate struct {
	key          string
	instanceType *cloudprovider.InstanceType
	offering     *cloudprovider.Offering
}

// candidates are the offerings that the claim allows and the provider takes for available, cheapest first.
func (w *world) candidates(claim *v1.NodeClaim) []candidate {
	w.mu.Lock()
	defer w.mu.Unlock()
	requirements := scheduling.NewNodeSelectorRequirementsWithMinValues(claim.Spec.Requirements...)
	var found []candidate
	for _, instanceType := range w.all {
		if !requirements.Get(corev1.LabelInstanceTypeStable).Has(instanceType.Name) ||
			!resources.Fits(claim.Spec.Resources.Requests, instanceType.Allocatable()) {
			continue
		}
		for _, offering := range instanceType.Offerings.Compatible(requirements) {
			name := key(instanceType, offering)
			if w.clock.Now().Before(w.unavailable[name]) {
				continue
			}
			found = append(found, candidate{name, instanceType, offering})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.offering.Price, b.offering.Price), cmp.Compare(a.key, b.key))
	})
	return found
}

// launch tries the candidates in turn. Those without capacity become unavailable; the first that has some is returned.
func (w *world) launch(candidates []candidate) (launched candidate, ok bool) {
	for _, candidate := range candidates {
		w.mu.Lock()
		dry := w.none[candidate.key]
		w.mu.Unlock()
		if !dry {
			return candidate, true
		}
		w.markUnavailable(candidate.key)
	}
	return candidate{}, false
}

func (w *world) markUnavailable(offering string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unavailable[offering] = w.clock.Now().Add(w.unavailableFor)
	w.seen = nil
}

// instanceTypes are all types, with Available as the provider knows it. Between changes it is the same slice content:
// Karpenter asks often, and may have many types.
func (w *world) instanceTypes() []*cloudprovider.InstanceType {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	if w.seen == nil || !now.Before(w.seenExpires) {
		w.seen, w.seenExpires = nil, now.Add(time.Hour)
		for _, instanceType := range w.all {
			shown := instanceType
			for i, offering := range instanceType.Offerings {
				until := w.unavailable[key(instanceType, offering)]
				if !now.Before(until) {
					continue
				}
				if shown == instanceType {
					shown = instanceType.DeepCopy()
				}
				shown.Offerings[i].Available = false
				if until.Before(w.seenExpires) {
					w.seenExpires = until
				}
			}
			w.seen = append(w.seen, shown)
		}
	}
	return slices.Clone(w.seen)
}

// setCapacity makes the offerings that match a pattern run dry, or have capacity again. It returns their names.
func (w *world) setCapacity(pattern string, has bool) (matched []string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.offerings {
		match, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if !match {
			continue
		}
		matched = append(matched, name)
		if has {
			delete(w.none, name)
		} else {
			w.none[name] = true
		}
	}
	slices.Sort(matched)
	return matched, nil
}

// takeAway ends an instance, as the cloud does when an interruption's notice is over.
func (w *world) takeAway(providerID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone[providerID] = true
}

func (w *world) isGone(providerID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone[providerID]
}

// offeringState is what control shows of one offering.
type offeringState struct {
	Offering         string     `json:"offering"`
	USDPerHour       float64    `json:"usdPerHour"`
	Capacity         bool       `json:"capacity"`
	UnavailableUntil *time.Time `json:"unavailableUntil,omitempty"`
}

func (w *world) state() []offeringState {
	w.mu.Lock()
	defer w.mu.Unlock()
	var states []offeringState
	for name, offering := range w.offerings {
		state := offeringState{Offering: name, USDPerHour: offering.Price, Capacity: !w.none[name]}
		if until := w.unavailable[name]; w.clock.Now().Before(until) {
			until = until.UTC().Truncate(time.Second)
			state.UnavailableUntil = &until
		}
		states = append(states, state)
	}
	slices.SortFunc(states, func(a, b offeringState) int { return cmp.Compare(a.Offering, b.Offering) })
	return states
}
