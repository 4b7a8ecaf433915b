package uimcluster_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"uim.dev/uim/controllers"
	"uim.dev/uim/controllers/resources"
	"uim.dev/uim/controllers/testenv"
)

// The API server of this package's tests, and what the operator sends to it. The
// operator runs once for all of them, each of which has a namespace of its own.
var (
	kubernetes *testenv.Environment
	requests   = &requestLog{}
)

func TestMain(m *testing.M) {
	os.Exit(testenv.Run(m, func(e *testenv.Environment) (func(), error) {
		kubernetes = e
		return startOperator(e)
	}))
}

// startOperator installs the operator as users do and runs it with the rights of
// its ServiceAccount, so that a right that is missing fails the tests. It answers
// what stops it.
func startOperator(e *testenv.Environment) (func(), error) {
	if _, err := e.Kubectl("apply", "--server-side", "-k", e.Root+"/config/default"); err != nil {
		return nil, err
	}
	config, err := e.As("system:serviceaccount:uim-system:uim-operator", "system:serviceaccounts")
	if err != nil {
		return nil, err
	}
	config.Wrap(requests.wrap)
	config.QPS = -1

	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	logger := logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)

	return run(config, controllers.Options{Version: "1.4.0"})
}

// run starts an operator and answers what stops it.
func run(config *rest.Config, o controllers.Options) (func(), error) {
	o.MetricsAddress, o.ProbeAddress = "0", "0"
	o.LeaderElect = true
	o.LeaderElectionNamespace = cmp.Or(o.LeaderElectionNamespace, "uim-system")
	o.Images = resources.Images{UIM: "localhost/uim:1.4.0", Postgres: "localhost/uim-postgres:15", Redis: "localhost/uim-redis:7"}
	operator, err := controllers.NewManager(context.Background(), config, o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- operator.Start(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-stopped; err != nil {
			fmt.Fprintln(os.Stderr, "The operator stopped:", err)
		}
	}), nil
}
