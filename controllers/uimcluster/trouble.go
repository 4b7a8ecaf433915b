package uimcluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	watched "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// observePods looks for pods that Kubernetes cannot get to run and says why, long
// before the deadline of a rollout or a Job does.
func (p *pass) observePods(ctx context.Context) error {
	pods := &corev1.PodList{}
	if err := p.Client.List(ctx, pods, client.InNamespace(p.cluster.Namespace), client.MatchingLabels{
		resources.LabelName:      "uim",
		resources.LabelInstance:  p.cluster.Name,
		resources.LabelManagedBy: resources.FieldManager,
	}); err != nil {
		return fmt.Errorf("list the pods: %w", err)
	}
	parts := map[resources.Component]status.Part{
		resources.ComponentChat:      status.Chat,
		resources.ComponentMigration: status.Migrations,
		resources.ComponentPostgres:  status.Database,
		resources.ComponentRedis:     status.Cache,
		resources.ComponentRedisHA:   status.Cache,
	}
	slices.SortFunc(pods.Items, func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, pod := range pods.Items {
		part, ok := parts[resources.Component(pod.Labels[resources.LabelComponent])]
		if _, known := p.facts.Troubles[part]; known || !ok {
			continue
		}
		if problem := troubleOf(&pod); problem.Reason != "" {
			p.facts.Troubles[part] = problem
		}
	}
	return nil
}

// troubleOf is what keeps a pod from running that does not pass by itself soon, or
// nothing.
func troubleOf(pod *corev1.Pod) status.Problem {
	if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return status.Problem{}
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		problem := status.Problem{}
		switch {
		case c.State.Waiting != nil:
			problem = waitingTrouble(pod, c)
		case isCrashLooping(c):
			problem = crashLoop(pod)
		}
		if problem.Reason != "" {
			return problem
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return status.Problem{Reason: "Unschedulable", Message: fmt.Sprintf(
				"Pod %q finds no node (%s): add nodes, or ask for less in resources, nodeSelector, tolerations and topologySpread", pod.Name, c.Message)}
		}
	}
	return status.Problem{}
}

const (
	// crashLoopRestarts is from how many restarts on a container counts as crashing
	// again and again also while it runs for a moment.
	crashLoopRestarts = 3
	// crashLoopLife is how long it has to run for the kubelet to forget that.
	crashLoopLife = 10 * time.Minute
)

// isCrashLooping is true between two waits of a CrashLoopBackOff, so that conditions
// do not come and go with each try.
func isCrashLooping(c corev1.ContainerStatus) bool {
	last := c.LastTerminationState.Terminated
	return !c.Ready && c.RestartCount >= crashLoopRestarts && last != nil && last.FinishedAt.Sub(last.StartedAt.Time) < crashLoopLife
}

func crashLoop(pod *corev1.Pod) status.Problem {
	return status.Problem{Reason: "CrashLoopBackOff", NeedsHelp: true, Message: fmt.Sprintf(
		"Pod %q ends again and again: read kubectl logs %[1]s -n %[2]s --previous, then correct the spec or go back to the one before", pod.Name, pod.Namespace)}
}

func waitingTrouble(pod *corev1.Pod, c corev1.ContainerStatus) status.Problem {
	waiting := c.State.Waiting
	problem := status.Problem{Reason: waiting.Reason, NeedsHelp: true}
	switch waiting.Reason {
	case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull":
		if waiting.Reason == "ErrImagePull" {
			problem.Reason = "ImagePullBackOff" // the kubelet goes to and fro between the two
		}
		problem.Message = fmt.Sprintf("Pod %q cannot get its image %s (%s): name one that the nodes can pull, or go back to the image before",
			pod.Name, c.Image, waiting.Message)
	case "CrashLoopBackOff":
		return crashLoop(pod)
	case "CreateContainerConfigError", "CreateContainerError", "RunContainerError":
		problem.Message = fmt.Sprintf("Pod %q cannot start (%s): see kubectl describe pod %[1]s -n %[3]s", pod.Name, waiting.Message, pod.Namespace)
	default:
		return status.Problem{}
	}
	return problem
}

// troubleChanges lets a pod cause a pass only when its trouble begins, changes or
// ends; how many are ready is told by their owners.
func troubleChanges() predicate.Predicate {
	trouble := func(object client.Object) status.Problem {
		if pod, ok := object.(*corev1.Pod); ok {
			return troubleOf(pod)
		}
		return status.Problem{}
	}
	return predicate.Funcs{
		CreateFunc:  func(e watched.CreateEvent) bool { return trouble(e.Object).Reason != "" },
		UpdateFunc:  func(e watched.UpdateEvent) bool { return trouble(e.ObjectOld) != trouble(e.ObjectNew) },
		DeleteFunc:  func(e watched.DeleteEvent) bool { return trouble(e.Object).Reason != "" },
		GenericFunc: func(watched.GenericEvent) bool { return false },
	}
}
