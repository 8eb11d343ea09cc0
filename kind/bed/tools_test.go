package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCacheKeyChangesWithTheSumsAndWithGo(t *testing.T) {
	directory := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	key := func(goVersion string) string {
		t.Helper()
		key, err := tools[1].key(directory, goVersion)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	write("go.mod", "module x")
	write("go.sum", "a")
	first := key("go1.26.8")
	if first != key("go1.26.8") || !strings.HasPrefix(first, "etcd-") {
		t.Errorf("got %s, then %s", first, key("go1.26.8"))
	}
	if first == key("go1.27.0") {
		t.Error("another Go has the same key")
	}
	write("x_test.go", "package x")
	if first != key("go1.26.8") {
		t.Error("a test changes the key")
	}
	write("go.sum", "b")
	if first == key("go1.26.8") {
		t.Error("another sum has the same key")
	}
}

func TestKubernetesIsToldItsVersion(t *testing.T) {
	flags := linkerFlags("k8s.io/kubernetes", "v1.36.3")
	for _, want := range []string{"version.gitVersion=v1.36.3", "version.gitMajor=1", "version.gitMinor=36"} {
		if !strings.Contains(flags, want) {
			t.Errorf("%q lacks %q", flags, want)
		}
	}
}

func TestAValueIsOneWordForTheShell(t *testing.T) {
	if got := quote("a b'c"); got != `'a b'\''c'` {
		t.Errorf("got %s", got)
	}
}

func TestABedNameCannotLeaveItsDirectory(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "-a", "A"} {
		if _, err := bedDirectory("/cache", "", name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func TestAProgramThatNoToolBuildsIsRefusedWithThoseThereAre(t *testing.T) {
	err := where(t.TempDir(), t.TempDir(), "kubeadm", io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "kubeadm") || !strings.Contains(err.Error(), "kubectl") {
		t.Errorf("got %v", err)
	}
}
