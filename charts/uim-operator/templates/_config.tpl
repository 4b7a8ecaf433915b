{{- /* Made by hack/manifests from config/; do not edit. */}}

{{- define "uim-operator.clusterRules" }}
- apiGroups:
  - ""
  resources:
  - configmaps
  - services
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - ""
  resources:
  - persistentvolumeclaims
  - secrets
  - serviceaccounts
  verbs:
  - create
  - get
  - list
  - patch
  - watch
- apiGroups:
  - ""
  resources:
  - pods
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - apps
  resources:
  - deployments
  verbs:
  - create
  - get
  - list
  - patch
  - watch
- apiGroups:
  - apps
  resources:
  - statefulsets
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - autoscaling
  resources:
  - horizontalpodautoscalers
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - batch
  resources:
  - jobs
  verbs:
  - create
  - get
  - list
  - patch
  - watch
- apiGroups:
  - cert-manager.io
  resources:
  - certificates
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
  - patch
- apiGroups:
  - gateway.networking.k8s.io
  resources:
  - httproutes
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - monitoring.coreos.com
  resources:
  - podmonitors
  - prometheusrules
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - networking.k8s.io
  resources:
  - ingresses
  - networkpolicies
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - policy
  resources:
  - poddisruptionbudgets
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - postgresql.cnpg.io
  resources:
  - clusters
  verbs:
  - create
  - get
  - list
  - patch
  - watch
- apiGroups:
  - uim.dev
  resources:
  - uimclusters
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - uim.dev
  resources:
  - uimclusters/finalizers
  verbs:
  - update
- apiGroups:
  - uim.dev
  resources:
  - uimclusters/status
  verbs:
  - patch
{{- end }}

{{- define "uim-operator.ownRules" }}
- apiGroups:
  - ""
  resources:
  - events
  verbs:
  - create
  - patch
- apiGroups:
  - coordination.k8s.io
  resources:
  - leases
  verbs:
  - create
  - get
  - update
{{- end }}

{{- define "uim-operator.metricsAuthRules" }}
- apiGroups:
  - authentication.k8s.io
  resources:
  - tokenreviews
  verbs:
  - create
- apiGroups:
  - authorization.k8s.io
  resources:
  - subjectaccessreviews
  verbs:
  - create
{{- end }}

{{- define "uim-operator.metricsReaderRules" }}
- nonResourceURLs:
  - /metrics
  verbs:
  - get
{{- end }}

{{- define "uim-operator.alerts" }}
groups:
- name: uim-operator
  rules:
  - alert: UIMOperatorDown
    annotations:
      description: No UIM operator has been seen for ten minutes. Chat goes on, but
        nothing is mended, changed or rolled out.
      runbook_url: https://uim.dev/docs/runbook.md#uimoperatordown
      summary: The UIM operator is gone
    expr: absent(uim_operator_build_info)
    for: 10m
    labels:
      severity: warning
  - alert: UIMOperatorErrors
    annotations:
      description: Passes of the controller {{ `{{` }} $labels.controller }} have failed for
        fifteen minutes.
      runbook_url: https://uim.dev/docs/runbook.md#uimoperatorerrors
      summary: The UIM operator fails again and again
    expr: sum by (controller) (rate(controller_runtime_reconcile_errors_total{controller=~"uim.*"}[5m]))
      > 0
    for: 15m
    labels:
      severity: warning
  - alert: UIMOperatorStuck
    annotations:
      description: A pass of the controller {{ `{{` }} $labels.controller }} has taken {{ `{{` }}
        $value | humanizeDuration }}.
      runbook_url: https://uim.dev/docs/runbook.md#uimoperatorstuck
      summary: A pass of the UIM operator does not end
    expr: max by (controller) (workqueue_longest_running_processor_seconds{controller=~"uim.*"})
      > 300
    for: 5m
    labels:
      severity: warning
  - alert: UIMClusterNotReady
    annotations:
      description: UIMCluster {{ `{{` }} $labels.uim_cluster }} in {{ `{{` }} $labels.uim_namespace
        }} has not been Ready for fifteen minutes.
      runbook_url: https://uim.dev/docs/runbook.md#uimclusternotready
      summary: UIMCluster {{ `{{` }} $labels.uim_cluster }} is not Ready
    expr: max by (uim_namespace, uim_cluster) (uim_operator_cluster_condition{condition="Ready"})
      < 1
    for: 15m
    labels:
      severity: warning
  - alert: UIMClusterBlocked
    annotations:
      description: The operator cannot go on with UIMCluster {{ `{{` }} $labels.uim_cluster
        }} in {{ `{{` }} $labels.uim_namespace }}; its conditions say what to do.
      runbook_url: https://uim.dev/docs/runbook.md#uimclusterblocked
      summary: UIMCluster {{ `{{` }} $labels.uim_cluster }} waits for a person
    expr: max by (uim_namespace, uim_cluster) (uim_operator_cluster_phase{phase="Blocked"})
      == 1
    for: 5m
    labels:
      severity: warning
  - alert: UIMClusterPaused
    annotations:
      description: Nothing mends UIMCluster {{ `{{` }} $labels.uim_cluster }} in {{ `{{` }} $labels.uim_namespace
        }} while spec.paused is true.
      runbook_url: https://uim.dev/docs/runbook.md#uimclusterpaused
      summary: UIMCluster {{ `{{` }} $labels.uim_cluster }} has been paused for a day
    expr: max by (uim_namespace, uim_cluster) (uim_operator_cluster_condition{condition="Paused"})
      == 1
    for: 1d
    labels:
      severity: info
  - alert: UIMCertificateExpires
    annotations:
      description: The certificate in Secret {{ `{{` }} $labels.secret }} in {{ `{{` }} $labels.uim_namespace
        }} ends in {{ `{{` }} $value | humanizeDuration }} and was not renewed.
      runbook_url: https://uim.dev/docs/runbook.md#uimcertificateexpires
      summary: A certificate of UIMCluster {{ `{{` }} $labels.uim_cluster }} ends soon
    expr: min by (uim_namespace, uim_cluster, secret) (uim_operator_certificate_expiry_timestamp_seconds)
      - time() and min by (uim_namespace, uim_cluster, secret) (uim_operator_certificate_late_timestamp_seconds)
      < time()
    for: 1h
    labels:
      severity: warning
{{- end }}
