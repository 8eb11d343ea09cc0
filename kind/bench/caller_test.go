package main

import (
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestConnectionsAreCountedAsTheServerCountsThem(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"kept": answerNothing,
		"new for each call": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			answerNothing(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var opened atomic.Int64
			server := httptest.NewUnstartedServer(answer)
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			defer server.Close()
			random := rand.New(rand.NewPCG(1, 0))
			c := &caller{
				servers:    []*extender{{name: floorServer, address: server.Listener.Addr().String()}},
				candidates: newCandidates(newHosts(newMarket(random), 100, true, random)),
				random:     random, pod: newPod("asks"),
			}
			var a arm
			if err := c.weigh(0, 100, &a); err != nil {
				t.Fatal(err)
			}
			// But for the first call, and for the one whose answer is weighed.
			if want := float64(opened.Load()-2) / 20; math.Abs(a.connections-want) > 1e-9 {
				t.Errorf("got %.2f a call, and the server saw %d", a.connections, opened.Load())
			}
			if a.bytes != 2 || a.scores != 0 {
				t.Errorf("got %.0f bytes and %.0f scores", a.bytes, a.scores)
			}
		})
	}
}
