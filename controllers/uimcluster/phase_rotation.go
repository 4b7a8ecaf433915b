package uimcluster

import (
	"context"
	"slices"
	"time"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/status"
)

// reconcileRotation changes the passwords of the managed servers, both together so
// that the chat servers roll once. Each pass takes at most one step, which the next
// one sees in the Secrets; see resources.Rotation for the steps.
func (p *pass) reconcileRotation(ctx context.Context) error {
	if len(p.managed) == 0 || len(p.managed) < p.cluster.ManagedServers() {
		return nil // none, or not known yet
	}
	last, stage := p.rotationState()
	next := p.cluster.Rotation.Passwords.Next(last)
	p.facts.Rotation.Passwords = status.Times{Last: last, Next: next, Stage: stage}
	request := p.object.Annotations[v1alpha1.AnnotationRotatePasswords]
	switch stage {
	case resources.RotationNone:
		due := !next.IsZero() && !next.After(p.Now())
		asked := request != "" && slices.ContainsFunc(p.managed, func(m managed) bool { return resources.RotationRequest(m.secret) != request })
		if !due && !asked {
			p.wakeAt(next)
			return nil
		}
		if !p.facts.Settled() {
			return nil
		}
		return p.step(ctx, func(m managed, data map[string][]byte) (map[string][]byte, error) {
			return resources.BeginRotation(m.component, data, request, p.Random)
		})
	case resources.RotationPreparing:
		if slices.ContainsFunc(p.managed, func(m managed) bool { return resources.RotationOf(m.secret) == resources.RotationNone }) {
			// The pass that began ended in between.
			return p.step(ctx, func(m managed, data map[string][]byte) (map[string][]byte, error) {
				return resources.BeginRotation(m.component, data, request, p.Random)
			})
		}
		if !p.allTold() || !p.facts.Settled() {
			return nil
		}
		return p.step(ctx, func(_ managed, data map[string][]byte) (map[string][]byte, error) {
			return resources.SwitchLogins(data), nil
		})
	case resources.RotationSwitching:
		if !p.facts.RolledOut() || !p.oldServersGone() {
			return nil
		}
		return p.step(ctx, func(_ managed, data map[string][]byte) (map[string][]byte, error) {
			return resources.CloseLogins(data), nil
		})
	default:
		if !p.allTold() {
			return nil
		}
		return p.step(ctx, func(_ managed, data map[string][]byte) (map[string][]byte, error) {
			return resources.EndRotation(data, p.Now()), nil
		})
	}
}

// rotationState is the time of the oldest passwords, and the earliest stage that any
// server is at. One that has no stage while another is about to close or to end is
// the one that was written first.
func (p *pass) rotationState() (last time.Time, stage resources.Rotation) {
	order := []resources.Rotation{resources.RotationPreparing, resources.RotationSwitching, resources.RotationClosing}
	for _, m := range p.managed {
		at := resources.RotatedAt(m.secret)
		if last.IsZero() || at.Before(last) {
			last = at
		}
	}
	for _, candidate := range order {
		if slices.ContainsFunc(p.managed, func(m managed) bool { return resources.RotationOf(m.secret) == candidate }) {
			return last, candidate
		}
	}
	return last, resources.RotationNone
}

func (p *pass) allTold() bool {
	return !slices.ContainsFunc(p.managed, func(m managed) bool { return !m.told() })
}

// oldServersGone is true when no chat server is left that may still sign in with the
// old login: those that end slowly are not among the replicas of a Deployment.
func (p *pass) oldServersGone() bool {
	if p.facts.Chat.Terminating != nil {
		return *p.facts.Chat.Terminating == 0
	}
	// A Kubernetes that does not count them: as long as they may take to end.
	end := p.facts.Chat.ProgressedAt.Add(resources.ChatGrace(p.cluster))
	if end.After(p.Now()) {
		p.wakeAt(end)
		return false
	}
	return true
}

// step writes the Secrets of all managed servers anew.
func (p *pass) step(ctx context.Context, change func(managed, map[string][]byte) (map[string][]byte, error)) error {
	for _, m := range p.managed {
		name, builder, complete := resources.PostgresName(p.cluster), resources.PostgresSecret, resources.PostgresData
		if m.component == resources.ComponentRedis {
			name, builder, complete = resources.RedisName(p.cluster), resources.RedisSecret, resources.RedisData
		}
		_, err := p.keepSecret(ctx, generatedSecret{
			name: name,
			data: func(existing map[string][]byte) (map[string][]byte, error) {
				data, err := change(m, existing)
				if err != nil {
					return nil, err
				}
				return complete(p.cluster, data, resources.AuthorityCertificate(p.authority), p.Random)
			},
			object: func(data map[string][]byte) *corev1ac.SecretApplyConfiguration { return builder(p.cluster, data) },
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wakeAt asks for a pass at a time to come. What is due and not done is held by a
// pause, the end of which is a change of the spec.
func (p *pass) wakeAt(at time.Time) {
	if now := p.Now(); at.After(now) {
		p.wakeAfter(at.Sub(now))
	}
}
