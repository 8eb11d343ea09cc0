package main

import (
	"math"
	"testing"
	"time"
)

func TestAQuantileIsASampleThatWasTaken(t *testing.T) {
	var samples []time.Duration
	for i := 100; i >= 1; i-- {
		samples = append(samples, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := quantile(samples, q); got != want {
			t.Errorf("%v: got %d, want %d", q, got, want)
		}
	}
	if got := quantile([]time.Duration{7}, 0.99); got != 7 {
		t.Errorf("of one sample: got %d", got)
	}
	if got := quantile([]time.Duration(nil), 0.5); got != 0 {
		t.Errorf("of none: got %d", got)
	}
}

func TestTheMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle(t *testing.T) {
	samples := []float64{0.9, 0.7, 1.1, 0.8}
	if got := median(samples); math.Abs(got-0.85) > 1e-9 {
		t.Errorf("got %v", got)
	}
	if samples[0] != 0.9 {
		t.Error("it has changed the order of the samples")
	}
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("of three: got %v", got)
	}
}

func TestARateLeavesOutBeginningAndEnd(t *testing.T) {
	start := time.Unix(0, 0)
	var bindings []time.Time
	for i := range 100 { // ten a second, but for a pause of a minute after the first and before the last
		at := start.Add(time.Duration(i) * 100 * time.Millisecond)
		switch i {
		case 0:
			at = at.Add(-time.Minute)
		case 99:
			at = at.Add(time.Minute)
		}
		bindings = append(bindings, at)
	}
	if got := rate(bindings, 0.05, 0.95); math.Abs(got-10) > 1e-9 {
		t.Errorf("got %v", got)
	}
	if got := rate(bindings[:1], 0.05, 0.95); got != 0 {
		t.Errorf("of one binding: got %v", got)
	}
}
