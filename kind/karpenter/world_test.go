package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	clocktest "k8s.io/utils/clock/testing"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	"sigs.k8s.io/karpenter/kwok/options"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

// Two types in the form in which kind/bed writes them from a market file.
const twoTypes = `[
 {"name": "g6.xlarge", "architecture": "amd64", "operatingSystems": ["linux"],
  "resources": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"},
  "offerings": [
   {"Price": 0.4, "Requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                                   {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}]},
   {"Price": 1.0, "Requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                                   {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}]}]},
 {"name": "g5.xlarge", "architecture": "amd64", "operatingSystems": ["linux"],
  "resources": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"},
  "offerings": [
   {"Price": 0.5, "Requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                                   {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["b"]}]}]}]`

func worldForTest(t *testing.T) (*world, *clocktest.FakeClock) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "instance-types.json")
	if err := os.WriteFile(file, []byte(twoTypes), 0o644); err != nil {
		t.Fatal(err)
	}
	types, err := kwok.ConstructInstanceTypes(options.ToContext(context.Background(), &options.Options{InstanceTypesFilePath: file}))
	if err != nil {
		t.Fatal(err)
	}
	clock := clocktest.NewFakeClock(time.Now())
	return newWorld(types, clock, 3*time.Minute), clock
}

func claimFor(types ...string) *v1.NodeClaim {
	return &v1.NodeClaim{Spec: v1.NodeClaimSpec{
		Requirements: []v1.NodeSelectorRequirementWithMinValues{
			{Key: corev1.LabelInstanceTypeStable, Operator: corev1.NodeSelectorOpIn, Values: types},
		},
		Resources: v1.ResourceRequirements{Requests: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}},
	}}
}

func launched(w *world, claim *v1.NodeClaim) string {
	chosen, ok := w.launch(w.candidates(claim))
	if !ok {
		return "nothing"
	}
	return chosen.key
}

func dry(t *testing.T, w *world, pattern string) {
	t.Helper()
	if matched, err := w.setCapacity(pattern, false); err != nil || len(matched) == 0 {
		t.Fatal(matched, err)
	}
}

func available(w *world) (names []string) {
	for _, instanceType := range w.instanceTypes() {
		for _, offering := range instanceType.Offerings.Available() {
			names = append(names, key(instanceType, offering))
		}
	}
	slices.Sort(names)
	return names
}

func TestTheCheapestOfferingThatTheClaimAllowsIsLaunched(t *testing.T) {
	w, _ := worldForTest(t)
	if got := launched(w, claimFor("g5.xlarge", "g6.xlarge")); got != "a.g6.xlarge.spot" {
		t.Error(got)
	}
	if got := launched(w, claimFor("g5.xlarge")); got != "b.g5.xlarge.spot" {
		t.Error(got)
	}
}

func TestAClaimThatNoTypeHoldsLaunchesNothing(t *testing.T) {
	w, _ := worldForTest(t)
	claim := claimFor("g6.xlarge")
	claim.Spec.Resources.Requests["nvidia.com/gpu"] = resource.MustParse("2")
	if got := launched(w, claim); got != "nothing" {
		t.Error(got)
	}
}

func TestAnOfferingThatRanDryIsPassedOverForTheNextOfTheSameClaim(t *testing.T) {
	w, _ := worldForTest(t)
	dry(t, w, "a.g6.xlarge.spot")
	if got := launched(w, claimFor("g5.xlarge", "g6.xlarge")); got != "b.g5.xlarge.spot" {
		t.Error(got)
	}
}

func TestALaunchOfADryOfferingFailsForLackOfCapacity(t *testing.T) {
	w, _ := worldForTest(t)
	dry(t, w, "b.*.spot")
	_, err := (&provider{world: w}).Create(context.Background(), claimFor("g5.xlarge"))
	if !cloudprovider.IsInsufficientCapacityError(err) {
		t.Errorf("got %v", err)
	}
}

func TestADryOfferingIsKnownToBeUnavailableOnlyOnceALaunchHasFailed(t *testing.T) {
	w, clock := worldForTest(t)
	everything := available(w)
	dry(t, w, "b.g5.xlarge.spot")
	if got := available(w); !slices.Equal(got, everything) {
		t.Errorf("before a launch: %v", got)
	}
	launched(w, claimFor("g5.xlarge"))
	if got := available(w); slices.Contains(got, "b.g5.xlarge.spot") || len(got) != len(everything)-1 {
		t.Errorf("after a launch: %v", got)
	}
	clock.Step(3 * time.Minute)
	if got := available(w); !slices.Equal(got, everything) {
		t.Errorf("three minutes later: %v", got)
	}
}

func TestRestoredCapacityCountsOnceTheProviderHasForgottenTheFailure(t *testing.T) {
	w, clock := worldForTest(t)
	dry(t, w, "b.g5.xlarge.spot")
	launched(w, claimFor("g5.xlarge"))
	if _, err := w.setCapacity("*", true); err != nil {
		t.Fatal(err)
	}
	if got := launched(w, claimFor("g5.xlarge")); got != "nothing" {
		t.Errorf("at once: %s", got)
	}
	clock.Step(3 * time.Minute)
	if got := launched(w, claimFor("g5.xlarge")); got != "b.g5.xlarge.spot" {
		t.Errorf("three minutes later: %s", got)
	}
}

func TestTheTypesOfTheMarketAreNeverChanged(t *testing.T) {
	w, _ := worldForTest(t)
	w.markUnavailable("b.g5.xlarge.spot")
	w.instanceTypes()
	for name, offering := range w.offerings {
		if !offering.Available {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestANarrowedClaimLeavesKwokOneChoice(t *testing.T) {
	w, _ := worldForTest(t)
	claim := claimFor("g5.xlarge", "g6.xlarge")
	narrow := narrowed(claim, w.candidates(claim)[0])
	if len(narrow.Spec.Requirements) != 3 || len(claim.Spec.Requirements[0].Values) != 2 {
		t.Errorf("got %v from %v", narrow.Spec.Requirements, claim.Spec.Requirements)
	}
	for _, requirement := range narrow.Spec.Requirements {
		if len(requirement.Values) != 1 {
			t.Errorf("got %v", requirement)
		}
	}
}

func TestControlSaysWhatItDidAndRefusesWhatItDoesNotKnow(t *testing.T) {
	w, _ := worldForTest(t)
	server := control(w, nil)
	ask := func(method, target string) (int, string) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequest(method, target, nil))
		return answer.Code, answer.Body.String()
	}
	if code, said := ask(http.MethodPost, "/capacity/none?offering=a.*"); code != http.StatusOK ||
		said != "no capacity: a.g6.xlarge.on-demand a.g6.xlarge.spot\n" {
		t.Error(code, said)
	}
	if code, said := ask(http.MethodPost, "/capacity/none?offering=c.*"); code != http.StatusNotFound || !strings.Contains(said, `"c.*"`) {
		t.Error(code, said)
	}
	if _, said := ask(http.MethodGet, "/offerings"); !strings.Contains(said, `{"offering":"a.g6.xlarge.spot","usdPerHour":0.4,"capacity":false}`) {
		t.Error(said)
	}
}
