package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/cluster"
)

// A docker that has one node and keeps what is written into it: enough for kind to come to its kubeadm configuration.
const stub = `#!/bin/sh
echo "$*" >> "$STUB/calls"
case "$*" in
"ps "*"--format {{.Names}}"*) [ -e "$STUB/created" ] && echo windfall-control-plane || true ;;
"run "*)                      touch "$STUB/created" ;;
"logs "*)                     echo "Reached target Multi-User System." ;;
"info "*json*)                echo '{"CgroupDriver":"systemd","CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true}' ;;
"network ls "*)               echo kind ;;
"network inspect "*)          echo '[{"Name":"kind","Id":"kind","Containers":{}}]' ;;
*NetworkSettings.Networks*)   echo 172.18.0.2, ;;
*Config.Labels*)              echo control-plane ;;
*"cat /kind/version")         echo v1.37.0 ;;
*"cp /dev/stdin "*)           for last; do :; done; cat > "$STUB/$(basename "$last")" ;;
esac
`

// configured lets kind make a cluster of a configuration up to the point where it would start Kubernetes.
func configured(t *testing.T, configuration string) (kubeadm string, err error) {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "docker"), []byte(stub), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STUB", directory)
	t.Setenv("PATH", directory+":"+os.Getenv("PATH"))
	file := filepath.Join(directory, "cluster.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o644); err != nil {
		t.Fatal(err)
	}
	err = cluster.NewProvider(cluster.ProviderWithDocker()).Create("windfall", cluster.CreateWithConfigFile(file),
		cluster.CreateWithKubeconfigPath(filepath.Join(directory, "kubeconfig")),
		cluster.CreateWithStopBeforeSettingUpKubernetes(true), cluster.CreateWithRetain(true))
	written, _ := os.ReadFile(filepath.Join(directory, "kubeadm.conf"))
	if calls, _ := os.ReadFile(filepath.Join(directory, "calls")); t.Failed() || err != nil {
		t.Logf("%s", calls)
	}
	return string(written), err
}

// keep writes it where KEEP_KUBEADM_CONFIGURATION says, for "kubeadm config validate".
func keep(t *testing.T, kubeadm string) {
	t.Helper()
	file := os.Getenv("KEEP_KUBEADM_CONFIGURATION")
	if file == "" {
		return
	}
	if err := os.WriteFile(file, []byte(kubeadm), 0o644); err != nil {
		t.Fatal(err)
	}
}

func ours(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestKindMakesOfOurConfigurationControllersWithoutTaintEviction(t *testing.T) {
	kubeadm, err := configured(t, ours(t))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, kubeadm)
	for _, want := range []string{
		"apiVersion: kubeadm.k8s.io/v1beta4",
		"- name: controllers\n    value: '*,bootstrapsigner,tokencleaner,-taint-eviction-controller'",
		"- name: enable-hostpath-provisioner\n    value: \"true\"",
	} {
		if !strings.Contains(kubeadm, want) {
			t.Errorf("no %q in:\n%s", want, kubeadm)
		}
	}
}

func TestKindMakesOfTheShippedConfigurationASchedulerThatReadsItsFileFromTheMount(t *testing.T) {
	content, err := os.ReadFile("../../deploy/scheduler/kind-cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kubeadm, err := configured(t, string(content))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, kubeadm)
	const mount = "/etc/kubernetes/windfall"
	for _, want := range []string{
		"apiVersion: kubeadm.k8s.io/v1beta4",
		"scheduler:\n  extraArgs:\n  - name: config\n    value: " + mount + "/own-scheduler.yaml\n",
		"- hostPath: " + mount + "\n    mountPath: " + mount + "\n    name: windfall\n    pathType: Directory\n    readOnly: true\n",
	} {
		if !strings.Contains(kubeadm, want) {
			t.Errorf("no %q in:\n%s", want, kubeadm)
		}
	}
	calls, err := os.ReadFile(filepath.Join(os.Getenv("STUB"), "calls"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if want := "--volume=" + here + ":" + mount + ":ro"; !strings.Contains(string(calls), want) {
		t.Errorf("no %q in:\n%s", want, calls)
	}
}

func TestKindRefusesAnUnknownField(t *testing.T) {
	if _, err := configured(t, strings.Replace(ours(t), "nodes:", "knots:", 1)); err == nil || !strings.Contains(err.Error(), "knots") {
		t.Errorf("got %v", err)
	}
}

func TestKindRefusesAPatchOfNothing(t *testing.T) {
	broken := strings.Replace(ours(t), "/controllerManager/extraArgs/-", "/controllerManager/nothing/-", 1)
	if _, err := configured(t, broken); err == nil {
		t.Error("it was taken")
	}
}
