package postgres

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/gather"
	"uim.dev/uim/chatserver/postgres/queries"
)

// gathered is the questions that everyone asks who connects. When thousands
// come back at once, because a node or a network has gone, they ask together.
type gathered struct {
	sessions    *gather.Group[uuid.UUID, bool]
	names       *gather.Group[sessionName, struct{}]
	privacy     *gather.Group[uuid.UUID, *chat.Privacy]
	memberships *gather.Group[uuid.UUID, map[uuid.UUID]chat.Place]
	views       *gather.Group[uuid.UUID, []chat.Conversation]
	tails       *gather.Group[[]chat.TailSpan, []chat.Message]
	places      *gather.Group[placesQuestion, map[uuid.UUID]chat.Place]
}

// One query at a time is enough for each kind: a second one would only make
// both smaller.
var gatherConfig = gather.Config{AtOnce: 1, Size: 256, Timeout: statementTimeout}

func (s *Store) newGathered() gathered {
	pages := gatherConfig
	pages.Size = 64 // what comes of one question may be long
	return gathered{
		sessions:    gather.New(gatherConfig, s.sessionsActive),
		names:       gather.New(gatherConfig, s.nameSessions),
		privacy:     gather.New(gatherConfig, s.privacyOf),
		memberships: gather.New(gatherConfig, s.membershipsOf),
		views:       gather.New(pages, s.firstViews),
		tails:       gather.New(pages, s.tailsOf),
		places:      gather.New(pages, s.placesOf),
	}
}

// ask is Ask with errors as the store's are.
func ask[Q, A any](ctx context.Context, group *gather.Group[Q, A], question Q) (A, error) {
	answer, err := group.Ask(ctx, question)
	if ctx.Err() != nil {
		err = wrap("waiting for an answer", err)
	}
	return answer, err
}

func (s *Store) sessionsActive(ctx context.Context, ids []uuid.UUID) ([]bool, error) {
	rows, err := again(ctx, func() ([]uuid.UUID, error) { return s.q.SessionsActive(ctx, s.pool, ids) })
	found := make(map[uuid.UUID]bool, len(rows))
	for _, id := range rows {
		found[id] = true
	}
	active := make([]bool, len(ids))
	for i, id := range ids {
		active[i] = found[id]
	}
	return active, wrap("checking sessions", err)
}

// sessionName is what a session is to be called by its owner.
type sessionName struct {
	auth.Identity
	device string
}

func (s *Store) nameSessions(ctx context.Context, names []sessionName) ([]struct{}, error) {
	var arg queries.NameSessionsParams
	for _, n := range names {
		arg.Ids = append(arg.Ids, n.SessionID)
		arg.UserIds = append(arg.UserIds, n.UserID)
		arg.DeviceNames = append(arg.DeviceNames, n.device)
	}
	return make([]struct{}, len(names)), wrap("naming sessions", s.q.NameSessions(ctx, s.pool, arg))
}

func (s *Store) privacyOf(ctx context.Context, users []uuid.UUID) ([]*chat.Privacy, error) {
	rows, err := again(ctx, func() ([]queries.PrivacyOfRow, error) { return s.q.PrivacyOf(ctx, s.pool, users) })
	found := make(map[uuid.UUID]*chat.Privacy, len(rows))
	for _, r := range rows {
		found[r.ID] = &chat.Privacy{ReadReceipts: r.ReadReceipts, Typing: r.Typing, LastSeen: r.LastSeen}
	}
	return answersOf(users, found), wrap("looking up what people let others see", err)
}

func (s *Store) membershipsOf(ctx context.Context, users []uuid.UUID) ([]map[uuid.UUID]chat.Place, error) {
	rows, err := again(ctx, func() ([]queries.MembershipsOfRow, error) { return s.q.MembershipsOf(ctx, s.pool, users) })
	found := make(map[uuid.UUID]map[uuid.UUID]chat.Place, len(users))
	for _, r := range rows {
		if found[r.UserID] == nil {
			found[r.UserID] = map[uuid.UUID]chat.Place{}
		}
		found[r.UserID][r.ConversationID] = chat.Place{JoinedSeq: r.JoinedSeq, LastSeq: r.LastSeq}
	}
	return answersOf(users, found), wrap("listing memberships", err)
}

func (s *Store) firstViews(ctx context.Context, viewers []uuid.UUID) ([][]chat.Conversation, error) {
	arg := queries.FirstConversationViewsParams{Viewers: distinct(viewers), PageSize: chat.SyncConversations}
	rows, err := again(ctx, func() ([]queries.ListedConversation, error) { return s.q.FirstConversationViews(ctx, s.pool, arg) })
	found := make(map[uuid.UUID][]chat.Conversation, len(viewers))
	for _, r := range rows {
		found[r.ViewerID] = append(found[r.ViewerID], toConversation(r))
	}
	return answersOf(viewers, found), wrap("listing conversations", err)
}

// tailsOf reads the spans of all, joined where several want the same
// conversation, and hands each one theirs.
func (s *Store) tailsOf(ctx context.Context, asked [][]chat.TailSpan) ([][]chat.Message, error) {
	joined := map[uuid.UUID]chat.TailSpan{}
	for _, spans := range asked {
		for _, span := range spans {
			if other, twice := joined[span.ConversationID]; twice {
				span = joinSpans(span, other)
			}
			joined[span.ConversationID] = span
		}
	}
	var arg queries.TailsParams
	for id, span := range joined {
		arg.ConversationIds = append(arg.ConversationIds, id)
		arg.AfterSeqs = append(arg.AfterSeqs, span.After)
		arg.ThroughSeqs = append(arg.ThroughSeqs, span.Through)
		arg.Limits = append(arg.Limits, int32(span.Limit))
	}
	rows, err := again(ctx, func() ([]queries.Message, error) { return s.q.Tails(ctx, s.pool, arg) })
	if err != nil {
		return nil, wrap("reading the ends of conversations", err)
	}
	found := make(map[uuid.UUID][]chat.Message, len(joined))
	for _, m := range toMessages(rows) {
		found[m.ConversationID] = append(found[m.ConversationID], m)
	}
	answers := make([][]chat.Message, len(asked))
	for i, spans := range asked {
		for _, span := range spans {
			answers[i] = append(answers[i], cutSpan(found[span.ConversationID], span)...)
		}
	}
	return answers, nil
}

// joinSpans returns a span that holds both. Beyond the newer end of the one the
// other may have as many messages as their ends are apart.
func joinSpans(a, b chat.TailSpan) chat.TailSpan {
	if a.Through < b.Through {
		a, b = b, a
	}
	reach := min(int64(b.Limit)+a.Through-b.Through, math.MaxInt32)
	return chat.TailSpan{
		ConversationID: a.ConversationID, After: min(a.After, b.After), Through: a.Through, Limit: max(a.Limit, int(reach)),
	}
}

// cutSpan returns the part of a conversation's messages that a span asks for.
func cutSpan(messages []chat.Message, span chat.TailSpan) []chat.Message {
	from, _ := slices.BinarySearchFunc(messages, span.After+1, bySeq)
	to, _ := slices.BinarySearchFunc(messages, span.Through+1, bySeq)
	from = max(from, to-span.Limit)
	if from >= to {
		return nil
	}
	return messages[from:to]
}

func bySeq(m chat.Message, seq int64) int { return cmp.Compare(m.Seq, seq) }

// answersOf puts what was found into the order of the questions.
func answersOf[A any](questions []uuid.UUID, found map[uuid.UUID]A) []A {
	answers := make([]A, len(questions))
	for i, q := range questions {
		answers[i] = found[q]
	}
	return answers
}

// distinct returns ids without repetitions: two connections of one person may
// come back together.
func distinct(ids []uuid.UUID) []uuid.UUID {
	seen := make(map[uuid.UUID]bool, len(ids))
	once := make([]uuid.UUID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			once = append(once, id)
		}
	}
	return once
}
