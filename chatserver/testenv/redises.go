package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"uim.dev/uim/chatserver/dev/servers"
	"uim.dev/uim/chatserver/redis"
)

// What the servers of Sentinels and Cluster ask for: of chat servers, who get the
// rights that the operator gives them, and of each other.
const (
	redisUser     = "uim"
	redisPassword = "of-the-chat-servers" //nolint:gosec // of the tests' own servers
	nodePassword  = "of-the-nodes"
	masterName    = "uim-test"
)

// Redises are several Redis servers that work together, for one test alone.
type Redises struct {
	// Config is how chat servers reach them.
	Config redis.Config

	t     testing.TB
	host  *servers.Host
	data  string
	nodes map[string]*Private // by address
	ports []int               // of the sentinels, or of the nodes of a Cluster
}

func newRedises(t testing.TB) *Redises {
	t.Helper()
	host, data := privateHost(t)
	return &Redises{t: t, host: host, data: data, nodes: map[string]*Private{}}
}

// Sentinels is a master, two replicas, and three sentinels that watch them.
func Sentinels(t testing.TB) *Redises {
	t.Helper()
	r := newRedises(t)
	first := freePort(t)
	r.start(first)
	for range 2 {
		r.start(freePort(t), "--replicaof", "127.0.0.1", strconv.Itoa(first))
	}
	for range 3 {
		r.startSentinel(freePort(t), first)
	}
	r.Config = redis.Config{
		Addr: addresses(r.ports), Username: redisUser, Password: redisPassword,
		SentinelMaster: masterName, SentinelPassword: nodePassword,
	}
	r.eventually("the sentinels know each other and the replicas", func() error {
		return r.atEach(func(ctx context.Context, s *goredis.SentinelClient) error {
			sentinels, err := s.Sentinels(ctx, masterName).Result()
			if err != nil {
				return err
			}
			replicas, err := s.Replicas(ctx, masterName).Result()
			healthy := func(m map[string]string) bool { return m["master-link-status"] == "ok" }
			if err == nil && (len(sentinels) != 2 || len(replicas) != 2 || !slices.ContainsFunc(replicas, healthy)) {
				err = fmt.Errorf("there are %d sentinels and the replicas %v", len(sentinels), replicas)
			}
			return err
		})
	})
	return r
}

// Cluster is a Redis Cluster of three masters, each with a third of the slots, and
// a replica of the first.
func Cluster(t testing.TB) *Redises {
	t.Helper()
	r := newRedises(t)
	const slots = 16384
	for i := range 4 {
		port := freePort(t)
		r.start(port, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(freePort(t)), "--cluster-node-timeout", "1000")
		r.ports = append(r.ports, port)
		if i < 3 {
			r.ask(port, "CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		}
		r.ask(port, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
	}
	for _, port := range r.ports[1:] {
		bus := r.ask(port, "CONFIG", "GET", "cluster-port").([]any)[1]
		r.ask(r.ports[0], "CLUSTER", "MEET", "127.0.0.1", port, bus)
	}
	r.eventually("the nodes know each other", func() error {
		for _, port := range r.ports {
			info := r.ask(port, "CLUSTER", "INFO").(string)
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:4") {
				return fmt.Errorf("%d says %s", port, info)
			}
		}
		return nil
	})
	first := r.ask(r.ports[0], "CLUSTER", "MYID")
	r.ask(r.ports[3], "CLUSTER", "REPLICATE", first)
	r.eventually("the replica follows", func() error {
		if info := r.ask(r.ports[3], "INFO", "replication").(string); !strings.Contains(info, "master_link_status:up") {
			return fmt.Errorf("it says %s", info)
		}
		return nil
	})
	r.Config = redis.Config{Addr: addresses(r.ports[:2]), Username: redisUser, Password: redisPassword, Cluster: true}
	return r
}

// FirstMaster is the master that the sentinels name, or the first of the Cluster.
func (r *Redises) FirstMaster() *Private {
	r.t.Helper()
	if r.Config.Cluster {
		return r.nodes[addresses(r.ports[:1])]
	}
	var master []string
	r.eventually("the sentinels name a master", func() error {
		return r.atEach(func(ctx context.Context, s *goredis.SentinelClient) (err error) {
			master, err = s.GetMasterAddrByName(ctx, masterName).Result()
			return err
		})
	})
	return r.nodes[net.JoinHostPort(master[0], master[1])]
}

// First gives the first master of a Cluster a command.
func (r *Redises) First(command ...any) {
	r.t.Helper()
	r.ask(r.ports[0], command...)
}

// start runs a server that chat servers may use and that trusts the others.
func (r *Redises) start(port int, arguments ...string) {
	r.t.Helper()
	name := strconv.Itoa(port)
	arguments = append(arguments, "--requirepass", nodePassword, "--masterauth", nodePassword, "--save", "", "--repl-diskless-sync-delay", "0",
		"--user", redisUser, "on", ">"+redisPassword, "~*", "&*", "+@all", "-@admin", "-@dangerous", "+info")
	node := &Private{t: r.t, begin: func() (*servers.Process, error) {
		return r.host.StartRedisAt(context.Background(), filepath.Join(r.data, name), port, nodePassword, arguments...)
	}}
	node.run()
	r.nodes["127.0.0.1:"+name] = node
}

func (r *Redises) startSentinel(port, master int) {
	r.t.Helper()
	folder := filepath.Join(r.data, "sentinel-"+strconv.Itoa(port))
	config := filepath.Join(folder, "sentinel.conf")
	text := fmt.Sprintf(`sentinel monitor %[1]s 127.0.0.1 %[2]d 2
sentinel down-after-milliseconds %[1]s 500
sentinel failover-timeout %[1]s 3000
sentinel auth-pass %[1]s "%[3]s"
requirepass "%[3]s"
sentinel sentinel-pass "%[3]s"
`, masterName, master, nodePassword)
	if err := os.Mkdir(folder, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	node := &Private{t: r.t, begin: func() (*servers.Process, error) {
		return r.host.StartRedisAt(context.Background(), folder, port, nodePassword, config, "--sentinel")
	}}
	node.run()
	r.ports = append(r.ports, port)
}

// ask gives one server a command.
func (r *Redises) ask(port int, command ...any) any {
	r.t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addresses([]int{port}), Password: nodePassword, Protocol: 2})
	defer func() { _ = client.Close() }()
	answer, err := client.Do(r.t.Context(), command...).Result()
	if err != nil {
		r.t.Fatalf("%v: %v", command, err)
	}
	return answer
}

func (r *Redises) atEach(ask func(context.Context, *goredis.SentinelClient) error) error {
	for _, port := range r.ports {
		client := goredis.NewSentinelClient(&goredis.Options{Addr: addresses([]int{port}), Password: nodePassword})
		err := ask(r.t.Context(), client)
		_ = client.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Redises) eventually(what string, try func() error) {
	r.t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			r.t.Fatalf("in vain waited until %s: %v", what, err)
		}
	}
}

func addresses(ports []int) string {
	var all []string
	for _, port := range ports {
		all = append(all, "127.0.0.1:"+strconv.Itoa(port))
	}
	return strings.Join(all, ",")
}

func freePort(t testing.TB) int {
	t.Helper()
	port, err := servers.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
