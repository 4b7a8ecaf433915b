package resources

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Keys of Secrets that say where Postgres or Redis is. Each of the first four
// rows has one meaning; the second name is what other tools write.
const (
	keyHost     = "host"
	keyPort     = "port"
	keyUser     = "user"
	keyUsername = "username"
	keyPassword = "password"
	// The role that owns the tables, for migrations; the other one when left out.
	keyOwnerUser     = "owner-user"
	keyOwnerPassword = "owner-password"
	keyName          = "dbname"
	keyDatabase      = "database"
	keySSLMode       = "sslmode"
	keyCA            = "ca.crt"
	keyAddr          = "addr"
	keyTLS           = "tls"

	keySentinelMaster   = "sentinel-master"
	keySentinelUsername = "sentinel-username"
	keySentinelPassword = "sentinel-password"
	keyCluster          = "cluster"
)

// Connection is how pods reach Postgres or Redis: environment variables that
// refer to a Secret, so that no value is copied out of it.
type Connection struct {
	// Secret is its name.
	Secret string
	// Content is the part of the Secret that pods read; it belongs in their
	// fingerprint.
	Content map[string][]byte
	// Ports are where the servers listen.
	Ports []int32

	variables []variable
	// files are the keys that pods get as files, in a volume of the name in folder.
	files  []string
	folder string
}

// variable takes its value from a key of the Secret, or else is plain.
type variable struct{ name, key, value string }

// SecretError says what is wrong with the content of a Secret and what is needed.
type SecretError struct {
	Secret string
	Detail string
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("Secret %q %s", e.Secret, e.Detail)
}

// DatabaseConnection reads a database Secret, managed or external, for the chat
// servers. The error is a *SecretError.
func DatabaseConnection(name string, data map[string][]byte) (Connection, error) {
	return databaseConnection(name, data, firstKey(data, keyUser, keyUsername), keyPassword)
}

// OwnerConnection reads a database Secret for migrations: they connect as the owner
// of the tables where the Secret tells that role apart, and else like the chat
// servers. The error is a *SecretError.
func OwnerConnection(name string, data map[string][]byte) (Connection, error) {
	if firstKey(data, keyOwnerUser) == "" {
		return DatabaseConnection(name, data)
	}
	if firstKey(data, keyOwnerPassword) == "" {
		return Connection{}, &SecretError{name, "has owner-user but lacks owner-password"}
	}
	c, err := databaseConnection(name, data, keyOwnerUser, keyOwnerPassword)
	if err != nil {
		return Connection{}, err
	}
	// Another password of the chat servers makes another migration, too: they wait
	// for it, and it waits for Postgres to have taken the password up.
	maps.Copy(c.Content, only(data, keyPassword))
	return c, nil
}

// WithoutPasswords is the content of a connection without what a rotation changes.
func WithoutPasswords(content map[string][]byte) map[string][]byte {
	kept := maps.Clone(content)
	for _, key := range []string{keyUser, keyPassword, keyOwnerPassword} {
		delete(kept, key)
	}
	return kept
}

func databaseConnection(name string, data map[string][]byte, user, password string) (Connection, error) {
	database := firstKey(data, keyName, keyDatabase)
	var missing []string
	for _, want := range []struct{ key, meaning string }{
		{firstKey(data, keyHost), "host"},
		{user, "user (or username)"},
		{firstKey(data, keyPassword), "password"},
		{database, "dbname (or database)"},
	} {
		if want.key == "" {
			missing = append(missing, want.meaning)
		}
	}
	if len(missing) > 0 {
		return Connection{}, &SecretError{name, "lacks " + strings.Join(missing, ", ") +
			": it needs host, user (or username), password and dbname (or database), and may have port, sslmode, ca.crt, and owner-user and owner-password for migrations"}
	}
	if err := checkDatabase(name, data); err != nil {
		return Connection{}, err
	}
	c := Connection{
		Secret:  name,
		Ports:   []int32{portOf(cmp.Or(string(data[keyPort]), databasePort))},
		Content: only(data, keyHost, keyPort, user, password, database, keySSLMode, keyCA),
		variables: []variable{
			{name: "PGHOST", key: keyHost},
			{name: "PGPORT", key: firstKey(data, keyPort), value: databasePort},
			{name: "PGUSER", key: user},
			{name: "PGPASSWORD", key: password},
			{name: "PGDATABASE", key: database},
		},
	}
	mode := variable{name: "PGSSLMODE", key: firstKey(data, keySSLMode), value: "require"}
	if firstKey(data, keyCA) != "" {
		c.folder, c.files = "postgres-ca", []string{keyCA}
		c.variables = append(c.variables, variable{name: "PGSSLROOTCERT", value: c.file(keyCA)})
		mode.value = "verify-full"
	}
	c.variables = append(c.variables, mode)
	return c, nil
}

func checkDatabase(name string, data map[string][]byte) error {
	if port, ok := data[keyPort]; ok {
		if portOf(string(port)) == 0 {
			return &SecretError{name, "has a port that is not a number from 1 to 65535"}
		}
	}
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if mode, ok := data[keySSLMode]; ok && !slices.Contains(modes, string(mode)) {
		return &SecretError{name, "has an unknown sslmode: it is one of " + strings.Join(modes, ", ")}
	}
	return nil
}

func (c Connection) env() []*corev1ac.EnvVarApplyConfiguration {
	all := make([]*corev1ac.EnvVarApplyConfiguration, 0, len(c.variables))
	for _, v := range c.variables {
		if v.key == "" {
			all = append(all, env(v.name, v.value))
			continue
		}
		all = append(all, corev1ac.EnvVar().WithName(v.name).WithValueFrom(corev1ac.EnvVarSource().
			WithSecretKeyRef(corev1ac.SecretKeySelector().WithName(c.Secret).WithKey(v.key))))
	}
	return all
}

// portOf reads the number of a port; 0 when it is none.
func portOf(text string) int32 {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int32(n)
}

// firstKey is the first of the keys that data has with a value, or empty.
func firstKey(data map[string][]byte, keys ...string) string {
	for _, key := range keys {
		if len(data[key]) > 0 {
			return key
		}
	}
	return ""
}
