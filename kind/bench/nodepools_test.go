package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestEachNodePoolHoldsAnOfferOfTheMarketAndTheFirst180OneOfTheirOwn(t *testing.T) {
	rented := map[string]bool{}
	for _, o := range assortment(860) {
		if o.capacity == "spot" && o.gpus > 0 {
			rented[o.instanceType+" "+o.zone] = true
		}
	}
	held := map[string]int{}
	for i := range 500 {
		said, err := json.Marshal(nodePool(i))
		if err != nil {
			t.Fatal(err)
		}
		var read struct {
			Metadata struct{ Name string }
			Spec     struct {
				Weight   int
				Template struct {
					Spec struct {
						Requirements []struct {
							Key    string
							Values []string
						}
					}
				}
			}
		}
		if err := json.Unmarshal(said, &read); err != nil {
			t.Fatal(err)
		}
		is := map[string]string{}
		for _, requirement := range read.Spec.Template.Spec.Requirements {
			is[requirement.Key] = strings.Join(requirement.Values, ",")
		}
		offer := is["node.kubernetes.io/instance-type"] + " " + is["topology.kubernetes.io/zone"]
		if !rented[offer] {
			t.Errorf("NodePool %d holds %q, which the market has not", i, offer)
		}
		held[offer]++
		if read.Metadata.Name != fmt.Sprintf("rung-%d", i) || read.Spec.Weight < 1 || read.Spec.Weight > 90 {
			t.Errorf("NodePool %d: got %+v", i, read)
		}
		if i == 179 && len(held) != 180 {
			t.Errorf("the first 180 hold %d offers", len(held))
		}
	}
}
