package resources

import (
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"uim.dev/uim/api/v1alpha1"
)

// FieldManager is the one name under which the operator applies all its objects.
const FieldManager = "uim-operator"

// Labels and annotations of the objects.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelComponent = "app.kubernetes.io/component"
	LabelPartOf    = "app.kubernetes.io/part-of"
	LabelManagedBy = "app.kubernetes.io/managed-by"
	LabelVersion   = "app.kubernetes.io/version"

	// AnnotationFingerprint stands on pod templates and changes with the
	// Secrets and the configuration that a pod reads at its start.
	AnnotationFingerprint = "uim.dev/fingerprint"
	// AnnotationMigration stands on the chat Deployment and names the migration
	// Job that was complete when it was applied. It outlives the Job.
	AnnotationMigration = "uim.dev/migration"
	// AnnotationLogins stands on the StatefulSet of a managed server: the version of
	// the logins that it has.
	AnnotationLogins = "uim.dev/logins"
)

// Component is what an object is for; it is part of all selectors.
type Component string

// The components.
const (
	ComponentChat      Component = "chat"
	ComponentPostgres  Component = "postgres"
	ComponentRedis     Component = "redis"
	ComponentRedisHA   Component = "redis-ha"
	ComponentMigration Component = "migration"
	ComponentLogins    Component = "logins"
	ComponentNetwork   Component = "network"
	ComponentMonitor   Component = "monitoring"
)

// SelectorLabels pick the pods of a component. Selectors cannot be changed later,
// so these three never are.
func SelectorLabels(cluster string, component Component) map[string]string {
	return map[string]string{
		LabelName:      "uim",
		LabelInstance:  cluster,
		LabelComponent: string(component),
	}
}

func labels(c Cluster, component Component) map[string]string {
	all := SelectorLabels(c.Name, component)
	all[LabelPartOf] = "uim"
	all[LabelManagedBy] = FieldManager
	return all
}

// chatLabels also carry the version, which tells old pods from new ones.
func chatLabels(c Cluster, component Component) map[string]string {
	all := labels(c, component)
	all[LabelVersion] = Version(c.Image)
	return all
}

// BelongsTo says whether labels mark an object as made for the cluster. It is how
// volumes and Secrets that outlived a UIMCluster are known again.
func BelongsTo(objectLabels map[string]string, cluster string) bool {
	return objectLabels[LabelManagedBy] == FieldManager &&
		objectLabels[LabelName] == "uim" &&
		objectLabels[LabelInstance] == cluster
}

// owner makes the garbage collector remove an object with its UIMCluster.
func owner(c Cluster) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().
		WithAPIVersion(v1alpha1.GroupVersion().String()).
		WithKind(v1alpha1.Kind).
		WithName(c.Name).
		WithUID(c.UID).
		WithController(true).
		WithBlockOwnerDeletion(true)
}

// dataOwners are the owner references of volumes and Secrets: none when they are
// to outlive the UIMCluster. Ownership instead of a finalizer, because then
// deletion works while the operator is away, and a change of the policy is an
// ordinary update of the object.
func dataOwners(c Cluster) []*metav1ac.OwnerReferenceApplyConfiguration {
	if c.KeepData {
		return nil
	}
	return []*metav1ac.OwnerReferenceApplyConfiguration{owner(c)}
}
