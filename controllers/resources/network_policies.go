package resources

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"uim.dev/uim/api/v1alpha1"
)

// Ports that pods listen on.
const (
	chatPortNumber = 8080
	opsPortNumber  = 9090
	dnsPortNumber  = 53
)

// NetworkPolicyNames are all names that NetworkPolicies of the cluster can have.
func NetworkPolicyNames(c Cluster) []string {
	return []string{denyPolicyName(c), ChatName(c), migrationPolicyName(c), loginsPolicyName(c), PostgresName(c), RedisName(c), RedisHAName(c)}
}

// NetworkPolicies refuse every connection from and to the cluster's pods but for
// these: people and Prometheus to the chat servers; chat servers and migrations to
// Postgres; chat servers to Redis; the Jobs that change passwords to the servers whose
// they are; all of these to DNS; servers that sentinels watch to each other. A managed
// Postgres or a single Redis reaches nothing at all. Of a server that somebody else
// runs only the ports are known, since policies name no hosts; who may reach it, a
// Postgres of CloudNativePG included, is for its own policies to say. The probes of
// the node's kubelet are always let through.
func NetworkPolicies(c Cluster, database, cache Connection) []*networkingv1ac.NetworkPolicyApplyConfiguration {
	if c.Network == nil {
		return nil
	}
	toDatabase, toCache := egressTo(database, databasePeer(c)), egressTo(cache, cachePeer(c))
	all := []*networkingv1ac.NetworkPolicyApplyConfiguration{
		denyPolicy(c),
		policy(c, ChatName(c), ComponentChat).WithSpec(policySpec(c, ComponentChat).
			WithIngress(
				ingress(chatPortNumber, peers(c.Network.ChatFrom, nil)...),
				ingress(opsPortNumber, peers(c.Network.MetricsFrom, allPods())...)).
			WithEgress(egressToDNS(), toDatabase, toCache)),
		policy(c, migrationPolicyName(c), ComponentMigration).WithSpec(policySpec(c, ComponentMigration).
			WithEgress(egressToDNS(), toDatabase)),
	}
	if c.ManagedServers() > 0 {
		logins := policySpec(c, ComponentLogins).WithEgress(egressToDNS())
		if c.Postgres.ownLogins() {
			logins.WithEgress(toDatabase)
		}
		if c.Redis.ownLogins() {
			logins.WithEgress(toCache)
		}
		all = append(all, policy(c, loginsPolicyName(c), ComponentLogins).WithSpec(logins))
	}
	return append(all, dataPolicies(c)...)
}

// denyPolicy covers all pods of the cluster, also such as no other policy does: with
// it, what is not allowed is refused.
func denyPolicy(c Cluster) *networkingv1ac.NetworkPolicyApplyConfiguration {
	every := metav1ac.LabelSelector().WithMatchLabels(map[string]string{LabelName: "uim", LabelInstance: c.Name})
	return policy(c, denyPolicyName(c), ComponentNetwork).WithSpec(networkingv1ac.NetworkPolicySpec().
		WithPodSelector(every).
		WithPolicyTypes(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress))
}

func policy(c Cluster, name string, component Component) *networkingv1ac.NetworkPolicyApplyConfiguration {
	return networkingv1ac.NetworkPolicy(name, c.Namespace).
		WithLabels(labels(c, component)).
		WithOwnerReferences(owner(c))
}

func policySpec(c Cluster, component Component) *networkingv1ac.NetworkPolicySpecApplyConfiguration {
	return networkingv1ac.NetworkPolicySpec().
		WithPodSelector(selector(c, component)).
		WithPolicyTypes(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)
}

func selector(c Cluster, component Component) *metav1ac.LabelSelectorApplyConfiguration {
	return metav1ac.LabelSelector().WithMatchLabels(SelectorLabels(c.Name, component))
}

// ingress lets peers, or everyone when there are none, in to a port.
func ingress(port int32, from ...*networkingv1ac.NetworkPolicyPeerApplyConfiguration) *networkingv1ac.NetworkPolicyIngressRuleApplyConfiguration {
	return networkingv1ac.NetworkPolicyIngressRule().WithPorts(policyPort(corev1.ProtocolTCP, port)).WithFrom(from...)
}

// egressToDNS names no pods, because a resolver may run on the node itself.
func egressToDNS() *networkingv1ac.NetworkPolicyEgressRuleApplyConfiguration {
	return networkingv1ac.NetworkPolicyEgressRule().WithPorts(
		policyPort(corev1.ProtocolUDP, dnsPortNumber), policyPort(corev1.ProtocolTCP, dnsPortNumber))
}

func policyPort(protocol corev1.Protocol, port int32) *networkingv1ac.NetworkPolicyPortApplyConfiguration {
	return networkingv1ac.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(port))
}

func podsOf(c Cluster, component Component) *networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	return networkingv1ac.NetworkPolicyPeer().WithPodSelector(selector(c, component))
}

// allPods are the pods of all namespaces, and nothing outside of Kubernetes.
func allPods() *networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	return networkingv1ac.NetworkPolicyPeer().WithNamespaceSelector(metav1ac.LabelSelector())
}

// peers are those of a spec, or otherwise, which may be nil, when it has none.
func peers(spec []v1alpha1.NetworkPeer, otherwise *networkingv1ac.NetworkPolicyPeerApplyConfiguration) []*networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	if len(spec) == 0 && otherwise != nil {
		return []*networkingv1ac.NetworkPolicyPeerApplyConfiguration{otherwise}
	}
	var all []*networkingv1ac.NetworkPolicyPeerApplyConfiguration
	for _, p := range spec {
		peer := networkingv1ac.NetworkPolicyPeer()
		if p.CIDR != "" {
			peer.WithIPBlock(networkingv1ac.IPBlock().WithCIDR(p.CIDR))
		}
		if len(p.NamespaceLabels) > 0 {
			peer.WithNamespaceSelector(metav1ac.LabelSelector().WithMatchLabels(p.NamespaceLabels))
		}
		if len(p.PodLabels) > 0 {
			peer.WithPodSelector(metav1ac.LabelSelector().WithMatchLabels(p.PodLabels))
		}
		all = append(all, peer)
	}
	return all
}
