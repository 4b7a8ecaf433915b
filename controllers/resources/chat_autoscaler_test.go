package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestChatAutoscaler(t *testing.T) {
	for name, spec := range map[string]string{
		"minimal": "chat: {autoscaling: {maxReplicas: 9}}",
		"full":    "chat: {autoscaling: {minReplicas: 3, maxReplicas: 9, targetCPUUtilization: 50, targetConnectionsPerPod: 5000}}",
	} {
		t.Run(name, func(t *testing.T) { golden(t, resources.ChatAutoscaler(given(t, spec))) })
	}
	if resources.ChatAutoscaler(given(t, "chat: {replicas: 3}")) != nil {
		t.Error("a fixed number of servers has an autoscaler")
	}
}
