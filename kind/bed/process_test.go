package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test program is started by start(), like the real one; then it is the child that holds.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "hold" {
		if err := hold(os.Args[2:]); err != nil {
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func bedForTest(t *testing.T) *Record {
	t.Helper()
	r := &Record{Name: "test", Directory: t.TempDir(), Ports: map[string]int{}}
	if err := os.Mkdir(r.path("logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	return r
}

func sleeper(t *testing.T) (path string) {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("no sleep in PATH")
	}
	return path
}

func TestAStartedProcessIsInTheRecordAndIsStopped(t *testing.T) {
	r := bedForTest(t)
	if err := r.start(program{name: "one", path: sleeper(t), arguments: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	recorded, err := loadRecord(r.Directory)
	if err != nil || len(recorded.Processes) != 1 || !recorded.Processes[0].alive() {
		t.Fatalf("got %+v, %v", recorded, err)
	}
	if err := recorded.stop(); err != nil {
		t.Fatal(err)
	}
	if r.Processes[0].alive() {
		t.Error("it still runs")
	}
	if _, err := loadRecord(r.Directory); !errors.Is(err, errNoBed) {
		t.Errorf("the record is still there: %v", err)
	}
	if _, err := os.Stat(r.log("one")); err != nil {
		t.Errorf("the log is gone: %v", err)
	}
}

func TestAPidThatNowBelongsToAnotherProcessIsLeftAlone(t *testing.T) {
	other := exec.Command(sleeper(t), "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	began, _ := beganAt(other.Process.Pid)
	for name, stale := range map[string]Process{
		"began at another time": {Name: "etcd", PID: other.Process.Pid, Began: began - 1, Boot: bootID()},
		"before a restart":      {Name: "etcd", PID: other.Process.Pid, Began: began, Boot: "an earlier boot"},
	} {
		if err := stale.stop(time.Second); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, alive := beganAt(other.Process.Pid); !alive {
			t.Fatalf("%s: it was stopped", name)
		}
	}
}

func TestAChildThatWasNeverRecordedEndsByItself(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, "hold", sleeper(t), "60")
	child.ExtraFiles = []*os.File{read}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	read.Close()
	write.Close() // as when kind/up is killed before it wrote the record
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != 1 {
		t.Errorf("got %v", err)
	}
}

func TestStatIsReadBehindAnyProgramName(t *testing.T) {
	const tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21"
	for _, name := range []string{"etcd", "a b", "a) R 9 (b"} {
		if ticks, alive := parseStat("7 (" + name + ")" + tail); ticks != 4711 || !alive {
			t.Errorf("%s: got %d, %v", name, ticks, alive)
		}
	}
	if _, alive := parseStat("7 (etcd)" + strings.Replace(tail, " S ", " Z ", 1)); alive {
		t.Error("a zombie counts as alive")
	}
	if _, alive := parseStat(""); alive {
		t.Error("nothing counts as alive")
	}
}

func TestABedThatIsBeingWorkedOnIsLocked(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "bed")
	release, err := lockBed(directory)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockBed(directory); err == nil || !strings.Contains(err.Error(), "is at work in") {
		t.Errorf("got %v", err)
	}
	release()
	again, err := lockBed(directory)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
