package chatserver_test

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// labelValues are all labels of our figures and the values they may have: each
// set is bounded, whatever clients do.
var labelValues = map[string]*regexp.Regexp{
	"version": regexp.MustCompile(`^test$`),
	"method":  regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)$`),
	"route":   regexp.MustCompile(`^(other|(/([a-z_.-]+|:[a-z_]+))+)$`),
	"status":  regexp.MustCompile(`^[1-5]\d\d$`),
	"code":    regexp.MustCompile(`^(10|40|44|45)\d\d$`),
	"result":  regexp.MustCompile(`^(stored|duplicate|refused|failed)$`),
	"kind":    regexp.MustCompile(`^(first|resume|page)$`),
	"state":   regexp.MustCompile(`^(idle|in_use|opening)$`),
	"breaker": regexp.MustCompile(`^redis_bus$`),
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
