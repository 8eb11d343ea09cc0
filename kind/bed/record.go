package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// Record is what a bed knows of itself, kept in bed.json in its directory. It is written before anything starts, and
// again before each process is let go, so that whatever runs is in it.
type Record struct {
	Name      string         `json:"name"`
	Directory string         `json:"directory"`
	Ports     map[string]int `json:"ports"`            // by process, or by what Windfall calls it
	Joined    string         `json:"joined,omitempty"` // kubeconfig of somebody else's control plane, or empty
	Host      string         `json:"host,omitempty"`   // where that control plane finds this machine, or empty
	Bare      bool           `json:"bare,omitempty"`   // etcd and the API server, nothing else
	Processes []Process      `json:"processes"`
	Ready     bool           `json:"ready"` // kind/up came to its end
}

// Names of ports that belong to Windfall, not to a process of the bed.
const (
	portScheduler  = "windfall scheduler"
	portAdmission  = "windfall admission"
	portManagement = "windfall management"
)

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

var errNoBed = errors.New("there is no such bed")

func bedsDirectory(cache string) string { return filepath.Join(cache, "beds") }

// bedDirectory finds where a bed lives: where it was told to, or in the cache under its name.
func bedDirectory(cache, directory, name string) (string, error) {
	if !nameForm.MatchString(name) {
		return "", fmt.Errorf("bed name %q must be lower-case letters, digits and hyphens, at most 32", name)
	}
	if directory == "" {
		return filepath.Join(bedsDirectory(cache), name), nil
	}
	return filepath.Abs(directory)
}

func (r *Record) path(parts ...string) string {
	return filepath.Join(append([]string{r.Directory}, parts...)...)
}

func (r *Record) log(process string) string { return r.path("logs", process+".log") }

func (r *Record) kubeconfig() string { return r.path("kubeconfig") }

func loadRecord(directory string) (*Record, error) {
	raw, err := os.ReadFile(filepath.Join(directory, "bed.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoBed
	}
	if err != nil {
		return nil, err
	}
	record := &Record{}
	if err := json.Unmarshal(raw, record); err != nil {
		return nil, fmt.Errorf("reading %s: %w", filepath.Join(directory, "bed.json"), err)
	}
	record.Directory = directory
	return record, nil
}

func (r *Record) save() error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(r.path("bed.json"), append(raw, '\n'), 0o644)
}

// writeWhole replaces a file at once: a reader, or a crash, never meets half of it.
func writeWhole(path string, content []byte, mode os.FileMode) error {
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// running lists the recorded processes that are still alive and still the ones that were started.
func (r *Record) running() []Process {
	var running []Process
	for _, process := range r.Processes {
		if process.alive() {
			running = append(running, process)
		}
	}
	return running
}

// clear removes everything but the logs.
func (r *Record) clear() error {
	entries, err := os.ReadDir(r.Directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "logs", "lock", "bed.json":
			continue
		}
		if err := os.RemoveAll(r.path(entry.Name())); err != nil {
			return err
		}
	}
	// Last, so that an interrupted clear can be taken up again.
	return os.RemoveAll(r.path("bed.json"))
}

// lockFile takes a lock that the kernel gives back when this process ends, however it ends.
func lockFile(path string, wait bool) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}

func lockBed(directory string) (release func(), err error) {
	release, err = lockFile(filepath.Join(directory, "lock"), false)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("another kind/up or kind/down is at work in %s; wait for it, or stop it", directory)
	}
	return release, err
}
