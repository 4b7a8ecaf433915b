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

// reconcileRedisHA runs the managed Redis that sentinels watch.
func (p *pass) reconcileRedisHA(ctx context.Context) error {
	if p.keys == nil || p.authority == nil {
		return nil
	}
	name := resources.RedisHAName(p.cluster)
	data, err := p.keepSecret(ctx, generatedSecret{
		name: name,
		data: func(existing map[string][]byte) (map[string][]byte, error) {
			return resources.RedisHAData(p.cluster, existing, resources.AuthorityCertificate(p.authority), p.Random)
		},
		object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration {
			return resources.RedisHASecret(p.cluster, data)
		},
	})
	if err != nil {
		return err
	}
	certificate, err := p.keepCertificate(ctx, resources.ComponentRedisHA, name)
	if err != nil || data == nil || certificate == nil {
		return err
	}
	if p.cache, err = connect(resources.CacheConnection, name, data); err != nil {
		return err
	}
	var size volumeSize
	for node := range int32(resources.RedisNodes) {
		if size, err = p.keepVolume(ctx, status.Cache, resources.RedisHAVolumeName(p.cluster, node), resources.RedisHAVolume(node)); err != nil {
			return err
		}
	}
	if _, err := apply(ctx, p, resources.RedisHAConfigMap(p.cluster), &corev1.ConfigMap{}, corev1ac.ExtractConfigMap); err != nil {
		return err
	}
	if _, err := apply(ctx, p, resources.RedisHAService(p.cluster), &corev1.Service{}, corev1ac.ExtractService); err != nil {
		return err
	}
	set := resources.RedisHAStatefulSet(p.cluster, data, certificate, resources.FingerprintKey(p.keys))
	live := &appsv1.StatefulSet{}
	changed, err := apply(ctx, p, set, live, func(o *appsv1.StatefulSet, manager string) (*appsv1ac.StatefulSetApplyConfiguration, error) {
		owned, err := appsv1ac.ExtractStatefulSet(o, manager)
		if err == nil && owned.Spec != nil && len(owned.Spec.VolumeClaimTemplates) > 0 {
			// Templates of claims can never change, and the API server fills them in.
			owned.Spec.VolumeClaimTemplates = set.Spec.VolumeClaimTemplates
		}
		return owned, err
	})
	if err != nil {
		return err
	}
	p.facts.Cache = observeServer(name, size, live, changed)
	p.facts.Cache.Quorum = resources.RedisQuorum
	p.facts.Cache.Ready = p.facts.Cache.ReadyServers >= resources.RedisQuorum
	return nil
}
