package uimcluster_test

import (
	"errors"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

func TestNetworkPoliciesFollowTheSpec(t *testing.T) {
	s := newStory(t)
	s.givenRunning("{}")
	s.thenExists("acme-deny", &networkingv1.NetworkPolicy{})

	s.whenSpecBecomes("networkPolicy: {chatFrom: [{cidr: 192.0.2.0/24}]}")
	s.eventually("a narrower way in", func() error {
		policy := &networkingv1.NetworkPolicy{}
		s.get("acme-chat", policy)
		if from := policy.Spec.Ingress[0].From; len(from) != 1 || from[0].IPBlock == nil || from[0].IPBlock.CIDR != "192.0.2.0/24" {
			return errors.New("is not there")
		}
		return nil
	})

	s.whenSpecBecomes("networkPolicy: {enabled: false}")
	for _, name := range []string{"acme-deny", "acme-chat", "acme-migrate", "acme-postgres", "acme-redis"} {
		s.thenGone(name, &networkingv1.NetworkPolicy{})
	}
}

func TestNetworkPolicyOfSomebodyElseIsLeftAlone(t *testing.T) {
	s := newStory(t)
	foreign := &networkingv1.NetworkPolicy{}
	foreign.Name = "acme-deny"
	s.create(foreign)
	s.givenCluster("{}")
	s.thenCondition("ChatAvailable", "False", "NameTaken", `NetworkPolicy "acme-deny"`)
	s.whenSpecBecomes("networkPolicy: {enabled: false}")
	s.whenPostgresStarts()
	s.whenRedisStarts()
	s.whenMigrationEnds()
	s.thenRunsOnceRolledOut("AllPartsReady")
	s.get("acme-deny", &networkingv1.NetworkPolicy{})
}
