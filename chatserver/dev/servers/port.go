package servers

import (
	"context"
	"net"
)

// FreePort returns a port of this machine that nobody listens on, for a server that
// starts at once.
func FreePort(ctx context.Context) (int, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
