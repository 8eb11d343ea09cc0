package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const oneOffer = `
- {provider: aws, region: eu-central-1, zone: ZONE, instanceType: TYPE, capacity: CAPACITY, architecture: amd64,
   gpu: {manufacturer: NVIDIA, model: L4, count: COUNT, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "PRICE"}`

// marketOf writes a market file; each offer is "zone type capacity count price".
func marketOf(offers ...string) []byte {
	document := "offers:"
	for _, offer := range offers {
		words := strings.Fields(offer)
		document += strings.NewReplacer("ZONE", words[0], "TYPE", words[1], "CAPACITY", words[2], "COUNT", words[3],
			"PRICE", words[4]).Replace(oneOffer)
	}
	return []byte(document)
}

func TestOffersOfOneTypeBecomeOneInstanceTypeWithAnOfferingEach(t *testing.T) {
	types, leftOut, err := instanceTypes(marketOf("a g6.xlarge spot 1 0.40", "b g6.xlarge on-demand 1 1.00", "a g5.xlarge spot 1 0.50"))
	if err != nil || len(leftOut) != 0 {
		t.Fatal(leftOut, err)
	}
	if len(types) != 2 || types[0].Name != "g5.xlarge" || len(types[1].Offerings) != 2 {
		t.Fatalf("got %+v", types)
	}
	second := types[1].Offerings[1]
	if second.Price != 1 || second.Requirements[0].Values[0] != "on-demand" || second.Requirements[1].Values[0] != "b" {
		t.Errorf("got %+v", second)
	}
	if types[1].Resources["nvidia.com/gpu"] != "1" || types[1].Resources["cpu"] != "4" {
		t.Errorf("got %v", types[1].Resources)
	}
}

func TestAnOfferThatKarpenterCannotRentIsLeftOutWithItsReason(t *testing.T) {
	for offer, want := range map[string]string{
		"a owned spot2 1 1":      `capacity "spot2" must be`,
		"a mine owned 1 0":       "capacity owned is not rented through Karpenter",
		"a g6 spot 1 -0.40":      `usdPerHour "-0.40" must be a number above zero`,
		"a g6 spot 1 NaN":        `usdPerHour "NaN" must be`,
		"a g6.xlarge spot 1 0.5": "it is there already",
		"b g6.xlarge spot 2 0.5": `has "1"`,
	} {
		_, leftOut, err := instanceTypes(marketOf("a g6.xlarge spot 1 0.40", offer))
		if err != nil || len(leftOut) != 1 || !strings.Contains(leftOut[0], want) {
			t.Errorf("%s: got %q, %v; want %q", offer, leftOut, err, want)
		}
	}
}

func TestAMissingFieldIsNamed(t *testing.T) {
	document := slices.Concat(marketOf("a g6.xlarge spot 1 0.40"), []byte("\n- {zone: a, instanceType: g5.xlarge, capacity: spot}"))
	_, leftOut, _ := instanceTypes(document)
	if len(leftOut) != 1 || !strings.Contains(leftOut[0], "offer 2 (a.g5.xlarge.spot): architecture is missing") {
		t.Errorf("got %q", leftOut)
	}
}

func TestAFractionOfAGPUIsNone(t *testing.T) {
	types, _, err := instanceTypes(marketOf("a g6f.large spot 0.125 0.10"))
	if err != nil {
		t.Fatal(err)
	}
	if gpus, ok := types[0].Resources["nvidia.com/gpu"]; ok {
		t.Errorf("got %s GPUs", gpus)
	}
}

func TestAMarketWithoutAnythingToRentIsRefused(t *testing.T) {
	if _, _, err := instanceTypes(marketOf("a mine owned 1 0")); err == nil {
		t.Error("it was taken")
	}
	if _, _, err := instanceTypes([]byte("offers: [")); err == nil {
		t.Error("it was read")
	}
}

func TestJSONIsAMarketFileToo(t *testing.T) {
	types, _, err := instanceTypes([]byte(`{"offers": [{"zone": "a", "instanceType": "x", "capacity": "spot",
		"architecture": "arm64", "cpu": "2", "memory": "4Gi", "usdPerHour": 0.1}]}`))
	if err != nil || types[0].Architecture != "arm64" {
		t.Errorf("got %+v, %v", types, err)
	}
}

func TestTheSampleMarketIsReadWhole(t *testing.T) {
	market, err := os.ReadFile("../market.yaml")
	if err != nil {
		t.Fatal(err)
	}
	types, leftOut, err := instanceTypes(market)
	if err != nil || len(leftOut) != 0 || len(types) != 5 {
		t.Errorf("got %d types, left out %q, %v", len(types), leftOut, err)
	}
}
