package resources_test

import (
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"uim.dev/uim/controllers/resources"
)

func TestCertificateOfTheHostIsSignedByTheOwnAuthority(t *testing.T) {
	c := given(t, "{ingress: {host: chat.example.com}, tls: {selfSigned: {}}}")
	authority := newAuthority(t, c)
	data := signedForHost(t, c, authority, nil, noon())
	if err := verify(t, authority, data, "chat.example.com", noon()); err != nil {
		t.Errorf("browsers that know the authority do not trust it: %v", err)
	}
	if again := signedForHost(t, c, authority, data, noon().Add(30*day)); string(again["tls.crt"]) != string(data["tls.crt"]) {
		t.Error("it is made anew after a month")
	}
	if again := signedForHost(t, c, authority, data, noon().Add(250*day)); string(again["tls.crt"]) == string(data["tls.crt"]) {
		t.Error("it is not renewed in its last third")
	}
	moved := given(t, "{ingress: {host: other.example.com}, tls: {selfSigned: {}}}")
	if again := signedForHost(t, moved, authority, data, noon()); verify(t, authority, again, "other.example.com", noon()) != nil {
		t.Error("it does not follow the host")
	}
}

func TestBadCertificatesAreNamed(t *testing.T) {
	c := given(t, "{ingress: {host: chat.example.com}, tls: {selfSigned: {}}}")
	authority := newAuthority(t, c)
	good := signedForHost(t, c, authority, nil, noon())
	other := signedForHost(t, c, authority, nil, noon())
	with := func(key string, value []byte) map[string][]byte {
		data := maps.Clone(good)
		data[key] = value
		return data
	}
	for _, bad := range []struct {
		name         string
		data         map[string][]byte
		host         string
		at           time.Time
		reason, says string
	}{
		{"nothing", nil, "chat.example.com", noon(), "CertificateIncomplete", "lacks tls.crt and tls.key"},
		{"no key", with("tls.key", nil), "chat.example.com", noon(), "CertificateIncomplete", "lacks tls.key"},
		{"no PEM", with("tls.crt", []byte("?")), "chat.example.com", noon(), "CertificateUnreadable", "tls.crt that is no certificate"},
		{"another key", with("tls.key", other["tls.key"]), "chat.example.com", noon(), "KeyMismatch", "tls.key that does not belong"},
		{"another host", good, "chat.example.org", noon(), "HostMismatch", "is for chat.example.com and not for chat.example.org"},
		{"too early", good, "chat.example.com", noon().Add(-2 * day), "CertificateNotYetValid", "2026-11-23T11:00:00Z"},
		{"too late", good, "chat.example.com", noon().Add(366 * day), "CertificateExpired", "ended at 2027-11-23T12:00:00Z"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, err := resources.CheckCertificate(bad.data, bad.host, bad.at)
			found, ok := errors.AsType[*resources.CertificateError](err)
			if !ok || found.Reason != bad.reason || !strings.Contains(found.Error(), bad.says) {
				t.Errorf("got %v (%+v), want %s: %s", err, found, bad.reason, bad.says)
			}
		})
	}
	found, err := resources.CheckCertificate(good, "chat.example.com", noon())
	if err != nil || !found.NotAfter.Equal(noon().Add(365*day)) || !found.Late.Equal(noon().Add(351*day)) {
		t.Errorf("a good one: %+v, %v", found, err)
	}
}

func signedForHost(t *testing.T, c resources.Cluster, authority, existing map[string][]byte, at time.Time) map[string][]byte {
	t.Helper()
	data, err := resources.ChatCertificateData(c, authority, resources.CertificateSource{Existing: existing, Now: at, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
