package uimcluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// How soon a pass looks again at a Cluster of CloudNativePG, which is not watched,
// because its kind may come and go while the operator runs.
const (
	followCloudNativePG  = 5 * time.Second
	recheckCloudNativePG = 30 * time.Second
)

// reconcileCloudNativePG asks CloudNativePG for the database, and follows what it makes
// of that.
func (p *pass) reconcileCloudNativePG(ctx context.Context) error {
	if known, err := p.knows(resources.CloudNativePGKind()); err != nil {
		return err
	} else if !known {
		p.wakeAfter(followCloudNativePG)
		return cloudNativePGMissing()
	}
	owner, err := p.cloudNativePGOwner(ctx)
	if err != nil {
		return err
	}
	name := resources.PostgresName(p.cluster)
	data, err := p.keepSecret(ctx, generatedSecret{
		name: name,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return resources.CloudNativePGData(p.cluster, existing, owner, p.Random)
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.CloudNativePGSecret(p.cluster, data)
		},
	})
	if err != nil || data == nil {
		return err
	}
	p.wakeAfter(recheckCloudNativePG)
	live, changed, err := p.applyForeign(ctx, resources.CloudNativePGCluster(p.cluster))
	if apierrors.IsNotFound(err) { // the kind was known a moment ago
		return cloudNativePGMissing()
	}
	if err != nil {
		return err
	}
	p.facts.Database = observeCloudNativePG(live, p.cluster.Postgres.Instances, changed)
	p.facts.Database.Secret = name
	p.facts.Database.StorageSize = p.cluster.Postgres.StorageSize.String()
	if !p.facts.Database.Ready || p.facts.Database.ReadyServers < p.cluster.Postgres.Instances {
		p.wakeAfter(followCloudNativePG)
	}
	if owner.App == nil || owner.Authority == nil {
		return nil
	}
	return p.connectDatabase(name, data)
}

// cloudNativePGOwner reads what CloudNativePG keeps of the database's owner.
func (p *pass) cloudNativePGOwner(ctx context.Context) (owner resources.CloudNativePGOwner, err error) {
	for name, into := range map[string]*map[string][]byte{
		resources.CloudNativePGSecretName(p.cluster):    &owner.App,
		resources.CloudNativePGAuthorityName(p.cluster): &owner.Authority,
	} {
		secret := &corev1.Secret{}
		err := p.Client.Get(ctx, client.ObjectKey{Namespace: p.cluster.Namespace, Name: name}, secret)
		if client.IgnoreNotFound(err) != nil {
			return owner, fmt.Errorf("read Secret %q: %w", name, err)
		}
		if err == nil {
			*into = secret.Data
		}
	}
	return owner, nil
}

func cloudNativePGMissing() error {
	return &problemError{status.Problem{
		Reason: "CloudNativePGMissing",
		Message: "Kubernetes does not know the kind Cluster of postgresql.cnpg.io/v1, which spec.postgres.cloudNativePG needs: " +
			"install the CloudNativePG operator (https://cloudnative-pg.io); it is found by itself",
		NeedsHelp: true,
	}}
}

// observeCloudNativePG reads how a Cluster is. changed is true when it was applied
// after it was read.
//
// Its Ready condition speaks of all servers; people can chat while there is a primary
// and, of several servers, one more to keep what they write.
func observeCloudNativePG(cluster *unstructured.Unstructured, instances int32, changed bool) status.Server {
	text := func(fields ...string) string {
		value, _, _ := unstructured.NestedString(cluster.Object, append([]string{"status"}, fields...)...)
		return value
	}
	ready, _, _ := unstructured.NestedInt64(cluster.Object, "status", "readyInstances")
	primary := text("currentPrimary")
	s := status.Server{ReadyServers: int32(ready), Quorum: 1, Detail: text("phase")}
	if reason := text("phaseReason"); reason != "" {
		s.Detail += ": " + reason
	}
	if instances > 1 {
		s.Quorum = 2
	}
	s.Ready = primary != "" && primary == text("targetPrimary") && s.ReadyServers >= s.Quorum && !isFailed(cluster, primary)
	s.Updating = changed && s.Ready
	if unset, found, _ := unstructured.NestedSlice(cluster.Object, "status", "managedRolesStatus", "cannotReconcile", resources.DatabaseUser); found && len(unset) > 0 {
		s.Ready, s.Detail = false, fmt.Sprintf("role %s cannot be set up: %v", resources.DatabaseUser, unset[0])
	}
	return s
}

// isFailed says whether CloudNativePG counts an instance among the failed.
func isFailed(cluster *unstructured.Unstructured, instance string) bool {
	failed, _, _ := unstructured.NestedStringSlice(cluster.Object, "status", "instancesStatus", "failed")
	return slices.Contains(failed, instance)
}
