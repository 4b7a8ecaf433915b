package resources_test

import (
	"maps"
	"strings"
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestAURIIsSpelledOut(t *testing.T) {
	const uri = "uri=postgresql://app:p%40ss@db.example:6432/chat?sslmode=verify-full"
	for _, test := range []struct {
		name    string
		data    map[string][]byte
		want    map[string][]byte
		spelled bool
	}{
		{"nothing but a uri", secretData(uri),
			secretData("host=db.example", "port=6432", "user=app", "password=p@ss", "dbname=chat", "sslmode=verify-full"), true},
		{"with what it does not say", secretData("uri=postgres://db.example/chat", "username=app", "password=p", "ca.crt=x"),
			secretData("host=db.example", "dbname=chat", "username=app", "password=p", "ca.crt=x"), true},
		{"beside the same", secretData(uri, "host=db.example", "port=6432", "username=app", "password=p@ss", "database=chat", "sslmode=verify-full"),
			secretData("host=db.example", "port=6432", "username=app", "password=p@ss", "database=chat", "sslmode=verify-full"), false},
		// As in the Secrets of CloudNativePG.
		{"with the host in full", secretData("uri=postgresql://app:p@team-rw.data:5432/app", "host=team-rw", "port=5432", "username=app", "user=app", "password=p", "dbname=app"),
			secretData("host=team-rw", "port=5432", "username=app", "user=app", "password=p", "dbname=app"), false},
		{"no uri", secretData("host=h"), secretData("host=h"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, spelled, err := resources.SpellOutURI("db", test.data)
			if err != nil || spelled != test.spelled {
				t.Fatalf("spelled is %v, the error %v", spelled, err)
			}
			same := func(a, b []byte) bool { return string(a) == string(b) }
			if !maps.EqualFunc(got, test.want, same) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestABadURIIsTold(t *testing.T) {
	const password = "hunter2"
	for _, bad := range []struct {
		name string
		data map[string][]byte
		says string
	}{
		{"no uri", secretData("uri=host=db password=" + password), "has a uri that is not of the form postgresql://"},
		{"another scheme", secretData("uri=mysql://u:" + password + "@db/chat"), "has a uri that is not of the form"},
		{"several hosts", secretData("uri=postgresql://u:" + password + "@a:5432,b:5432/chat"), "with one host"},
		{"a character that has to be escaped", secretData("uri=postgresql://u:" + password + "%@db/chat"), "written as %XX"},
		{"a parameter", secretData("uri=postgresql://u:" + password + "@db/chat?sslrootcert=/ca.crt"), "give a certificate authority as ca.crt"},
		{"another host", secretData("uri=postgresql://u:"+password+"@db/chat", "host=elsewhere"), "has a uri and a host that contradict each other: remove one"},
		{"another user", secretData("uri=postgresql://u:"+password+"@db/chat", "username=x"), "has a uri and a username that contradict"},
		{"another password", secretData("uri=postgresql://u:"+password+"@db/chat", "password=x"), "has a uri and a password that contradict"},
		{"another database", secretData("uri=postgresql://u:"+password+"@db/chat", "dbname=x"), "has a uri and a dbname that contradict"},
		{"another sslmode", secretData("uri=postgresql://u:"+password+"@db/chat?sslmode=disable", "sslmode=require"), "has a uri and a sslmode that contradict"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, _, err := resources.SpellOutURI("db", bad.data)
			requireSecretError(t, err, bad.says)
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestBadCertificatesAreTold(t *testing.T) {
	good := string(newAuthority(t, given(t, "{}"))["ca.crt"])
	for _, bad := range []struct {
		name string
		data map[string][]byte
		says string
	}{
		{"an authority that is none", secretData("ca.crt=x"), "has a ca.crt without a certificate in PEM"},
		{"a client certificate that is none", secretData("tls.crt=x", "tls.key=y"), "has a tls.crt and a tls.key that are not a certificate and its key"},
		{"an authority that is not looked at", secretData("ca.crt="+good, "sslmode=disable"), "which sslmode disable does not look at: make it verify-full"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			requireSecretError(t, resources.CheckCertificates("db", bad.data), bad.says)
		})
	}
	if err := resources.CheckCertificates("db", secretData("ca.crt="+good, "sslmode=verify-full")); err != nil {
		t.Error(err)
	}
}
