package resources_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/controllers/resources"
)

// taken counts the loopback addresses in use.
var taken atomic.Int32

// pods are the three pods of the StatefulSet, played by processes of this machine:
// each with a loopback address of its own, and all that the operator renders.
type pods struct {
	*testing.T
	folder  string
	hosts   []string
	secret  map[string][]byte
	trusted *x509.CertPool
	running map[string]*exec.Cmd // by role and number
}

func newPods(t *testing.T) *pods {
	t.Helper()
	c := given(t, severalSpec)
	authority := newAuthority(t, c)
	certificate, err := resources.ServerCertificateData(c, resources.RedisHAName(c), authority, resources.CertificateSource{Now: time.Now(), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	p := &pods{T: t, folder: t.TempDir(), trusted: x509.NewCertPool(), running: map[string]*exec.Cmd{}}
	if p.secret, err = resources.RedisHAData(c, nil, authority["ca.crt"], rand.Reader); err != nil {
		t.Fatal(err)
	}
	p.trusted.AppendCertsFromPEM(authority["ca.crt"])
	for i := range resources.RedisNodes {
		// Of no other test, and no other run of this one, at the same time.
		host := fmt.Sprintf("127.%d.%d.%d", 100+os.Getpid()/256%100, os.Getpid()%256, taken.Add(1))
		p.hosts = append(p.hosts, host)
		within := strings.NewReplacer("/etc/uim", p.file(i), "/data", p.file(i, "data"), "bind * -::*", "bind "+host, "save 900 1", "save 9000 1")
		for name, text := range resources.RedisHAConfigMap(c).Data {
			p.write(i, "redis/"+name, within.Replace(text))
		}
		for name, text := range certificate {
			p.write(i, "tls/"+name, string(text))
		}
		for _, name := range []string{"users.acl", "sentinel.acl"} {
			p.write(i, "redis-acl/"+name, string(p.secret[name]))
		}
		p.write(i, "data/.keep", "")
		p.write(i, "run/.keep", "")
	}
	t.Cleanup(func() {
		for name := range p.running {
			p.kill(name)
		}
	})
	return p
}

func (p *pods) file(pod int, path ...string) string {
	return filepath.Join(append([]string{p.folder, fmt.Sprint("pod-", pod)}, path...)...)
}

func (p *pods) write(pod int, path, text string) {
	p.Helper()
	file := p.file(pod, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// start runs both containers of a pod.
func (p *pods) start(pod int) {
	p.Helper()
	for _, role := range []string{"server", "sentinel"} {
		log, err := os.OpenFile(p.file(pod, role+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			p.Fatal(err)
		}
		command := exec.CommandContext(context.Background(), "/bin/sh", p.file(pod, "redis/node.sh"), role) // ended by kill, not by a context
		command.Stdout, command.Stderr, command.Dir = log, log, p.file(pod)
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		command.Env = append(os.Environ(), "NODE="+p.hosts[pod], "NODES="+strings.Join(p.hosts, " "),
			"NODE_PASSWORD="+string(p.secret["node-password"]), "CONFIG="+p.file(pod, "redis"), "CERTIFICATES="+p.file(pod, "tls"),
			"DATA="+p.file(pod, "data"), "RUN="+p.file(pod, "run"))
		if err := command.Start(); err != nil {
			p.Fatal(err)
		}
		_ = log.Close()
		p.running[fmt.Sprint(role, pod)] = command
	}
}

func (p *pods) stop(pod int) {
	p.Helper()
	p.kill(fmt.Sprint("server", pod))
	p.kill(fmt.Sprint("sentinel", pod))
}

func (p *pods) kill(name string) {
	if command, ok := p.running[name]; ok {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait()
		delete(p.running, name)
	}
}

// client is what a chat server has, with the rights of its user.
func (p *pods) client() *goredis.Client {
	var sentinels []string
	for _, host := range p.hosts {
		sentinels = append(sentinels, host+":26379")
	}
	text := func(key string) string { return string(p.secret[key]) }
	client := goredis.NewFailoverClient(&goredis.FailoverOptions{
		MasterName: text("sentinel-master"), SentinelAddrs: sentinels,
		SentinelUsername: text("sentinel-username"), SentinelPassword: text("sentinel-password"),
		Username: text("username"), Password: text("password"), MaxRetries: 1, DialTimeout: time.Second, ReadTimeout: time.Second,
		TLSConfig: &tls.Config{RootCAs: p.trusted, ServerName: "localhost", MinVersion: tls.VersionTLS12},
	})
	p.Cleanup(func() { _ = client.Close() })
	return client
}

func (p *pods) sentinel(host string) *goredis.SentinelClient {
	return goredis.NewSentinelClient(&goredis.Options{
		Addr: host + ":26379", Username: string(p.secret["sentinel-username"]), Password: string(p.secret["sentinel-password"]), MaxRetries: -1,
		TLSConfig: &tls.Config{RootCAs: p.trusted, ServerName: "localhost", MinVersion: tls.VersionTLS12},
	})
}

// knowReplicas says whether every sentinel has found the replicas, for which it asks
// the master once in ten seconds: until then there is nobody who could take its place.
func (p *pods) knowReplicas() error {
	for _, host := range p.hosts {
		s := p.sentinel(host)
		replicas, err := s.Replicas(p.Context(), "uim").Result()
		_ = s.Close()
		well := 0
		for _, replica := range replicas {
			if replica["flags"] == "slave" && replica["master-link-status"] == "ok" {
				well++
			}
		}
		if err != nil {
			return fmt.Errorf("ask the sentinel of %s: %w", host, err)
		}
		if well != resources.RedisNodes-1 {
			return fmt.Errorf("the sentinel of %s knows of %d replicas that are well: %v", host, well, replicas)
		}
	}
	return nil
}

// master is the number of the pod that most sentinels name, -1 when they do not agree.
func (p *pods) master() int {
	votes := map[string]int{}
	for _, host := range p.hosts {
		s := p.sentinel(host)
		if master, err := s.GetMasterAddrByName(p.Context(), "uim").Result(); err == nil {
			votes[master[0]]++
		}
		_ = s.Close()
	}
	for host, n := range votes {
		if n >= resources.RedisQuorum {
			return slices.Index(p.hosts, host)
		}
	}
	return -1
}

func (p *pods) eventually(what string, holds func() error) {
	p.Helper()
	deadline := time.NewTimer(90 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			for i := range p.hosts {
				for _, log := range []string{"server.log", "sentinel.log"} {
					text, _ := os.ReadFile(p.file(i, log))
					lines := strings.Split(string(text), "\n")
					p.Logf("pod %d, %s:\n%s", i, log, strings.Join(lines[max(0, len(lines)-15):], "\n"))
				}
			}
			p.Fatalf("in vain waited until %s: %v", what, err)
		}
	}
}

// settles waits until there is a master with two replicas, and all sentinels know them.
func (p *pods) settles(client *goredis.Client) {
	p.Helper()
	p.eventually("there are a master and its replicas", func() error {
		info, err := client.Info(p.Context(), "replication").Result()
		if err == nil && (!strings.Contains(info, "role:master") || strings.Count(info, "state=online") != resources.RedisNodes-1) {
			err = fmt.Errorf("the master says %s", info)
		}
		if err == nil && p.master() < 0 {
			err = errors.New("the sentinels do not agree")
		}
		if err == nil {
			err = p.knowReplicas()
		}
		return err
	})
}

func (p *pods) set(client *goredis.Client, key string) {
	p.Helper()
	p.eventually("a write succeeds", func() error { return client.Set(p.Context(), key, "kept", 0).Err() })
}

func (p *pods) kept(client *goredis.Client, keys ...string) {
	p.Helper()
	for _, key := range keys {
		p.eventually(key+" is there", func() error {
			if got, err := client.Get(p.Context(), key).Result(); err != nil || got != "kept" {
				return fmt.Errorf("%q, %w", got, err)
			}
			return nil
		})
	}
}
