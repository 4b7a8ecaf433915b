package resources

import (
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// probe fails after failures misses, everySeconds apart.
func probe(everySeconds, failures int32) *corev1ac.ProbeApplyConfiguration {
	return corev1ac.Probe().WithPeriodSeconds(everySeconds).WithFailureThreshold(failures).WithTimeoutSeconds(5)
}

func httpProbe(path, port string, everySeconds, failures int32) *corev1ac.ProbeApplyConfiguration {
	return probe(everySeconds, failures).
		WithHTTPGet(corev1ac.HTTPGetAction().WithPath(path).WithPort(intstr.FromString(port)))
}

func commandProbe(everySeconds, failures int32, command ...string) *corev1ac.ProbeApplyConfiguration {
	return probe(everySeconds, failures).WithExec(corev1ac.ExecAction().WithCommand(command...))
}
