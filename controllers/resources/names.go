package resources

import "strconv"

// Names of the objects. They begin with the name of the cluster, which the CRD
// holds to 40 characters so that the longest fits the 63 of a DNS label.

// ChatName names the chat servers' Deployment, ServiceAccount, Ingress or HTTPRoute,
// Certificate and PodDisruptionBudget, and the PodMonitor and PrometheusRule.
func ChatName(c Cluster) string { return c.Name + "-chat" }

// ChatServiceName names the Service of the chat servers.
func ChatServiceName(c Cluster) string { return ChatName(c) }

// KeysSecretName names the Secret with the chat servers' signing keys.
func KeysSecretName(c Cluster) string { return c.Name + "-keys" }

// AuthoritySecretName names the Secret with the cluster's certificate authority.
func AuthoritySecretName(c Cluster) string { return c.Name + "-ca" }

// CertificateSecretName names the Secret with the certificate of a managed server.
func CertificateSecretName(service string) string { return service + "-tls" }

// DashboardName names the ConfigMap with the dashboard.
func DashboardName(c Cluster) string { return c.Name + "-dashboard" }

// ChatCertificateSecretName names the Secret with the certificate of the host, when
// it is not the user's.
func ChatCertificateSecretName(c Cluster) string { return CertificateSecretName(ChatName(c)) }

// PostgresName names the StatefulSet, Service, Secret and volume of the managed
// Postgres.
func PostgresName(c Cluster) string { return c.Name + "-postgres" }

// CloudNativePGSecretName names the Secret in which CloudNativePG puts the owner's
// password.
func CloudNativePGSecretName(c Cluster) string { return PostgresName(c) + "-app" }

// CloudNativePGAuthorityName names the Secret with the authority of CloudNativePG.
func CloudNativePGAuthorityName(c Cluster) string { return PostgresName(c) + "-ca" }

// RedisName names the StatefulSet, Service, Secret, ConfigMap and volume of the
// managed Redis.
func RedisName(c Cluster) string { return c.Name + "-redis" }

// RedisHAName names the same of the managed Redis that sentinels watch.
func RedisHAName(c Cluster) string { return c.Name + "-redis-ha" }

// RedisHANodeName names a pod of it, RedisHAVolumeName that pod's volume.
func RedisHANodeName(c Cluster, ordinal int32) string {
	return RedisHAName(c) + "-" + strconv.Itoa(int(ordinal))
}

// RedisHAVolumeName is as a StatefulSet names the claims of its template.
func RedisHAVolumeName(c Cluster, ordinal int32) string {
	return redisHAVolume + "-" + RedisHANodeName(c, ordinal)
}

// The NetworkPolicies: one that refuses everything, and one a component.
func denyPolicyName(c Cluster) string      { return c.Name + "-deny" }
func migrationPolicyName(c Cluster) string { return c.Name + "-migrate" }
func loginsPolicyName(c Cluster) string    { return c.Name + "-logins" }

func migrationName(c Cluster, hash string) string { return c.Name + "-migrate-" + hash }
