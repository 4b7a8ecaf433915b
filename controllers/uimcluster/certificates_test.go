package uimcluster_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/controllers/resources"
)

const withOwnSecret = `{ingress: {host: chat.example.com}, tls: {secretName: chat-tls}}`

// A certificate that the user looks after: each thing that can be wrong with it is
// named, and the pass after the change sees that it is right.
func TestCertificateOfTheUser(t *testing.T) {
	s := newStory(t)
	s.givenCluster(withOwnSecret)
	s.whenChatRuns()
	s.thenCondition("CertificatesValid", "False", "SecretMissing", `Secret "chat-tls", which spec.tls.secretName names`)
	s.thenCondition("Ready", "False", "SecretMissing", "")
	s.thenExists("acme-chat", &networkingv1.Ingress{})

	good, other := s.certificate("chat.example.com", 0), s.certificate("other.example.com", 0)
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "chat-tls"}, Type: corev1.SecretTypeTLS, Data: other})
	s.thenCondition("CertificatesValid", "False", "HostMismatch", `Secret "chat-tls" is for other.example.com and not for chat.example.com`)
	s.whenCertificateBecomes("chat-tls", map[string][]byte{"tls.crt": good["tls.crt"], "tls.key": other["tls.key"]})
	s.thenCondition("CertificatesValid", "False", "KeyMismatch", `Secret "chat-tls" has a tls.key`)
	s.whenCertificateBecomes("chat-tls", s.certificate("chat.example.com", 400))
	s.thenCondition("CertificatesValid", "False", "CertificateExpired", `Secret "chat-tls" ended at`)
	s.whenCertificateBecomes("chat-tls", s.certificate("chat.example.com", 360))
	s.thenCondition("CertificatesValid", "True", "ExpiringSoon", `Secret "chat-tls" ends at`)
	s.thenEvent("Warning", "ExpiringSoon")
	s.thenCondition("Ready", "True", "AllPartsReady", "")

	s.whenCertificateBecomes("chat-tls", good)
	s.thenCondition("CertificatesValid", "True", "Valid", "3 certificates are valid")
	shown := s.cluster().Status.TLS
	if shown.SecretName != "chat-tls" || shown.NotAfter == nil || shown.NotAfter.Before(&metav1.Time{Time: time.Now().Add(360 * 24 * time.Hour)}) {
		t.Errorf("the status shows %+v", shown)
	}
}

// A Secret that annotations of the Ingress have cert-manager write is waited for.
func TestCertificateByAnnotations(t *testing.T) {
	s := newStory(t)
	s.givenCluster(`{ingress: {host: chat.example.com, annotations: {cert-manager.io/cluster-issuer: x}}, tls: {secretName: chat-tls}}`)
	s.whenChatRuns()
	s.thenCondition("CertificatesValid", "False", "SecretMissing", "ask cert-manager for it")
	s.thenCondition("Progressing", "True", "WaitingForParts", "")
	s.thenServedBy("chat-tls")
	s.whenSpecBecomes(`{ingress: {host: chat.example.com, annotations: {cert-manager.io/cluster-issuer: x}}, tls: {secretName: next-tls}}`)
	s.thenServedBy("next-tls")
}

func TestCertificateOfTheOwnAuthority(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{ingress: {host: chat.example.com}, tls: {selfSigned: {}}}`)
	s.thenCondition("CertificatesValid", "True", "Valid", "")
	secret := &corev1.Secret{}
	s.get("acme-chat-tls", secret)
	if secret.Type != corev1.SecretTypeTLS || !bytes.Equal(secret.Data["ca.crt"], s.secret("acme-ca")["ca.crt"]) {
		t.Errorf("the Secret is a %s, or lacks the authority", secret.Type)
	}
	ingress := &networkingv1.Ingress{}
	s.get("acme-chat", ingress)
	if tls := ingress.Spec.TLS; len(tls) != 1 || tls[0].SecretName != "acme-chat-tls" {
		t.Errorf("the Ingress serves %v", tls)
	}
	before := secret.Data["tls.crt"]
	s.delete(secret)
	s.eventually("another certificate", func() error {
		if err := s.find("acme-chat-tls", secret); err != nil {
			return err
		}
		if len(secret.Data["tls.crt"]) == 0 || bytes.Equal(secret.Data["tls.crt"], before) {
			return errors.New("it is not there yet")
		}
		return nil
	})
}

// cert-manager may be installed later. Its Secret has to be the host's before the
// cluster is Ready, and belongs to the cluster from then on. First of the tests with
// cert-manager, which stays.
func TestCertificateOfAnIssuer(t *testing.T) {
	s := newStory(t)
	s.requireAbsent(resources.CertificateKind())
	s.givenCluster(`{ingress: {host: chat.example.com}, tls: {issuerRef: {name: letsencrypt, kind: ClusterIssuer}}, deletionPolicy: Delete}`)
	s.whenChatRuns()
	s.thenCondition("CertificatesValid", "False", "CertManagerMissing", "install cert-manager")

	s.whenCertManagerAppears()
	s.thenCondition("CertificatesValid", "False", "CertificatePending", `Certificate "acme-chat" by ClusterIssuer "letsencrypt"`)
	s.whenCertificateIs("False", "DoesNotExist", "the issuer is not there")
	s.thenCondition("CertificatesValid", "False", "CertificatePending", "(DoesNotExist: the issuer is not there); if this lasts: kubectl describe certificate acme-chat")

	s.whenIssued(s.certificate("chat.example.com", 0))
	s.thenCondition("CertificatesValid", "True", "Valid", "")
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	s.eventually("a Secret that goes with the cluster", func() error {
		secret := &corev1.Secret{}
		s.get("acme-chat-tls", secret)
		if !metav1.IsControlledBy(secret, s.cluster()) {
			return errors.New("it has no owner")
		}
		return nil
	})
	s.thenPassesWriteNothing()

	s.whenSpecBecomes(`{ingress: {host: chat.example.com}, tls: {selfSigned: {}}, deletionPolicy: Delete}`)
	s.thenGone("acme-chat", kindOnly(resources.CertificateKind()))
	s.eventually("a certificate of the own authority in the same Secret", func() error {
		if !bytes.Equal(s.secret("acme-chat-tls")["ca.crt"], s.secret("acme-ca")["ca.crt"]) {
			return errors.New("it is the other one yet")
		}
		return nil
	})
}

// Whoever changes where the certificate comes from is served by the one of before
// until the other is there and good.
func TestTheFormerCertificateServesUntilTheNextIsGood(t *testing.T) {
	s := newStory(t)
	s.whenCertManagerAppears()
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "chat-tls"}, Type: corev1.SecretTypeTLS, Data: s.certificate("chat.example.com", 0)})
	s.givenRunning(withOwnSecret)
	s.thenServedBy("chat-tls")

	s.whenSpecBecomes(`{ingress: {host: chat.example.com}, tls: {issuerRef: {name: letsencrypt}}}`)
	s.thenCondition("CertificatesValid", "False", "CertificatePending", "")
	s.thenServedBy("chat-tls")
	s.whenIssued(s.certificate("other.example.com", 0))
	s.thenCondition("CertificatesValid", "False", "HostMismatch", "")
	s.thenServedBy("chat-tls")
	s.whenCertificateBecomes("acme-chat-tls", s.certificate("chat.example.com", 0))
	s.thenCondition("CertificatesValid", "True", "Valid", "")
	s.thenServedBy("acme-chat-tls")

	// A certificate of another host is of no use.
	s.whenSpecBecomes(`{ingress: {host: talk.example.com}, tls: {secretName: talk-tls}}`)
	s.thenCondition("CertificatesValid", "False", "SecretMissing", "")
	s.thenServedBy("talk-tls")
}

// thenServedBy waits until the Ingress and the status name a Secret.
func (s *story) thenServedBy(secret string) {
	s.Helper()
	s.eventually("served by "+secret, func() error {
		ingress := &networkingv1.Ingress{}
		if err := s.find("acme-chat", ingress); err != nil {
			return err
		}
		if tls := ingress.Spec.TLS; len(tls) != 1 || tls[0].SecretName != secret || s.cluster().Status.TLS.SecretName != secret {
			return fmt.Errorf("the Ingress serves %v, the status shows %+v", tls, s.cluster().Status.TLS)
		}
		return nil
	})
}

// whenIssued has cert-manager write the Secret of the host.
func (s *story) whenIssued(data map[string][]byte) {
	s.Helper()
	labels := s.foreign(resources.CertificateKind()).Object["spec"].(map[string]any)["secretTemplate"].(map[string]any)["labels"].(map[string]any)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "acme-chat-tls", Labels: map[string]string{}}, Type: corev1.SecretTypeTLS, Data: data}
	for name, value := range labels {
		secret.Labels[name] = value.(string)
	}
	s.create(secret)
	s.whenCertificateIs("True", "Ready", "")
}

// cert-manager would overwrite a Secret of that name.
func TestSecretOfSomebodyElseIsNotGivenToTheIssuer(t *testing.T) {
	s := newStory(t)
	s.whenCertManagerAppears()
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "acme-chat-tls"}})
	s.givenCluster(`{ingress: {host: chat.example.com}, tls: {issuerRef: {name: x}}}`)
	s.thenCondition("CertificatesValid", "False", "NameTaken", `Secret "acme-chat-tls"`)
	s.requireNone("acme-chat", kindOnly(resources.CertificateKind()))
}

// certificate is one for a host, and its key, made some days ago for a year.
func (s *story) certificate(host string, daysAgo int) map[string][]byte {
	s.Helper()
	c := resources.Cluster{Name: "somebody", Namespace: "else", Host: host}
	at := time.Now().Add(-time.Duration(daysAgo) * 24 * time.Hour)
	authority, err := resources.AuthorityData(c, nil, at, rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	data, err := resources.ChatCertificateData(c, authority, resources.CertificateSource{Now: at, Random: rand.Reader})
	if err != nil {
		s.Fatal(err)
	}
	return data
}

func (s *story) whenCertificateBecomes(name string, data map[string][]byte) {
	s.Helper()
	change(s, name, &corev1.Secret{}, func(o *corev1.Secret) { o.Data = data })
}
