package resources

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"maps"
	"net"
	"time"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

const (
	certificateLifetime = 365 * 24 * time.Hour
	// certificateRenewal is how long before its end a certificate is replaced: a third
	// of its life, so that an operator that was away for a month is still in time.
	certificateRenewal = certificateLifetime / 3
	// clockSkew is how far the clocks of nodes may be apart.
	clockSkew = time.Hour
)

// ServerCertificateData is the content of the Secret with the certificate of a
// managed server: the authority's certificate, the server's and its key. The server
// is known by the names of its Service. What exists is kept until its last third,
// or until it does not fit any more.
func ServerCertificateData(c Cluster, service string, signer map[string][]byte, s CertificateSource) (map[string][]byte, error) {
	hosts := []string{service + "." + c.Namespace + ".svc", service, service + "." + c.Namespace, "localhost"}
	if service == RedisHAName(c) { // clients know its pods by name
		hosts = append(hosts, "*."+redisHADomain(c))
	}
	return certificateData(certificateSubject{
		name:      service,
		hosts:     hosts,
		addresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}, signer, s)
}

// certificateSubject is who a certificate is for. Clients know it by the first of
// the hosts.
type certificateSubject struct {
	name      string
	hosts     []string
	addresses []net.IP
}

func certificateData(subject certificateSubject, signer map[string][]byte, s CertificateSource) (map[string][]byte, error) {
	by, err := parseAuthority(signer)
	if err != nil {
		return nil, err
	}
	data := maps.Clone(s.Existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if bytes.Equal(data[keyCA], signer[keyCA]) && certificateFits(data, by, subject.hosts[0], s.Now) {
		return data, nil
	}
	key, keyText, err := newCertificateKey(s.Random)
	if err != nil {
		return nil, err
	}
	serial, err := serialNumber(s.Random)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: subject.name},
		DNSNames:     subject.hosts,
		IPAddresses:  subject.addresses,
		NotBefore:    s.Now.Add(-clockSkew),
		NotAfter:     s.Now.Add(certificateLifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(s.Random, template, by.certificate, key.Public(), by.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", subject.hosts[0], err)
	}
	data[keyCA], data[keyCertificate], data[keyCertificateKey] = signer[keyCA], certificatePEM(der), keyText
	return data, nil
}

// CertificateSource is what a certificate is made of beside its names.
type CertificateSource struct {
	Existing map[string][]byte
	Now      time.Time
	Random   io.Reader
}

// ServerCertificateSecret holds the certificate of a managed server, which its
// pod alone reads.
func ServerCertificateSecret(c Cluster, component Component, service string, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, CertificateSecretName(service), component, data)
}

// certificateFits says whether the certificate and its key belong together, are
// signed by the authority for the name, and have time left.
func certificateFits(data map[string][]byte, by authority, name string, now time.Time) bool {
	if _, err := tls.X509KeyPair(data[keyCertificate], data[keyCertificateKey]); err != nil {
		return false
	}
	certificate, err := parseCertificate(data[keyCertificate])
	if err != nil || now.Add(certificateRenewal).After(certificate.NotAfter) {
		return false
	}
	roots := x509.NewCertPool()
	roots.AddCert(by.certificate)
	_, err = certificate.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now})
	return err == nil
}

// certificateFolder is where the pod of a managed server finds its certificate.
const certificateFolder = "/etc/uim/tls"

func certificateVolume(service string) *corev1ac.VolumeApplyConfiguration {
	return secretFiles("tls", CertificateSecretName(service), keyCA, keyCertificate, keyCertificateKey)
}

func certificateMount() *corev1ac.VolumeMountApplyConfiguration {
	return mount("tls", certificateFolder).WithReadOnly(true)
}
