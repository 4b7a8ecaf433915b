package resources

import (
	"io"
	"maps"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// superuserPasswordKey is in the Secret of a managed Postgres only.
const superuserPasswordKey = "superuser-password"

// DatabaseUser is the role of the chat servers: it reads and writes rows.
const DatabaseUser = "uim_chat"

// The role that makes and changes tables, and the database, which the Postgres image or
// CloudNativePG makes.
const (
	databaseOwner = "uim"
	databaseName  = "uim"
	databasePort  = "5432"
)

// PostgresData is the content of the Secret of a managed Postgres: the keys that a
// Secret for an external one has, so that both are read alike, and the password
// of the superuser. Passwords that exist are kept. authority is the certificate by
// which clients know the server.
func PostgresData(c Cluster, existing map[string][]byte, authority []byte, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if err := keepOrGenerate(data, random, keyPassword, keyOwnerPassword, superuserPasswordKey); err != nil {
		return nil, err
	}
	data[keyHost] = []byte(PostgresName(c) + "." + c.Namespace + ".svc")
	data[keyPort] = []byte(databasePort)
	if firstKey(data, keyUser) == "" {
		data[keyUser] = []byte(DatabaseUser)
	}
	data[keyOwnerUser] = []byte(databaseOwner)
	data[keyName] = []byte(databaseName)
	data[keySSLMode] = []byte("verify-full")
	data[keyCA] = authority
	withLoginsVersion(ComponentPostgres, data)
	return data, nil
}

// PostgresSecret holds address and credentials of the managed Postgres.
func PostgresSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, PostgresName(c), ComponentPostgres, data)
}
