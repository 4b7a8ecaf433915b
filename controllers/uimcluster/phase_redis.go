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

// reconcileRedis finds out how to reach Redis, and runs it if it is managed.
func (p *pass) reconcileRedis(ctx context.Context) error {
	switch {
	case p.cluster.Redis.External != "":
		return p.reconcileExternalRedis(ctx)
	case p.cluster.Redis.Instances > 1:
		return p.reconcileRedisHA(ctx)
	}

	name := resources.RedisName(p.cluster)
	if p.keys == nil || p.authority == nil {
		return nil
	}
	data, err := p.keepSecret(ctx, generatedSecret{
		name: name,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return p.dated(resources.RedisData(p.cluster, existing, resources.AuthorityCertificate(p.authority), p.Random))
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.RedisSecret(p.cluster, data)
		},
	})
	if err != nil {
		return err
	}
	certificate, err := p.keepCertificate(ctx, resources.ComponentRedis, name)
	if err != nil || data == nil || certificate == nil {
		return err
	}
	server, err := p.keepLogins(ctx, resources.ComponentRedis, name, data)
	if err != nil {
		return err
	}
	if server.usable() {
		if p.cache, err = connect(resources.CacheConnection, name, data); err != nil {
			return err
		}
	}
	size, err := p.keepVolume(ctx, status.Cache, name, resources.RedisVolume)
	if err != nil {
		return err
	}
	if _, err := apply(ctx, p, resources.RedisConfigMap(p.cluster), &corev1.ConfigMap{}, corev1ac.ExtractConfigMap); err != nil {
		return err
	}
	if _, err := apply(ctx, p, resources.RedisService(p.cluster), &corev1.Service{}, corev1ac.ExtractService); err != nil {
		return err
	}
	set := resources.RedisStatefulSet(p.cluster, server.logins, certificate, resources.FingerprintKey(p.keys))
	live := &appsv1.StatefulSet{}
	changed, err := apply(ctx, p, set, live, appsv1ac.ExtractStatefulSet)
	if err != nil {
		return err
	}
	p.facts.Cache = observeServer(name, size, live, changed)
	p.facts.Cache.TellingLogins = !server.told()
	return nil
}

// reconcileExternalRedis reads where the Redis of somebody else is.
func (p *pass) reconcileExternalRedis(ctx context.Context) error {
	name := p.cluster.Redis.External
	data, err := p.userSecret(ctx, name, "spec.redis.external.secretName")
	if err != nil {
		return err
	}
	if err := ofTheUser(resources.CheckCertificates(name, data)); err != nil {
		return err
	}
	if p.cache, err = connect(resources.CacheConnection, name, data); err != nil {
		return err
	}
	p.facts.Cache = status.Server{Secret: name, Ready: true}
	return nil
}
