package resources

import "time"

// CertificateEnd is when the certificate in the content of a Secret of type
// kubernetes.io/tls ends, if there is one.
func CertificateEnd(data map[string][]byte) (time.Time, bool) {
	certificate, err := parseCertificate(data[keyCertificate])
	if err != nil {
		return time.Time{}, false
	}
	return certificate.NotAfter, true
}
