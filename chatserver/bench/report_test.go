package bench

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func sample() *Report {
	r := newReport()
	r.Load = []LatencyRow{{Users: 100, Rate: 100, Messages: 2000}}
	round := func(perSecond float64) PairsResult {
		return PairsResult{PerSecond: perSecond, CPUSeconds: []float64{0.02, 0.01}}
	}
	r.Pairs = []PairsRow{{
		Users: 200, InFlight: 1, UIM: []PairsResult{round(10), round(30), round(20)}, Bare: []PairsResult{round(20), round(40), round(25)},
	}}
	r.Groups = []GroupsResult{{Groups: 20, Members: 50, Writers: 5, PerSecond: 98_000, Messages: 2000, CPUSeconds: []float64{0.005, 0.0004}}}
	r.Sizes = []GroupsResult{{Groups: 1, Members: 10_000, Writers: 1, Rate: 1, CPUSeconds: []float64{0.005, 0.0004}}}
	r.Reconnect = []ReconnectResult{{Users: 2000, Missed: 20, Last: 0.8}}
	r.Idle, r.IdleBare = &IdleResult{KBEach: 8}, &IdleResult{KBEach: 26}
	return r
}

func TestRatiosAreOfRoundsThatFollowedEachOther(t *testing.T) {
	require.InDelta(t, 0.75, sample().Pairs[0].ratio(), 1e-9)
}

func TestAReportIsPublishedAsTableDataAndPicture(t *testing.T) {
	folder := t.TempDir()
	var out strings.Builder
	require.NoError(t, sample().publish(&out, folder))
	require.Contains(t, out.String(), "| 1 | uim | 20 | 20 | 10 |")
	require.Contains(t, out.String(), "| 20 | 50 | 5 | as fast as acknowledged | 2000 | 98000 | 5.00 | 0.40 |")
	require.Contains(t, out.String(), "| 1 | 10000 | 1 | steady |")
	text, err := os.ReadFile(filepath.Join(folder, "benchmarks.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, new(Report)))
	picture, err := os.Open(filepath.Join(folder, "images", "benchmarks.svg"))
	require.NoError(t, err)
	defer picture.Close()
	for d := xml.NewDecoder(picture); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestUsageIsReadOfAProcess(t *testing.T) {
	me := process(os.Getpid())
	memory, err := me.memory()
	require.NoError(t, err)
	require.Greater(t, memory, int64(1<<20))
	_, err = me.seconds()
	require.NoError(t, err)
	_, err = process(0).seconds()
	require.Error(t, err)
}

func TestNumbersAreFoundInFrames(t *testing.T) {
	n, ok := numberAfter([]byte(`{"type":"message.new","data":{"content":"000000000042 xxx","seq":7,"type":"text"}}`), `"content":"`)
	require.True(t, ok)
	require.EqualValues(t, 42, n)
	_, ok = numberAfter([]byte(`{}`), `"seq":`)
	require.False(t, ok)
	require.True(t, isType([]byte(`{"type":"hello"}`), "hello"))
	require.False(t, isType([]byte(`{"type":"hello.again"}`), "hello"))
}
