package main

import (
	"fmt"
	"math"

	extenderv1 "k8s.io/kube-scheduler/extender/v1"
)

// level is by how much a node may be dearer than another of the same score: Windfall's levels are a fifth apart.
const level = 1.2

// checkScores holds an answer of Windfall against prices that were computed here, from the market and the jobs alone.
// A host that is not in the answer has a score of 0, as for the scheduler.
func checkScores(scores extenderv1.HostPriorityList, candidates []host) error {
	given := make(map[string]int64, len(candidates))
	known := make(map[string]bool, len(candidates))
	for _, candidate := range candidates {
		known[candidate.name] = true
	}
	best := int64(0)
	for _, score := range scores {
		_, twice := given[score.Host]
		switch {
		case !known[score.Host]:
			return fmt.Errorf("it scored %q, which was not asked about", score.Host)
		case twice:
			return fmt.Errorf("it scored %q twice, which the scheduler adds up", score.Host)
		case score.Score < 0 || score.Score > extenderv1.MaxExtenderPriority:
			return fmt.Errorf("it scored %q with %d, beyond 0 to %d", score.Host, score.Score, extenderv1.MaxExtenderPriority)
		}
		given[score.Host] = score.Score
		best = max(best, score.Score)
	}
	if best == 0 {
		return fmt.Errorf("none of its %d scores is above 0", len(scores))
	}
	return checkOrder(given, best, candidates)
}

// checkOrder wants one of the cheapest hosts to have the best score, and no host to be passed by one that is more than a
// level dearer.
func checkOrder(given map[string]int64, best int64, candidates []host) error {
	var cheapest, dearest [extenderv1.MaxExtenderPriority + 1]float64 // by score
	for i := range cheapest {
		cheapest[i] = math.Inf(1)
	}
	lowest, ofLowest := math.Inf(1), int64(0)
	for _, candidate := range candidates {
		price, score := candidate.usdPerGPU(), given[candidate.name]
		if price < lowest || price == lowest && score > ofLowest {
			lowest, ofLowest = price, score
		}
		cheapest[score], dearest[score] = min(cheapest[score], price), max(dearest[score], price)
	}
	if ofLowest != best {
		return fmt.Errorf("no host at the lowest price, %.4f USD per GPU, has its best score of %d", lowest, best)
	}
	lower := math.Inf(1)
	for score := range dearest {
		if dearest[score] > lower*level*1.0001 {
			return fmt.Errorf("a host at %.4f USD per GPU has a score of %d, and one at %.4f a lower one", dearest[score], score, lower)
		}
		lower = min(lower, cheapest[score])
	}
	return nil
}
