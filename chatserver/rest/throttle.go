package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/limit"
)

// throttle slows down who guesses passwords or floods what is open to everyone.
//
// All sign-ins of an address count, and all failed ones of an account, wherever
// they come from. So that nobody can lock somebody else out by failing in their
// name, an address from which the account has signed in lately has a count of
// its own: who attacks an account spends only the one of strangers.
type throttle struct {
	limiter  limit.Limiter
	metrics  *Metrics
	address  limit.Policy // sign-ins
	account  limit.Policy // failed tries of a password
	familiar limit.Policy // an account and an address: nothing left means that they know each other
	stranger limit.Policy // requests without a token
	groups   limit.Policy // changes of groups, of a person
}

// familiarity is how long an account remembers an address it signed in from.
const familiarity = 30 * 24 * time.Hour

func newThrottle(config Config, limiter limit.Limiter, metrics *Metrics) *throttle {
	policy := func(name string, count int, per time.Duration) limit.Policy {
		return limit.Policy{Name: name, Rates: []limit.Rate{{Count: count, Per: per}}}
	}
	t := &throttle{
		limiter: limiter, metrics: metrics,
		address:  policy("login_address", config.LoginsPerMinute, time.Minute),
		account:  policy("login_account", config.LoginsPerMinute, time.Minute),
		familiar: policy("login_familiar", 1, familiarity),
		stranger: policy("anonymous", config.AnonymousRequestsPerMinute, time.Minute),
		groups:   policy("groups", config.GroupChangesPerMinute, time.Minute),
	}
	for _, p := range []limit.Policy{t.address, t.account, t.stranger, t.groups} {
		metrics.throttled.WithLabelValues(p.Name) // so that each is there, at 0
	}
	return t
}

// take counts one of a policy and a key; the error is rate_limited.
func (t *throttle) take(ctx context.Context, policy limit.Policy, key string) error {
	if g := t.ask(ctx, policy, key, 1); g.Tokens < 1 {
		t.metrics.throttled.WithLabelValues(policy.Name).Inc()
		wait := (g.RetryAfter + time.Millisecond - 1).Truncate(time.Millisecond)
		return &chat.Error{Code: chat.CodeRateLimited, RetryAfter: max(wait, time.Millisecond)}
	}
	return nil
}

func (t *throttle) ask(ctx context.Context, policy limit.Policy, key string, tokens int) limit.Grant {
	return t.limiter.Take(ctx, policy, []limit.Request{{Key: key, Tokens: tokens}})[0]
}

// login counts a sign-in; ended must be called with its outcome.
func (t *throttle) login(ctx context.Context, client, username string) (ended func(error), err error) {
	if err := t.take(ctx, t.address, client); err != nil {
		return nil, err
	}
	return t.guess(ctx, client, strings.ToLower(username))
}

// guess counts a try of an account's password; ended must be called with its
// outcome. It is counted before it is made, since many may be made at once, and
// struck off again unless it was wrong.
func (t *throttle) guess(ctx context.Context, client, account string) (ended func(error), err error) {
	account = digest(account)
	bond := account + "@" + client
	bucket := account
	if t.ask(ctx, t.familiar, bond, 0).RetryAfter > 0 {
		bucket = bond
	}
	if err := t.take(ctx, t.account, bucket); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	return func(err error) {
		if err != nil && chat.CodeOf(err) == chat.CodeInvalidCredentials {
			return
		}
		t.ask(ctx, t.account, bucket, -1)
		if err == nil {
			t.ask(ctx, t.familiar, bond, 1)
		}
	}, nil
}

// digest makes a key of a bounded length of what people type.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// limitTokenless is limitAnonymous for a route that a token may come to as well;
// a wrong one is counted when it is refused.
func (a *api) limitTokenless(c *gin.Context) {
	if !strings.HasPrefix(c.GetHeader("Authorization"), "Bearer ") {
		a.limitAnonymous(c)
	}
}

// limitAnonymous bounds the requests that an address makes without a token.
func (a *api) limitAnonymous(c *gin.Context) {
	if err := a.throttle.take(c.Request.Context(), a.throttle.stranger, clientKey(c.ClientIP())); err != nil {
		fail(c, err)
	}
}

// limitGroups bounds how often a person changes groups: each change is written,
// and shown to everybody in the group.
func (a *api) limitGroups(c *gin.Context) {
	if err := a.throttle.take(c.Request.Context(), a.throttle.groups, viewer(c).String()); err != nil {
		fail(c, err)
	}
}

// refuseStranger answers a request whose token is missing or wrong, and counts
// it as one without. A token that has merely ended is not held against anybody.
func (a *api) refuseStranger(c *gin.Context, err error) {
	if chat.CodeOf(err) == chat.CodeUnauthenticated {
		if throttled := a.throttle.take(c.Request.Context(), a.throttle.stranger, clientKey(c.ClientIP())); throttled != nil {
			err = throttled
		}
	}
	fail(c, err)
}

// clientKey is what an address is counted by: itself, or the network of an IPv6
// one, all of which is one customer's.
func clientKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown" // a Unix socket
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.Addr().String()
}
