package main

import (
	"fmt"
	"strings"
)

// env prints what a shell needs to use the bed. Ports, market and scheduler have the names under which Windfall reads its
// settings from the environment, so that `windfall serve` fits the bed without a flag or a file.
func env(directory string) error {
	r, err := loadRecord(directory)
	if err != nil {
		return fmt.Errorf("%w in %s; kind/up makes one", err, directory)
	}
	fmt.Printf("export PATH=%s:\"$PATH\"\n", quote(r.path("bin")))
	variables := [][2]string{
		{"KUBECONFIG", r.kubeconfig()},
		{"WINDFALL_SCHEDULER_PORT", fmt.Sprint(r.Ports[portScheduler])},
		{"WINDFALL_ADMISSION_PORT", fmt.Sprint(r.Ports[portAdmission])},
		{"WINDFALL_MANAGEMENT_PORT", fmt.Sprint(r.Ports[portManagement])},
		{"WINDFALL_BED", r.Directory},
	}
	if !r.Bare {
		variables = append(variables, [][2]string{
			{"WINDFALL_SCHEDULER_ASSIGN", "windfall-scheduler"},
			{"WINDFALL_MARKET_SOURCES", fmt.Sprintf("[{type: file, path: %q}]", r.path("market.yaml"))},
			{"WINDFALL_BED_CLOUD", fmt.Sprintf("http://127.0.0.1:%d", r.Ports["cloud"])},
			{"WINDFALL_BED_MARKET", r.path("market.yaml")},
			{"WINDFALL_BED_KARPENTER", fmt.Sprintf("http://127.0.0.1:%d", r.Ports["karpenter metrics"])},
		}...)
	}
	for _, variable := range variables {
		fmt.Printf("export %s=%s\n", variable[0], quote(variable[1]))
	}
	if r.Host != "" {
		fmt.Printf("export WINDFALL_ADMISSION_HOST=%s\n", quote(r.Host))
	}
	return nil
}

// quote makes one word for a POSIX shell.
func quote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
