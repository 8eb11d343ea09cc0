package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// connections lists our ports of the TCP connections to a port of 127.0.0.1 that are open now. The scheduler's client
// cannot be asked how often it dials; the kernel can be asked whether the connection of the last call is still there.
func connections(port int) (map[int]bool, error) {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return nil, fmt.Errorf("looking for connections: %w", err)
	}
	open := map[int]bool{}
	for line := range strings.Lines(string(table)) {
		if client, found := clientPort(line, port); found {
			open[client] = true
		}
	}
	return open, nil
}

// clientPort reads a line of /proc/net/tcp: the local port of an open connection to the port.
func clientPort(line string, port int) (client int, found bool) {
	const local, remote, state, established = 1, 2, 3, "01"
	fields := strings.Fields(line)
	if len(fields) <= state || fields[state] != established || hexPort(fields[remote]) != port {
		return 0, false
	}
	return hexPort(fields[local]), true
}

func hexPort(address string) int {
	_, port, _ := strings.Cut(address, ":")
	number, _ := strconv.ParseUint(port, 16, 16)
	return int(number)
}

// shared says whether two looks saw one and the same connection.
func shared(a, b map[int]bool) bool {
	for port := range a {
		if b[port] {
			return true
		}
	}
	return false
}
