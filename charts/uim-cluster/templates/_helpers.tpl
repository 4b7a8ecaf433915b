{{- /* The name of the UIMCluster. Names of Services begin with it, so it is short. */}}
{{- define "uim-cluster.name" -}}
{{- default .Release.Name .Values.name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "uim-cluster.labels" -}}
app.kubernetes.io/name: uim-cluster
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: uim
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The image of `helm test`: that of the chat servers, if it is known here. */}}
{{- define "uim-cluster.testImage" -}}
{{- if .Values.test.image -}}
{{ .Values.test.image }}
{{- else -}}
{{ default (printf "localhost/uim:%s" .Chart.AppVersion) .Values.image }}
{{- end }}
{{- end }}
