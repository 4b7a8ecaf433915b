package resources_test

import (
	"errors"
	"strings"
	"testing"

	"uim.dev/uim/controllers/resources"
)

func secretData(pairs ...string) map[string][]byte {
	data := map[string][]byte{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		data[key] = []byte(value)
	}
	return data
}

func TestBadDatabaseSecret(t *testing.T) {
	complete := []string{"host=h", "user=u", "password=p", "dbname=d"}
	for _, bad := range []struct {
		name string
		data map[string][]byte
		says string
	}{
		{"empty", nil, `Secret "db" lacks host, user (or username), password, dbname (or database): it needs`},
		{"no password", secretData("host=h", "user=u", "dbname=d"), "lacks password:"},
		{"empty password", secretData("host=h", "user=u", "dbname=d", "password="), "lacks password:"},
		{"bad port", secretData(append(complete, "port=http")...), "has a port that is not a number"},
		{"port out of range", secretData(append(complete, "port=65536")...), "has a port that is not a number"},
		{"owner without a password", secretData(append(complete, "owner-user=o")...), "has owner-user but lacks owner-password"},
		{"bad sslmode", secretData(append(complete, "sslmode=yes")...), "has an unknown sslmode"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, err := resources.OwnerConnection("db", bad.data)
			requireSecretError(t, err, bad.says)
		})
	}
}

func TestBadCacheSecret(t *testing.T) {
	for _, bad := range []struct {
		name string
		data map[string][]byte
		says string
	}{
		{"empty", nil, "lacks addr"},
		{"no port", secretData("addr=redis.example"), "not host:port"},
		{"bad tls", secretData("addr=redis.example:6379", "tls=yes"), "neither true nor false"},
		{"a URL", secretData("addr=redis://redis.example:6379"), "not host:port"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, err := resources.CacheConnection("cache", bad.data)
			requireSecretError(t, err, bad.says)
		})
	}
}

func requireSecretError(t *testing.T, err error, says string) {
	t.Helper()
	var secretError *resources.SecretError
	if !errors.As(err, &secretError) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v, want a SecretError with %q", err, says)
	}
}

func TestDatabaseEncryption(t *testing.T) {
	complete := []string{"host=h", "user=u", "password=p", "dbname=d"}
	for _, test := range []struct {
		name string
		more []string
		want map[string]string
	}{
		{"encrypted by default", nil, map[string]string{"PGSSLMODE": "require", "PGPORT": "5432", "PGSSLROOTCERT": ""}},
		{"checked with a CA", []string{"ca.crt=x"}, map[string]string{"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/uim/postgres-ca/ca.crt"}},
		{"as chosen", []string{"ca.crt=x", "sslmode=verify-ca", "port=6432"}, map[string]string{"PGSSLMODE": "db/sslmode", "PGPORT": "db/port"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection, err := resources.DatabaseConnection("db", secretData(append(complete, test.more...)...))
			if err != nil {
				t.Fatal(err)
			}
			got := environmentOf(t, connection)
			for name, want := range test.want {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
		})
	}
}

// environmentOf is the environment of a migration with the connection: values, and
// of references the Secret and its key.
func environmentOf(t *testing.T, connection resources.Connection) map[string]string {
	t.Helper()
	job := resources.MigrationJob(given(t, "{}"), connection, nil)
	all := map[string]string{}
	for _, e := range job.Spec.Template.Spec.Containers[0].Env {
		if e.ValueFrom != nil {
			all[*e.Name] = *e.ValueFrom.SecretKeyRef.Name + "/" + *e.ValueFrom.SecretKeyRef.Key
		} else {
			all[*e.Name] = *e.Value
		}
	}
	return all
}
