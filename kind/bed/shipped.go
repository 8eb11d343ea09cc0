package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// shipped is what the bed's second scheduler has from deploy/scheduler/second-scheduler.yaml, so that people and tests get
// the same. Its Deployment is not there: in the bed, scheduler and Windfall are processes.
type shipped struct {
	configuration string // for kube-scheduler, as it stands in the ConfigMap
	manifests     string // its namespace, its account and their rights
}

const shippedFile = "../deploy/scheduler/second-scheduler.yaml"

// readShipped reads it beside the bed's sources.
func readShipped(source string) (shipped, error) {
	path := filepath.Join(source, shippedFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return shipped{}, err
	}
	var s shipped
	for _, document := range strings.Split(string(text), "\n---\n") {
		var object struct {
			Kind string            `json:"kind"`
			Data map[string]string `json:"data"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return shipped{}, fmt.Errorf("%s: %w", path, err)
		}
		switch object.Kind {
		case "ConfigMap":
			s.configuration = object.Data["scheduler.yaml"]
		case "Deployment", "ResourceQuota":
		default:
			s.manifests += "---\n" + document + "\n"
		}
	}
	if s.configuration == "" {
		return shipped{}, fmt.Errorf("%s: there is no ConfigMap with scheduler.yaml", path)
	}
	return s, nil
}

// at gives the configuration the bed's addresses: how the scheduler finds the API server, and on which port Windfall.
func (s shipped) at(kubeconfig string, port int) ([]byte, error) {
	text := s.configuration
	for _, address := range []struct{ shipped, bed string }{
		{"clientConnection: {", fmt.Sprintf("clientConnection: {kubeconfig: %q, ", kubeconfig)},
		{"http://127.0.0.1:8888/", fmt.Sprintf("http://127.0.0.1:%d/", port)},
	} {
		if strings.Count(text, address.shipped) != 1 {
			return nil, fmt.Errorf("%s: %q must stand once in scheduler.yaml", shippedFile, address.shipped)
		}
		text = strings.Replace(text, address.shipped, address.bed, 1)
	}
	return []byte(text), nil
}
