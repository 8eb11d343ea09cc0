package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	extenderv1 "k8s.io/kube-scheduler/extender/v1"
)

// What an answer costs the scheduler for each score in it: its client decodes it as this does, while no pod is placed.
func BenchmarkDecodingAnAnswer(b *testing.B) {
	for _, count := range []int{0, 64, 500, 5000} {
		b.Run(fmt.Sprintf("%d scores", count), func(b *testing.B) {
			list := make(extenderv1.HostPriorityList, count)
			for i := range list {
				name := fmt.Sprintf("ip-10-%03d-%03d-%03d.us-east-2.compute.internal", i/62500, i/250%250, i%250)
				list[i] = extenderv1.HostPriority{Host: name, Score: int64(i % 11)}
			}
			answer, err := json.Marshal(list)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				var decoded extenderv1.HostPriorityList
				if err := json.NewDecoder(bytes.NewReader(answer)).Decode(&decoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
