package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	extenderv1 "k8s.io/kube-scheduler/extender/v1"
)

// The extenders that Windfall's is compared with. Each is a process of its own, since one in the process of the client
// would share its garbage collector.
const (
	floorServer = "floor" // reads the body and has no opinion: what an extender costs at the least
	bareServer  = "bare"  // decodes everything and scores every node, as extenders in Go usually do
)

// serve is the child's side: it listens, says where on its standard output, and answers until it is killed.
func serve(kind string) error {
	prioritize := map[string]http.HandlerFunc{floorServer: answerNothing, bareServer: answerDensely}[kind]
	if prioritize == nil {
		return errUsage
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	asked := &calledHandler{next: prioritize}
	mux := http.NewServeMux()
	mux.Handle("POST /scheduler/prioritize", asked)
	mux.HandleFunc("GET /metrics", asked.metrics)
	fmt.Println(listener.Addr())
	return http.Serve(listener, mux)
}

func answerNothing(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "2")
	_, _ = io.WriteString(w, "[]")
}

func answerDensely(w http.ResponseWriter, r *http.Request) {
	var args extenderv1.ExtenderArgs
	if err := json.NewDecoder(r.Body).Decode(&args); err != nil || args.NodeNames == nil {
		http.Error(w, errors.Join(errors.New("no ExtenderArgs with NodeNames"), err).Error(), http.StatusBadRequest)
		return
	}
	scores := make(extenderv1.HostPriorityList, 0, len(*args.NodeNames))
	for i, name := range *args.NodeNames {
		scores = append(scores, extenderv1.HostPriority{Host: name, Score: int64(i % 11)})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(scores)
}

// calledHandler counts calls, under the name that Windfall gives its own.
type calledHandler struct {
	next  http.HandlerFunc
	calls atomic.Int64
}

func (c *calledHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.calls.Add(1)
	c.next(w, r)
}

func (c *calledHandler) metrics(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "%s{verb=\"prioritize\"} %d\n", callsMetric, c.calls.Load())
}
