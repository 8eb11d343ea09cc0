package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// machine is an instance type and its list price.
type machine struct {
	instanceType string
	model        string
	gpus, memory int // memory of each GPU in GiB
	cpu, ram     int
	usdPerHour   float64
}

// machines are NVIDIA types of AWS, with list prices as in us-east-1 (2025, rounded).
var machines = []machine{
	{"g4dn.xlarge", "T4", 1, 16, 4, 16, 0.526},
	{"g6.xlarge", "L4", 1, 24, 4, 16, 0.8048},
	{"g6.2xlarge", "L4", 1, 24, 8, 32, 0.9776},
	{"g5.xlarge", "A10G", 1, 24, 4, 16, 1.006},
	{"g5.2xlarge", "A10G", 1, 24, 8, 32, 1.212},
	{"g6e.xlarge", "L40S", 1, 48, 4, 32, 1.861},
	{"p3.2xlarge", "V100", 1, 16, 8, 61, 3.06},
	{"g4dn.12xlarge", "T4", 4, 16, 48, 192, 3.912},
	{"g6.12xlarge", "L4", 4, 24, 48, 192, 4.6016},
	{"g5.12xlarge", "A10G", 4, 24, 48, 192, 5.672},
	{"g6e.12xlarge", "L40S", 4, 48, 48, 384, 10.4926},
	{"g6.48xlarge", "L4", 8, 24, 192, 768, 13.3504},
	{"g5.48xlarge", "A10G", 8, 24, 192, 768, 16.288},
	{"p4d.24xlarge", "A100", 8, 40, 96, 1152, 21.96},
	{"p5.48xlarge", "H100", 8, 80, 192, 2048, 55.04},
}

const region = "us-east-2"

var zones = []string{region + "a", region + "b", region + "c"}

// offer is one line of the market: a machine in a zone, spot or on demand.
type offer struct {
	machine
	zone, capacity string
	usdPerHour     float64
}

// newMarket makes 60 offers: of each machine spot in three zones, at 30 to 75 % of its list price, and on demand in one.
// Nothing is said of interruptions, so that a price is all that an offer costs.
func newMarket(random *rand.Rand) []offer {
	var offers []offer
	for i, m := range machines {
		for _, zone := range zones {
			offers = append(offers, offer{m, zone, "spot", round(m.usdPerHour * (0.30 + 0.45*random.Float64()))})
		}
		offers = append(offers, offer{m, zones[i%len(zones)], "on-demand", m.usdPerHour})
	}
	return offers
}

// round to what a market file says, so that both sides compute with the same price.
func round(usd float64) float64 { return float64(int64(usd*10_000+0.5)) / 10_000 }

// marketFile is what Windfall reads.
func marketFile(offers []offer) []byte {
	var text strings.Builder
	text.WriteString("offers:\n")
	for _, o := range offers {
		fmt.Fprintf(&text, `- {provider: aws, region: %s, zone: %s, instanceType: %s, capacity: %s, architecture: amd64,
   gpu: {manufacturer: NVIDIA, model: %s, count: %d, memory: %dGi}, cpu: %d, memory: %dGi, usdPerHour: "%.4f"}
`, region, o.zone, o.instanceType, o.capacity, o.model, o.gpus, o.memory, o.cpu, o.ram, o.usdPerHour)
	}
	return []byte(text.String())
}
