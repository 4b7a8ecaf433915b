package resources

import (
	"fmt"
	"strings"
)

// RunbookURL is where the page of the alerts is; each has a section there.
const RunbookURL = "https://uim.dev/docs/runbook.md"

// alert is a rule of Prometheus. In expr, CLUSTER stands for the labels that pick the
// chat servers of one cluster.
type alert struct {
	name, severity, lasting, expr string
	// summary is a headline; description says what people notice.
	summary, description string
}

// alerts are what a person should hear of. Each has a section in docs/runbook.md, and
// a test with the series that raise it in testdata/alerts.
func alerts(c Cluster) []alert {
	var all []alert
	if c.Chat.Replicas > 0 {
		all = append(all, alert{
			"UIMNoChatServer", "critical", "2m", `absent(up{CLUSTER} == 1)`,
			"Nobody can chat", "Prometheus has not reached any chat server for two minutes.",
		})
	}
	all = append(all, dependencyAlerts()...)
	all = append(all, messageAlerts()...)
	all = append(all, capacityAlerts()...)
	return append(all, volumeAlerts(c)...)
}

func dependencyAlerts() []alert {
	return []alert{
		{
			"UIMPostgresAway", "critical", "2m", `sum(uim_breaker_state{dependency="postgres",CLUSTER} > bool 0) > 0`,
			"Chat servers do not reach Postgres", "{{ $value }} chat servers have no Postgres. Nothing can be sent; browsers keep what people write.",
		},
		{
			"UIMRedisAway", "warning", "5m", `sum(uim_breaker_state{dependency="redis",CLUSTER} > bool 0) > 0`,
			"Chat servers do not reach Redis", "{{ $value }} chat servers have no Redis. Messages between servers take a second or two, presence is unknown.",
		},
		{
			"UIMBusDown", "warning", "5m",
			`sum(uim_bus_up{CLUSTER} == bool 0) > 0 unless on () sum(uim_breaker_state{dependency="redis",CLUSTER} > bool 0) > 0`,
			"Chat servers do not hear each other", "{{ $value }} chat servers are off the bus although Redis answers. Their people get messages late.",
		},
		{
			"UIMRedisPoolExhausted", "warning", "5m", `sum(rate(uim_redis_pool_timeouts_total{CLUSTER}[5m])) > 0`,
			"Chat servers wait for connections to Redis in vain", "No connection to Redis became free in time, for five minutes on end.",
		},
		{
			"UIMPostgresPoolExhausted", "warning", "5m",
			`max(uim_postgres_connections{state="in_use",CLUSTER} / ignoring (state) uim_postgres_connections_limit{CLUSTER}) >= 0.95` +
				` and on () sum(rate(uim_postgres_acquire_waits_total{CLUSTER}[5m])) > 1`,
			"The connections to Postgres are used up", "A chat server has had {{ $value | humanizePercentage }} of its connections in use for five minutes, and requests wait.",
		},
	}
}

func messageAlerts() []alert {
	return []alert{
		{
			"UIMSendsFail", "critical", "5m", `sum(rate(uim_messages_sent_total{result="failed",CLUSTER}[5m])) > 0`,
			"Messages cannot be stored", "{{ $value | humanize }} messages a second fail for reasons that are not the client's. Browsers try again.",
		},
		{
			"UIMSendsSlow", "warning", "10m",
			`histogram_quantile(0.99, sum by (le) (rate(uim_message_commit_seconds_bucket{CLUSTER}[5m]))) > 0.5`,
			"Sending is slow", "One message in a hundred takes {{ $value | humanizeDuration }} or more from send to commit.",
		},
		{
			"UIMDeliverySlow", "warning", "10m",
			`histogram_quantile(0.99, sum by (le) (rate(uim_message_delivery_seconds_bucket{CLUSTER}[5m]))) > 1`,
			"Delivery is slow", "One message in a hundred takes {{ $value | humanizeDuration }} or more from commit to a socket.",
		},
		{
			"UIMSendQueueFull", "warning", "2m", `max(uim_sender_queue_length{CLUSTER}) > 2048`,
			"Messages queue up before Postgres", "{{ $value }} messages wait for a transaction at one chat server; from 4,096 on clients are told to slow down.",
		},
		{
			"UIMMessagesReconciled", "warning", "10m",
			`sum(rate(uim_reconciled_messages_total{CLUSTER}[5m])) > 0 and on () min(uim_bus_up{CLUSTER}) == 1`,
			"The bus loses messages", "{{ $value | humanize }} messages a second come by healing from Postgres although the bus is up: people get them seconds late.",
		},
		{
			"UIMOfflineQueueGrows", "warning", "1h",
			`max(uim_offline_queue_messages{CLUSTER}) > 10000 and on () deriv(max(uim_offline_queue_messages{CLUSTER})[1h:1m]) > 0`,
			"More and more is put by for people who are away", "{{ $value }} messages are put by in Redis, and their number has grown for an hour.",
		},
	}
}

func capacityAlerts() []alert {
	return []alert{
		{
			"UIMServerErrors", "warning", "10m",
			`sum(rate(uim_http_request_duration_seconds_count{status=~"5..",CLUSTER}[5m])) / sum(rate(uim_http_request_duration_seconds_count{CLUSTER}[5m])) > 0.05`,
			"Requests fail", "{{ $value | humanizePercentage }} of the requests are answered with an error of the server.",
		},
		{
			"UIMClientsTooSlow", "info", "15m", `sum(rate(uim_websocket_closed_total{code="4008",CLUSTER}[15m])) > 0.1`,
			"Clients read too slowly", "{{ $value | humanize }} connections a second are closed because their client does not keep up.",
		},
	}
}

// volumeAlerts are on the volumes of managed servers; the kubelet tells how full they
// are.
func volumeAlerts(c Cluster) []alert {
	var volumes []string
	if c.Postgres.External == "" {
		volumes = append(volumes, PostgresName(c))
	}
	if c.Redis.External == "" {
		volumes = append(volumes, RedisName(c))
	}
	if len(volumes) == 0 {
		return nil
	}
	of := fmt.Sprintf(`{namespace=%q,persistentvolumeclaim=~%q}`, c.Namespace, strings.Join(volumes, "|"))
	free := "min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes" + of + " / kubelet_volume_stats_capacity_bytes" + of + ")"
	return []alert{
		{
			"UIMVolumeFilling", "warning", "15m", free + " < 0.2",
			"A volume is filling up", "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its space left.",
		},
		{
			"UIMVolumeFull", "critical", "5m", free + " < 0.05",
			"A volume is almost full", "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its space left. A full Postgres stops taking messages.",
		},
	}
}

// alertRules are the alerts as the Prometheus operator takes them.
func alertRules(c Cluster) []any {
	pick := fmt.Sprintf(`namespace=%q,%s=%q`, c.Namespace, labelCluster, c.Name)
	var rules []any
	for _, a := range alerts(c) {
		rules = append(rules, map[string]any{
			"alert": a.name,
			"expr":  strings.ReplaceAll(a.expr, "CLUSTER", pick),
			"for":   a.lasting,
			"labels": map[string]any{
				"severity": a.severity, "uim_namespace": c.Namespace, labelCluster: c.Name,
			},
			"annotations": map[string]any{
				"summary":     a.summary + " (UIMCluster " + c.Name + " in " + c.Namespace + ")",
				"description": a.description,
				"runbook_url": RunbookURL + "#" + strings.ToLower(a.name),
			},
		})
	}
	return rules
}
