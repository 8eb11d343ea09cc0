package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
)

// Ports are picked below those that the kernel gives to outgoing connections (32768 and up on Linux): one of those
// could take a port between its choice and its use.
const lowestPort, highestPort = 20000, 31999

// ports hands out ports that are free now, and that no other bed has put down for itself.
type ports struct {
	taken map[int]bool
	free  func(int) bool
}

func newPorts(cache string) *ports {
	p := &ports{taken: map[int]bool{}, free: portIsFree}
	records, _ := filepath.Glob(filepath.Join(bedsDirectory(cache), "*", "bed.json"))
	for _, record := range records {
		if other, err := loadRecord(filepath.Dir(record)); err == nil {
			for _, port := range other.Ports {
				p.taken[port] = true
			}
		}
	}
	return p
}

// pick returns the wished port if it can be had, else any. A wish of 0 is none.
func (p *ports) pick(wish int) (int, error) {
	if wish != 0 && !p.taken[wish] && p.free(wish) {
		p.taken[wish] = true
		return wish, nil
	}
	for range 1000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort+1)
		if !p.taken[port] && p.free(port) {
			p.taken[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", lowestPort, highestPort)
}

// portIsFree asks by listening, on every address: Windfall's admission server does that by default.
func portIsFree(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

// pickPorts chooses all ports of a bed. The bed called "default" gets the ports that Windfall's documentation names,
// where they are free, so that a plain `windfall serve` fits it.
func pickPorts(picker *ports, name string) (map[string]int, error) {
	type wish struct {
		what string
		port int
	}
	wishes := []wish{{portScheduler, 0}, {portAdmission, 0}, {portManagement, 0}}
	if name == "default" {
		wishes = []wish{{portScheduler, 8888}, {portAdmission, 8443}, {portManagement, 9090}}
	}
	for _, process := range []string{"etcd", "etcd peer", "kube-apiserver", "kube-controller-manager",
		"kube-scheduler", "windfall-scheduler", "kwok", "karpenter", "karpenter metrics", "cloud"} {
		wishes = append(wishes, wish{process, 0})
	}
	chosen := map[string]int{}
	for _, wish := range wishes {
		port, err := picker.pick(wish.port)
		if err != nil {
			return nil, err
		}
		chosen[wish.what] = port
	}
	return chosen, nil
}
