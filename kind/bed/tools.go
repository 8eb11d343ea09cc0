package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"
)

// tool is one Go module of kind/ and the programs that are built from it. Each is a module of its own: in one, KWOK and
// Karpenter would settle on dependencies that neither was released with.
type tool struct {
	directory string // below kind/
	module    string // whose version is said, and which files are taken from
	programs  map[string]string
	files     []string // globs in the module, kept beside the programs, so that the module cache is not needed later
}

var tools = []tool{
	{
		directory: "tools/kubernetes", module: "k8s.io/kubernetes",
		programs: map[string]string{
			"kube-apiserver":          "k8s.io/kubernetes/cmd/kube-apiserver",
			"kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
			"kube-scheduler":          "k8s.io/kubernetes/cmd/kube-scheduler",
			"kubectl":                 "k8s.io/kubernetes/cmd/kubectl",
		},
	},
	{directory: "tools/etcd", module: "go.etcd.io/etcd/server/v3", programs: map[string]string{"etcd": "go.etcd.io/etcd/server/v3"}},
	{
		directory: "tools/kwok", module: "sigs.k8s.io/kwok", programs: map[string]string{"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
		files: []string{
			"kustomize/stage/node/fast/node-initialize.yaml",
			"kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
			"kustomize/stage/pod/fast/pod-ready.yaml",
			"kustomize/stage/pod/fast/pod-delete.yaml",
			// Not pod/fast's: this one heeds an annotation that says how long the pod of a Job runs.
			"kustomize/stage/pod/general/pod-complete.yaml",
		},
	},
	{
		directory: "karpenter", module: "sigs.k8s.io/karpenter", programs: map[string]string{"karpenter": "."},
		files: []string{"kwok/charts/crds/karpenter.sh_*.yaml", "kwok/apis/crds/*.yaml"},
	},
}

// bareTools are those that kind/up --bare takes.
var bareTools = tools[:2]

// newestGo is the Go that the modules ask for.
const newestGo = "Go 1.26.6 or newer (https://go.dev/dl/)"

// installed says where a tool's programs and files are, once built.
type installed map[string]string // tool.directory -> directory in the cache

func (i installed) program(name string) string {
	for _, tool := range tools {
		if _, ok := tool.programs[name]; ok {
			return filepath.Join(i[tool.directory], "bin", name)
		}
	}
	panic("no tool builds " + name)
}

func (i installed) files(directory string) string { return filepath.Join(i[directory], "files") }

// install builds what the cache does not have yet of these tools.
func install(source, cache string, wanted []tool, progress io.Writer) (installed, error) {
	goVersion, err := findGo(filepath.Join(source, "karpenter"))
	if err != nil {
		return nil, err
	}
	where, missing := installed{}, []tool{}
	for _, tool := range wanted {
		key, err := tool.key(filepath.Join(source, tool.directory), goVersion)
		if err != nil {
			return nil, err
		}
		where[tool.directory] = filepath.Join(cache, key)
		if _, err := os.Stat(where[tool.directory]); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) == 0 {
		return where, nil
	}
	release, err := lockFile(filepath.Join(cache, "build.lock"), false)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		fmt.Fprintln(progress, "another kind/up is building; waiting for it ...")
		release, err = lockFile(filepath.Join(cache, "build.lock"), true)
	}
	if err != nil {
		return nil, err
	}
	defer release()
	total, done := 0, 0
	for _, tool := range missing {
		total += len(tool.programs)
	}
	fmt.Fprintf(progress, "building %d programs into %s; from nothing this takes about ten minutes of two cores, and then never again\n", total, cache)
	for _, tool := range missing {
		if err := tool.build(filepath.Join(source, tool.directory), where[tool.directory], &done, total, progress); err != nil {
			return nil, err
		}
	}
	return where, nil
}

// where prints where one program is, and builds what it is built with if it is not there yet. No bed is needed for it.
func where(source, cache, name string, out, progress io.Writer) error {
	for i := range tools {
		if _, ok := tools[i].programs[name]; !ok {
			continue
		}
		where, err := install(source, cache, tools[i:i+1], progress)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, where.program(name))
		return err
	}
	return fmt.Errorf("the bed has no program %q; it has %s", name, strings.Join(programNames(), ", "))
}

func programNames() []string {
	var names []string
	for _, tool := range tools {
		for name := range tool.programs {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// findGo asks Go for its version where a go.mod says which one it needs.
func findGo(directory string) (string, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return "", fmt.Errorf("Go is missing; the programs of the test bed are built with it: install %s and put it in PATH", newestGo)
	}
	command := exec.Command("go", "env", "GOVERSION")
	command.Dir = directory
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("this Go cannot build the test bed; it needs %s: %s", newestGo, strings.TrimSpace(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}

// key names what a build depends on: the pinned sums, our own source, Go, the machine.
func (t tool) key(directory, goVersion string) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, goVersion, runtime.GOOS, runtime.GOARCH, t.programs, t.files)
	files, err := filepath.Glob(filepath.Join(directory, "*"))
	if err != nil {
		return "", err
	}
	sort.Strings(files)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(hash, filepath.Base(file), len(content))
		hash.Write(content)
	}
	return fmt.Sprintf("%s-%x", filepath.Base(t.directory), hash.Sum(nil)[:6]), nil
}

// build makes a tool's directory in the cache, under another name until it is whole.
func (t tool) build(source, into string, done *int, total int, progress io.Writer) error {
	module, err := goOutput(source, "list", "-m", "-f", "{{.Version}} {{.Dir}}", t.module)
	if err != nil {
		return err
	}
	version, directory, _ := strings.Cut(strings.TrimSpace(module), " ")
	if directory == "" { // not downloaded yet
		if _, err := goOutput(source, "mod", "download", t.module); err != nil {
			return err
		}
		if directory, err = goOutput(source, "list", "-m", "-f", "{{.Dir}}", t.module); err != nil {
			return err
		}
		directory = strings.TrimSpace(directory)
	}
	temporary := into + ".partial"
	if err := os.MkdirAll(filepath.Join(temporary, "bin"), 0o755); err != nil {
		return err
	}
	names := make([]string, 0, len(t.programs))
	for name := range t.programs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		*done++
		fmt.Fprintf(progress, "building %s %s (%d of %d) ... ", name, version, *done, total)
		began := time.Now()
		if _, err := goOutput(source, "build", "-ldflags", linkerFlags(t.module, version), "-o",
			filepath.Join(temporary, "bin", name), t.programs[name]); err != nil {
			fmt.Fprintln(progress, "failed")
			return err
		}
		fmt.Fprintln(progress, time.Since(began).Round(time.Second))
	}
	if err := copyFiles(directory, t.files, filepath.Join(temporary, "files")); err != nil {
		return err
	}
	return os.Rename(temporary, into)
}

var minor = regexp.MustCompile(`^v(\d+)\.(\d+)\.`)

// linkerFlags leave debug tables out, and tell a program its version, which Kubernetes' own build does in this way too.
func linkerFlags(module, version string) string {
	flags := "-s -w"
	parts := minor.FindStringSubmatch(version)
	if module == "k8s.io/kubernetes" && parts != nil {
		const where = " -X k8s.io/component-base/version."
		flags += where + "gitVersion=" + version + where + "gitMajor=" + parts[1] + where + "gitMinor=" + parts[2]
	}
	if module == "sigs.k8s.io/karpenter" {
		flags += " -X sigs.k8s.io/karpenter/pkg/operator.Version=" + version
	}
	return flags
}

func goOutput(directory string, arguments ...string) (string, error) {
	// The child is to die with this process; Linux ties that to the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.Command("go", arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s in %s: %w\n%s", strings.Join(arguments, " "), directory, err, problems.String())
	}
	return string(out), nil
}

func copyFiles(from string, globs []string, to string) error {
	for _, glob := range globs {
		files, err := filepath.Glob(filepath.Join(from, glob))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s has no %s (%v)", from, glob, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), content, fs.FileMode(0o644)); err != nil {
				return err
			}
		}
	}
	return nil
}
