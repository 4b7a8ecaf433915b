package chatserver_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver"
	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/conformance"
	"uim.dev/uim/chatserver/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// cluster is some nodes on one database and one Redis.
type cluster struct {
	database   string
	keys       string
	log        *slog.Logger // of all nodes
	operations []string     // URLs of the nodes' operations addresses
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{database: testenv.Database(t), keys: t.TempDir(), log: testenv.Log(t)}
	require.NoError(t, auth.CreateKeys(c.keys, time.Now()))
	return c
}

// start runs a node until the test ends or stop is called, and returns its URL.
func (c *cluster) start(t testing.TB, change ...func(*chatserver.Config)) (url string, stop func()) {
	t.Helper()
	config, err := chatserver.DefaultConfig()
	require.NoError(t, err)
	config.Listen, config.OpsListen = freeAddress(t), freeAddress(t)
	config.PublicURL = "http://uim.test"
	config.KeysDir, config.PostgresURL, config.RedisAddr = c.keys, c.database, testenv.Redis(t)
	config.DrainSeconds, config.PresenceGrace = 0, 500*time.Millisecond
	config.PasswordCost = bcrypt.MinCost // there are many people in these tests, at one address, and some write a lot
	config.MessagesPerMinute, config.MessagesPerHour = 100_000, 1_000_000
	config.LoginsPerMinute, config.AnonymousRequestsPerMinute, config.AnonymousSocketsPerIP = 100_000, 100_000, 1000
	for _, f := range change {
		f(&config)
	}
	build := chatserver.Build{Version: "test", WebClient: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}}
	server, err := chatserver.New(t.Context(), config, build, c.log)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = func() {
		cancel()
		if err, first := <-ended; first {
			require.NoError(t, err)
			close(ended)
		}
	}
	t.Cleanup(stop)
	url = "http://" + config.Listen
	c.operations = append(c.operations, "http://"+config.OpsListen)
	require.Eventually(t, func() bool { return ready(t, url) }, 30*time.Second, 20*time.Millisecond, "the node gets ready")
	return url, stop
}

func ready(t testing.TB, url string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/readyz", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// addresses that were given to a test, and are to no other.
var addresses sync.Map

func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := l.Addr().String()
		require.NoError(t, l.Close())
		if _, taken := addresses.LoadOrStore(address, true); !taken {
			return address
		}
	}
}

func TestConformance(t *testing.T) {
	for _, nodes := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d nodes", nodes), func(t *testing.T) {
			c := newCluster(t)
			var log journal
			c.log = log.logger()
			contract, secrets := newContract(t), &secrets{}
			var ran atomic.Int64
			var urls []string
			for range nodes {
				url, _ := c.start(t)
				urls = append(urls, url)
			}
			env := conformance.NewEnv(urls...)
			defer env.Close()
			t.Run("checks", func(t *testing.T) {
				for _, check := range conformance.Checks() {
					t.Run(check.Name, func(t *testing.T) {
						t.Parallel()
						ran.Add(1)
						check.Run(witness{t, contract, secrets}, env)
					})
				}
			})
			secrets.missingFrom(t, log.String())
			if t.Failed() || int(ran.Load()) < len(conformance.Checks()) {
				return // what follows is about the suite as a whole
			}
			contract.exercised(t)
			for _, operations := range c.operations {
				checkMetrics(t, operations)
			}
		})
	}
}
