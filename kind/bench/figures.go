package main

import (
	"math"
	"slices"
	"time"
)

// quantile gives the smallest of the samples that at least the share q of them do not exceed. It sorts them.
func quantile[T ~int64 | ~float64](samples []T, q float64) T {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	at := int(math.Ceil(q*float64(len(samples)))) - 1
	return samples[min(max(at, 0), len(samples)-1)]
}

// median of an even number of samples is the mean of the two in the middle: there are few of them.
func median(samples []float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// rate is how many pods were bound in a second between two shares of all bindings. What comes first fills caches, and
// what comes last waits for nothing: neither is the steady state.
func rate(bindings []time.Time, from, to float64) float64 {
	sorted := slices.SortedFunc(slices.Values(bindings), time.Time.Compare)
	first, last := int(from*float64(len(sorted))), int(to*float64(len(sorted)))-1
	if first >= last {
		return 0
	}
	return float64(last-first) / sorted[last].Sub(sorted[first]).Seconds()
}
