package status

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// ReasonExpiringSoon is the reason of CertificatesValid when one is still good, and
// should have been replaced by now.
const ReasonExpiringSoon = "ExpiringSoon"

// certificatesValid says whether every certificate is there and good: that of the
// host, and those of the servers that the operator runs. One that ends soon is still
// valid; the reason tells.
func certificatesValid(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionCertificatesValid
	if p, ok := f.Problems[Certificates]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	var late []string
	var first Certificate
	for _, c := range f.Certificates {
		if c.Late {
			late = append(late, fmt.Sprintf("Secret %q ends at %s", c.Secret, moment(c.NotAfter)))
		}
		if first.Secret == "" || c.NotAfter.Before(first.NotAfter) {
			first = c
		}
	}
	switch {
	case len(late) > 0:
		return is(t, ReasonExpiringSoon, fmt.Sprintf("The certificate in %s and was not replaced: %s", strings.Join(late, ", in "), lateHint(f)))
	case first.Secret == "":
		return is(t, "NoneKept", "There is no certificate here that could end")
	default:
		return is(t, "Valid", fmt.Sprintf("%d certificates are valid; the first to end is in Secret %q, at %s", len(f.Certificates), first.Secret, moment(first.NotAfter)))
	}
}

// lateHint says what to do about a certificate that was not replaced in time.
func lateHint(f Facts) string {
	switch tls := f.Cluster.TLS; {
	case tls != nil && tls.Issuer != nil:
		return fmt.Sprintf("see kubectl describe certificate -n %s", f.Cluster.Namespace)
	case tls != nil && tls.Secret != "" && !tls.Own:
		return "put a new certificate and its key into the Secret"
	default:
		return "the operator renews it; see its log"
	}
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// publicCertificate is the certificate that people are shown, for the status.
func publicCertificate(f Facts) v1alpha1.TLSStatus {
	if f.Cluster.TLS == nil {
		return v1alpha1.TLSStatus{}
	}
	shown := v1alpha1.TLSStatus{SecretName: cmp.Or(f.FormerCertificate, f.Cluster.TLS.Secret)}
	for _, c := range f.Certificates {
		if c.Public {
			shown.NotAfter = new(metav1.NewTime(c.NotAfter))
		}
	}
	return shown
}
