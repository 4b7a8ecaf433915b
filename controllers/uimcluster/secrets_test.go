package uimcluster_test

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"uim.dev/uim/controllers/resources"
)

func (s *story) secret(name string) map[string][]byte {
	s.Helper()
	secret := &corev1.Secret{}
	s.get(name, secret)
	return secret.Data
}

func TestSecretsAreNeverMadeAgain(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	all := []string{"acme-ca", "acme-keys", "acme-postgres", "acme-postgres-tls", "acme-redis", "acme-redis-tls"}
	before := map[string]map[string][]byte{}
	for _, name := range all {
		before[name] = s.secret(name)
	}

	// Another spec, another operator's labels, a user who adds a key.
	s.whenSpecBecomes(`{chat: {replicas: 1}, deletionPolicy: Delete, ingress: {host: chat.example.com}}`)
	for _, name := range all {
		change(s, name, &corev1.Secret{}, func(o *corev1.Secret) {
			o.Labels["backup"] = "yes"
			o.Data["note"] = []byte("mine")
		})
	}
	s.afterPasses(3)
	for _, name := range all {
		now := s.secret(name)
		if string(now["note"]) != "mine" {
			t.Errorf("%s: the key of the user is gone", name)
		}
		delete(now, "note")
		if !maps.EqualFunc(before[name], now, bytes.Equal) {
			t.Errorf("%s: the content changed", name)
		}
	}
}

func TestLostKeyOfASecretIsMadeAnewAndTheOthersStay(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	password := s.secret("acme-postgres")["password"]
	change(s, "acme-postgres", &corev1.Secret{}, func(o *corev1.Secret) { delete(o.Data, "superuser-password") })
	s.eventually("a new password of the superuser", func() error {
		if len(s.secret("acme-postgres")["superuser-password"]) == 0 {
			return errors.New("is not there")
		}
		return nil
	})
	if !bytes.Equal(s.secret("acme-postgres")["password"], password) {
		t.Error("the other password changed")
	}
}

// A password that somebody changes reaches the server first, then the chat servers
// follow.
func TestChangedPasswordRollsPodsInOrder(t *testing.T) {
	for _, server := range []string{"postgres", "redis"} {
		t.Run(server, func(t *testing.T) {
			s := newStory(t)
			s.givenRunning(`{}`)
			chatBefore := fingerprint(s.deployment().Spec.Template)

			change(s, "acme-"+server, &corev1.Secret{}, func(o *corev1.Secret) { o.Data["password"] = []byte("chosen by hand") })
			s.eventually("a new version of the logins", func() error {
				if len(s.loginsJobs(server)) == 0 {
					return errors.New("has not been told")
				}
				return nil
			})
			s.afterPasses(2)
			if got := fingerprint(s.deployment().Spec.Template); got != chatBefore {
				t.Error("the chat servers roll before the server has the password")
			}
			s.whenServersAreTold(server)
			s.eventually("a rollout of the chat servers", func() error {
				if fingerprint(s.deployment().Spec.Template) == chatBefore {
					return errors.New("has not begun")
				}
				return nil
			})
			s.whenChatIsRolledOut()
			s.thenCondition("Ready", "True", "AllPartsReady", "")
			if got := string(s.secret("acme-" + server)["password"]); got != "chosen by hand" {
				t.Errorf("the password is %q", got)
			}
		})
	}
}

// A renewed certificate restarts the server that shows it, and nobody else: its
// clients know the authority.
func TestRenewedCertificateRestartsItsServerOnly(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	set := &appsv1.StatefulSet{}
	s.get("acme-postgres", set)
	before, chatBefore := fingerprint(set.Spec.Template), fingerprint(s.deployment().Spec.Template)
	change(s, "acme-postgres-tls", &corev1.Secret{}, func(o *corev1.Secret) { delete(o.Data, "tls.crt") })
	s.eventually("a restart of Postgres with another certificate", func() error {
		s.get("acme-postgres", set)
		if fingerprint(set.Spec.Template) == before {
			return errors.New("has not begun")
		}
		return nil
	})
	s.whenPostgresStarts()
	s.thenCondition("Ready", "True", "AllPartsReady", "")
	if fingerprint(s.deployment().Spec.Template) != chatBefore {
		t.Error("the chat servers roll")
	}
}

func fingerprint(template corev1.PodTemplateSpec) string {
	return template.Annotations[resources.AnnotationFingerprint]
}
