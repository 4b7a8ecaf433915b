package testenv

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"uim.dev/uim/chatserver/dev/servers"
)

// EncryptedPostgres starts an empty Postgres for one test alone, which shows a
// certificate for localhost, and for no other name, on a port of this machine. It answers
// the port and the file with the certificate, which is its own authority.
func EncryptedPostgres(t testing.TB) (port, certificate string) {
	t.Helper()
	host, data := privateHost(t)
	certificates := filepath.Join(data, "tls")
	certificate = SelfSigned(t, t.TempDir(), "localhost")
	if err := os.CopyFS(certificates, os.DirFS(filepath.Dir(certificate))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(certificates, "tls.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := host.Own(certificates); err != nil {
		t.Fatal(err)
	}
	host.PostgresPort = freePort(t)
	server := &Private{t: t, begin: func() (*servers.Process, error) {
		return host.StartPostgres(context.Background(), data, "fsync=off", "shared_buffers=16MB", "ssl=on",
			"ssl_cert_file="+filepath.Join(certificates, "tls.crt"), "ssl_key_file="+filepath.Join(certificates, "tls.key"))
	}}
	server.run()
	return strconv.Itoa(host.PostgresPort), certificate
}

// EncryptedRedis starts a Redis for one test alone that shows a certificate, with its key
// beside it, and asks for one that this certificate has signed. It answers its address.
func EncryptedRedis(t testing.TB, certificate string) (addr string) {
	t.Helper()
	host, data := privateHost(t)
	certificates := filepath.Join(data, "tls")
	if err := os.CopyFS(certificates, os.DirFS(filepath.Dir(certificate))); err != nil {
		t.Fatal(err)
	}
	if err := host.Own(certificates); err != nil {
		t.Fatal(err)
	}
	port, plain := freePort(t), freePort(t)
	server := &Private{t: t, begin: func() (*servers.Process, error) {
		return host.StartRedisAt(context.Background(), filepath.Join(data, "redis"), plain, "", "--tls-port", strconv.Itoa(port),
			"--tls-cert-file", filepath.Join(certificates, "tls.crt"), "--tls-key-file", filepath.Join(certificates, "tls.key"),
			"--tls-ca-cert-file", filepath.Join(certificates, "tls.crt"), "--tls-auth-clients", "yes")
	}}
	server.run()
	return addresses([]int{port})
}

// SelfSigned writes a certificate for a name, as its own authority, and its key to
// tls.crt and tls.key in a folder, and answers the file of the certificate.
func SelfSigned(t testing.TB, folder, name string, addresses ...net.IP) (certificate string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: addresses,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate = filepath.Join(folder, "tls.crt")
	for file, block := range map[string]*pem.Block{
		certificate:                      {Type: "CERTIFICATE", Bytes: der},
		filepath.Join(folder, "tls.key"): {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate
}
