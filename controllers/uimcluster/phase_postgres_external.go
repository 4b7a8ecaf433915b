package uimcluster

import (
	"context"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileExternalPostgres reads where the Postgres of somebody else is. What only
// the uri of the user's Secret says goes into a Secret of the cluster, from which pods
// can read it.
func (p *pass) reconcileExternalPostgres(ctx context.Context) error {
	name := p.cluster.Postgres.External
	data, err := p.userSecret(ctx, name, "spec.postgres.external.secretName")
	if err != nil {
		return err
	}
	if err := ofTheUser(resources.CheckCertificates(name, data)); err != nil {
		return err
	}
	content, spelled, err := resources.SpellOutURI(name, data)
	if err != nil {
		return ofTheUser(err)
	}
	if err := p.connectDatabase(name, content); err != nil {
		return err
	}
	p.facts.Database = status.Server{Secret: name, Ready: true}
	if !spelled {
		return nil
	}
	p.database, p.owner = nil, nil
	copied, err := p.keepSecret(ctx, generatedSecret{
		name: resources.PostgresName(p.cluster),
		data: func(map[string][]byte) (map[string][]byte, error) {
			return resources.ExternalDatabaseData(content), nil
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.PostgresSecret(p.cluster, data)
		},
	})
	if err != nil || copied == nil {
		return err
	}
	return p.connectDatabase(resources.PostgresName(p.cluster), copied)
}
