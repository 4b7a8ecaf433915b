package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// clientName is how the connections are called in CLIENT LIST.
const clientName = "uim"

// Config says how to reach Redis (or Valkey): one server; several of which
// sentinels choose the master; or a Cluster.
type Config struct {
	// Addr is host:port, or the path of a Unix socket. With a SentinelMaster it is
	// the sentinels, with Cluster some of the nodes, separated by commas.
	Addr     string
	Username string
	Password string

	SentinelMaster   string // the name by which sentinels know the master
	SentinelUsername string
	SentinelPassword string
	Cluster          bool

	TLS      bool
	CAFile   string // PEM; empty: the system's authorities
	CertFile string // PEM; with KeyFile what the client shows, where the server asks for it
	KeyFile  string
}

// CheckFiles reports what is wrong with the certificates, without reaching for the
// server.
func (c Config) CheckFiles() error {
	_, err := c.tls()
	return err
}

// CheckAddr reports what is wrong with the addresses.
func (c Config) CheckAddr() error {
	addrs := c.addrs()
	several := c.Cluster || c.SentinelMaster != ""
	switch {
	case c.Cluster && c.SentinelMaster != "":
		return errors.New("a Redis is either a Cluster or chosen by sentinels")
	case len(addrs) > 1 && !several:
		return errors.New("several addresses of Redis are those of sentinels or of a Cluster: say which")
	case !several && strings.HasPrefix(c.Addr, "/"):
		return nil
	}
	for _, addr := range addrs {
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			return fmt.Errorf("%q is not host:port", addr)
		}
	}
	return nil
}

func (c Config) addrs() []string {
	all := strings.Split(c.Addr, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// tls is nil when the connection is not to be encrypted.
func (c Config) tls() (*tls.Config, error) {
	if !c.TLS && c.CAFile == "" && c.CertFile == "" && c.KeyFile == "" {
		return nil, nil
	}
	security := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pool, err := readCA(c.CAFile)
		if err != nil {
			return nil, err
		}
		security.RootCAs = pool
	}
	if c.CertFile != "" || c.KeyFile != "" {
		certificate, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading the client certificate for Redis: %w", err)
		}
		security.Certificates = []tls.Certificate{certificate}
	}
	return security, nil
}

func readCA(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate authority of Redis: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the certificate authority of Redis holds no PEM certificate: " + path)
	}
	return pool, nil
}
