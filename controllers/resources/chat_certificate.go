package resources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// CertificateKind is the kind of ChatCertificate.
func CertificateKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"}
}

// ChatCertificate asks cert-manager for the certificate of the host, or is nil when
// nobody is to be asked. The Secret that cert-manager writes is labelled as the
// cluster's.
func ChatCertificate(c Cluster) *unstructured.Unstructured {
	if c.TLS == nil || c.TLS.Issuer == nil {
		return nil
	}
	return optionalObject(c, CertificateKind(), ChatName(c), ComponentChat, map[string]any{
		"secretName":     c.TLS.Secret,
		"secretTemplate": map[string]any{"labels": toAny(labels(c, ComponentChat))},
		"dnsNames":       []any{c.Host},
		"privateKey":     map[string]any{"algorithm": "ECDSA", "size": int64(256), "rotationPolicy": "Always"},
		"issuerRef":      map[string]any{"name": c.TLS.Issuer.Name, "kind": c.TLS.Issuer.Kind, "group": c.TLS.Issuer.Group},
	})
}

// ChatCertificateData is the content of the Secret with the certificate of the host
// that the cluster's own authority signs. What exists is kept until its last third,
// or until it does not fit any more.
func ChatCertificateData(c Cluster, signer map[string][]byte, s CertificateSource) (map[string][]byte, error) {
	return certificateData(certificateSubject{hosts: []string{c.Host}}, signer, s)
}

// ChatCertificateSecret holds the certificate of the host, for the proxy that serves
// it. With nil data it only claims the Secret that cert-manager writes.
func ChatCertificateSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	wanted := secret(c, ChatCertificateSecretName(c), ComponentChat, data)
	if data != nil {
		wanted.WithType(corev1.SecretTypeTLS)
	}
	return wanted
}
