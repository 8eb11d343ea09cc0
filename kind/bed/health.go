package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// health asks a process whether it is well. The TLS of all of them is checked against the bed's own authority, so that
// nobody else's server on the same port can answer for them.
type health struct{ client *http.Client }

func (r *Record) newHealth() health {
	roots := x509.NewCertPool()
	if ca, err := os.ReadFile(r.path("pki/ca.crt")); err == nil {
		roots.AppendCertsFromPEM(ca)
	}
	return health{&http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true,
	}}}
}

// of says "healthy", or what is wrong.
func (h health) of(p Process) string {
	if !p.alive() {
		return "ended"
	}
	answer, err := h.client.Get(p.Health)
	if err != nil {
		return "does not answer"
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprintf("answers %d", answer.StatusCode)
	}
	return healthy
}

const healthy = "healthy"

// await waits until a started process is healthy. One that ends meanwhile is an error, with the end of its log.
func (r *Record) await(ctx context.Context, h health, name string) error {
	var process Process
	for _, one := range r.Processes {
		if one.Name == name {
			process = one
		}
	}
	for state := ""; ; {
		if state = h.of(process); state == healthy {
			return nil
		}
		if state == "ended" {
			return fmt.Errorf("%s ended; the end of %s:\n%s", name, r.log(name), r.tail(name, 8))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not healthy: %s: %w; the end of %s:\n%s", name, state, context.Cause(ctx), r.log(name), r.tail(name, 8))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (r *Record) tail(name string, lines int) []byte {
	content, _ := os.ReadFile(r.log(name))
	content = bytes.TrimRight(content, "\n")
	at := len(content)
	for ; lines > 0 && at >= 0; lines-- {
		at = bytes.LastIndexByte(content[:at], '\n')
	}
	return content[at+1:]
}
