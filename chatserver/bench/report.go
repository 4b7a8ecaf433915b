package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is everything one run measured; it is what benchmarks.json holds.
type Report struct {
	Date      string            `json:"date"`
	Cores     int               `json:"cores"`
	Go        string            `json:"go"`
	Batching  *BatchingResult   `json:"batching,omitempty"`
	Latency   []LatencyRow      `json:"latency,omitempty"`
	Load      []LatencyRow      `json:"load,omitempty"`
	Pairs     []PairsRow        `json:"pairs,omitempty"`
	Groups    []GroupsResult    `json:"groups,omitempty"`
	Sizes     []GroupsResult    `json:"group_sizes,omitempty"`
	Reconnect []ReconnectResult `json:"reconnect,omitempty"`
	Idle      *IdleResult       `json:"idle,omitempty"`
	IdleBare  *IdleResult       `json:"idle_bare,omitempty"`
}

// BatchingResult is how many messages the store takes, one by one and in batches.
type BatchingResult struct {
	Batch            int     `json:"batch"`
	AlonePerSecond   float64 `json:"alone_per_second"`
	BatchedPerSecond float64 `json:"batched_per_second"`
	Ratio            float64 `json:"ratio"`
}

// LatencyRow is one run of Load; times are milliseconds.
type LatencyRow struct {
	Users     int       `json:"users"`
	Rate      int       `json:"rate"`
	Messages  int64     `json:"messages"`
	Lost      int64     `json:"lost"`
	Acked     Quantiles `json:"acknowledged_ms"`
	Delivered Quantiles `json:"delivered_ms"`
}

// Quantiles of a latency in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return Quantiles{at(50), at(95), at(99), at(99.9), at(100)}
}

func (r *Latency) row(o Load) LatencyRow {
	return LatencyRow{Users: o.Users, Rate: o.Rate, Messages: r.Sent, Lost: r.Sent - r.Delivered, Acked: quantiles(r.Ack), Delivered: quantiles(r.Delivery)}
}

// PairsRow is the rounds of Pairs, of this server and of the bare one.
type PairsRow struct {
	Users    int           `json:"users"`
	InFlight int           `json:"in_flight"`
	Bytes    int           `json:"bytes"`
	UIM      []PairsResult `json:"uim"`
	Bare     []PairsResult `json:"bare"`
}

func newReport() *Report {
	return &Report{Date: time.Now().UTC().Format(time.DateOnly), Cores: runtime.NumCPU(), Go: runtime.Version()}
}

// publish prints the report and, if there is a folder, writes it there as
// benchmarks.json with its picture images/benchmarks.svg.
func (r *Report) publish(out io.Writer, folder string) error {
	r.print(out)
	if folder == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(folder, "images"), 0o755); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "benchmarks.json"), append(text, '\n'), 0o644),
		os.WriteFile(filepath.Join(folder, "images", "benchmarks.svg"), []byte(r.picture()), 0o644),
	)
}

// print writes the tables of docs/benchmarks.md.
func (r *Report) print(out io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	line("%d cores, %s, %s", r.Cores, r.Go, r.Date)
	if rows := slices.Concat(r.Latency, r.Load); len(rows) > 0 {
		line("\n| people | messages a second | milliseconds to | p50 | p95 | p99 | p99.9 | max | lost |\n|---|---|---|---|---|---|---|---|---|")
		for _, l := range rows {
			for _, q := range []struct {
				name string
				Quantiles
			}{{"acknowledged", l.Acked}, {"delivered", l.Delivered}} {
				line("| %d | %d | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %d |", l.Users, l.Rate, q.name, q.P50, q.P95, q.P99, q.P999, q.Max, l.Lost)
			}
		}
	}
	if len(r.Pairs) > 0 {
		line("\n| in flight each | server | messages a second | CPU ms a 1,000: server | Postgres | acknowledged p50 | p99 | lost |\n|---|---|---|---|---|---|---|---|")
	}
	for _, p := range r.Pairs {
		for _, side := range []struct {
			name   string
			rounds []PairsResult
		}{{"uim", p.UIM}, {"bare", p.Bare}} {
			m := middle(side.rounds, func(r PairsResult) float64 { return r.PerSecond })
			line("| %d | %s | %.0f | %.0f | %.0f | %.1f ms | %.1f ms | %d |", p.InFlight, side.name, m.PerSecond, m.CPUSeconds[0]*1000, m.CPUSeconds[1]*1000, m.AckP50, m.AckP99, m.Lost)
		}
		line("| | ratio, median of %d rounds | %.2f | | | | | |", len(p.UIM), p.ratio())
	}
	r.printGroups(line)
	for _, c := range r.Reconnect {
		line("\n%d reconnect, %d missed messages each: %.2f s from the first dial to the last message (median client %.2f s); CPU: server %.2f s, Postgres %.2f s",
			c.Users, c.Missed, c.Last, c.P50, c.Server, c.Postgres)
	}
	for _, i := range []struct {
		name string
		*IdleResult
	}{{"uim", r.Idle}, {"bare", r.IdleBare}} {
		if i.IdleResult != nil {
			line("\n%d idle connections, %s: %.1f KB each", i.Connections, i.name, i.KBEach)
		}
	}
}

// middle returns the median element.
func middle[T any](list []T, value func(T) float64) T {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b T) int { return cmp.Compare(value(a), value(b)) })
	return sorted[len(sorted)/2]
}

// ratio returns the median of the rounds' ratios, each of two runs that followed each other.
func (p PairsRow) ratio() float64 {
	ratios := make([]float64, len(p.UIM))
	for i := range ratios {
		ratios[i] = p.UIM[i].PerSecond / p.Bare[i].PerSecond
	}
	return middle(ratios, func(r float64) float64 { return r })
}
