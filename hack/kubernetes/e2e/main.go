// Command e2e chats with a running UIM from outside, as two programs would, and
// checks what came of it. The end-to-end run of the test cluster uses it.
//
//	e2e exchange -url https://chat.example.test -users ada,bo -messages 200 -break 'kubectl delete pod …'
//	e2e history  -url https://chat.example.test -users ada,bo -messages 200
//	e2e steady   -url https://chat.example.test -users ada,bo -break 'kubectl rollout restart …'
//
// exchange has two people send messages to each other over WebSockets, runs the
// command of -break when half of them are acknowledged, goes on until that is
// over, and demands that nothing is lost, doubled or out of order, live on both
// sides and in the history. history demands that the conversation still has so many messages.
// steady sends requests, each on a connection of its own, while the command
// runs, and demands that every one of them is answered.
//
// The password of both people is in the environment variable E2E_PASSWORD.
package main

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"uim.dev/uim/chatserver/history"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	server   history.Server
	users    []string
	password string
	messages int
	interval time.Duration
	breaking string
	cuts     cuts
	deadline time.Duration
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command: exchange, history or steady")
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.breaking == "" {
		o.cuts = cutsAnyone
	}
	ctx, cancel := context.WithTimeout(ctx, o.deadline)
	defer cancel()
	switch args[0] {
	case "exchange":
		_, err := exchange(ctx, o)
		return err
	case "history":
		return lookBack(ctx, o)
	case "steady":
		return steady(ctx, o)
	default:
		return fmt.Errorf("no command %q: exchange, history or steady", args[0])
	}
}

func parse(args []string) (options, error) {
	o := options{cuts: cutsSomeone}
	var address, users, authority string
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&address, "url", "", "address of UIM, as in a browser")
	flags.StringVar(&o.server.Connect, "connect", "", "host to connect to instead of looking up the one of -url")
	flags.StringVar(&authority, "ca", "", "file of the certificate authority to trust")
	flags.StringVar(&users, "users", "", "two usernames, with a comma")
	flags.IntVar(&o.messages, "messages", 200, "messages in all")
	flags.DurationVar(&o.interval, "interval", 50*time.Millisecond, "time between two messages of one person")
	flags.StringVar(&o.breaking, "break", "", "shell command to run when half of the messages are acknowledged")
	flags.Var(&o.cuts, "cuts", "whom -break is to cut off: someone, nobody or anyone")
	flags.DurationVar(&o.deadline, "deadline", 4*time.Minute, "time for everything")
	if err := flags.Parse(args[1:]); err != nil {
		return o, err
	}
	o.server.URLs = []string{address}
	o.users, o.password = strings.Split(users, ","), os.Getenv("E2E_PASSWORD")
	if address == "" || len(o.users) != 2 || o.password == "" {
		return o, errors.New("want -url, two -users and E2E_PASSWORD")
	}
	var err error
	o.server.Roots, err = trust(authority)
	return o, err
}

// trust reads the authorities of a file; none means the system's.
func trust(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return roots, nil
}
