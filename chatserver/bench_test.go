package chatserver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/bench"
)

func TestBenchCountsEveryMessage(t *testing.T) {
	url, _ := newCluster(t).start(t)
	for _, load := range []bench.Load{
		{URL: url, Users: 2, OneWay: true, Messages: 40, Rate: 400, Bytes: 100},
		{URL: url, Users: 6, Messages: 60, Rate: 600, Bytes: 1},
	} {
		report, err := load.Run(t.Context(), bench.REST{URL: url})
		require.NoError(t, err)
		require.EqualValues(t, load.Messages, report.Acked)
		require.EqualValues(t, load.Messages, report.Delivered)
		require.EqualValues(t, load.Messages, report.Ack.TotalCount())
		require.EqualValues(t, load.Messages, report.Delivery.TotalCount())
		var out strings.Builder
		report.Print(&out)
		require.Contains(t, out.String(), "acknowledged")
	}
	_, err := bench.Load{URL: url, Users: 2, Messages: 1, Rate: 1, Bytes: 1}.Run(t.Context(), bench.REST{URL: url + "/nowhere"})
	require.ErrorContains(t, err, "404")
}
