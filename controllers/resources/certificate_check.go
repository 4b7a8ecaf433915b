package resources

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"
)

// soonAtMost is how long before its end a certificate that was not replaced counts
// as late; of one with a short life it is the last sixth. Who renews in time does so
// at a third, and so is never late.
const soonAtMost = 14 * 24 * time.Hour

// Certificate is what is known of a certificate that is good.
type Certificate struct {
	NotAfter time.Time
	// Late is from when on it should have been replaced.
	Late time.Time
}

// CertificateError says why a certificate is of no use.
type CertificateError struct {
	// Reason is one CamelCase word, Detail the rest of a sentence that begins with
	// the name of the Secret.
	Reason string
	Detail string
}

func (e *CertificateError) Error() string { return e.Detail }

// CheckCertificate says whether the content of a Secret of type kubernetes.io/tls is
// a certificate for the host now, and its key. An empty host is any. The error is a
// *CertificateError. Who signed it is not checked: that is between the browser and
// the issuer.
func CheckCertificate(data map[string][]byte, host string, now time.Time) (Certificate, error) {
	var missing []string
	for _, key := range []string{keyCertificate, keyCertificateKey} {
		if len(data[key]) == 0 {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return Certificate{}, &CertificateError{"CertificateIncomplete", "lacks " + strings.Join(missing, " and ")}
	}
	leaf, err := parseCertificate(data[keyCertificate])
	if err != nil {
		return Certificate{}, &CertificateError{"CertificateUnreadable", fmt.Sprintf("has a tls.crt that is no certificate (%v)", err)}
	}
	// It compares the keys; its errors say nothing of what is in them.
	if _, err := tls.X509KeyPair(data[keyCertificate], data[keyCertificateKey]); err != nil {
		return Certificate{}, &CertificateError{"KeyMismatch", fmt.Sprintf("has a tls.key that does not belong to its tls.crt (%v)", err)}
	}
	switch {
	case host != "" && leaf.VerifyHostname(host) != nil:
		return Certificate{}, &CertificateError{"HostMismatch", fmt.Sprintf("is for %s and not for %s", names(leaf.DNSNames), host)}
	case now.Before(leaf.NotBefore):
		return Certificate{}, &CertificateError{"CertificateNotYetValid", "is valid from " + leaf.NotBefore.UTC().Format(time.RFC3339) + " on only"}
	case now.After(leaf.NotAfter):
		return Certificate{}, &CertificateError{"CertificateExpired", "ended at " + leaf.NotAfter.UTC().Format(time.RFC3339)}
	}
	return Certificate{
		NotAfter: leaf.NotAfter,
		Late:     leaf.NotAfter.Add(-min(soonAtMost, leaf.NotAfter.Sub(leaf.NotBefore)/6)),
	}, nil
}

func names(all []string) string {
	if len(all) == 0 {
		return "no host"
	}
	return strings.Join(all, ", ")
}
