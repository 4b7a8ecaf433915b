package chatserver_test

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/conformance"
)

// labelValues are all labels of our figures and the values they may have: each
// set is bounded, whatever clients do.
var labelValues = map[string]*regexp.Regexp{
	"version":    regexp.MustCompile(`^test$`),
	"method":     regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)$`),
	"route":      regexp.MustCompile(`^(other|(/([a-z_.-]+|:[a-z_]+))+)$`),
	"status":     regexp.MustCompile(`^[1-5]\d\d$`),
	"code":       regexp.MustCompile(`^(10|40|44|45)\d\d$`),
	"result":     regexp.MustCompile(`^(stored|duplicate|refused|failed|found|timed_out)$`),
	"kind":       regexp.MustCompile(`^(first|resume|page)$`),
	"state":      regexp.MustCompile(`^(idle|in_use|opening)$`),
	"limit":      regexp.MustCompile(`^(login_address|login_account|anonymous|groups)$`),
	"dependency": regexp.MustCompile(`^(postgres|redis)$`),
}

// checkMetrics holds what a node that has worked says of itself against the
// conventions of Prometheus, our bounds on labels, and the documentation.
func checkMetrics(t *testing.T, operations string) {
	t.Helper()
	text := fetch(t, operations+"/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)

	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)
	ours := map[string]bool{}
	for name, family := range families {
		if strings.HasPrefix(name, "uim_") {
			ours[name] = true
			checkLabels(t, family)
		}
	}
	require.Equal(t, documentedMetrics(t), ours, "docs/metrics.md lists the figures")
}

func checkLabels(t *testing.T, family *dto.MetricFamily) {
	t.Helper()
	for _, m := range family.GetMetric() {
		for _, label := range m.GetLabel() {
			if allowed := labelValues[label.GetName()]; allowed == nil || !allowed.MatchString(label.GetValue()) {
				t.Errorf("%s has the label %s=%q", family.GetName(), label.GetName(), label.GetValue())
			}
		}
	}
}

// documentedMetrics reads the names in the first column of the tables.
func documentedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `(uim_[a-z_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		names[match[1]] = true
	}
	return names
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return string(text)
}

// figures returns the samples of a scrape that have no or one label, by name or
// name{value}; of histograms, the number of observations.
func figures(t *testing.T, operations string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(fetch(t, operations+"/metrics")))
	require.NoError(t, err)
	out := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := name
			if labels := m.GetLabel(); len(labels) > 0 {
				key += "{" + labels[0].GetValue() + "}"
			}
			out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func TestTheFiguresFollowTheTraffic(t *testing.T) {
	c := newCluster(t)
	first, _ := c.start(t)
	second, stopSecond := c.start(t)
	env := conformance.NewEnv(first, second)
	defer env.Close()
	alice, bob := env.NewPerson(t, 0), env.NewPerson(t, 1)
	conversation := alice.Open(t, bob)
	alice.Connect(t)
	bob.Connect(t)
	for range 3 {
		alice.Submit(t, conversation, "hello")
		bob.Receive(t)
	}
	alice.Send(t, conversation, "by HTTP")
	bob.Receive(t)
	alice.Receive(t)
	alice.Submit(t, conversation, "") // refused

	// A figure follows what it counts by a moment.
	expect := func(node int, want map[string]float64) {
		t.Helper()
		require.EventuallyWithT(t, func(now *assert.CollectT) {
			got := figures(t, c.operations[node])
			for name, value := range want {
				assert.InDelta(now, value, got[name], 0, name)
			}
		}, 15*time.Second, 50*time.Millisecond)
	}
	expect(0, map[string]float64{
		"uim_messages_sent_total{stored}": 4, "uim_messages_sent_total{refused}": 1, "uim_messages_sent_total{failed}": 0,
		"uim_message_commit_seconds": 4, "uim_messages_delivered_total": 1, "uim_message_delivery_seconds": 1,
		"uim_websocket_connections": 1, "uim_websocket_connects_total": 1, "uim_sender_queue_length": 0, "uim_bus_up": 1,
		"uim_breaker_state{redis}": 0, "uim_reconciled_messages_total": 0, "uim_postgres_connections_limit": 16,
	})
	expect(1, map[string]float64{
		"uim_messages_sent_total{stored}": 0, "uim_messages_delivered_total": 4, "uim_message_delivery_seconds": 4, "uim_websocket_connections": 1,
	})
	stopSecond()
}
