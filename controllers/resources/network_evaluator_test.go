package resources_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"uim.dev/uim/controllers/resources"
)

// endpoint is a pod, or, without a namespace, an address outside of Kubernetes.
type endpoint struct {
	namespace string
	podLabels map[string]string
	address   string
}

func podOfCluster(c resources.Cluster, component resources.Component) endpoint {
	return endpoint{c.Namespace, resources.SelectorLabels(c.Name, component), "10.1.0.1"}
}

// of says whether the endpoint is a pod of the cluster.
func (e endpoint) of(c resources.Cluster) bool {
	return e.namespace == c.Namespace && e.podLabels[resources.LabelInstance] == c.Name
}

// network decides about TCP connections as Kubernetes lays down: a pod that no
// policy selects in a direction is open in it; a pod that some do select lets
// through what one of their rules allows.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
type network struct{ policies []networkingv1.NetworkPolicy }

func networkOf(t *testing.T, rendered []*networkingv1ac.NetworkPolicyApplyConfiguration) network {
	t.Helper()
	var n network
	if err := json.Unmarshal([]byte(toJSON(t, rendered)), &n.policies); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n network) allows(from, to endpoint, port int32) bool {
	return n.lets(networkingv1.PolicyTypeEgress, from, to, port) && n.lets(networkingv1.PolicyTypeIngress, to, from, port)
}

// lets says whether the pod lets a connection through that has peer as its other end.
func (n network) lets(direction networkingv1.PolicyType, pod, peer endpoint, port int32) bool {
	isolated := false
	for _, policy := range n.policies {
		if policy.Namespace != pod.namespace || !selects(&policy.Spec.PodSelector, pod.podLabels) || !slices.Contains(policy.Spec.PolicyTypes, direction) {
			continue
		}
		isolated = true
		if direction == networkingv1.PolicyTypeIngress {
			for _, rule := range policy.Spec.Ingress {
				if covers(rule.Ports, port) && includes(rule.From, policy.Namespace, peer) {
					return true
				}
			}
			continue
		}
		for _, rule := range policy.Spec.Egress {
			if covers(rule.Ports, port) && includes(rule.To, policy.Namespace, peer) {
				return true
			}
		}
	}
	return !isolated
}

func covers(ports []networkingv1.NetworkPolicyPort, port int32) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		return *p.Protocol == "TCP" && p.Port.IntVal == port
	})
}

func includes(peers []networkingv1.NetworkPolicyPeer, namespace string, e endpoint) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(p networkingv1.NetworkPolicyPeer) bool {
		if p.IPBlock != nil {
			return netip.MustParsePrefix(p.IPBlock.CIDR).Contains(netip.MustParseAddr(e.address))
		}
		if e.namespace == "" {
			return false
		}
		if p.NamespaceSelector == nil && e.namespace != namespace {
			return false
		}
		namespaceLabels := map[string]string{"kubernetes.io/metadata.name": e.namespace}
		return (p.NamespaceSelector == nil || selects(p.NamespaceSelector, namespaceLabels)) &&
			(p.PodSelector == nil || selects(p.PodSelector, e.podLabels))
	})
}

func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(of))
}
