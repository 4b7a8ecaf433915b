package resources

import (
	"time"

	"uim.dev/uim/api/v1alpha1"
)

// DefaultSigningKeyDays is how many days a signing key is used; passwords are
// replaced only when asked for.
const DefaultSigningKeyDays = 90

// Every is a number of days from one rotation to the next; 0 is never.
type Every int32

// Next is when the next rotation is due after the last one; zero when none is.
func (e Every) Next(last time.Time) time.Time {
	if e == 0 || last.IsZero() {
		return time.Time{}
	}
	return last.Add(time.Duration(e) * 24 * time.Hour)
}

// RotationSchedules say how often generated secrets are replaced.
type RotationSchedules struct {
	SigningKeys Every
	Passwords   Every
}

func resolveRotation(spec v1alpha1.RotationSpec) RotationSchedules {
	return RotationSchedules{
		SigningKeys: Every(valueOr(spec.SigningKeys.EveryDays, DefaultSigningKeyDays)),
		Passwords:   Every(valueOr(spec.Passwords.EveryDays, 0)),
	}
}

// ManagedServers is how many servers there are whose passwords the operator changes:
// not those of somebody else, of CloudNativePG, or that sentinels watch.
func (c Cluster) ManagedServers() int {
	n := 0
	for _, s := range []Server{c.Postgres, c.Redis} {
		if s.ownLogins() {
			n++
		}
	}
	return n
}

// ownLogins is true for a server whose passwords the operator changes.
func (s Server) ownLogins() bool { return s.External == "" && !s.CloudNativePG && s.Instances <= 1 }

// TokenTTL is how long access tokens live.
func (c Cluster) TokenTTL() time.Duration {
	longest := defaultTokenTTL
	for _, e := range c.Chat.ExtraEnv {
		if ttl, err := time.ParseDuration(e.Value); e.Name == tokenTTLVariable && err == nil {
			longest = max(longest, ttl)
		}
	}
	return longest
}

// ChatGrace is the longest that a chat server takes to end.
func ChatGrace(c Cluster) time.Duration {
	return time.Duration(c.Chat.DrainSeconds+chatGraceSeconds) * time.Second
}
