package resources

import (
	corev1 "k8s.io/api/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
)

// Ports that servers of data listen on.
const (
	postgresPortNumber = 5432
	redisPortNumber    = 6379

	// Of CloudNativePG's pods: what its operator asks them, and their metrics.
	cnpgStatusPort  = 8000
	cnpgMetricsPort = 9187
)

// dataPolicies are about the servers of data that belong to the cluster.
func dataPolicies(c Cluster) (all []*networkingv1ac.NetworkPolicyApplyConfiguration) {
	chat, migration, logins := podsOf(c, ComponentChat), podsOf(c, ComponentMigration), podsOf(c, ComponentLogins)
	switch {
	case c.Postgres.CloudNativePG:
		all = append(all, cloudNativePGPolicy(c, chat, migration))
	case c.Postgres.External == "":
		all = append(all, policy(c, PostgresName(c), ComponentPostgres).WithSpec(policySpec(c, ComponentPostgres).
			WithIngress(ingress(postgresPortNumber, chat, migration, logins))))
	}
	switch {
	case c.Redis.External != "":
	case c.Redis.Instances > 1:
		all = append(all, redisHAPolicy(c, chat))
	default:
		all = append(all, policy(c, RedisName(c), ComponentRedis).WithSpec(policySpec(c, ComponentRedis).
			WithIngress(ingress(redisPortNumber, chat, logins))))
	}
	return all
}

// redisHAPolicy lets chat servers in to servers and sentinels, which also reach each
// other, by names.
func redisHAPolicy(c Cluster, chat *networkingv1ac.NetworkPolicyPeerApplyConfiguration) *networkingv1ac.NetworkPolicyApplyConfiguration {
	own := podsOf(c, ComponentRedisHA)
	return policy(c, RedisHAName(c), ComponentRedisHA).WithSpec(policySpec(c, ComponentRedisHA).
		WithIngress(ingress(redisPortNumber, chat, own), ingress(sentinelPortNumber, chat, own)).
		WithEgress(egressToDNS(), networkingv1ac.NetworkPolicyEgressRule().
			WithPorts(policyPort(corev1.ProtocolTCP, redisPortNumber), policyPort(corev1.ProtocolTCP, sentinelPortNumber)).
			WithTo(own)))
}

// cloudNativePGPolicy lets in to CloudNativePG's pods who needs the database, the pods
// themselves and whoever reads metrics. Where CloudNativePG's operator runs is not
// known, so that its port, which asks for a certificate, is open; what the pods reach
// is CloudNativePG's business.
func cloudNativePGPolicy(c Cluster, chat, migration *networkingv1ac.NetworkPolicyPeerApplyConfiguration) *networkingv1ac.NetworkPolicyApplyConfiguration {
	return policy(c, PostgresName(c), ComponentPostgres).WithSpec(networkingv1ac.NetworkPolicySpec().
		WithPodSelector(cloudNativePGPods(c)).
		WithPolicyTypes("Ingress").
		WithIngress(
			ingress(postgresPortNumber, chat, migration, databasePeer(c)),
			ingress(cnpgStatusPort),
			ingress(cnpgMetricsPort, peers(c.Network.MetricsFrom, allPods())...)))
}

func cloudNativePGPods(c Cluster) *metav1ac.LabelSelectorApplyConfiguration {
	return metav1ac.LabelSelector().WithMatchLabels(map[string]string{labelCNPGCluster: PostgresName(c), labelCNPGPodRole: cnpgPodIsInstance})
}

// databasePeer is the pods of Postgres, nil when they are somebody else's.
func databasePeer(c Cluster) *networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	switch {
	case c.Postgres.External != "":
		return nil
	case c.Postgres.CloudNativePG:
		return networkingv1ac.NetworkPolicyPeer().WithPodSelector(cloudNativePGPods(c))
	default:
		return podsOf(c, ComponentPostgres)
	}
}

// cachePeer is the pods of Redis, nil when they are somebody else's.
func cachePeer(c Cluster) *networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	switch {
	case c.Redis.External != "":
		return nil
	case c.Redis.Instances > 1:
		return podsOf(c, ComponentRedisHA)
	default:
		return podsOf(c, ComponentRedis)
	}
}

// egressTo lets pods out to a server: to its pods, or, where there is no such peer, to
// any address on its ports.
func egressTo(server Connection, peer *networkingv1ac.NetworkPolicyPeerApplyConfiguration) *networkingv1ac.NetworkPolicyEgressRuleApplyConfiguration {
	rule := networkingv1ac.NetworkPolicyEgressRule()
	for _, port := range server.Ports {
		rule.WithPorts(policyPort(corev1.ProtocolTCP, port))
	}
	if peer != nil {
		rule.WithTo(peer)
	}
	return rule
}
