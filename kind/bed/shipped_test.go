package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSecondSchedulerIsTheShippedOneAtTheBedsAddresses(t *testing.T) {
	s, err := readShipped("..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.at("/bed/pki/x.kubeconfig", 4711)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`clientConnection: {kubeconfig: "/bed/pki/x.kubeconfig", qps: 500,`,
		"urlPrefix: http://127.0.0.1:4711/scheduler\n",
		"schedulerName: windfall-scheduler\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	for _, not := range []string{"kind: Deployment", "kind: ConfigMap", "kind: ResourceQuota"} {
		if strings.Contains(s.manifests, not) {
			t.Errorf("%q is applied to the bed", not)
		}
	}
	if got := strings.Count(s.manifests, "\nkind: "); got != 11 {
		t.Errorf("namespace, account and rights are 11 objects, not %d", got)
	}
}

func TestAShippedFileWithoutTheLineToReplaceIsRefused(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "kind")
	path := filepath.Join(directory, shippedFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := "kind: ConfigMap\ndata:\n  scheduler.yaml: |\n    clientConnection: {qps: 500}\n"
	if err := os.WriteFile(path, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := readShipped(directory)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.at("x", 1); err == nil || !strings.Contains(err.Error(), `"http://127.0.0.1:8888/" must stand once`) {
		t.Errorf("got %v", err)
	}
}
