package main

import (
	"strings"
	"testing"

	extenderv1 "k8s.io/kube-scheduler/extender/v1"
)

// three hosts at 1.00, 1.10 and 3.00 USD per GPU.
var three = []host{
	{name: "cheap", offer: offer{machine: machine{gpus: 1}, usdPerHour: 1}},
	{name: "near", offer: offer{machine: machine{gpus: 4}, usdPerHour: 2.2}, used: 1},
	{name: "dear", offer: offer{machine: machine{gpus: 8}, usdPerHour: 3}},
}

func answer(scores ...any) extenderv1.HostPriorityList {
	var list extenderv1.HostPriorityList
	for i := 0; i < len(scores); i += 2 {
		list = append(list, extenderv1.HostPriority{Host: scores[i].(string), Score: int64(scores[i+1].(int))})
	}
	return list
}

func TestAHostCostsItsPriceOverTheGPUsInUse(t *testing.T) {
	for i, want := range []float64{1, 1.1, 3} {
		if got := three[i].usdPerGPU(); got != want {
			t.Errorf("%s: got %v", three[i].name, got)
		}
	}
	full := host{offer: offer{machine: machine{gpus: 2}, usdPerHour: 3}, used: 2}
	if got := full.usdPerGPU(); got != 1.5 {
		t.Errorf("a full host: got %v", got)
	}
}

func TestAnAnswerThatFollowsThePricesIsTaken(t *testing.T) {
	for _, scores := range []extenderv1.HostPriorityList{
		answer("cheap", 10, "near", 10, "dear", 4),
		answer("cheap", 10),
		answer("cheap", 10, "near", 9),
		answer("near", 10, "cheap", 10),
	} {
		if err := checkScores(scores, three); err != nil {
			t.Errorf("%v: %v", scores, err)
		}
	}
}

func TestAnAnswerThatDoesNotFollowThePricesIsRefused(t *testing.T) {
	for want, scores := range map[string]extenderv1.HostPriorityList{
		"none of its 0 scores":              answer(),
		"none of its 3 scores":              answer("cheap", 0, "near", 0, "dear", 0),
		"no host at the lowest price":       answer("cheap", 9, "near", 10),
		"3.0000 USD per GPU has a score":    answer("cheap", 10, "dear", 3),
		"which was not asked about":         answer("cheap", 10, "stranger", 10),
		"which the scheduler adds up":       answer("cheap", 5, "cheap", 5),
		"with 11, beyond 0 to 10":           answer("cheap", 11),
		"with -1, beyond 0 to 10":           answer("cheap", 10, "dear", -1),
		"no host at the lowest price, 1.00": answer("dear", 10),
	} {
		if err := checkScores(scores, three); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", scores, err, want)
		}
	}
}
