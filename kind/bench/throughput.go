package main

import (
	"context"
	"errors"
)

type throughputOptions struct {
	root               string
	nodes, pods, pairs int
	sampling           string
	seed               uint64
}

func throughput(context.Context, throughputOptions) error { return errors.New("not yet") }
