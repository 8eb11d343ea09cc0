package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// cloud talks to the world behind the bed's Karpenter (kind/karpenter/control.go).
func (r *Record) cloud(method, path string, query url.Values) (string, error) {
	target := fmt.Sprintf("http://127.0.0.1:%d%s?%s", r.Ports["cloud"], path, query.Encode())
	request, err := http.NewRequest(method, target, nil)
	if err != nil {
		return "", err
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return "", fmt.Errorf("bed %q: its Karpenter does not answer (kind/status says more): %w", r.Name, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", errors.New(strings.TrimSpace(string(body)))
	}
	return string(body), nil
}

// capacity lists the offerings, or changes what the cloud has of them.
func capacity(directory string, arguments []string) error {
	r, err := loadRecord(directory)
	if err != nil {
		return fmt.Errorf("%w in %s; kind/up makes one", err, directory)
	}
	if len(arguments) == 0 {
		return r.listCapacity()
	}
	if (arguments[0] != "none" && arguments[0] != "restore") || len(arguments) < 2 {
		return errUsage
	}
	said, err := r.cloud(http.MethodPost, "/capacity/"+arguments[0], url.Values{"offering": arguments[1:]})
	fmt.Print(said)
	return err
}

func (r *Record) listCapacity() error {
	said, err := r.cloud(http.MethodGet, "/offerings", nil)
	if err != nil {
		return err
	}
	var answer struct {
		Offerings []struct {
			Offering         string
			USDPerHour       float64
			Capacity         bool
			UnavailableUntil *time.Time
		}
	}
	if err := json.Unmarshal([]byte(said), &answer); err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OFFERING\tUSD/H\tCAPACITY\tKARPENTER")
	for _, offering := range answer.Offerings {
		has, known := "yes", "available"
		if !offering.Capacity {
			has = "none"
		}
		if offering.UnavailableUntil != nil {
			known = "unavailable until " + offering.UnavailableUntil.Format("15:04:05Z")
		}
		fmt.Fprintf(table, "%s\t%.4f\t%s\t%s\n", offering.Offering, offering.USDPerHour, has, known)
	}
	return table.Flush()
}

// interrupt takes spot nodes away.
func interrupt(directory string, nodes []string) error {
	r, err := loadRecord(directory)
	if err != nil {
		return fmt.Errorf("%w in %s; kind/up makes one", err, directory)
	}
	if len(nodes) == 0 {
		return errUsage
	}
	for _, node := range nodes {
		said, err := r.cloud(http.MethodPost, "/interrupt", url.Values{"node": {strings.TrimPrefix(node, "node/")}})
		if err != nil {
			return err
		}
		fmt.Print(said)
	}
	return nil
}
