package uimcluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

type volumeBuilder func(c resources.Cluster, existing *resource.Quantity) *corev1ac.PersistentVolumeClaimApplyConfiguration

// volumeSize is the size of a volume that is asked for, and that which is there, empty
// as long as there is none.
type volumeSize struct{ asked, there string }

// keepVolume makes sure of a volume and answers its size. A volume that
// cannot grow is a problem of the part but keeps nothing else from going on: the
// server runs on the volume as it is.
func (p *pass) keepVolume(ctx context.Context, part status.Part, name string, build volumeBuilder) (volumeSize, error) {
	live := &corev1.PersistentVolumeClaim{}
	exists, err := p.load(ctx, name, live)
	if err != nil {
		return volumeSize{}, err
	}
	var existing *resource.Quantity
	if exists {
		existing = live.Spec.Resources.Requests.Storage()
	}
	there := ""
	if capacity, ok := live.Status.Capacity[corev1.ResourceStorage]; ok {
		there = capacity.String()
	}
	wanted := build(p.cluster, existing)
	size := wanted.Spec.Resources.Requests.Storage()
	_, err = apply(ctx, p, wanted, live, corev1ac.ExtractPersistentVolumeClaim)
	if exists && (apierrors.IsForbidden(err) || apierrors.IsInvalid(err)) {
		p.note(part, status.Problem{
			Reason: "VolumeCannotGrow",
			Message: fmt.Sprintf("PersistentVolumeClaim %q stays at %s, because Kubernetes refuses %s (%v): it has to be bound, "+
				"and its storage class has to have allowVolumeExpansion", name, existing, size, err),
			NeedsHelp: true,
		})
		return volumeSize{existing.String(), there}, nil
	}
	return volumeSize{size.String(), there}, err
}
