package resources

import (
	"io"
	"maps"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// redisACLKey is the ACL file in the Secret of a managed Redis.
const redisACLKey = "users.acl"

const redisUser = "uim"

// RedisData is the content of the Secret of a managed Redis: the keys that a
// Secret for an external one has, and the ACL file made from the password. A
// password that exists is kept. authority is the certificate by which clients know
// the server.
func RedisData(c Cluster, existing map[string][]byte, authority []byte, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if err := keepOrGenerate(data, random, keyPassword); err != nil {
		return nil, err
	}
	data[keyAddr] = []byte(RedisName(c) + "." + c.Namespace + ".svc:6379")
	data[keyUsername] = []byte(redisUser)
	data[keyTLS] = []byte("true")
	data[keyCA] = authority
	data[redisACLKey] = redisACL(data[keyPassword])
	return data, nil
}

// RedisSecret holds address and credentials of the managed Redis.
func RedisSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, RedisName(c), ComponentRedis, data)
}

// redisACL lets one user in, who may do all that chat needs and nothing that
// changes the server; INFO is for its health check. The file holds the password's
// SHA-256 only.
func redisACL(password []byte) []byte {
	return append([]byte("user default off\n"), aclUser(redisUser, password, "~* &* +@all -@admin -@dangerous +info")...)
}
