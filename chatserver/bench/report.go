package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is everything one run measured; it is what benchmarks.json holds.
type Report struct {
	Date      string            `json:"date"`
	Cores     int               `json:"cores"`
	Go        string            `json:"go"`
	Latency   []LatencyRow      `json:"latency,omitempty"`
	Load      []LatencyRow      `json:"load,omitempty"`
	Pairs     []PairsRow        `json:"pairs,omitempty"`
	Reconnect []ReconnectResult `json:"reconnect,omitempty"`
	Idle      *IdleResult       `json:"idle,omitempty"`
	IdleBare  *IdleResult       `json:"idle_bare,omitempty"`
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

// publish writes the report as JSON, and its picture, into a folder, or just the JSON to out.
func (r *Report) publish(out io.Writer, folder string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if folder == "" {
		_, err = fmt.Fprintln(out, string(text))
		return err
	}
	return os.WriteFile(filepath.Join(folder, "benchmarks.json"), append(text, '\n'), 0o644)
}
