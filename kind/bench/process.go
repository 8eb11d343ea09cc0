package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child is a process of ours. It dies with this one, whatever becomes of it.
type child struct {
	name    string
	command *exec.Cmd
	ended   chan struct{}
}

// startChild must be called by the main goroutine, which keeps the main thread (see main).
func startChild(name string, command *exec.Cmd) (*child, error) {
	// A group of its own, so that a Ctrl-C reaches it by way of stop, after those who use it.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	c := &child{name, command, make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(c.ended)
	}()
	return c, nil
}

// stop asks the process and those that it has started to end, and makes them after ten seconds. Windfall's launcher may
// be in the middle of a build.
func (c *child) stop() {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		select {
		case <-c.ended:
			return
		default:
			_ = syscall.Kill(-c.command.Process.Pid, signal)
		}
		select {
		case <-c.ended:
			return
		case <-time.After(10 * time.Second):
		}
	}
}

// await asks a URL until it answers 200.
func (c *child) await(ctx context.Context, client *http.Client, url, log string) error {
	for {
		answer, err := client.Get(url)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("it answers %d", answer.StatusCode)
		}
		select {
		case <-c.ended:
			return fmt.Errorf("%s ended; the end of %s:\n%s", c.name, log, tail(log, 12))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w: %w; the end of %s:\n%s", c.name, context.Cause(ctx), err, log, tail(log, 12))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func tail(file string, lines int) string {
	content, _ := os.ReadFile(file)
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// startLogged starts a command whose output goes to a file.
func startLogged(name string, command *exec.Cmd, log string) (*child, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	command.Stdout, command.Stderr = output, output
	return startChild(name, command)
}

// extender is a server that is asked for scores.
type extender struct {
	name    string
	address string // host and port
	metrics string // URL
	process *child
}

// startServer starts one of our own extenders, which says where it listens.
func startServer(kind string) (*extender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, "serve", kind)
	command.Stderr = os.Stderr
	said, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	process, err := startChild(kind, command)
	if err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		process.stop()
		return nil, fmt.Errorf("the server %s did not say where it listens: %w", kind, err)
	}
	address = strings.TrimSpace(address)
	return &extender{kind, address, "http://" + address + "/metrics", process}, nil
}

const (
	windfallServer = "windfall"
	callsMetric    = "windfall_extender_calls_total"
)

// startWindfall starts the real server by its launcher, as an extender and nothing else, and waits until it is ready.
func startWindfall(ctx context.Context, root string, b *bed) (*extender, error) {
	management := fmt.Sprintf("http://127.0.0.1:%s", b.environment["WINDFALL_MANAGEMENT_PORT"])
	command := exec.Command(filepath.Join(root, "windfall"), "serve")
	command.Env = append(os.Environ(),
		"KUBECONFIG="+b.environment["KUBECONFIG"],
		"WINDFALL_ROLES=extender",
		"WINDFALL_SCHEDULER_PORT="+b.environment["WINDFALL_SCHEDULER_PORT"],
		"WINDFALL_MANAGEMENT_HOST=127.0.0.1",
		"WINDFALL_MANAGEMENT_PORT="+b.environment["WINDFALL_MANAGEMENT_PORT"],
		fmt.Sprintf("WINDFALL_MARKET_SOURCES=[{type: file, path: %q}]", b.market()))
	log := b.log("windfall")
	process, err := startLogged("Windfall", command, log)
	if err != nil {
		return nil, err
	}
	// The launcher builds what is out of date first.
	wait, cancel := context.WithTimeoutCause(ctx, 10*time.Minute, errors.New("ten minutes have passed"))
	defer cancel()
	if err := process.await(wait, &http.Client{Timeout: 2 * time.Second}, management+"/readyz", log); err != nil {
		process.stop()
		return nil, err
	}
	address := "127.0.0.1:" + b.environment["WINDFALL_SCHEDULER_PORT"]
	return &extender{windfallServer, address, management + "/metrics", process}, nil
}
