package uimcluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcilePostgres finds out how to reach Postgres, and runs it if it is managed.
func (p *pass) reconcilePostgres(ctx context.Context) error {
	switch {
	case p.cluster.Postgres.External != "":
		return p.reconcileExternalPostgres(ctx)
	case p.cluster.Postgres.CloudNativePG:
		return p.reconcileCloudNativePG(ctx)
	}

	if p.keys == nil || p.authority == nil {
		return nil
	}
	name := resources.PostgresName(p.cluster)
	data, err := p.keepSecret(ctx, generatedSecret{
		name: name,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return p.dated(resources.PostgresData(p.cluster, existing, resources.AuthorityCertificate(p.authority), p.Random))
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.PostgresSecret(p.cluster, data)
		},
	})
	if err != nil {
		return err
	}
	certificate, err := p.keepCertificate(ctx, resources.ComponentPostgres, name)
	if err != nil || data == nil || certificate == nil {
		return err
	}
	server, err := p.keepLogins(ctx, resources.ComponentPostgres, name, data)
	if err != nil {
		return err
	}
	if err := p.connectDatabase(name, data); err != nil {
		return err
	}
	// Migrations need not follow passwords that the server was told of before.
	p.owner.Content = resources.WithoutPasswords(p.owner.Content)
	if !server.usable() {
		p.database = nil
	}
	size, err := p.keepVolume(ctx, status.Database, name, resources.PostgresVolume)
	if err != nil {
		return err
	}
	if _, err := apply(ctx, p, resources.PostgresService(p.cluster), &corev1.Service{}, corev1ac.ExtractService); err != nil {
		return err
	}
	set := resources.PostgresStatefulSet(p.cluster, server.logins, certificate, resources.FingerprintKey(p.keys))
	live := &appsv1.StatefulSet{}
	changed, err := apply(ctx, p, set, live, appsv1ac.ExtractStatefulSet)
	if err != nil {
		return err
	}
	p.facts.Database = observeServer(name, size, live, changed)
	p.facts.Database.TellingLogins = !server.told()
	return nil
}

// connectDatabase reads how the chat servers and the migrations reach Postgres.
func (p *pass) connectDatabase(secret string, data map[string][]byte) error {
	database, err := connect(resources.DatabaseConnection, secret, data)
	if err != nil {
		return err
	}
	owner, err := connect(resources.OwnerConnection, secret, data)
	if err != nil {
		return err
	}
	p.database, p.owner = database, owner
	return nil
}
