package resources_test

import (
	"crypto/tls"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// What the operator renders, run as Kubernetes would: the pods start, lose their
// master, get it back, and are all stopped and started.
func TestRedisHAFailsOver(t *testing.T) {
	t.Parallel()
	p := newPods(t)
	for i := range p.hosts {
		p.start(i)
	}
	client := p.client()
	p.settles(client)
	if first := p.master(); first != 0 {
		t.Errorf("the first master is %d", first)
	}
	p.set(client, "before")
	if n, err := client.Wait(t.Context(), 2, 5*time.Second).Result(); err != nil || n != 2 {
		t.Fatalf("%d replicas have it (%v)", n, err)
	}

	p.stop(0)
	p.set(client, "meanwhile")
	if now := p.master(); now == 0 || now == -1 {
		t.Errorf("the master is %d", now)
	}
	p.kept(client, "before", "meanwhile")

	p.start(0)
	p.settles(client)
	if p.master() == 0 {
		t.Error("the one that came back took the place of the master")
	}
	p.kept(client, "before", "meanwhile")

	last := p.master()
	for i := range p.hosts {
		p.stop(i)
	}
	for i := range p.hosts {
		p.start(i)
	}
	p.settles(client)
	if now := p.master(); now != last {
		t.Errorf("after all were stopped, %d is the master, which was %d", now, last)
	}
	p.kept(client, "before", "meanwhile")
}

// Chat servers can change nothing about the servers.
func TestRedisHAUserHasNoFurtherRights(t *testing.T) {
	t.Parallel()
	p := newPods(t)
	for i := range p.hosts {
		p.start(i)
	}
	client := p.client()
	p.settles(client)
	for _, command := range [][]any{{"CONFIG", "GET", "requirepass"}, {"REPLICAOF", "NO", "ONE"}, {"SHUTDOWN"}, {"FLUSHALL"}, {"ACL", "LIST"}} {
		if err := client.Do(t.Context(), command...).Err(); !goredis.HasErrorPrefix(err, "NOPERM") {
			t.Errorf("%v: %v", command, err)
		}
	}
	sentinel := goredis.NewClient(&goredis.Options{
		Addr: p.hosts[0] + ":26379", Username: string(p.secret["username"]), Password: string(p.secret["password"]), Protocol: 2,
		TLSConfig: &tls.Config{RootCAs: p.trusted, ServerName: "localhost", MinVersion: tls.VersionTLS12},
	})
	defer func() { _ = sentinel.Close() }()
	for _, command := range [][]any{{"SENTINEL", "FAILOVER", "uim"}, {"SENTINEL", "SET", "uim", "quorum", "1"}, {"SENTINEL", "REMOVE", "uim"}, {"SHUTDOWN"}} {
		if err := sentinel.Do(t.Context(), command...).Err(); !goredis.HasErrorPrefix(err, "NOPERM") {
			t.Errorf("sentinel: %v: %v", command, err)
		}
	}
}
