package faults

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/history"
)

// judge compares what the clients wrote down with the database.
func (w *world) judge(ctx context.Context, report *Report, settled bool) error {
	stored, err := w.stored(ctx)
	if err != nil {
		return err
	}
	h := history.History{Events: w.log.Events(), Stored: stored, CursorLog: w.samples}
	report.Findings = h.Check()
	if !settled && len(report.Findings) == 0 {
		report.Findings = append(report.Findings, history.Finding{Verdict: history.Cursor, Text: "not everything was noted as delivered in time"})
	}
	for _, s := range stored {
		report.Stored += len(s.Messages)
	}
	for _, d := range w.devices {
		add(&report.Stats, d.Stats())
	}
	report.Stats.Connections -= len(w.devices) // only those again
	report.Took = time.Since(report.began)
	return w.log.Err()
}

func add(sum *history.Stats, s history.Stats) {
	sum.Connections += s.Connections
	sum.Acked += s.Acked
	sum.Resent += s.Resent
	sum.Duplicates += s.Duplicates
	sum.Refused += s.Refused
	sum.Applied += s.Applied
	sum.Dropped += s.Dropped
	sum.Fetched += s.Fetched
	sum.Silence = max(sum.Silence, s.Silence)
}

func (w *world) heads(ctx context.Context) (map[uuid.UUID]int64, error) {
	rows, err := w.rig.database.Query(ctx, `SELECT conversation_id, last_seq FROM conversation_heads WHERE conversation_id = ANY($1)`, w.conversations)
	if err != nil {
		return nil, err
	}
	heads := map[uuid.UUID]int64{}
	var id uuid.UUID
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&id, &seq}, func() error { heads[id] = seq; return nil })
	return heads, err
}

// stored reads the run's conversations from the database itself.
func (w *world) stored(ctx context.Context) (map[uuid.UUID]history.Stored, error) {
	heads, err := w.heads(ctx)
	if err != nil {
		return nil, err
	}
	all := map[uuid.UUID]history.Stored{}
	for id, seq := range heads {
		all[id] = history.Stored{LastSeq: seq}
	}
	rows, err := w.rig.database.Query(ctx, `SELECT conversation_id, seq, id, coalesce(sender_id, $2), coalesce(client_msg_id, $2), content, event
		FROM messages WHERE conversation_id = ANY($1) ORDER BY seq`, w.conversations, uuid.Nil)
	if err != nil {
		return nil, err
	}
	var id uuid.UUID
	var event []byte
	var m history.StoredMessage
	_, err = pgx.ForEachRow(rows, []any{&id, &m.Seq, &m.ID, &m.Sender, &m.ClientMsgID, &m.Content, &event}, func() error {
		m.Content, m.Moved = history.Digest(m.Content), history.MovementOf(event)
		s := all[id]
		s.Messages = append(s.Messages, m)
		all[id] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	cursors, err := w.cursors(ctx)
	for _, c := range cursors {
		s := all[c.Conversation]
		s.Cursors = append(s.Cursors, c.StoredCursor)
		all[c.Conversation] = s
	}
	return all, err
}

func (w *world) cursors(ctx context.Context) ([]history.CursorSample, error) {
	rows, err := w.rig.database.Query(ctx, `SELECT conversation_id, user_id, delivered_seq, read_seq FROM members WHERE conversation_id = ANY($1)`, w.conversations)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s history.CursorSample, err error) {
		err = row.Scan(&s.Conversation, &s.User, &s.Delivered, &s.Read)
		return s, err
	})
}

// sampleCursors looks at all cursors again and again until ctx ends.
func (w *world) sampleCursors(ctx context.Context) error {
	for {
		looked, cancel := context.WithTimeout(ctx, 2*time.Second)
		if samples, err := w.cursors(looked); err == nil { // else the database is broken right now
			w.mu.Lock()
			w.samples = append(w.samples, samples...)
			w.mu.Unlock()
		}
		cancel()
		if err := wait(ctx, 300*time.Millisecond); err != nil {
			return nil //nolint:nilerr // the run is over
		}
	}
}
