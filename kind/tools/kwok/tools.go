//go:build tools

// Package tools pins KWOK, which plays the kubelet of the test bed's nodes.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
