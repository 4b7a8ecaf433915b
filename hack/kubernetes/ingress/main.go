// Command ingress is the Ingress and Gateway controller of the test cluster: it
// writes the configuration of Debian's nginx from Ingresses and HTTPRoutes and reloads
// nginx. A reload keeps the old workers while their WebSockets last, so that another
// route or a renewed certificate ends no connection.
//
// It is a fixture. The proxy is a real one, so that WebSockets, TLS, buffering
// and timeouts behave as they do behind the usual nginx controllers; the rest is
// the part of the two APIs that UIM's tests need. It proxies to Services by
// their cluster addresses, and knows the annotations proxy-read-timeout and
// proxy-body-size of nginx.ingress.kubernetes.io. The Gateway API may appear while it
// runs; all listeners are on the ports 80 and 443.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/dynamic"
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
	gateways, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	return newController(client, gateways, class, address, newNginx(folder)).run(ctx)
}
