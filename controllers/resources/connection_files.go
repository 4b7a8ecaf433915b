package resources

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// file is where pods find a key of the Secret that they get as a file.
func (c Connection) file(key string) string { return c.mountPath() + "/" + key }

func (c Connection) mountPath() string { return "/etc/uim/" + c.folder }

// fileVolumes and fileMounts bring certificates into a pod, if there are any.
func (c Connection) fileVolumes() []*corev1ac.VolumeApplyConfiguration {
	if len(c.files) == 0 {
		return nil
	}
	return []*corev1ac.VolumeApplyConfiguration{secretFiles(c.folder, c.Secret, c.files...)}
}

func (c Connection) fileMounts() []*corev1ac.VolumeMountApplyConfiguration {
	if len(c.files) == 0 {
		return nil
	}
	return []*corev1ac.VolumeMountApplyConfiguration{mount(c.folder, c.mountPath()).WithReadOnly(true)}
}
