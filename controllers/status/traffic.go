package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// trafficRouted says whether the way in from outside is made, and for a Gateway
// whether that has taken it up. An Ingress has nobody who would say so.
func trafficRouted(f Facts) metav1.Condition {
	const t = v1alpha1.ConditionTrafficRouted
	if p, ok := f.Problems[Traffic]; ok {
		return isNot(t, p.Reason, p.Message)
	}
	name, address := resources.ChatName(f.Cluster), f.Cluster.URL()
	switch {
	case f.Cluster.Ingress != nil:
		return is(t, "IngressMade", fmt.Sprintf("Ingress %q asks for %s", name, address))
	case f.Cluster.Gateway != nil:
		return is(t, "RouteAccepted", fmt.Sprintf("HTTPRoute %q for %s is accepted by all its Gateways", name, address))
	default:
		return is(t, "InsideOnly", "Neither ingress nor gateway is given: there is only "+address)
	}
}
