package metrics

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Register adds the figures of clusters and of the build to a registry. When another
// operator of this process, in a test, was first, its figures of clusters are
// answered.
func Register(registry prometheus.Registerer, version string) (*Clusters, error) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "uim_operator_build_info",
		Help:        "Always 1.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	if _, err := registered(registry, build); err != nil {
		return nil, err
	}
	return registered(registry, NewClusters())
}

func registered[C prometheus.Collector](registry prometheus.Registerer, c C) (C, error) {
	err := registry.Register(c)
	if known, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := known.ExistingCollector.(C); ok {
			return existing, nil
		}
	}
	if err != nil {
		return c, fmt.Errorf("register metrics: %w", err)
	}
	return c, nil
}
