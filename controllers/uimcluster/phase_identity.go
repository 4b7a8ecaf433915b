package uimcluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileIdentity makes what the cluster is known by: the authority of its
// certificates, and the account and the keys of the chat servers.
func (p *pass) reconcileIdentity(ctx context.Context) error {
	authority, err := p.keepSecret(ctx, generatedSecret{
		name: resources.AuthoritySecretName(p.cluster),
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return resources.AuthorityData(p.cluster, existing, p.Now(), p.Random)
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.AuthoritySecret(p.cluster, data)
		},
	})
	if err != nil {
		return err
	}
	p.authority = authority
	keys, err := p.keepSecret(ctx, generatedSecret{
		name: resources.KeysSecretName(p.cluster),
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			now := p.Now()
			data, err := resources.KeysData(existing, now, p.Random)
			if err != nil {
				return nil, err
			}
			return resources.RotateSigningKeys(data, resources.SigningRotation{
				Every:    p.cluster.Rotation.SigningKeys,
				Request:  p.object.Annotations[v1alpha1.AnnotationRotateSigningKeys],
				TokenTTL: p.cluster.TokenTTL(),
				Now:      now,
				Random:   p.Random,
			})
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.KeysSecret(p.cluster, data)
		},
	})
	if err != nil {
		return err
	}
	p.keys = keys
	p.facts.Rotation.SigningKeys = status.Times{
		Last: resources.NewestSigningKey(keys),
		Next: p.cluster.Rotation.SigningKeys.Next(resources.NewestSigningKey(keys)),
	}
	p.wakeAt(p.facts.Rotation.SigningKeys.Next)
	p.wakeAt(resources.NextSigningKeyEnd(keys, p.cluster.TokenTTL()))
	_, err = apply(ctx, p, resources.ChatServiceAccount(p.cluster), &corev1.ServiceAccount{}, corev1ac.ExtractServiceAccount)
	return err
}
