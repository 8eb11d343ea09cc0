package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	v1 "k8s.io/api/core/v1"
)

// arm is what came of one server at one size.
type arm struct {
	name     string
	p50, p99 time.Duration
	server   float64 // seconds in the server, mean; Windfall says it of itself

	// Of one call, on average.
	scores, bytes, connections float64
}

// result is what came of one size.
type result struct {
	names int
	arms  []arm
}

func (r result) arm(name string) arm {
	for _, one := range r.arms {
		if one.name == name {
			return one
		}
	}
	return arm{name: name}
}

// target is a ratio that must not be passed.
type target struct {
	what string
	is   float64
	most float64
}

func (t target) holds() bool { return t.is <= t.most }

// targets are what is asked of Windfall: next to nothing above an extender that does nothing, and a half, later a quarter,
// of the usual one.
func (r result) targets() []target {
	windfall, floor, bare := r.arm(windfallServer), r.arm(floorServer), r.arm(bareServer)
	ofBare := 0.5
	if r.names >= 1000 {
		ofBare = 0.25
	}
	return []target{
		{"p50 to the floor's", ratio(windfall.p50, floor.p50), 2},
		{"p50 to the bare one's", ratio(windfall.p50, bare.p50), ofBare},
		{"p99 to the bare one's", ratio(windfall.p99, bare.p99), 1},
	}
}

var errMissed = errors.New("a target is missed")

// report prints the tables, and is an error when a target is missed.
func report(results []result) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "NAMES\tSERVER\tP50 MS\tP99 MS\tSCORES\tANSWER KB\tCONNECTIONS\tIN SERVER MS\t")
	for _, r := range results {
		for _, a := range r.arms {
			inServer := "-"
			if a.server > 0 {
				inServer = fmt.Sprintf("%.3f", a.server*1000)
			}
			fmt.Fprintf(table, "%d\t%s\t%.3f\t%.3f\t%.0f\t%.1f\t%.2f\t%s\t\n",
				r.names, a.name, milliseconds(a.p50), milliseconds(a.p99), a.scores, a.bytes/1000, a.connections, inServer)
		}
	}
	table.Flush()
	fmt.Println()
	fmt.Fprintln(table, "NAMES\tWINDFALL'S\tIS\tAT MOST\t\t")
	missed := false
	for _, r := range results {
		for _, t := range r.targets() {
			verdict := "holds"
			if !t.holds() {
				verdict, missed = "MISSED", true
			}
			fmt.Fprintf(table, "%d\t%s\t%.2f\t%.2f\t%s\t\n", r.names, t.what, t.is, t.most, verdict)
		}
	}
	table.Flush()
	if missed {
		return errMissed
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// describe says what was asked about.
func describe(offers []offer, hosts []host, pod *v1.Pod) {
	var prices []float64
	busy := 0
	for _, h := range hosts {
		prices = append(prices, h.usdPerGPU())
		if h.used > 0 {
			busy++
		}
	}
	asked, _ := json.Marshal(pod)
	fmt.Printf("%d nodes of %d offers, %d with a job already; names of %d characters; a pod of %.1f KB\n",
		len(hosts), len(offers), busy, len(hosts[0].name), float64(len(asked))/1000)
	fmt.Printf("USD per GPU in use and hour: lowest %.4f, median %.4f, highest %.4f\n\n",
		quantile(prices, 0), median(prices), quantile(prices, 1))
}

// share is how much of the floor's throughput Windfall must leave.
const share = 0.95

// reportThroughput prints the tables, and is an error when a target is missed.
func reportThroughput(all []*comparison, pods int) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TO SCORE\tEXTENDER\tPODS/S, MEDIAN\tRUNS\tCALLS A POD")
	for _, c := range all {
		for _, name := range c.setups {
			rates := c.rates[name]
			fmt.Fprintf(table, "%s\t%s\t%.1f\t%.1f\t%.2f\n", c.percentage(), name, median(rates), rates, c.calls[name]/float64(pods*len(rates)))
		}
	}
	table.Flush()
	fmt.Println()
	fmt.Fprintln(table, "TO SCORE\tWINDFALL / FLOOR, BY PAIR\tMEDIAN\tAT LEAST\t")
	missed := false
	for _, c := range all {
		verdict := "holds"
		if median(c.ratios()) < share {
			verdict, missed = "MISSED", true
		}
		fmt.Fprintf(table, "%s\t%.3f\t%.3f\t%.2f\t%s\n", c.percentage(), c.ratios(), median(c.ratios()), share, verdict)
	}
	table.Flush()
	if missed {
		return errMissed
	}
	return nil
}

func (c *comparison) percentage() string {
	if c.sampling == 0 {
		return "default"
	}
	return fmt.Sprintf("%d %%", c.sampling)
}
