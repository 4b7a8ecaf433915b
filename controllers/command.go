package controllers

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"uim.dev/uim/controllers/resources"
)

// Options are the flags of uim operator.
type Options struct {
	// Namespaces are looked after; none means all of them.
	Namespaces []string
	// MetricsAddress and ProbeAddress are listened on; "0" switches metrics off.
	MetricsAddress string
	ProbeAddress   string
	// MetricsSecure serves metrics over TLS, to those only whom Kubernetes lets get
	// /metrics; MetricsCertDir holds tls.crt and tls.key, or is empty for a certificate
	// that the operator signs itself.
	MetricsSecure  bool
	MetricsCertDir string
	// LeaderElect lets several operators run, of which one works.
	LeaderElect bool
	// LeaderElectionNamespace holds the Lease; empty, it is the operator's own.
	LeaderElectionNamespace string
	// Name is that of the Lease, and tells operators in one namespace apart; empty, it
	// is uim-operator.
	Name string
	// Selector picks the UIMClusters to look after by their labels; empty, it is all.
	Selector string
	// Version of the operator, for the status of what it looks after.
	Version string
	Images  resources.Images
}

// NewCommand is the command uim operator of a version.
func NewCommand(version string) *cobra.Command {
	o := Options{Version: version, Images: resources.Images{
		UIM:      os.Getenv("UIM_IMAGE"),
		Postgres: os.Getenv("UIM_POSTGRES_IMAGE"),
		Redis:    os.Getenv("UIM_REDIS_IMAGE"),
	}}
	command := &cobra.Command{
		Use:   "operator",
		Short: "Look after the UIMClusters of a Kubernetes",
		Long: "Look after the UIMClusters of a Kubernetes, inside of it or with a kubeconfig.\n" +
			"UIM_IMAGE, UIM_POSTGRES_IMAGE and UIM_REDIS_IMAGE stand for the flags of the images.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			logger := logr.FromSlogHandler(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))
			ctrl.SetLogger(logger)
			klog.SetLogger(logger)
			config, err := ctrl.GetConfig()
			if err != nil {
				return fmt.Errorf("find Kubernetes: %w", err)
			}
			return Run(cmd.Context(), config, o)
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&o.Namespaces, "namespace", nil, "namespaces to look after (default: all)")
	flags.StringVar(&o.Selector, "selector", "", "labels of the UIMClusters to look after, such as tier=test (default: all)")
	flags.StringVar(&o.Name, "name", defaultName, "name of the Lease; operators beside each other in a namespace need different ones")
	flags.StringVar(&o.MetricsAddress, "metrics-bind-address", ":9090", "address of /metrics; 0 switches it off")
	flags.BoolVar(&o.MetricsSecure, "metrics-secure", true, "serve /metrics over TLS and only to those whom Kubernetes lets get it")
	flags.StringVar(&o.MetricsCertDir, "metrics-cert-dir", "", "folder with tls.crt and tls.key for /metrics (default: the operator signs one itself)")
	flags.StringVar(&o.ProbeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz")
	flags.BoolVar(&o.LeaderElect, "leader-elect", false, "work only while no other operator does")
	flags.StringVar(&o.LeaderElectionNamespace, "leader-election-namespace", "", "namespace of the Lease (default: the operator's own)")
	flags.StringVar(&o.Images.UIM, "image", o.Images.UIM, "image of chat servers whose spec names none")
	flags.StringVar(&o.Images.Postgres, "postgres-image", o.Images.Postgres, "image of managed Postgres servers whose spec names none")
	flags.StringVar(&o.Images.Redis, "redis-image", o.Images.Redis, "image of managed Redis servers whose spec names none")
	return command
}

func (o Options) validate() error {
	var missing []error
	for _, image := range []struct{ value, flag, variable string }{
		{o.Images.UIM, "--image", "UIM_IMAGE"},
		{o.Images.Postgres, "--postgres-image", "UIM_POSTGRES_IMAGE"},
		{o.Images.Redis, "--redis-image", "UIM_REDIS_IMAGE"},
	} {
		if image.value == "" {
			missing = append(missing, fmt.Errorf("set %s or %s", image.flag, image.variable))
		}
	}
	return errors.Join(missing...)
}
