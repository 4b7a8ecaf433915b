package uimcluster

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// generatedSecret says how a Secret of the operator's own is made.
type generatedSecret struct {
	name string
	// kind is its type; left out, Opaque.
	kind corev1.SecretType
	// data completes what exists; it never replaces a generated value.
	data func(existing map[string][]byte) (map[string][]byte, error)
	// object wraps data.
	object func(data map[string][]byte) *corev1ac.SecretApplyConfiguration
}

// keepSecret makes sure of a generated Secret and answers its content, or nil while
// the cluster is paused and there is none.
//
// A password must never be replaced by another one, whoever else is at work: a
// Secret begins empty by a create, which fails when there is one, and is filled by
// an apply that holds only for the version that was read.
func (p *pass) keepSecret(ctx context.Context, s generatedSecret) (map[string][]byte, error) {
	live := &corev1.Secret{}
	exists, err := p.load(ctx, s.name, live)
	if err != nil {
		return nil, err
	}
	data, err := s.data(live.Data)
	if err != nil {
		return nil, fmt.Errorf("make Secret %q: %w", s.name, err)
	}
	wanted := s.object(data)
	if exists {
		owned, err := corev1ac.ExtractSecret(live, resources.FieldManager)
		if err != nil {
			return nil, fmt.Errorf("read the owned fields of Secret %q: %w", s.name, err)
		}
		if equality.Semantic.DeepEqual(owned, wanted) {
			return live.Data, nil
		}
	} else {
		live.Name, live.Namespace, live.Labels = s.name, p.cluster.Namespace, wanted.Labels
	}
	if p.hold(live) {
		return live.Data, nil
	}
	if !exists {
		live.Type, live.Data = s.kind, emptyData(s.kind)
		if err := p.Client.Create(ctx, live, client.FieldOwner(resources.FieldManager)); err != nil {
			return nil, fmt.Errorf("create Secret %q: %w", s.name, err)
		}
	}
	wanted.WithResourceVersion(live.ResourceVersion)
	if err := p.Client.Apply(ctx, wanted, client.FieldOwner(resources.FieldManager), client.ForceOwnership); err != nil {
		return nil, fmt.Errorf("apply Secret %q: %w", s.name, err)
	}
	log.FromContext(ctx).Info("Applied a Secret", "name", s.name, "created", !exists)
	return data, nil
}

// emptyData is what the API server asks of a Secret of a type before it has content.
func emptyData(kind corev1.SecretType) map[string][]byte {
	if kind == corev1.SecretTypeTLS {
		return map[string][]byte{corev1.TLSCertKey: {}, corev1.TLSPrivateKeyKey: {}}
	}
	return nil
}

// keepCertificate makes sure of the certificate of a managed server, as keepSecret
// does.
func (p *pass) keepCertificate(ctx context.Context, component resources.Component, service string) (map[string][]byte, error) {
	name := resources.CertificateSecretName(service)
	data, err := p.keepSecret(ctx, generatedSecret{
		name: name,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return resources.ServerCertificateData(p.cluster, service, p.authority,
				resources.CertificateSource{Existing: existing, Now: p.Now(), Random: p.Random})
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.ServerCertificateSecret(p.cluster, component, service, data)
		},
	})
	if err != nil || data == nil {
		return nil, err
	}
	return data, p.seeCertificate(name, data, "")
}

// dated notes when generated passwords were made.
func (p *pass) dated(data map[string][]byte, err error) (map[string][]byte, error) {
	if err != nil {
		return nil, err
	}
	return resources.WithRotationDate(data, p.Now(), p.object.Annotations[v1alpha1.AnnotationRotatePasswords]), nil
}

// userSecret reads a Secret that the user made.
func (p *pass) userSecret(ctx context.Context, name, field string) (map[string][]byte, error) {
	live := &corev1.Secret{}
	err := p.Client.Get(ctx, client.ObjectKey{Namespace: p.cluster.Namespace, Name: name}, live)
	switch {
	case apierrors.IsNotFound(err):
		return nil, &problemError{status.Problem{
			Reason:    "SecretMissing",
			Message:   fmt.Sprintf("Secret %q, which %s names, is not in namespace %q: create it; see kubectl explain uimcluster.%[2]s", name, field, p.cluster.Namespace),
			NeedsHelp: true,
		}}
	case err != nil:
		return nil, fmt.Errorf("read Secret %q: %w", name, err)
	default:
		return live.Data, nil
	}
}

// connect reads a connection out of the content of a Secret.
func connect(read func(string, map[string][]byte) (resources.Connection, error), name string, data map[string][]byte) (*resources.Connection, error) {
	connection, err := read(name, data)
	if err != nil {
		return nil, ofTheUser(err)
	}
	return &connection, nil
}

// ofTheUser makes a problem that only a person can solve of what is wrong with a
// Secret.
func ofTheUser(err error) error {
	if _, ok := errors.AsType[*resources.SecretError](err); ok {
		return &problemError{status.Problem{Reason: "SecretIncomplete", Message: err.Error(), NeedsHelp: true}}
	}
	return err
}
