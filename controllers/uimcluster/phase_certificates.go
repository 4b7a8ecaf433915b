package uimcluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/metrics"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileCertificates sees to the certificate of the host: makes it, asks
// cert-manager for it, or looks at what the user has made. The servers' own were made
// by their phases.
func (p *pass) reconcileCertificates(ctx context.Context) error {
	tls := p.cluster.TLS
	if tls == nil || tls.Issuer == nil {
		if err := p.removeOptional(ctx, resources.CertificateKind(), resources.ChatName(p.cluster)); err != nil {
			return err
		}
	}
	switch {
	case tls == nil || tls.Secret == "":
		return nil
	case tls.Own:
		return p.signCertificate(ctx)
	case tls.Issuer != nil:
		return p.requestCertificate(ctx)
	default:
		return p.checkUserCertificate(ctx)
	}
}

// signCertificate makes the certificate of the host by the cluster's own authority.
func (p *pass) signCertificate(ctx context.Context) error {
	if p.authority == nil {
		return nil
	}
	data, err := p.keepSecret(ctx, generatedSecret{
		name: p.cluster.TLS.Secret,
		kind: corev1.SecretTypeTLS,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return resources.ChatCertificateData(p.cluster, p.authority,
				resources.CertificateSource{Existing: existing, Now: p.Now(), Random: p.Random})
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.ChatCertificateSecret(p.cluster, data)
		},
	})
	if err != nil || data == nil {
		return err
	}
	return p.checkCertificate(data, "delete the Secret, and the operator makes another one")
}

// requestCertificate asks cert-manager for the certificate of the host. The Secret is
// refused before that if it is somebody else's: cert-manager would overwrite it.
func (p *pass) requestCertificate(ctx context.Context) error {
	secret := &corev1.Secret{}
	exists, err := p.load(ctx, p.cluster.TLS.Secret, secret)
	if err != nil {
		return err
	}
	live, _, err := p.applyOptional(ctx, resources.ChatCertificate(p.cluster))
	if errors.Is(err, errKindMissing) {
		return &problemError{status.Problem{
			Reason: "CertManagerMissing",
			Message: "spec.tls.issuerRef needs cert-manager, and this Kubernetes does not have its API cert-manager.io/v1: " +
				"install cert-manager, or use tls.secretName or tls.selfSigned",
			NeedsHelp: true,
		}}
	}
	if err != nil {
		return err
	}
	if issued, why := observeCertificate(live); !issued || !exists {
		return &problemError{status.Problem{
			Reason: "CertificatePending",
			Message: fmt.Sprintf("cert-manager has not issued Certificate %q by %s %q yet%s; if this lasts: kubectl describe certificate %[1]s -n %[5]s",
				resources.ChatName(p.cluster), p.cluster.TLS.Issuer.Kind, p.cluster.TLS.Issuer.Name, why, p.cluster.Namespace),
		}}
	}
	if err := p.ownIssuedSecret(ctx, secret); err != nil {
		return err
	}
	return p.checkCertificate(secret.Data, fmt.Sprintf("delete the Secret, and cert-manager issues another one; see kubectl describe certificate %s -n %s",
		resources.ChatName(p.cluster), p.cluster.Namespace))
}

// ownIssuedSecret makes the Secret that cert-manager wrote live as long as spec.deletionPolicy
// says.
func (p *pass) ownIssuedSecret(ctx context.Context, live *corev1.Secret) error {
	wanted := resources.ChatCertificateSecret(p.cluster, nil)
	owned, err := corev1ac.ExtractSecret(live, resources.FieldManager)
	if err != nil {
		return fmt.Errorf("read the owned fields of Secret %q: %w", live.Name, err)
	}
	if equality.Semantic.DeepEqual(owned, wanted) || p.hold(live) {
		return nil
	}
	wanted.WithResourceVersion(live.ResourceVersion)
	if err := p.Client.Apply(ctx, wanted, client.FieldOwner(resources.FieldManager), client.ForceOwnership); err != nil {
		return fmt.Errorf("apply Secret %q: %w", live.Name, err)
	}
	return nil
}

// checkUserCertificate looks at a Secret that the user made, or has made by
// annotations of the Ingress.
func (p *pass) checkUserCertificate(ctx context.Context) error {
	data, err := p.userSecret(ctx, p.cluster.TLS.Secret, "spec.tls.secretName")
	if absent, ok := errors.AsType[*problemError](err); ok && p.ingressAsksForCertificate() {
		absent.problem.NeedsHelp = false
		absent.problem.Message += "; the annotations of the Ingress ask cert-manager for it"
	}
	if err != nil {
		return err
	}
	return p.checkCertificate(data, "put the certificate of this host, with its chain, into tls.crt and its key into tls.key")
}

// ingressAsksForCertificate is true when the user has cert-manager write the Secret.
func (p *pass) ingressAsksForCertificate() bool {
	if p.cluster.Ingress == nil {
		return false
	}
	for name := range p.cluster.Ingress.Annotations {
		if strings.HasPrefix(name, "cert-manager.io/") {
			return true
		}
	}
	return false
}

// checkCertificate looks at the certificate of the host; hint is what to do if it is
// of no use.
func (p *pass) checkCertificate(data map[string][]byte, hint string) error {
	secret := p.cluster.TLS.Secret
	err := p.seeCertificate(secret, data, p.cluster.Host)
	if bad, ok := errors.AsType[*resources.CertificateError](err); ok {
		return &problemError{status.Problem{
			Reason:    bad.Reason,
			Message:   fmt.Sprintf("Secret %q %s: %s", secret, bad.Detail, hint),
			NeedsHelp: true,
		}}
	}
	return err
}

// seeCertificate notes a certificate for the status, and looks again when it needs
// another look. host is the one that people type; it is empty for other certificates.
// Metrics have its end even when it is of no use any more.
func (p *pass) seeCertificate(secret string, data map[string][]byte, host string) error {
	if end, ok := resources.CertificateEnd(data); ok {
		p.certificates[secret] = metrics.Certificate{End: end, Late: end}
	}
	now := p.Now()
	found, err := resources.CheckCertificate(data, host, now)
	if err != nil {
		return err
	}
	p.certificates[secret] = metrics.Certificate{End: found.NotAfter, Late: found.Late}
	late := !now.Before(found.Late)
	if late {
		p.wakeAfter(found.NotAfter.Sub(now))
	} else {
		p.wakeAfter(found.Late.Sub(now))
	}
	p.facts.Certificates = append(p.facts.Certificates, status.Certificate{
		Secret: secret, NotAfter: found.NotAfter, Late: late, Public: host != "",
	})
	return nil
}
