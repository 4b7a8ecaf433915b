package resources_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"
	"time"

	"uim.dev/uim/controllers/resources"
)

const day = 24 * time.Hour

// newAuthority is the content of a new authority's Secret.
func newAuthority(t *testing.T, c resources.Cluster) map[string][]byte {
	t.Helper()
	data, err := resources.AuthorityData(c, nil, noon(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// signed is the content of the Secret of a server's certificate at a time.
func signed(t *testing.T, c resources.Cluster, authority, existing map[string][]byte, at time.Time) map[string][]byte {
	t.Helper()
	data, err := resources.ServerCertificateData(c, resources.PostgresName(c), authority,
		resources.CertificateSource{Existing: existing, Now: at, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// verify checks the certificate as a client does that knows the authority only.
func verify(t *testing.T, authority, certificate map[string][]byte, host string, at time.Time) error {
	t.Helper()
	pair, err := tls.X509KeyPair(certificate["tls.crt"], certificate["tls.key"])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(resources.AuthorityCertificate(authority)) {
		t.Fatal("the authority has no certificate")
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: at})
	return err
}

func TestClientsKnowTheServerByItsAddress(t *testing.T) {
	c := given(t, "{}")
	authority := newAuthority(t, c)
	certificate := signed(t, c, authority, nil, noon())
	secret, err := resources.PostgresData(c, nil, resources.AuthorityCertificate(authority), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(t, authority, certificate, string(secret["host"]), noon()); err != nil {
		t.Errorf("a client does not trust %s: %v", secret["host"], err)
	}
	if verify(t, authority, certificate, "other-postgres.chat.svc", noon()) == nil {
		t.Error("the certificate is good for another server")
	}
	if verify(t, newAuthority(t, c), certificate, string(secret["host"]), noon()) == nil {
		t.Error("the certificate is good for another authority")
	}
}

func TestAuthorityIsKept(t *testing.T) {
	c := given(t, "{}")
	first := newAuthority(t, c)
	again, err := resources.AuthorityData(c, first, noon().Add(2900*day), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(first, again, bytes.Equal) {
		t.Error("it is made anew")
	}
	block, _ := pem.Decode(first["ca.crt"])
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !certificate.IsCA || !certificate.MaxPathLenZero || certificate.KeyUsage&x509.KeyUsageCertSign == 0 {
		t.Error("it may not sign, or may let others sign")
	}
}

// An authority goes over to the next one so that whoever trusts what there was to trust
// a day before, trusts every certificate that is in use.
func TestAuthorityIsReplacedWithoutABreak(t *testing.T) {
	c := given(t, "{}")
	authority := newAuthority(t, c)
	certificate := signed(t, c, authority, nil, noon())
	first := authority["ca.crt"]
	trusted := [][]byte{resources.AuthorityCertificate(authority)}
	changes := 0
	for at := noon().Add(day); at.Before(noon().Add(3700 * day)); at = at.Add(day) {
		before := authority
		var err error
		if authority, err = resources.AuthorityData(c, authority, at, rand.Reader); err != nil {
			t.Fatal(err)
		}
		certificate = signed(t, c, authority, certificate, at)
		// Chat servers may not have been given today's authorities yet.
		if err := verify(t, before, certificate, "acme-postgres.chat.svc", at); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		if now := resources.AuthorityCertificate(authority); !bytes.Equal(now, trusted[len(trusted)-1]) {
			trusted = append(trusted, now)
		}
		if !bytes.Equal(before["ca.crt"], authority["ca.crt"]) {
			changes++
		}
	}
	if changes != 1 || bytes.Equal(authority["ca.crt"], first) {
		t.Errorf("the authority changed %d times", changes)
	}
	// The chat servers roll twice: with the next one, and without the first.
	if len(trusted) != 3 {
		t.Errorf("what is to be trusted changed %d times", len(trusted)-1)
	}
	if bytes.Contains(resources.AuthorityCertificate(authority), first) {
		t.Error("the first one is trusted after its end")
	}
}

// An operator that was away for years announces the next authority before it signs.
func TestAuthorityIsAnnouncedEvenIfLate(t *testing.T) {
	c := given(t, "{}")
	first := newAuthority(t, c)
	late := noon().Add(3600 * day)
	announced, err := resources.AuthorityData(c, first, late, rand.Reader)
	if err != nil || !bytes.Equal(announced["ca.crt"], first["ca.crt"]) || len(announced["next.crt"]) == 0 {
		t.Fatalf("it is not announced first (%v)", err)
	}
	replaced, err := resources.AuthorityData(c, announced, late.Add(2*day), rand.Reader)
	if err != nil || !bytes.Equal(replaced["ca.crt"], announced["next.crt"]) || !bytes.Equal(replaced["previous.crt"], first["ca.crt"]) {
		t.Fatalf("it does not sign two days later (%v)", err)
	}
}

func TestServerCertificateIsRenewedInTime(t *testing.T) {
	c := given(t, "{}")
	authority := newAuthority(t, c)
	first := signed(t, c, authority, nil, noon())
	otherAuthority := newAuthority(t, c)
	without := func(key string) map[string][]byte {
		data := maps.Clone(first)
		delete(data, key)
		return data
	}
	for name, situation := range map[string]struct {
		authority, existing map[string][]byte
		at                  time.Time
		renewed             bool
	}{
		"the same day":           {authority, first, noon(), false},
		"after half a year":      {authority, first, noon().Add(182 * day), false},
		"in its last third":      {authority, first, noon().Add(250 * day), true},
		"long after its end":     {authority, first, noon().Add(1000 * day), true},
		"with another authority": {otherAuthority, first, noon(), true},
		"without its key":        {authority, without("tls.key"), noon(), true},
		"without itself":         {authority, without("tls.crt"), noon(), true},
	} {
		t.Run(name, func(t *testing.T) {
			now := signed(t, c, situation.authority, situation.existing, situation.at)
			if renewed := !bytes.Equal(now["tls.crt"], first["tls.crt"]); renewed != situation.renewed {
				t.Errorf("renewed is %v", renewed)
			}
			if err := verify(t, situation.authority, now, "acme-postgres.chat.svc", situation.at); err != nil {
				t.Errorf("clients do not trust it: %v", err)
			}
		})
	}
}

func TestBrokenAuthoritySignsNothing(t *testing.T) {
	c := given(t, "{}")
	good := newAuthority(t, c)
	for name, broken := range map[string]map[string][]byte{
		"no certificate": {"ca.crt": []byte("?"), "ca.key": good["ca.key"]},
		"no key":         {"ca.crt": good["ca.crt"], "ca.key": []byte("?")},
		"no key in PEM":  {"ca.crt": good["ca.crt"], "ca.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("?")})},
	} {
		_, err := resources.ServerCertificateData(c, "acme-postgres", broken, resources.CertificateSource{Now: noon(), Random: rand.Reader})
		if err == nil {
			t.Errorf("%s: it signs", name)
		}
	}
}
