package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestTheDefaultBedGetsTheDocumentedPortsWhereTheyAreFree(t *testing.T) {
	picker := &ports{taken: map[int]bool{}, free: func(port int) bool { return port != 8443 }}
	chosen, err := pickPorts(picker, "default")
	if err != nil {
		t.Fatal(err)
	}
	if chosen[portScheduler] != 8888 || chosen[portManagement] != 9090 {
		t.Errorf("got %v", chosen)
	}
	if chosen[portAdmission] < lowestPort || chosen[portAdmission] > highestPort {
		t.Errorf("8443 is taken, and admission got %d", chosen[portAdmission])
	}
}

func TestNoTwoPortsAreTheSame(t *testing.T) {
	left := 20 // few are free, so that a repetition would show
	picker := &ports{taken: map[int]bool{}, free: func(port int) bool { return port < lowestPort+left*10 }}
	chosen, err := pickPorts(picker, "second")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]string{}
	for what, port := range chosen {
		if seen[port] != "" {
			t.Errorf("%s and %s have %d", what, seen[port], port)
		}
		seen[port] = what
	}
}

func TestAPortThatAnotherBedPutDownForItselfIsNotPicked(t *testing.T) {
	cache := t.TempDir()
	directory := filepath.Join(bedsDirectory(cache), "first")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	first := &Record{Name: "first", Directory: directory, Ports: map[string]int{portScheduler: 8888}}
	if err := first.save(); err != nil {
		t.Fatal(err)
	}
	picker := newPorts(cache)
	picker.free = func(int) bool { return true }
	if port, err := picker.pick(8888); err != nil || port == 8888 {
		t.Errorf("got %d, %v", port, err)
	}
}

func TestAPortSomebodyListensOnIsNotFree(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if portIsFree(port) {
		t.Error("it counts as free while somebody listens")
	}
	listener.Close()
	if !portIsFree(port) {
		t.Error("it does not count as free after")
	}
}
