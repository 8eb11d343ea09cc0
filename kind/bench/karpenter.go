package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// karpenter is what it says of itself.
func (b *bed) karpenter() (metrics, error) {
	return fetchMetrics(b.environment["WINDFALL_BED_KARPENTER"] + "/metrics")
}

// until asks twenty times a second.
func (b *bed) until(ctx context.Context, what string, holds func() (bool, error)) error {
	wait, cancel := context.WithTimeoutCause(ctx, 5*time.Minute, errors.New("five minutes have passed"))
	defer cancel()
	for {
		if done, err := holds(); err != nil || done {
			return err
		}
		select {
		case <-wait.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(wait))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// object is what is looked at of Karpenter's objects.
type object struct {
	Status struct {
		Conditions []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

func (b *bed) list(ctx context.Context, kind string) ([]object, error) {
	said, err := b.ask(ctx, "GET", kind, "", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []object `json:"items"`
	}
	if err := json.Unmarshal(said, &list); err != nil {
		return nil, fmt.Errorf("reading %s: %w", kind, err)
	}
	return list.Items, nil
}

func (b *bed) create(ctx context.Context, kind string, manifest map[string]any) error {
	body, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	_, err = b.ask(ctx, "POST", kind, "", body)
	return err
}

func (b *bed) patch(ctx context.Context, kind, name, patch string) error {
	_, err := b.ask(ctx, "PATCH", kind, name, []byte(patch))
	return err
}

// ask calls the API server about Karpenter's kinds, for which its own client has no types.
func (b *bed) ask(ctx context.Context, verb, kind, name string, body []byte) ([]byte, error) {
	content := "application/json"
	if verb == "PATCH" {
		content = string(types.MergePatchType)
	}
	path := strings.TrimSuffix("/apis/karpenter.sh/v1/"+kind+"/"+name, "/")
	request := b.client.CoreV1().RESTClient().Verb(verb).AbsPath(path).SetHeader("Accept", "application/json").SetHeader("Content-Type", content)
	if body != nil {
		request = request.Body(body)
	}
	said, err := request.DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", verb, path, err)
	}
	return said, nil
}
