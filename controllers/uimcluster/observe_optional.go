package uimcluster

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/status"
)

// The parts of other projects' statuses that are read.
type (
	routeStatus struct {
		Parents []parentStatus `json:"parents"`
	}
	parentStatus struct {
		ParentRef struct {
			Name        string `json:"name"`
			Namespace   string `json:"namespace"`
			SectionName string `json:"sectionName"`
			Port        *int32 `json:"port"`
		} `json:"parentRef"`
		Conditions []metav1.Condition `json:"conditions"`
	}
	certificateStatus struct {
		Conditions []metav1.Condition `json:"conditions"`
	}
)

// observeCertificate says whether cert-manager has issued a Certificate as it is
// wanted now, or why not. The Certificate may be nil.
func observeCertificate(live *unstructured.Unstructured) (issued bool, why string) {
	var s certificateStatus
	if !readStatus(live, &s) {
		return false, ""
	}
	for _, name := range []string{"Issuing", "Ready"} {
		c := meta.FindStatusCondition(s.Conditions, name)
		if c != nil && c.Status == metav1.ConditionFalse {
			why = fmt.Sprintf(" (%s: %s)", c.Reason, c.Message)
			break
		}
	}
	ready := meta.FindStatusCondition(s.Conditions, "Ready")
	return ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration >= live.GetGeneration(), why
}

// observeParent says what keeps a Gateway from serving the route, or nil.
func observeParent(live *unstructured.Unstructured, parent v1alpha1.GatewayReference) *status.Problem {
	gateway := "Gateway " + parent.Name
	if parent.Namespace != "" {
		gateway = "Gateway " + parent.Namespace + "/" + parent.Name
	}
	silent := unanswered(gateway + " has not answered yet; if this lasts: is there such a Gateway, and a controller for its class?")
	var s routeStatus
	if !readStatus(live, &s) {
		return silent
	}
	for _, p := range s.Parents {
		if p.ParentRef.Name != parent.Name || cmp.Or(p.ParentRef.Namespace, live.GetNamespace()) != cmp.Or(parent.Namespace, live.GetNamespace()) ||
			p.ParentRef.SectionName != parent.SectionName || !samePort(p.ParentRef.Port, parent.Port) {
			continue
		}
		return observeAnswer(gateway, p.Conditions, live.GetGeneration(), silent)
	}
	return silent
}

// observeAnswer reads what a Gateway says of the newest route.
func observeAnswer(gateway string, conditions []metav1.Condition, generation int64, silent *status.Problem) *status.Problem {
	for _, name := range []string{"Accepted", "ResolvedRefs"} {
		c := meta.FindStatusCondition(conditions, name)
		switch {
		case c == nil || c.ObservedGeneration < generation || c.Status == metav1.ConditionUnknown:
			return silent
		case c.Status == metav1.ConditionFalse:
			return refused(fmt.Sprintf("%s does not serve it (%s is False, %s: %s): let its listener allow routes of this namespace and host, or correct spec.gateway",
				gateway, name, c.Reason, c.Message))
		}
	}
	return nil
}

func samePort(a, b *int32) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// readStatus reads the status of an object, and says whether there is one.
func readStatus(live *unstructured.Unstructured, into any) bool {
	if live == nil {
		return false
	}
	content, ok := live.Object["status"].(map[string]any)
	return ok && runtime.DefaultUnstructuredConverter.FromUnstructured(content, into) == nil
}
