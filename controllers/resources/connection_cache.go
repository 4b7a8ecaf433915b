package resources

import (
	"cmp"
	"net"
	"slices"
	"strings"
)

// CacheConnection reads a Redis Secret, managed or external: of one server, of
// sentinels or of a Cluster. The error is a *SecretError.
func CacheConnection(name string, data map[string][]byte) (Connection, error) {
	ports, err := cachePorts(name, data)
	if err != nil {
		return Connection{}, err
	}
	if err := checkCache(name, data); err != nil {
		return Connection{}, err
	}
	c := Connection{
		Secret: name,
		Ports:  ports,
		Content: only(data, keyAddr, keyUsername, keyPassword, keySentinelMaster, keySentinelUsername, keySentinelPassword,
			keyCluster, keyTLS, keyCA, keyCertificate, keyCertificateKey),
		variables: []variable{{name: "UIM_REDIS_ADDR", key: keyAddr}},
		folder:    "redis-ca",
	}
	for _, optional := range []variable{
		{name: "UIM_REDIS_USERNAME", key: keyUsername},
		{name: "UIM_REDIS_PASSWORD", key: keyPassword},
		{name: "UIM_REDIS_SENTINEL_MASTER", key: keySentinelMaster},
		{name: "UIM_REDIS_SENTINEL_USERNAME", key: keySentinelUsername},
		{name: "UIM_REDIS_SENTINEL_PASSWORD", key: keySentinelPassword},
		{name: "UIM_REDIS_CLUSTER", key: keyCluster},
		{name: "UIM_REDIS_TLS", key: keyTLS},
	} {
		if firstKey(data, optional.key) != "" {
			c.variables = append(c.variables, optional)
		}
	}
	for _, file := range []struct{ variable, key string }{
		{"UIM_REDIS_CA_FILE", keyCA},
		{"UIM_REDIS_CERT_FILE", keyCertificate},
		{"UIM_REDIS_KEY_FILE", keyCertificateKey},
	} {
		if firstKey(data, file.key) != "" {
			c.files = append(c.files, file.key)
			c.variables = append(c.variables, variable{name: file.variable, value: c.file(file.key)})
		}
	}
	return c, nil
}

// cachePorts are the ports of the addresses, and that of the servers which those
// lead to.
func cachePorts(name string, data map[string][]byte) ([]int32, error) {
	if firstKey(data, keyAddr) == "" {
		return nil, &SecretError{name, "lacks addr: it needs addr (host:port), and may have username, password, tls, ca.crt, tls.crt and tls.key; sentinel-master (with sentinel-username and sentinel-password) or cluster"}
	}
	var ports []int32
	for addr := range strings.SplitSeq(string(data[keyAddr]), ",") {
		_, text, err := net.SplitHostPort(strings.TrimSpace(addr))
		port := portOf(text)
		if err != nil || port == 0 {
			return nil, &SecretError{name, "has an addr that is not host:port, such as redis.example.com:6379"}
		}
		ports = append(ports, port)
	}
	several := isTrue(data[keyCluster]) || firstKey(data, keySentinelMaster) != ""
	if len(ports) > 1 && !several {
		return nil, &SecretError{name, "has several addresses in addr: add sentinel-master if they are sentinels, or cluster \"true\" if they are nodes of a Redis Cluster"}
	}
	if several {
		port := portOf(cmp.Or(string(data[keyPort]), "6379"))
		if port == 0 {
			return nil, &SecretError{name, "has a port that is not a number from 1 to 65535"}
		}
		ports = append(ports, port)
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}

func checkCache(name string, data map[string][]byte) error {
	for _, key := range []string{keyTLS, keyCluster} {
		if value, ok := data[key]; ok && !isTrue(value) && string(value) != "false" {
			return &SecretError{name, "has a " + key + " that is neither true nor false"}
		}
	}
	has := func(key string) bool { return firstKey(data, key) != "" }
	switch {
	case has(keySentinelMaster) && isTrue(data[keyCluster]):
		return &SecretError{name, "has both sentinel-master and cluster \"true\": sentinels do not watch a Redis Cluster, so remove one of them"}
	case (has(keySentinelUsername) || has(keySentinelPassword)) && !has(keySentinelMaster):
		return &SecretError{name, "has credentials of sentinels but lacks sentinel-master, the name of the Redis that they watch"}
	case has(keyTLS) && !isTrue(data[keyTLS]) && (has(keyCA) || has(keyCertificate)):
		return &SecretError{name, "has certificates but tls \"false\": make it true, or remove ca.crt, tls.crt and tls.key"}
	case has(keyCertificate) != has(keyCertificateKey):
		return &SecretError{name, "has only one of tls.crt and tls.key: a client certificate needs both"}
	default:
		return nil
	}
}

func isTrue(value []byte) bool { return string(value) == "true" }
