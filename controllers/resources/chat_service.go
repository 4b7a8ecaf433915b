package resources

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// ChatService is the address of the chat servers inside of Kubernetes. It asks for
// no sticky sessions: any server can take any connection.
func ChatService(c Cluster) *corev1ac.ServiceApplyConfiguration {
	return service(c, ChatServiceName(c), ComponentChat, chatPort, 80)
}
