package resources

// section is a row of panels under a title.
type section struct {
	title  string
	panels []panel
}

// panel is a graph. Its unit is one of Grafana's.
type panel struct {
	title, unit, description string

	queries []query
}

// query is a line of a panel, or several. CLUSTER stands for the labels that pick the
// chat servers.
type query struct{ expr, legend string }

func dashboardSections() []section {
	return []section{
		{"What people notice", noticedPanels()},
		{"Messages", messagePanels()},
		{"Between the chat servers", busPanels()},
		{"Postgres and Redis", storePanels()},
		{"HTTP and processes", processPanels()},
	}
}

func noticedPanels() []panel {
	return []panel{
		{"Connections", "short", "People's signed-in connections, by chat server.",
			[]query{{`sum by (pod) (uim_websocket_connections{CLUSTER})`, "{{pod}}"}}},
		{"From send to commit", "s", "A message is acknowledged after its commit.", quantiles("uim_message_commit_seconds")},
		{"From commit to socket", "s", "At the server that the reader is connected to.", quantiles("uim_message_delivery_seconds")},
		{"Messages sent", "ops", "By result; failed ones are the server's fault.",
			[]query{{`sum by (result) (rate(uim_messages_sent_total{CLUSTER}[$__rate_interval]))`, "{{result}}"}}},
		{"Messages delivered", "ops", "One for each connection that gets a message.",
			[]query{{`sum(rate(uim_messages_delivered_total{CLUSTER}[$__rate_interval]))`, "delivered"}}},
		{"Chat servers", "short", "By version, as Prometheus reaches them.",
			[]query{{`count by (version) (uim_build_info{CLUSTER})`, "{{version}}"}}},
	}
}

func messagePanels() []panel {
	return []panel{
		{"Waiting to be stored", "short", "Messages before a transaction (4,096 at most) and before the rate limit.",
			[]query{{`sum by (pod) (uim_sender_queue_length{CLUSTER})`, "queue {{pod}}"}, {`sum(uim_messages_undecided{CLUSTER})`, "rate limit"}}},
		{"Messages in a transaction", "short", "On average.",
			[]query{
				{`sum(rate(uim_sender_batch_size_sum{CLUSTER}[$__rate_interval])) / sum(rate(uim_sender_batch_size_count{CLUSTER}[$__rate_interval]))`, "messages"},
				{`sum(rate(uim_receipts_batch_size_sum{CLUSTER}[$__rate_interval])) / sum(rate(uim_receipts_batch_size_count{CLUSTER}[$__rate_interval]))`, "receipts"},
			}},
		{"Refused", "ops", "Messages over the limit, and requests of too many from an address or account.",
			[]query{
				{`sum(rate(uim_messages_rate_limited_total{CLUSTER}[$__rate_interval]))`, "messages"},
				{`sum by (limit) (rate(uim_http_throttled_total{CLUSTER}[$__rate_interval]))`, "{{limit}}"},
			}},
		{"Searches", "ops", "By what became of them, and the messages that are made findable.",
			[]query{
				{`sum by (result) (rate(uim_search_seconds_count{CLUSTER}[$__rate_interval]))`, "{{result}}"},
				{`sum(rate(uim_search_indexed_total{CLUSTER}[$__rate_interval]))`, "indexed"},
			}},
		{"Time of searches", "s", "In Postgres.", quantiles("uim_search_seconds")},
		{"Put by for people who are away", "short", "Messages and people in Redis, of all servers together.",
			[]query{{`max(uim_offline_queue_messages{CLUSTER})`, "messages"}, {`max(uim_offline_queue_users{CLUSTER})`, "people"}}},
		{"Size of what is put by", "bytes", "In Redis.", []query{{`max(uim_offline_queue_bytes{CLUSTER})`, "bytes"}}},
		{"Put by and brought", "ops", "What is dropped comes by sync.",
			[]query{
				{`sum(rate(uim_offline_queue_queued_total{CLUSTER}[$__rate_interval]))`, "put by"},
				{`sum(rate(uim_offline_queue_delivered_total{CLUSTER}[$__rate_interval]))`, "delivered"},
				{`sum(rate(uim_offline_queue_dropped_total{CLUSTER}[$__rate_interval]))`, "dropped"},
			}},
	}
}

func busPanels() []panel {
	return []panel{
		{"On the bus", "short", "1 while a chat server hears the others and is heard.",
			[]query{{`min by (pod) (uim_bus_up{CLUSTER})`, "{{pod}}"}}},
		{"Healed", "ops", "Messages that the bus did not bring and Postgres did, and events that Redis did not take. 0 in health.",
			[]query{
				{`sum(rate(uim_reconciled_messages_total{CLUSTER}[$__rate_interval]))`, "reconciled"},
				{`sum(rate(uim_bus_publish_failures_total{CLUSTER}[$__rate_interval]))`, "not published"},
			}},
		{"Connects and catching up", "ops", "Sign-ins, and requests to catch up by kind.",
			[]query{
				{`sum(rate(uim_websocket_connects_total{CLUSTER}[$__rate_interval]))`, "connects"},
				{`sum by (kind) (rate(uim_syncs_total{CLUSTER}[$__rate_interval]))`, "sync {{kind}}"},
			}},
		{"Connections closed by the server", "ops", "By close code; 4008: the client read too slowly.",
			[]query{{`sum by (code) (rate(uim_websocket_closed_total{CLUSTER}[$__rate_interval]))`, "{{code}}"}}},
		{"Frames waiting for a socket", "short", "When it was written to, 99 in 100 had at most so many.",
			[]query{{`histogram_quantile(0.99, sum by (le) (rate(uim_websocket_queue_frames_bucket{CLUSTER}[$__rate_interval])))`, "p99"}}},
	}
}

func storePanels() []panel {
	return []panel{
		{"Circuit breakers", "short", "0: well, 1: being probed, 2: away; the worst of all servers.",
			[]query{
				{`max by (dependency) (uim_breaker_state{CLUSTER})`, "{{dependency}}"},
				{`sum by (dependency) (increase(uim_breaker_opened_total{CLUSTER}[$__rate_interval]))`, "{{dependency}} opened"},
			}},
		{"Connections to Postgres", "short", "Of all servers, and how many they may have.",
			[]query{
				{`sum by (state) (uim_postgres_connections{CLUSTER})`, "{{state}}"},
				{`sum(uim_postgres_connections_limit{CLUSTER})`, "limit"},
			}},
		{"Waits for Postgres", "ops", "Connections taken, waited for, given up and opened.",
			[]query{
				{`sum(rate(uim_postgres_acquires_total{CLUSTER}[$__rate_interval]))`, "taken"},
				{`sum(rate(uim_postgres_acquire_waits_total{CLUSTER}[$__rate_interval]))`, "waited for"},
				{`sum(rate(uim_postgres_acquires_cancelled_total{CLUSTER}[$__rate_interval]))`, "given up"},
				{`sum(rate(uim_postgres_connections_opened_total{CLUSTER}[$__rate_interval]))`, "opened"},
			}},
		{"Time to take a connection", "s", "On average.",
			[]query{{`sum(rate(uim_postgres_acquire_seconds_total{CLUSTER}[$__rate_interval])) / sum(rate(uim_postgres_acquires_total{CLUSTER}[$__rate_interval]))`, "Postgres"}}},
		{"Connections to Redis", "short", "Of all servers.",
			[]query{{`sum by (state) (uim_redis_connections{CLUSTER})`, "{{state}}"}}},
		{"Waits for Redis", "ops", "None was idle, or none became free in time.",
			[]query{
				{`sum(rate(uim_redis_pool_misses_total{CLUSTER}[$__rate_interval]))`, "not idle"},
				{`sum(rate(uim_redis_pool_timeouts_total{CLUSTER}[$__rate_interval]))`, "timed out"},
			}},
		{"Space left on volumes", "percentunit", "Of the managed Postgres and Redis, as the kubelet sees them.",
			[]query{{
				`kubelet_volume_stats_available_bytes{namespace="$namespace",persistentvolumeclaim=~"$cluster-(postgres|redis)"}` +
					` / kubelet_volume_stats_capacity_bytes{namespace="$namespace",persistentvolumeclaim=~"$cluster-(postgres|redis)"}`,
				"{{persistentvolumeclaim}}",
			}}},
	}
}

func processPanels() []panel {
	return []panel{
		{"Requests", "reqps", "By status.",
			[]query{{`sum by (status) (rate(uim_http_request_duration_seconds_count{CLUSTER}[$__rate_interval]))`, "{{status}}"}}},
		{"Time of requests", "s", "99 in 100 took less, by route.",
			[]query{{`histogram_quantile(0.99, sum by (le, route) (rate(uim_http_request_duration_seconds_bucket{CLUSTER}[$__rate_interval])))`, "{{route}}"}}},
		{"Processor", "short", "Cores in use, by chat server.",
			[]query{{`sum by (pod) (rate(process_cpu_seconds_total{CLUSTER}[$__rate_interval]))`, "{{pod}}"}}},
		{"Memory", "bytes", "Resident, by chat server.",
			[]query{{`sum by (pod) (process_resident_memory_bytes{CLUSTER})`, "{{pod}}"}}},
		{"Goroutines", "short", "By chat server.",
			[]query{{`sum by (pod) (go_goroutines{CLUSTER})`, "{{pod}}"}}},
	}
}

// quantiles are the median, the 99th percentile and the worst in a thousand.
func quantiles(histogram string) []query {
	of := "sum by (le) (rate(" + histogram + "_bucket{CLUSTER}[$__rate_interval])))"
	return []query{
		{"histogram_quantile(0.5, " + of, "p50"},
		{"histogram_quantile(0.99, " + of, "p99"},
		{"histogram_quantile(0.999, " + of, "p99.9"},
	}
}
