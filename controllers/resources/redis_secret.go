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
	if err := keepOrGenerate(data, random, keyPassword, keyAdminPassword); err != nil {
		return nil, err
	}
	data[keyAddr] = []byte(RedisName(c) + "." + c.Namespace + ".svc:6379")
	data[keyUsername] = []byte(redisUser)
	data[keyTLS] = []byte("true")
	data[keyCA] = authority
	data[redisACLKey] = redisACL(data)
	withLoginsVersion(ComponentRedis, data)
	return data, nil
}

// RedisSecret holds address and credentials of the managed Redis.
func RedisSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, RedisName(c), ComponentRedis, data)
}

// The users of the managed Redis beside that of the chat servers.
const (
	// redisLoginsUser changes passwords; see LoginsJob. Its client names itself first.
	redisLoginsUser = "uim-logins"
	// redisProbeUser asks whether the server answers, and needs no password, because
	// a probe would go on with the one that its pod began with.
	redisProbeUser = "uim-probe"
)

// redisChatRights are all that chat needs, and nothing that changes the server; INFO is
// for its health check.
const redisChatRights = "~* &* +@all -@admin -@dangerous +info"

// redisACL lets in chat servers, by one of two passwords while these change, and the
// two users above.
func redisACL(data map[string][]byte) []byte {
	passwords := "#" + sha256Hex(data[keyPassword])
	if other := data[keyOtherPassword]; len(other) > 0 {
		passwords += " #" + sha256Hex(other)
	}
	return []byte("user default off\n" +
		"user " + redisUser + " on " + passwords + " " + redisChatRights + "\n" +
		aclUser(redisLoginsUser, data[keyAdminPassword], "resetchannels -@all +acl|setuser +client|setname") +
		"user " + redisProbeUser + " on nopass resetchannels -@all +ping\n")
}

// aclUser is a line of an ACL file; it holds the password's SHA-256 only.
func aclUser(name string, password []byte, rights string) string {
	return "user " + name + " on #" + sha256Hex(password) + " " + rights + "\n"
}
