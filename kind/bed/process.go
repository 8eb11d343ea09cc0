package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is one process of the bed. A pid alone says little: after a crash or a restart of the machine it may belong
// to somebody else. Together with the boot and the moment it began (which an exec does not change) it is unique.
type Process struct {
	Name    string `json:"name"`
	PID     int    `json:"pid"`
	Began   uint64 `json:"began"` // clock ticks since boot, from /proc/PID/stat
	Boot    string `json:"boot"`  // the kernel's boot id
	Port    int    `json:"port"`
	Health  string `json:"health"` // URL that answers 200
	Command string `json:"command"`
}

// beganAt reads from /proc when a process began. A zombie counts as gone: nobody may be there to reap it.
func beganAt(pid int) (ticks uint64, alive bool) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	return parseStat(string(raw))
}

// parseStat reads one /proc/PID/stat. The second field is the program's name in brackets, which may itself hold
// spaces and brackets, so counting starts after the last of them.
func parseStat(stat string) (ticks uint64, alive bool) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, false
	}
	fields := strings.Fields(stat[end+1:])
	const state, start = 0, 19 // fields 3 and 22 of proc(5)
	if len(fields) <= start || fields[state] == "Z" || fields[state] == "X" {
		return 0, false
	}
	ticks, err := strconv.ParseUint(fields[start], 10, 64)
	return ticks, err == nil
}

func bootID() string {
	raw, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(raw))
}

func (p Process) alive() bool {
	if p.PID <= 0 || p.Boot != bootID() {
		return false
	}
	began, alive := beganAt(p.PID)
	return alive && began == p.Began
}

// stop ends the process if it still is the one that was started: TERM, some patience, KILL.
func (p Process) stop(patience time.Duration) error {
	// On Linux this takes hold of the process itself (a pidfd), before it is looked at: a pid that is given to another
	// process in between is then not signalled.
	handle, err := os.FindProcess(p.PID)
	if err != nil {
		return nil
	}
	defer handle.Release()
	if !p.alive() {
		return nil
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := handle.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stopping %s (pid %d): %w", p.Name, p.PID, err)
		}
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if !p.alive() {
				return nil
			}
		}
	}
	return fmt.Errorf("stopping %s: pid %d is still there after KILL", p.Name, p.PID)
}

// program is one thing to start.
type program struct {
	name        string
	path        string
	arguments   []string
	environment []string // in addition to PATH and HOME
	port        int
	health      string
}

// start lets a program loose in a session of its own, with its output in the bed's logs. The child first waits for a
// word on a pipe, and is recorded before it gets it. If this process dies in between, the child reads the end of the
// pipe and leaves: nothing runs that is not in the record.
func (r *Record) start(p program) error {
	output, err := os.OpenFile(r.log(p.name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer output.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer write.Close()

	command := exec.Command(self, append([]string{"hold", p.path}, p.arguments...)...)
	command.Dir = r.Directory
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, p.environment...)
	command.Stdout, command.Stderr = output, output
	command.ExtraFiles = []*os.File{read}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = command.Start()
	read.Close()
	if err != nil {
		return fmt.Errorf("starting %s: %w", p.name, err)
	}
	began, alive := beganAt(command.Process.Pid)
	if !alive {
		return fmt.Errorf("starting %s: it ended at once; see %s", p.name, r.log(p.name))
	}
	r.Processes = append(r.Processes, Process{
		Name: p.name, PID: command.Process.Pid, Began: began, Boot: bootID(), Port: p.port, Health: p.health,
		Command: filepath.Base(p.path) + " " + strings.Join(p.arguments, " "),
	})
	if err := r.save(); err != nil {
		return err
	}
	_, err = write.Write([]byte{'+'})
	return err
}

// hold is the child's side of start.
func hold(arguments []string) error {
	gate := os.NewFile(3, "gate")
	word := make([]byte, 1)
	if n, _ := gate.Read(word); n != 1 {
		return errors.New("kind/up ended before it had recorded this process")
	}
	gate.Close()
	return syscall.Exec(arguments[0], arguments, os.Environ())
}
