package resources

import (
	"fmt"
	"io"
	"maps"
	"strings"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

const (
	// RedisNodes is how many servers, and sentinels, there are: the fewest of which
	// one may be away and the others still agree.
	RedisNodes = 3
	// RedisQuorum is how many of them have to agree.
	RedisQuorum = 2

	redisNodeUser        = "uim-node"
	redisNodePasswordKey = "node-password"
	sentinelACLKey       = "sentinel.acl"
	// redisMasterName is how sentinels call what they watch; node.sh says so, too.
	redisMasterName = "uim"
)

// RedisHAData is the content of the Secret of the managed Redis that sentinels watch:
// the keys that a Secret for an external one has, and what servers and sentinels
// need among themselves. Passwords that exist are kept.
func RedisHAData(c Cluster, existing map[string][]byte, authority []byte, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if err := keepOrGenerate(data, random, keyPassword, redisNodePasswordKey); err != nil {
		return nil, err
	}
	var sentinels []string
	for _, host := range redisHAHosts(c) {
		sentinels = append(sentinels, fmt.Sprintf("%s:%d", host, sentinelPortNumber))
	}
	data[keyAddr] = []byte(strings.Join(sentinels, ","))
	data[keySentinelMaster] = []byte(redisMasterName)
	data[keyUsername] = []byte(redisUser)
	data[keySentinelUsername] = []byte(redisUser)
	data[keySentinelPassword] = data[keyPassword]
	data[keyTLS] = []byte("true")
	data[keyCA] = authority
	data[redisACLKey] = []byte("user default off\n" +
		aclUser(redisUser, data[keyPassword], redisChatRights) +
		// What replicas and sentinels ask of a server:
		// https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#acl-rules-for-sentinel-and-replicas
		aclUser(redisNodeUser, data[redisNodePasswordKey],
			"&* +multi +slaveof +replicaof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill +psync +replconf"))
	data[sentinelACLKey] = []byte("user default off\n" +
		aclUser(redisUser, data[keyPassword], "&* +@connection +subscribe +psubscribe +info +role +sentinel|get-master-addr-by-name +sentinel|master +sentinel|sentinels +sentinel|replicas") +
		aclUser(redisNodeUser, data[redisNodePasswordKey], "&* +@all"))
	return data, nil
}

// RedisHASecret holds addresses and credentials of the managed Redis that sentinels
// watch.
func RedisHASecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, RedisHAName(c), ComponentRedisHA, data)
}

// redisHADomain is the domain of the pods' host names.
func redisHADomain(c Cluster) string { return RedisHAName(c) + "." + c.Namespace + ".svc" }

func redisHAHosts(c Cluster) []string {
	var all []string
	for i := range int32(RedisNodes) {
		all = append(all, RedisHANodeName(c, i)+"."+redisHADomain(c))
	}
	return all
}
