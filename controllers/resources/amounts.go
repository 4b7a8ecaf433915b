package resources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/api/v1alpha1"
)

// Amounts are the CPU and memory of a container. A limit of CPU is optional,
// because it would slow a busy server down that has idle cores beside it.
type Amounts struct {
	RequestCPU    resource.Quantity
	RequestMemory resource.Quantity
	LimitCPU      *resource.Quantity
	LimitMemory   resource.Quantity
}

func defaultChatAmounts() Amounts     { return amounts("100m", "128Mi", "512Mi") }
func defaultPostgresAmounts() Amounts { return amounts("100m", "256Mi", "1Gi") }
func defaultRedisAmounts() Amounts    { return amounts("50m", "64Mi", "256Mi") }

func amounts(requestCPU, requestMemory, limitMemory string) Amounts {
	return Amounts{
		RequestCPU:    resource.MustParse(requestCPU),
		RequestMemory: resource.MustParse(requestMemory),
		LimitMemory:   resource.MustParse(limitMemory),
	}
}

// resolveAmounts lays what the user gave over the defaults and then makes the
// defaults fit: a request given above the default limit raises the limit, and a
// limit given below the default request lowers the request.
func resolveAmounts(given v1alpha1.Resources, a Amounts) Amounts {
	a.RequestCPU = valueOr(given.Requests.CPU, a.RequestCPU)
	a.LimitCPU = given.Limits.CPU
	if a.LimitCPU != nil && a.LimitCPU.Cmp(a.RequestCPU) < 0 {
		a.RequestCPU = *a.LimitCPU
	}

	a.RequestMemory = valueOr(given.Requests.Memory, a.RequestMemory)
	a.LimitMemory = valueOr(given.Limits.Memory, a.LimitMemory)
	if a.LimitMemory.Cmp(a.RequestMemory) < 0 {
		if given.Limits.Memory != nil {
			a.RequestMemory = a.LimitMemory
		} else {
			a.LimitMemory = a.RequestMemory
		}
	}
	return a
}

func (a Amounts) apply() *corev1ac.ResourceRequirementsApplyConfiguration {
	limits := corev1.ResourceList{corev1.ResourceMemory: a.LimitMemory}
	if a.LimitCPU != nil {
		limits[corev1.ResourceCPU] = *a.LimitCPU
	}
	return corev1ac.ResourceRequirements().
		WithRequests(corev1.ResourceList{corev1.ResourceCPU: a.RequestCPU, corev1.ResourceMemory: a.RequestMemory}).
		WithLimits(limits)
}

// plain is the same as a value of JSON.
func (a Amounts) plain() map[string]any {
	limits := map[string]any{"memory": a.LimitMemory.String()}
	if a.LimitCPU != nil {
		limits["cpu"] = a.LimitCPU.String()
	}
	return map[string]any{
		"requests": map[string]any{"cpu": a.RequestCPU.String(), "memory": a.RequestMemory.String()},
		"limits":   limits,
	}
}

// Effective is the same as the status shows it.
func (a Amounts) Effective() v1alpha1.Resources {
	return v1alpha1.Resources{
		Requests: v1alpha1.ResourceAmounts{CPU: &a.RequestCPU, Memory: &a.RequestMemory},
		Limits:   v1alpha1.ResourceAmounts{CPU: a.LimitCPU, Memory: &a.LimitMemory},
	}
}
