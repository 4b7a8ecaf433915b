package postgres

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// appendAttempts bounds how often a batch is tried that races with another node
// for the same client_msg_ids in different conversations; each try finds what
// the winner committed.
const appendAttempts = 3

// Append implements chat.MessageStore.
func (s *Store) Append(ctx context.Context, drafts []chat.Draft) ([]chat.AppendResult, error) {
	arg := queries.AppendMessagesParams{
		Ords:            make([]int32, len(drafts)),
		Ids:             make([]uuid.UUID, len(drafts)),
		ConversationIds: make([]uuid.UUID, len(drafts)),
		SenderIds:       make([]uuid.UUID, len(drafts)),
		ClientMsgIds:    make([]uuid.UUID, len(drafts)),
		Contents:        make([]string, len(drafts)),
		ReplyTos:        make([]uuid.UUID, len(drafts)),
	}
	for i, d := range drafts {
		arg.Ords[i] = int32(i)
		arg.Ids[i], arg.ConversationIds[i], arg.SenderIds[i] = d.ID, d.ConversationID, d.SenderID
		arg.ClientMsgIds[i], arg.Contents[i], arg.ReplyTos[i] = d.ClientMsgID, d.Content, d.ReplyTo
	}
	if err := s.addMentions(ctx, &arg, drafts); err != nil {
		return nil, err
	}
	rows, err := again(ctx, func() (rows []queries.AppendMessagesRow, err error) {
		for range appendAttempts {
			if rows, err = s.q.Append(ctx, s.appends, arg); violated(err) == "" && !isDeadlock(err) {
				break
			}
		}
		return rows, err
	})
	if err != nil {
		return nil, wrap("storing messages", err)
	}
	results := make([]chat.AppendResult, len(drafts))
	for _, r := range rows {
		results[r.Ord] = appendResult(r)
	}
	return results, nil
}

var errReplyTo = chat.Problems{{Field: "reply_to", Code: "unknown", Detail: "There is no such message in this conversation."}}.Err()

func appendResult(r queries.AppendMessagesRow) chat.AppendResult {
	switch {
	case r.Duplicate && !r.Same:
		return chat.AppendResult{Err: &chat.Error{Code: chat.CodeIdempotencyMismatch}}
	case r.Seq > 0:
		return chat.AppendResult{Stored: chat.Stored{
			MessageID: r.MessageID, Seq: r.Seq, CreatedAt: r.CreatedAt, Duplicate: r.Duplicate, Mentions: r.Mentions, MentionsAll: r.MentionsAll,
		}}
	case !r.Member:
		return chat.AppendResult{Err: chat.ErrNotFound}
	case r.Blocked:
		return chat.AppendResult{Err: errBlocked}
	default:
		return chat.AppendResult{Err: errReplyTo}
	}
}

// History implements chat.MessageStore.
func (s *Store) History(ctx context.Context, conversation uuid.UUID, r chat.HistoryRange) ([]chat.Message, error) {
	before := r.Before
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := again(ctx, func() ([]queries.Message, error) {
		if r.Newest {
			return s.q.HistoryDown(ctx, s.pool, queries.HistoryDownParams{
				ConversationID: conversation, AfterSeq: r.After, BeforeSeq: before, PageSize: int32(r.Limit)})
		}
		return s.q.HistoryUp(ctx, s.pool, queries.HistoryUpParams{
			ConversationID: conversation, AfterSeq: r.After, BeforeSeq: before, PageSize: int32(r.Limit)})
	})
	if r.Newest {
		slices.Reverse(rows)
	}
	return toMessages(rows), wrap("reading history", err)
}

// Tails implements chat.HistoryTails.
func (s *Store) Tails(ctx context.Context, spans []chat.TailSpan) ([]chat.Message, error) {
	return ask(ctx, s.gathered.tails, spans)
}

// Lately returns what has happened within the last while: where the
// conversations stand that were written to, whom the system noted as new, and
// which conversations were deleted.
func (s *Store) Lately(ctx context.Context, while time.Duration) (chat.Lately, error) {
	window := while.Seconds()
	rows, err := s.q.TouchedHeads(ctx, s.pool, window)
	if err != nil {
		return chat.Lately{}, wrap("reading what was written lately", err)
	}
	lately := chat.Lately{Heads: make(map[uuid.UUID]int64, len(rows)), Arrived: map[uuid.UUID][]uuid.UUID{}}
	for _, r := range rows {
		lately.Heads[r.ConversationID] = r.LastSeq
		if len(r.Events) > len("[]") {
			if arrived := arrivedIn(r.Events); len(arrived) > 0 {
				lately.Arrived[r.ConversationID] = arrived
			}
		}
	}
	opened, err := s.q.OpenedLately(ctx, s.pool, window)
	if err != nil {
		return chat.Lately{}, wrap("reading what was opened lately", err)
	}
	for _, r := range opened {
		lately.Arrived[r.ID] = []uuid.UUID{value(r.DirectLow), value(r.DirectHigh)}
	}
	lately.Deleted, err = s.q.DeletedLately(ctx, s.pool, window)
	return lately, wrap("reading what was deleted lately", err)
}

// arrivedIn returns who is new by a list of system events.
func arrivedIn(events []byte) (people []uuid.UUID) {
	var list []json.RawMessage
	if json.Unmarshal(events, &list) != nil {
		return nil
	}
	for _, text := range list {
		if e, ok := chat.ParseSystemEvent(text); ok {
			people = append(people, e.Arrived()...)
		}
	}
	return people
}

func toMessages(rows []queries.Message) []chat.Message {
	messages := make([]chat.Message, len(rows))
	for i, r := range rows {
		messages[i] = chat.Message{
			ID: r.ID, ConversationID: r.ConversationID, Seq: r.Seq, SenderID: value(r.SenderID), ClientMsgID: value(r.ClientMsgID),
			Type: chat.MessageType(r.Type), Content: r.Content, Event: r.Event, ReplyTo: value(r.ReplyTo), CreatedAt: r.CreatedAt,
			Mentions: r.Mentions, MentionsAll: r.MentionsAll,
		}
	}
	return messages
}

// value returns what p points to, or the zero value for NULL.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
