package chatserver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/bench"
)

func TestBenchCountsEveryMessage(t *testing.T) {
	url, _ := newCluster(t).start(t)
	report, err := bench.Latency(t.Context(), bench.Options{URL: url, Messages: 40, Rate: 400, Bytes: 100})
	require.NoError(t, err)
	require.Equal(t, 40, report.Acked)
	require.Equal(t, 40, report.Delivered)
	require.EqualValues(t, 40, report.Ack.TotalCount())
	var out strings.Builder
	report.Print(&out)
	require.Contains(t, out.String(), "40 sent, 40 acknowledged, 40 delivered")

	_, err = bench.Latency(t.Context(), bench.Options{URL: url + "/nowhere", Messages: 1, Rate: 1, Bytes: 1})
	require.ErrorContains(t, err, "404")
}
