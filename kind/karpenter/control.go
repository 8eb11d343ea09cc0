package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// control is what kind/capacity and kind/interrupt talk to:
//
//	GET  /offerings                          every offering: price, capacity, unavailable until
//	POST /capacity/none?offering=PATTERN     no launch of these succeeds any more
//	POST /capacity/restore?offering=PATTERN  they have capacity again
//	POST /interrupt?node=NAME                a spot interruption of that node
//
// A pattern is an offering's name in which * stands for anything. Answers are lines for people, but /offerings is JSON.
func control(world *world, interruptions *interruptions) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offerings", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"offerings": world.state()})
	})
	for word, has := range map[string]bool{"none": false, "restore": true} {
		mux.HandleFunc("POST /capacity/"+word, func(w http.ResponseWriter, r *http.Request) {
			var all []string
			for _, pattern := range r.URL.Query()["offering"] {
				matched, err := world.setCapacity(pattern, has)
				if err != nil || len(matched) == 0 {
					http.Error(w, fmt.Sprintf("no offering matches %q; kind/capacity lists them", pattern), http.StatusNotFound)
					return
				}
				all = append(all, matched...)
			}
			fmt.Fprintf(w, "%s: %s\n", map[bool]string{false: "no capacity", true: "capacity again"}[has], strings.Join(all, " "))
		})
	}
	mux.HandleFunc("POST /interrupt", func(w http.ResponseWriter, r *http.Request) {
		said, err := interruptions.interrupt(r.Context(), r.URL.Query().Get("node"))
		var refused refusal
		switch {
		case errors.As(err, &refused):
			http.Error(w, err.Error(), http.StatusConflict)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			fmt.Fprintln(w, said)
		}
	})
	return mux
}
