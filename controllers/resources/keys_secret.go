package resources

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"time"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Keys of the Secret that chat servers mount. The signing key whose name sorts
// last signs, all of them verify, so a new key is added beside the old one.
const (
	keysSecretKey     = "secret"
	signingKeyPrefix  = "signing-"
	signingKeySuffix  = ".pem"
	signingKeyIDStyle = "20060102t150405z"
)

// KeysData is the content of the keys Secret: what exists, and what is missing
// made from random. A first signing key is named after now.
func KeysData(existing map[string][]byte, now time.Time, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if err := keepOrGenerate(data, random, keysSecretKey); err != nil {
		return nil, err
	}
	if len(signingKeyNames(data)) > 0 {
		return data, nil
	}
	key, err := newSigningKey(random)
	if err != nil {
		return nil, err
	}
	data[signingKeyName(now)] = key
	return data, nil
}

// KeysSecret holds the secret and the signing keys of the chat servers.
func KeysSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, KeysSecretName(c), ComponentChat, data)
}

// FingerprintKey is the part of the keys Secret that keys fingerprints.
func FingerprintKey(data map[string][]byte) []byte { return data[keysSecretKey] }

// newSigningKey is an Ed25519 private key, PKCS#8 in PEM.
func newSigningKey(random io.Reader) ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		return nil, fmt.Errorf("encode a signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
