package resources

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// databaseCAVolumes hold the certificate authority of the database, if it has one.
func databaseCAVolumes(database Connection) []*corev1ac.VolumeApplyConfiguration {
	if database.CAKey == "" {
		return nil
	}
	return []*corev1ac.VolumeApplyConfiguration{secretFiles("postgres-ca", database.Secret, database.CAKey)}
}

func databaseCAMounts(database Connection) []*corev1ac.VolumeMountApplyConfiguration {
	if database.CAKey == "" {
		return nil
	}
	return []*corev1ac.VolumeMountApplyConfiguration{mount("postgres-ca", databaseCAFolder).WithReadOnly(true)}
}
