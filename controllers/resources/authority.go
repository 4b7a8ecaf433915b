package resources

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"time"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Keys of Secrets with certificates.
const (
	keyAuthorityKey   = "ca.key"
	keyCertificate    = "tls.crt"
	keyCertificateKey = "tls.key"
)

// Keys of the authorities before and after the one that signs, which are trusted
// beside it.
const (
	keyPreviousAuthority = "previous.crt"
	keyNextAuthority     = "next.crt"
	keyNextAuthorityKey  = "next.key"
)

const (
	// authorityLifetime is long, because everyone who trusts an authority has to be
	// told of the next one.
	authorityLifetime = 10 * 365 * 24 * time.Hour
	// authorityAnnounced is how long before the end of an authority the next one is
	// trusted, authorityReplaced is how long before it the next one signs. A year lies
	// between the two, in which chat servers and browsers can learn of it.
	authorityAnnounced = authorityLifetime / 5
	authorityReplaced  = authorityLifetime / 10
	// authorityOverlap is how long the next one is trusted before it signs, even if the
	// operator was away for so long that it comes late.
	authorityOverlap = 24 * time.Hour
)

// AuthorityData is the content of the Secret of the cluster's own certificate
// authority, which signs the certificates of the managed Postgres and Redis. One
// that exists is kept until its last years. Then its successor comes in three steps
// that nobody's connection notices: it is trusted, it signs, and its predecessor is
// trusted until that ends.
func AuthorityData(c Cluster, existing map[string][]byte, now time.Time, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if len(data[keyCA]) == 0 || len(data[keyAuthorityKey]) == 0 {
		return data, newAuthority(c, data, keyCA, keyAuthorityKey, now, random)
	}
	current, err := parseCertificate(data[keyCA])
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority: %w", err)
	}
	if previous, err := parseCertificate(data[keyPreviousAuthority]); err != nil || now.After(previous.NotAfter) {
		delete(data, keyPreviousAuthority)
	}
	next, err := parseCertificate(data[keyNextAuthority])
	switch left := current.NotAfter.Sub(now); {
	case left > authorityAnnounced:
		return data, nil
	case err != nil || len(data[keyNextAuthorityKey]) == 0:
		return data, newAuthority(c, data, keyNextAuthority, keyNextAuthorityKey, now, random)
	case left > authorityReplaced || now.Before(next.NotBefore.Add(clockSkew+authorityOverlap)):
		return data, nil
	}
	data[keyPreviousAuthority] = data[keyCA]
	data[keyCA], data[keyAuthorityKey] = data[keyNextAuthority], data[keyNextAuthorityKey]
	delete(data, keyNextAuthority)
	delete(data, keyNextAuthorityKey)
	return data, nil
}

// newAuthority adds an authority and its key to the data.
func newAuthority(c Cluster, data map[string][]byte, certificateName, keyName string, now time.Time, random io.Reader) error {
	key, keyText, err := newCertificateKey(random)
	if err != nil {
		return err
	}
	serial, err := serialNumber(random)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "UIM " + c.Namespace + "/" + c.Name},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(authorityLifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make the certificate authority: %w", err)
	}
	data[certificateName], data[keyName] = certificatePEM(der), keyText
	return nil
}

// AuthoritySecret holds the certificate authority. No pod reads its key.
func AuthoritySecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, AuthoritySecretName(c), ComponentNetwork, data)
}

// AuthorityCertificate is the part of the authority's Secret that clients need: all
// that they are to trust, the oldest first, so that it stays the same when the next
// one begins to sign.
func AuthorityCertificate(data map[string][]byte) []byte {
	return slices.Concat(data[keyPreviousAuthority], data[keyCA], data[keyNextAuthority])
}

// authority signs.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func parseAuthority(data map[string][]byte) (authority, error) {
	certificate, err := parseCertificate(data[keyCA])
	if err != nil {
		return authority{}, fmt.Errorf("read the certificate authority: %w", err)
	}
	block, _ := pem.Decode(data[keyAuthorityKey])
	if block == nil {
		return authority{}, errors.New("read the key of the certificate authority: it holds no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return authority{}, fmt.Errorf("read the key of the certificate authority: %w", err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return authority{}, errors.New("read the key of the certificate authority: it cannot sign")
	}
	return authority{certificate, key}, nil
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it holds no PEM block")
	}
	return x509.ParseCertificate(block.Bytes)
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// newCertificateKey is an ECDSA key on P-256, which all clients of Postgres and
// Redis know; also as PKCS #8 in PEM.
func newCertificateKey(random io.Reader) (crypto.Signer, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, nil, fmt.Errorf("make the key of a certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the key of a certificate: %w", err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// serialNumber is 127 random bits, as RFC 5280 (section 4.1.2.2) allows.
func serialNumber(random io.Reader) (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	raw[0] &= 0x7f
	raw[15] |= 1 // never zero
	return new(big.Int).SetBytes(raw), nil
}
