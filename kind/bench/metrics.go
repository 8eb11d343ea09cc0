package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// metrics are the samples of one look at /metrics, by name with labels as it stands there.
type metrics map[string]float64

// parseMetrics reads Prometheus' text format; what cannot be read is not there.
func parseMetrics(text io.Reader) (metrics, error) {
	found := metrics{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		// A label's value may hold spaces; none can follow the labels but before the value.
		end := strings.LastIndexByte(line, '}') + 1
		name, value, found2 := strings.Cut(line[end:], " ")
		if !found2 {
			continue
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ") // a timestamp may follow
		number, err := strconv.ParseFloat(value, 64)
		if err == nil {
			found[line[:end]+name] = number
		}
	}
	return found, lines.Err()
}

// sum adds up a metric over all its labels.
func (m metrics) sum(name string) float64 {
	total := 0.0
	for sample, value := range m {
		if sample == name || strings.HasPrefix(sample, name+"{") {
			total += value
		}
	}
	return total
}

// fetchMetrics asks a server for its metrics.
func fetchMetrics(url string) (metrics, error) {
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Get(url)
	if err != nil {
		return nil, fmt.Errorf("asking for metrics: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking for metrics: %s answers %d", url, answer.StatusCode)
	}
	return parseMetrics(answer.Body)
}
