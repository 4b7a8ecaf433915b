package redis_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/testenv"
)

func TestWhereAndHowToConnect(t *testing.T) {
	t.Parallel()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config  redis.Config
		network string
		tls     bool
	}{
		"a host":              {redis.Config{Addr: "redis:6379"}, "tcp", false},
		"a socket":            {redis.Config{Addr: "/run/redis.sock"}, "unix", false},
		"encrypted":           {redis.Config{Addr: "redis:6379", TLS: true}, "tcp", true},
		"a private authority": {redis.Config{Addr: "redis:6379", CAFile: authority}, "tcp", true},
	} {
		client, err := redis.Open(c.config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		o := client.(*goredis.Client).Options()
		if o.Network != c.network || o.Addr != c.config.Addr || (o.TLSConfig != nil) != c.tls {
			t.Errorf("%s: got %s %s, TLS %v", name, o.Network, o.Addr, o.TLSConfig)
		}
		if c.tls && (o.TLSConfig.MinVersion < tls.VersionTLS12 || o.TLSConfig.InsecureSkipVerify) {
			t.Errorf("%s: TLS is weak", name)
		}
		if c.config.CAFile != "" {
			if _, err := server.Certificate().Verify(x509.VerifyOptions{Roots: o.TLSConfig.RootCAs}); err != nil {
				t.Errorf("%s: the authority is not trusted: %v", name, err)
			}
		}
		_ = client.Close()
	}
}

func TestAnAuthorityThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{empty: "no PEM", empty + ".missing": "reading"} {
		if _, err := redis.Open(redis.Config{Addr: "redis:6379", CAFile: path}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v", err)
		}
	}
}

// A Redis that asks for a certificate lets in who shows one.
func TestAClientCertificateIsShown(t *testing.T) {
	t.Parallel()
	certificate := testenv.SelfSigned(t, t.TempDir(), "localhost", net.IPv4(127, 0, 0, 1))
	addr := testenv.EncryptedRedis(t, certificate)
	for name, c := range map[string]struct {
		config redis.Config
		well   bool
	}{
		"with a certificate":    {redis.Config{Addr: addr, CAFile: certificate, CertFile: certificate, KeyFile: filepath.Join(filepath.Dir(certificate), "tls.key")}, true},
		"without a certificate": {redis.Config{Addr: addr, CAFile: certificate}, false},
		"unknown authority":     {redis.Config{Addr: addr, TLS: true}, false},
		"without encryption":    {redis.Config{Addr: addr}, false},
	} {
		client := openAs(t, c.config)
		if err := redis.Ping(t.Context(), client); (err == nil) != c.well {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]redis.Config{
		"is not host:port":     {Addr: "redis"},
		`"b" is not host:port`: {Addr: "a:1,b", Cluster: true},
		"say which":            {Addr: "a:1,b:1"},
		"either a Cluster":     {Addr: "a:1", Cluster: true, SentinelMaster: "m"},
		"/redis.sock":          {Addr: "/redis.sock", SentinelMaster: "m"},
	} {
		if err := c.CheckAddr(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	for _, c := range []redis.Config{{Addr: "a:1"}, {Addr: "/redis.sock"}, {Addr: "a:1, b:1", Cluster: true}, {Addr: "a:1,b:1", SentinelMaster: "m"}} {
		if err := c.CheckAddr(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
