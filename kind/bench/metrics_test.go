package main

import (
	"strings"
	"testing"
)

const page = `# HELP windfall_extender_calls_total Calls of the scheduler
# TYPE windfall_extender_calls_total counter
windfall_extender_calls_total{verb="filter"} 3.0
windfall_extender_calls_total{verb="prioritize"} 1.25E3
windfall_extender_calls_total_of_others 7
scheduler_schedule_attempts_total{profile="a b} c",result="scheduled"} 12 1700000000000
plain 4
not a number
`

func TestAMetricIsAddedUpOverItsLabels(t *testing.T) {
	found, err := parseMetrics(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		callsMetric: 1253, "plain": 4, "scheduler_schedule_attempts_total": 12, "missing": 0, "not": 0,
	} {
		if got := found.sum(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestAConnectionIsKnownByItsLocalPortWhileItIsOpen(t *testing.T) {
	const server = 0x1F90
	for line, want := range map[string]int{
		"  0: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000":  0xC001,
		"  1: 0100007F:C001 0100007F:1F90 06 00000000:00000000 03:0000176D":  0, // has ended
		"  2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000":  0, // the server's end
		"  3: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000":  0,
		"  4: 0100007F:C001 0100007F:1F91 01 00000000:00000000 00:00000000":  0,
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when": 0,
		"": 0,
	} {
		if got, _ := clientPort(line, server); got != want {
			t.Errorf("%q: got %d, want %d", line, got, want)
		}
	}
}
