package testenv

import (
	"context"
	"net"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// RestartAPIServer ends the API server, and with it all connections to it, and starts
// it again where it was, with the same data and certificates. Meanwhile is called while
// there is none.
//
// It takes half a minute: an API server that is watched does not end by itself, and is
// killed in the end.
func (e *Environment) RestartAPIServer(t *testing.T, meanwhile func()) {
	t.Helper()
	server := e.control.ControlPlane.GetAPIServer()
	stopped := server.Stop()
	address := net.JoinHostPort(server.Address, server.Port)
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 10*time.Second, true, func(ctx context.Context) (bool, error) {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return true, nil //nolint:nilerr // That nobody answers is what is waited for.
		}
		return false, connection.Close()
	})
	if err != nil {
		t.Fatalf("the API server is still there: %v (%v)", err, stopped)
	}
	meanwhile()
	if err := server.Start(); err != nil {
		t.Fatalf("start the API server: %v", err)
	}
}
