//go:build tools

// Package tools pins etcd, which the test bed runs as the API server's store.
package tools

import _ "go.etcd.io/etcd/server/v3"
