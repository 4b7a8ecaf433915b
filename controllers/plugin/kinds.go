package plugin

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// listedKind is a kind of objects that the tree shows, with a word on how one is.
type listedKind struct {
	name  string
	list  client.ObjectList
	state func(client.Object) string
}

// kinds are in the order of the tree. Secrets are left out: few may list them.
func kinds() []listedKind {
	return []listedKind{
		{"Deployment", &appsv1.DeploymentList{}, stateOf(func(d *appsv1.Deployment) string {
			return fmt.Sprintf("%d/%d ready", d.Status.ReadyReplicas, orOne(d.Spec.Replicas))
		})},
		{"StatefulSet", &appsv1.StatefulSetList{}, stateOf(func(s *appsv1.StatefulSet) string {
			return fmt.Sprintf("%d/%d ready", s.Status.ReadyReplicas, orOne(s.Spec.Replicas))
		})},
		{"Job", &batchv1.JobList{}, stateOf(jobState)},
		{"Pod", &corev1.PodList{}, stateOf(podState)},
		{"PersistentVolumeClaim", &corev1.PersistentVolumeClaimList{}, stateOf(func(c *corev1.PersistentVolumeClaim) string {
			return strings.TrimSpace(string(c.Status.Phase) + " " + c.Spec.Resources.Requests.Storage().String())
		})},
		{"HorizontalPodAutoscaler", &autoscalingv2.HorizontalPodAutoscalerList{}, stateOf(func(a *autoscalingv2.HorizontalPodAutoscaler) string {
			return fmt.Sprintf("%d of %d to %d", a.Status.DesiredReplicas, orOne(a.Spec.MinReplicas), a.Spec.MaxReplicas)
		})},
		{"PodDisruptionBudget", &policyv1.PodDisruptionBudgetList{}, stateOf(func(b *policyv1.PodDisruptionBudget) string {
			return fmt.Sprintf("%d may go", b.Status.DisruptionsAllowed)
		})},
		{"Service", &corev1.ServiceList{}, stateOf(func(s *corev1.Service) string { return string(s.Spec.Type) })},
		{"Ingress", &networkingv1.IngressList{}, stateOf(func(i *networkingv1.Ingress) string {
			var hosts []string
			for _, rule := range i.Spec.Rules {
				hosts = append(hosts, rule.Host)
			}
			return strings.Join(hosts, ", ")
		})},
		{"NetworkPolicy", &networkingv1.NetworkPolicyList{}, stateOf(func(*networkingv1.NetworkPolicy) string { return "" })},
	}
}

// items are the objects of the list.
func (k listedKind) items() []client.Object {
	var all []client.Object
	items, err := meta.ExtractList(k.list)
	if err != nil {
		return nil
	}
	for _, item := range items {
		if o, ok := item.(client.Object); ok {
			all = append(all, o)
		}
	}
	return all
}

func stateOf[O client.Object](state func(O) string) func(client.Object) string {
	return func(o client.Object) string {
		if typed, ok := o.(O); ok {
			return state(typed)
		}
		return ""
	}
}

func orOne(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

func jobState(job *batchv1.Job) string {
	for _, c := range job.Status.Conditions {
		if c.Status == corev1.ConditionTrue && (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) {
			return string(c.Type)
		}
	}
	return "Running"
}

// podState is the reason of the first container that does not run, or the phase; and
// how often containers were started again.
func podState(pod *corev1.Pod) string {
	state, restarts := string(pod.Status.Phase), int32(0)
	if pod.DeletionTimestamp != nil {
		state = "Terminating"
	}
	ready := 0
	for _, c := range pod.Status.ContainerStatuses {
		restarts += c.RestartCount
		if c.Ready {
			ready++
		}
		if c.State.Waiting != nil && c.State.Waiting.Reason != "" {
			state = c.State.Waiting.Reason
		}
	}
	if state == string(corev1.PodRunning) && ready < len(pod.Status.ContainerStatuses) {
		state = "Running, not ready"
	}
	if restarts > 0 {
		state += fmt.Sprintf(", %d restarts", restarts)
	}
	return state
}
