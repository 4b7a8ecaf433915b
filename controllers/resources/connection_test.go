package resources_test

import (
	"errors"
	"slices"
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
		{"several addresses of nobody knows what", secretData("addr=a:6379,b:6379"), "add sentinel-master if they are sentinels, or cluster"},
		{"one of several without a port", secretData("addr=a:6379,b", "cluster=true"), "not host:port"},
		{"sentinels and a Cluster", secretData("addr=a:6379", "cluster=true", "sentinel-master=m"), "has both sentinel-master and cluster"},
		{"a sentinel's password for nothing", secretData("addr=a:6379", "sentinel-password=p"), "lacks sentinel-master"},
		{"bad cluster", secretData("addr=a:6379", "cluster=3"), "has a cluster that is neither true nor false"},
		{"bad port", secretData("addr=a:26379", "sentinel-master=m", "port=x"), "has a port that is not a number"},
		{"certificates that are not looked at", secretData("addr=a:6379", "tls=false", "ca.crt=x"), "make it true, or remove ca.crt"},
		{"half a client certificate", secretData("addr=a:6379", "tls.crt=x"), "only one of tls.crt and tls.key"},
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

func TestWhereRedisIs(t *testing.T) {
	for _, test := range []struct {
		name  string
		data  []string
		ports []int32
		want  map[string]string
	}{
		{"one server", []string{"addr=a:6380"}, []int32{6380}, map[string]string{"UIM_REDIS_ADDR": "cache/addr", "UIM_REDIS_CLUSTER": "", "UIM_REDIS_TLS": ""}},
		{"sentinels", []string{"addr=a:26379, b:26380", "sentinel-master=m", "sentinel-password=p", "sentinel-username=u"}, []int32{6379, 26379, 26380},
			map[string]string{"UIM_REDIS_SENTINEL_MASTER": "cache/sentinel-master", "UIM_REDIS_SENTINEL_PASSWORD": "cache/sentinel-password", "UIM_REDIS_SENTINEL_USERNAME": "cache/sentinel-username"}},
		{"sentinels of a server on another port", []string{"addr=a:26379", "sentinel-master=m", "port=7000"}, []int32{7000, 26379}, nil},
		{"a Cluster", []string{"addr=a:7000,b:7000", "cluster=true", "port=7000"}, []int32{7000}, map[string]string{"UIM_REDIS_CLUSTER": "cache/cluster"}},
		{"certificates", []string{"addr=a:6379", "tls=true", "ca.crt=x", "tls.crt=y", "tls.key=z"}, []int32{6379}, map[string]string{
			"UIM_REDIS_TLS": "cache/tls", "UIM_REDIS_CA_FILE": "/etc/uim/redis-ca/ca.crt", "UIM_REDIS_CERT_FILE": "/etc/uim/redis-ca/tls.crt", "UIM_REDIS_KEY_FILE": "/etc/uim/redis-ca/tls.key"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection, err := resources.CacheConnection("cache", secretData(test.data...))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(connection.Ports, test.ports) {
				t.Errorf("the ports are %v, want %v", connection.Ports, test.ports)
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
