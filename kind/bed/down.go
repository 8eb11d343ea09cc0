package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// down stops what a bed started, wherever kind/up had got to, and removes all but the logs.
func down(directory string) error {
	if _, err := os.Stat(directory); err != nil {
		fmt.Printf("there is no bed in %s\n", directory)
		return nil
	}
	release, err := lockBed(directory)
	if err != nil {
		return err
	}
	defer release()
	r, err := loadRecord(directory)
	if errors.Is(err, errNoBed) {
		fmt.Printf("there is no bed in %s\n", directory)
		return nil
	}
	if err != nil {
		return err
	}
	return r.stop()
}

// stop ends the processes, the last one first, and clears the directory when all have ended.
func (r *Record) stop() error {
	stopped := 0
	for _, process := range slices.Backward(r.Processes) {
		if !process.alive() {
			continue
		}
		if err := process.stop(10 * time.Second); err != nil {
			return err
		}
		stopped++
	}
	if err := r.clear(); err != nil {
		return err
	}
	fmt.Printf("bed %q: %d processes stopped; logs stay in %s until its next start\n", r.Name, stopped, r.path("logs"))
	return nil
}

// status prints a line for each process, and is an error unless all of them are well.
func status(directory string) error {
	r, err := loadRecord(directory)
	if err != nil {
		return fmt.Errorf("%w in %s; kind/up makes one", err, directory)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROCESS\tPID\tPORT\tHEALTH\tLOG")
	h, well := r.newHealth(), 0
	for _, process := range r.Processes {
		state := h.of(process)
		if state == healthy {
			well++
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", process.Name, process.PID, process.Port, state, r.log(process.Name))
	}
	table.Flush()
	if !r.Ready {
		return fmt.Errorf("bed %q: kind/up has not come to its end; kind/down clears it away", r.Name)
	}
	if well < len(r.Processes) {
		return fmt.Errorf("bed %q: %d of %d processes are not healthy", r.Name, len(r.Processes)-well, len(r.Processes))
	}
	return nil
}
