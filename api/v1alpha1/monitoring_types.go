package v1alpha1

// MonitoringSpec says which objects tell Prometheus and Grafana of this cluster. The
// first two need the resources of the Prometheus operator (monitoring.coreos.com);
// while Kubernetes lacks them the condition MonitoringReady says so.
type MonitoringSpec struct {
	// A PodMonitor, by which Prometheus finds the metrics of the chat servers.
	// +optional
	PodMonitor PodMonitorSpec `json:"podMonitor,omitzero"`

	// A PrometheusRule with the alerts that docs/runbook.md explains. They count on
	// the labels that the PodMonitor gives.
	// +optional
	PrometheusRule PrometheusRuleSpec `json:"prometheusRule,omitzero"`

	// A ConfigMap with a dashboard, for the sidecar of Grafana that gathers those
	// with the label grafana_dashboard.
	// +optional
	Dashboard DashboardSpec `json:"dashboard,omitzero"`
}

// PodMonitorSpec says how Prometheus finds the chat servers.
type PodMonitorSpec struct {
	// Whether there is a PodMonitor; false when left out.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// How often the metrics are read; 30s when left out.
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^([0-9]+(ms|s|m|h))+$`
	// +optional
	Interval string `json:"interval,omitempty"`

	// Labels by which your Prometheus picks its PodMonitors.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('app.kubernetes.io/'))",message="labels that begin with app.kubernetes.io/ are the operator's"
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}

// PrometheusRuleSpec asks for alerts.
type PrometheusRuleSpec struct {
	// Whether there is a PrometheusRule; false when left out.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// Labels by which your Prometheus picks its PrometheusRules.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('app.kubernetes.io/'))",message="labels that begin with app.kubernetes.io/ are the operator's"
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}

// DashboardSpec asks for a dashboard.
type DashboardSpec struct {
	// Whether there is a dashboard; false when left out.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// Labels beside grafana_dashboard=1, if your Grafana looks for others.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('app.kubernetes.io/'))",message="labels that begin with app.kubernetes.io/ are the operator's"
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}
