//go:build tools

// Package docker pins kind, which runs the test bed's control plane in Docker.
package docker

import _ "sigs.k8s.io/kind"
