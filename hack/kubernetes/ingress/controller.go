package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

// gatewayInterval is how often the Gateway API is looked for until it is there.
const gatewayInterval = 2 * time.Second

// controller keeps nginx in step with the cluster. One goroutine, that of run,
// does all the work; informers only tell it that there is some.
type controller struct {
	client    kubernetes.Interface
	factory   informers.SharedInformerFactory
	ingresses networkinglisters.IngressLister
	services  corelisters.ServiceLister
	secrets   corelisters.SecretLister
	gateways  *gatewayAPI
	class     string
	address   string
	nginx     *nginx
	changed   chan struct{} // holds one: any number of changes is one more look
}

func newController(client kubernetes.Interface, gateways dynamic.Interface, class, address string, n *nginx) *controller {
	factory := informers.NewSharedInformerFactory(client, 0)
	return &controller{
		client:    client,
		factory:   factory,
		ingresses: factory.Networking().V1().Ingresses().Lister(),
		services:  factory.Core().V1().Services().Lister(),
		secrets:   factory.Core().V1().Secrets().Lister(),
		gateways:  &gatewayAPI{client: gateways, discovery: client.Discovery()},
		class:     class,
		address:   address,
		nginx:     n,
		changed:   make(chan struct{}, 1),
	}
}

// run follows the cluster until ctx ends, or nginx.
func (c *controller) run(ctx context.Context) error {
	if err := c.watch(ctx); err != nil {
		return err
	}
	defer c.factory.Shutdown()
	if err := c.reconcile(ctx); err != nil {
		return err
	}
	if err := c.nginx.start(); err != nil {
		return err
	}
	look := time.NewTicker(gatewayInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return c.nginx.stop()
		case err := <-c.nginx.ended:
			return fmt.Errorf("nginx ended: %w", err)
		case <-look.C:
			there, err := c.gateways.appeared(ctx, c.handler())
			if err != nil {
				return err
			}
			if there {
				look.Stop()
			}
		case <-c.changed:
			// One bad Ingress must not take the others down: nginx goes on as it was.
			if err := c.reconcile(ctx); err != nil {
				slog.ErrorContext(ctx, "kept the old configuration", "error", err)
			}
		}
	}
}

// handler marks that something changed.
func (c *controller) handler() cache.ResourceEventHandler {
	mark := func() {
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { mark() },
		UpdateFunc: func(any, any) { mark() },
		DeleteFunc: func(any) { mark() },
	}
}

func (c *controller) watch(ctx context.Context) error {
	for _, informer := range []cache.SharedIndexInformer{
		c.factory.Networking().V1().Ingresses().Informer(),
		c.factory.Core().V1().Services().Informer(),
		c.factory.Core().V1().Secrets().Informer(),
	} {
		if _, err := informer.AddEventHandler(c.handler()); err != nil {
			return err
		}
	}
	c.factory.Start(ctx.Done())
	c.factory.WaitForCacheSync(ctx.Done())
	return ctx.Err()
}

// reconcile makes nginx serve what the Ingresses and the Gateways of our class say now.
func (c *controller) reconcile(ctx context.Context) error {
	all, err := c.ingresses.List(labels.Everything())
	if err != nil {
		return err
	}
	var ours []*networkingv1.Ingress
	for _, ingress := range all {
		if name := ingress.Spec.IngressClassName; name != nil && *name == c.class {
			ours = append(ours, ingress)
		}
	}
	gateways, routes, err := c.gateways.objects(c.class)
	if err != nil {
		return err
	}
	site, answers, problems := newSite(ours, routes, gateways, c)
	for _, problem := range problems {
		slog.WarnContext(ctx, "left out", "reason", problem)
	}
	if err := c.nginx.apply(site); err != nil {
		return err
	}
	c.gateways.publish(ctx, answers)
	for _, ingress := range ours {
		if err := c.publishAddress(ctx, ingress); err != nil {
			slog.WarnContext(ctx, "could not write the status", "ingress", ingress.Name, "error", err)
		}
	}
	return nil
}

func (c *controller) publishAddress(ctx context.Context, ingress *networkingv1.Ingress) error {
	known := ingress.Status.LoadBalancer.Ingress
	if c.address == "" || len(known) == 1 && known[0].IP == c.address {
		return nil
	}
	ingress = ingress.DeepCopy()
	ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: c.address}}
	_, err := c.client.NetworkingV1().Ingresses(ingress.Namespace).UpdateStatus(ctx, ingress, metav1.UpdateOptions{})
	return err
}

// service and secret make the controller a source for newSite.

func (c *controller) service(namespace, name string) (*corev1.Service, error) {
	return c.services.Services(namespace).Get(name)
}

func (c *controller) secret(namespace, name string) (*corev1.Secret, error) {
	return c.secrets.Secrets(namespace).Get(name)
}
