package plugin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"uim.dev/uim/controllers/resources"
)

// kubelet plays that of a node: the API server fetches logs from it. A log that is
// followed stays open.
type kubelet struct {
	node string

	mu      sync.Mutex
	queries []string // guarded by mu
}

func (p *person) givenKubelet() *kubelet {
	p.Helper()
	k := &kubelet{node: "node-" + p.namespace}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.queries = append(k.queries, r.URL.RawQuery)
		k.mu.Unlock()
		_, _ = fmt.Fprintf(w, "one line of %s\nand another", path.Base(path.Dir(r.URL.Path)))
		if r.URL.Query().Get("follow") == "true" {
			_, _ = io.WriteString(w, "\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	p.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		p.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		p.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: k.node}}
	p.create(node)
	node.Status = corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(number)}},
	}
	if err := kubernetes.Client.Status().Update(p.Context(), node); err != nil {
		p.Fatal(err)
	}
	return k
}

func (p *person) givenRunningPod(name, node string) {
	p.Helper()
	pod := p.givenPod(name, node, resources.ComponentChat)
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodRunning,
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: "chat", Image: "uim", ImageID: "uim", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}},
		}},
	}
	if err := kubernetes.Client.Status().Update(p.Context(), pod); err != nil {
		p.Fatal(err)
	}
}

func TestLogsOfAllServers(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	p.mustFail(`UIMCluster "acme" has no pods of chat`, "logs")
	k := p.givenKubelet()
	p.givenRunningPod("acme-chat-a", k.node)
	p.givenRunningPod("acme-chat-b", k.node)
	p.mustSay([]string{
		"[acme-chat-a] one line of acme-chat-a\n", "[acme-chat-a] and another\n",
		"[acme-chat-b] one line of acme-chat-b\n", "[acme-chat-b] and another\n",
	}, "logs", "--tail=7", "--since=1m")
	for _, query := range k.queries {
		if !strings.Contains(query, "tailLines=7") || !strings.Contains(query, "sinceSeconds=60") {
			t.Errorf("the kubelet is asked for %s", query)
		}
	}
	p.mustFail(`there is no component "disk"`, "logs", "--component=disk")
	p.mustFail("has no pods of redis", "logs", "--component=redis")
}

// Who follows sees the servers that come during a rollout as well.
func TestLogsFollowNewServers(t *testing.T) {
	p := administrator(t)
	p.givenCluster("acme", "{}")
	k := p.givenKubelet()
	p.givenRunningPod("acme-chat-a", k.node)

	ctx, stop := context.WithCancel(t.Context())
	out := &sharedBuffer{}
	ended := make(chan error, 1)
	go func() { ended <- p.follow(ctx, out) }()
	out.await(t, "[acme-chat-a] and another\n")
	p.givenRunningPod("acme-chat-b", k.node)
	out.await(t, "[acme-chat-b] and another\n")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
	if strings.Count(out.String(), "one line of acme-chat-a") != 1 {
		t.Errorf("a line was shown more than once:\n%s", out.String())
	}
}

// sharedBuffer is written to and read at the same time.
type sharedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *sharedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *sharedBuffer) await(t *testing.T, words string) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return strings.Contains(b.String(), words), nil
	})
	if err != nil {
		t.Fatalf("%v: there is no %q in\n%s", err, words, b.String())
	}
}

func (p *person) follow(ctx context.Context, out io.Writer) error {
	_, err := p.runUntil(ctx, out, "logs", "--follow")
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
