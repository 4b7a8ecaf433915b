package bench

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// Reconnect is scenario S4: everyone comes back at once and has missed messages.
type Reconnect struct {
	URL    string
	Users  int
	Known  int // messages of the conversation that a client holds
	Missed int // and those it lacks
}

// ReconnectResult is how long it took from the first dial until each client
// had applied all.
type ReconnectResult struct {
	Users    int     `json:"users"`
	Missed   int     `json:"missed"`
	P50      float64 `json:"p50_seconds"`
	Last     float64 `json:"last_seconds"`
	Synced   int     `json:"synced"`
	Server   float64 `json:"server_cpu_seconds"`
	Postgres float64 `json:"postgres_cpu_seconds"`
}

// Run measures with pairs whose conversations have Known + Missed messages.
func (o Reconnect) Run(ctx context.Context, pairs []pair) (*ReconnectResult, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	sockets := make([]*socket, 2*len(pairs))
	defer func() {
		for _, s := range sockets {
			if s != nil {
				s.close()
			}
		}
	}()
	took := newHistogram()
	times := make([]time.Duration, len(sockets))
	begin := time.Now()
	err := each(ctx, len(sockets), len(sockets), func(ctx context.Context, i int) (err error) {
		p := pairs[i/2]
		if sockets[i], err = dial(ctx, o.URL, p.people[i%2].Token); err != nil {
			return err
		}
		if err = o.catchUp(sockets[i], p); err != nil {
			return err
		}
		times[i] = time.Since(begin)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range times {
		record(took, d)
	}
	return &ReconnectResult{
		Users: len(sockets), Missed: o.Missed, Synced: len(sockets),
		P50: float64(took.ValueAtQuantile(50)) / 1e6, Last: float64(took.Max()) / 1e6,
	}, nil
}

// catchUp syncs and checks that what was missed comes, all of it and in order.
func (o Reconnect) catchUp(s *socket, p pair) error {
	request := `{"type":"sync","id":"1","data":{"known":[{"conversation_id":"` + p.conversation.String() + `","seq":` + strconv.Itoa(o.Known) + `}]}}`
	if err := s.write([]byte(request)); err != nil {
		return err
	}
	for {
		frame, err := s.read()
		if err != nil {
			return err
		}
		if !isType(frame, "sync.page") {
			continue
		}
		_, rest, _ := bytes.Cut(frame, []byte(`"messages":[`))
		for i := range o.Missed {
			var ok bool
			if _, rest, ok = bytes.Cut(rest, []byte(`"seq":`+strconv.Itoa(o.Known+i+1)+`,`)); !ok {
				return fmt.Errorf("message %d is not in its place: %s", o.Known+i+1, frame)
			}
		}
		return nil
	}
}
