package resources

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// caFile is where pods find the certificate authority of the server.
func (c Connection) caFile() string { return c.caFolder() + "/" + keyCA }

func (c Connection) caFolder() string { return "/etc/uim/" + c.ca }

// caVolumes and caMounts bring the certificate authority into a pod, if there is one.
func (c Connection) caVolumes() []*corev1ac.VolumeApplyConfiguration {
	if c.ca == "" {
		return nil
	}
	return []*corev1ac.VolumeApplyConfiguration{secretFiles(c.ca, c.Secret, keyCA)}
}

func (c Connection) caMounts() []*corev1ac.VolumeMountApplyConfiguration {
	if c.ca == "" {
		return nil
	}
	return []*corev1ac.VolumeMountApplyConfiguration{mount(c.ca, c.caFolder()).WithReadOnly(true)}
}
