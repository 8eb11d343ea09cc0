package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs every certificate of one bed. Its key is never written down.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "windfall test bed"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{certificate, key, encodePEM("CERTIFICATE", der)}, err
}

// issue makes a certificate for a user (group may be empty) or, with server set, for everything that listens here.
func (a *authority) issue(now time.Time, user, group string, server bool) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: user},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if group != "" {
		template.Subject.Organization = []string{group}
	}
	if server {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	if err != nil {
		return nil, nil, err
	}
	key, err = encodeKey(private)
	return encodePEM("CERTIFICATE", der), key, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return encodePEM("EC PRIVATE KEY", der), err
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// users of the control plane, each with a kubeconfig of its own: the real names, so that the real RBAC rules apply.
// KWOK and Karpenter come with no rules for a bare cluster and are administrators.
var users = []struct{ file, name, group string }{
	{"kubeconfig", "kubernetes-admin", "system:masters"},
	{"pki/kube-controller-manager.kubeconfig", "system:kube-controller-manager", ""},
	{"pki/kube-scheduler.kubeconfig", "system:kube-scheduler", ""},
	{"pki/windfall-scheduler.kubeconfig", "system:serviceaccount:windfall-system:windfall-scheduler", ""},
}

// writeCertificates fills pki/ and, for a control plane of our own, writes a kubeconfig for each user.
func (r *Record) writeCertificates(now time.Time) error {
	if err := os.MkdirAll(r.path("pki"), 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(now)
	if err != nil {
		return err
	}
	certificate, key, err := ca.issue(now, "windfall test bed", "", true)
	if err != nil {
		return err
	}
	// The key of the service accounts' tokens.
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	accountKey, err := encodeKey(account)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"pki/ca.crt": ca.pem, "pki/server.crt": certificate, "pki/server.key": key, "pki/account.key": accountKey,
	}
	for _, user := range users {
		if r.Joined != "" {
			break
		}
		certificate, key, err := ca.issue(now, user.name, user.group, false)
		if err != nil {
			return err
		}
		files[user.file] = kubeconfig(r.Name, r.Ports["kube-apiserver"], ca.pem, certificate, key)
	}
	for name, content := range files {
		if err := writeWhole(filepath.Join(r.Directory, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfig(bed string, port int, ca, certificate, key []byte) []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: windfall-%[1]s
contexts:
- name: windfall-%[1]s
  context: {cluster: windfall-%[1]s, user: windfall-%[1]s}
clusters:
- name: windfall-%[1]s
  cluster:
    server: https://127.0.0.1:%[2]d
    certificate-authority-data: %[3]s
users:
- name: windfall-%[1]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
`, bed, port, encode(ca), encode(certificate), encode(key))
}
