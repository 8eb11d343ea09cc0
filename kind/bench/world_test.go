package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTheWorldIsTheSameForTheSameSeed(t *testing.T) {
	make := func(seed uint64) string {
		random := rand.New(rand.NewPCG(seed, 0))
		offers := newMarket(random)
		text, _ := json.Marshal(newHosts(offers, 50, true, random)[49].node())
		return string(marketFile(offers)) + string(text)
	}
	if make(1) != make(1) {
		t.Error("one seed makes two worlds")
	}
	if make(1) == make(2) {
		t.Error("two seeds make one world")
	}
}

func TestNodesHaveNamesOfTheirOwnAndRoomForOneMore(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	names := map[string]bool{}
	for _, h := range newHosts(newMarket(random), 5000, true, random) {
		names[h.name] = true
		if len(h.name) != 44 {
			t.Fatalf("%q has %d characters", h.name, len(h.name))
		}
		if h.used >= h.offer.gpus {
			t.Errorf("%s uses %d of %d GPUs", h.name, h.used, h.offer.gpus)
		}
	}
	if len(names) != 5000 {
		t.Errorf("got %d names", len(names))
	}
}

func TestAPodIsOfASizeThatPodsHave(t *testing.T) {
	text, err := json.Marshal(newPod("a"))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) < 4000 || len(text) > 6000 {
		t.Errorf("got %d bytes", len(text))
	}
}

func TestAMarketHasSixtyOffersWithFourDecimals(t *testing.T) {
	offers := newMarket(rand.New(rand.NewPCG(1, 0)))
	if len(offers) != 60 {
		t.Errorf("got %d offers", len(offers))
	}
	text := string(marketFile(offers))
	if n := strings.Count(text, "usdPerHour: \""); n != 60 {
		t.Errorf("the file has %d offers", n)
	}
}

func TestTheTargetsAreStricterFromAThousandNamesOn(t *testing.T) {
	r := result{names: 500, arms: []arm{
		{name: floorServer, p50: 100, p99: 200}, {name: bareServer, p50: 400, p99: 900}, {name: windfallServer, p50: 200, p99: 900},
	}}
	for _, target := range r.targets() {
		if !target.holds() {
			t.Errorf("%s: %.2f is missed", target.what, target.is)
		}
	}
	r.names = 1000
	missed := 0
	for _, target := range r.targets() {
		if !target.holds() {
			missed++
		}
	}
	if missed != 1 {
		t.Errorf("%d are missed", missed)
	}
}
