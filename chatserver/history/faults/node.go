package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"uim.dev/uim/chatserver/dev/servers"
)

// node is one chat server with the links to and from it.
type node struct {
	rig     *Rig
	index   int
	listen  string
	ops     string
	public  *link // clients → node
	store   *link // node → Postgres
	cache   *link // node → Redis
	process *servers.Process
}

func (r *Rig) newNode(ctx context.Context, index int) (*node, error) {
	n := &node{rig: r, index: index}
	var ports [2]int
	for i := range ports {
		port, err := servers.FreePort(ctx)
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	n.listen, n.ops = local(ports[0]), local(ports[1])
	var errs [3]error
	n.public, errs[0] = r.network.link(fmt.Sprint("clients-", index), n.listen)
	n.store, errs[1] = r.network.link(fmt.Sprint("postgres-", index), local(r.host.PostgresPort))
	n.cache, errs[2] = r.network.link(fmt.Sprint("redis-", index), local(r.host.RedisPort))
	return n, errors.Join(errs[:]...)
}

// start runs the node and returns when it is ready.
func (n *node) start(ctx context.Context) error {
	unlimited := "1000000000"
	env := append(os.Environ(),
		"UIM_LISTEN="+n.listen, "UIM_OPS_LISTEN="+n.ops, "UIM_PUBLIC_URL=http://history.test",
		fmt.Sprint("UIM_NODE_NAME=node-", n.index), "UIM_KEYS_DIR="+n.rig.keys, "UIM_LOG_LEVEL=warn", "UIM_DRAIN_SECONDS=1",
		"UIM_POSTGRES_URL=postgres://postgres@"+n.store.address()+"/uim?sslmode=disable", "UIM_REDIS_ADDR="+n.cache.address(),
		"UIM_MESSAGES_PER_MINUTE="+unlimited, "UIM_MESSAGES_PER_HOUR="+unlimited, "UIM_LOGINS_PER_MINUTE="+unlimited,
		"UIM_ANONYMOUS_REQUESTS_PER_MINUTE="+unlimited, "UIM_ANONYMOUS_SOCKETS_PER_IP=10000",
		"UIM_GROUP_CHANGES_PER_MINUTE="+unlimited)
	p, err := servers.Start(servers.Program{
		Name: fmt.Sprint("node ", n.index), LogPath: filepath.Join(n.rig.dir, fmt.Sprintf("node-%d.log", n.index)),
		Path: n.rig.program, Args: []string{"server"}, Env: env,
	})
	if err != nil {
		return err
	}
	n.process = p
	return p.Await(ctx, n.ready)
}

func (n *node) ready(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.listen+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return errors.Join(err, response.Body.Close())
}

// alive fails if the node ended by itself.
func (n *node) alive() error {
	select {
	case <-n.process.Exited():
		return errors.Join(fmt.Errorf("node %d ended by itself", n.index), n.process.Tail())
	default:
		return nil
	}
}

// kill ends the node at once, if it runs.
func (n *node) kill() {
	if n.process != nil {
		_ = n.process.Signal(syscall.SIGKILL)
		<-n.process.Exited()
	}
}

// pause stops a process and its children from running.
func pause(p *servers.Process) { signalAll(p, syscall.SIGSTOP) }

// resume lets them run again.
func resume(p *servers.Process) { signalAll(p, syscall.SIGCONT) }

// signalAll signals a process, then its children: Postgres has one for each connection.
func signalAll(p *servers.Process, signal syscall.Signal) {
	if p.Signal(signal) != nil {
		return
	}
	for _, child := range children(p.PID()) {
		_ = syscall.Kill(child, signal)
	}
}

func children(pid int) []int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	var pids []int
	for field := range strings.FieldsSeq(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}
