// Command ingress is the Ingress controller of the test cluster: it writes the
// configuration of Debian's nginx from Ingress objects and reloads nginx.
//
// It is a fixture. The proxy is a real one, so that WebSockets, TLS, buffering
// and timeouts behave as they do behind the usual nginx controllers; the rest is
// the part of the Ingress API that UIM's tests need. It proxies to Services by
// their cluster addresses, and knows the annotations proxy-read-timeout and
// proxy-body-size of nginx.ingress.kubernetes.io.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	class := flag.String("class", "nginx", "ingress class that is served")
	address := flag.String("address", "", "address written to the status of each Ingress")
	folder := flag.String("folder", "/tmp", "where nginx keeps its files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *class, *address, *folder)
	stop()
	if err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends or nginx does.
func run(ctx context.Context, class, address, folder string) error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	return newController(client, class, address, newNginx(folder)).run(ctx)
}
