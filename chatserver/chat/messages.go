package chat

import (
	"context"

	"github.com/google/uuid"
)

// SendCommand is what a person asks to send.
type SendCommand struct {
	SenderID       uuid.UUID
	ConnectionID   uuid.UUID // where it comes from; that connection is not told of it again
	ConversationID uuid.UUID
	ClientMsgID    uuid.UUID
	Content        string
	Type           MessageType // empty: text
	ReplyTo        uuid.UUID   // uuid.Nil: no reply
}

// HistoryRange selects a page of messages; exactly one of its makers below is used.
type HistoryRange struct {
	After  int64 // seq > After
	Before int64 // seq < Before; 0: no upper bound
	Newest bool  // take the page from the upper end instead of the lower
	Limit  int
}

// Messages is the service for sending and reading messages.
type Messages struct {
	MessageServices
	limits Limits
}

// MessageServices is what Messages is made of.
type MessageServices struct {
	Sender  DraftSubmitter
	Store   MessageStore
	Members MembershipReader
	Cursors *Cursors
	Typing  *Typing       // nil: nobody is seen typing
	Metrics SenderMetrics // nil: nobody asks
}

// MembershipReader answers who belongs where.
type MembershipReader interface {
	// JoinedSeq returns the seq from which on (exclusive) a member sees a
	// conversation; ErrNotFound when the user is not a member.
	JoinedSeq(ctx context.Context, conversationID, userID uuid.UUID) (int64, error)

	// VisibleSpan returns what a member may see of what is there: after (exclusive)
	// JoinedSeq and through the last message, as of one moment. Whoever reads no
	// further shows nothing that was said after the member was removed.
	VisibleSpan(ctx context.Context, conversationID, userID uuid.UUID) (after, through int64, err error)
}

// NewMessages returns the service.
func NewMessages(services MessageServices, limits Limits) *Messages {
	if services.Metrics == nil {
		services.Metrics = unobserved{}
	}
	return &Messages{services, limits}
}

// Submit checks a command and queues it; done is called once it is stored (see
// Sender.Submit), or never when an error is returned.
func (m *Messages) Submit(cmd SendCommand, done func(Stored, error)) error {
	draft, err := m.draft(cmd)
	if err == nil {
		err = m.submit(draft, done)
	}
	if err != nil && CodeOf(err) != CodeRateLimited { // those have a figure of their own
		m.Metrics.Rejected(AppendResult{Err: err}.sendResult())
	}
	return err
}

func (m *Messages) submit(draft Draft, done func(Stored, error)) error {
	return m.Sender.Submit(draft, func(s Stored, err error) {
		if err == nil {
			// Who writes has seen what came before.
			m.Cursors.Advance(CursorsMoved{ConversationID: draft.ConversationID, UserID: draft.SenderID, DeliveredSeq: s.Seq, ReadSeq: s.Seq})
			if m.Typing != nil {
				m.Typing.Sent(draft.ConversationID, draft.SenderID)
			}
		}
		done(s, err)
	})
}

// Send is Submit for callers who wait. When ctx ends first the message may
// still be stored; sending it again with the same ClientMsgID tells.
func (m *Messages) Send(ctx context.Context, cmd SendCommand) (Stored, error) {
	type answer struct {
		stored Stored
		err    error
	}
	answers := make(chan answer, 1)
	if err := m.Submit(cmd, func(s Stored, err error) { answers <- answer{s, err} }); err != nil {
		return Stored{}, err
	}
	select {
	case a := <-answers:
		return a.stored, a.err
	case <-ctx.Done():
		return Stored{}, NewError(CodeUnavailable, "The message may or may not be stored; send it again with the same client_msg_id.")
	}
}

func (m *Messages) draft(cmd SendCommand) (Draft, error) {
	var p Problems
	p.CheckID("conversation_id", cmd.ConversationID)
	p.CheckID("client_msg_id", cmd.ClientMsgID)
	content := p.CheckContent(cmd.Content, m.limits.ContentCodePoints)
	if cmd.Type != "" && cmd.Type != MessageText {
		p.Add("type", "unknown", "The type of a message is text.")
	}
	if err := p.Err(); err != nil {
		return Draft{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Draft{}, err
	}
	names, everybody := mentionsIn(content)
	return Draft{
		ID: id, ConversationID: cmd.ConversationID, SenderID: cmd.SenderID, ConnectionID: cmd.ConnectionID,
		ClientMsgID: cmd.ClientMsgID, Content: content, ReplyTo: cmd.ReplyTo, Mentions: names, MentionsAll: everybody,
	}, nil
}

// HistoryQuery is a page of history as a client asks for it: at most one of the
// seqs is set (AfterSet tells 0 from absent); none means the newest page.
type HistoryQuery struct {
	ConversationID uuid.UUID
	Before         int64
	After          int64
	AfterSet       bool
	Around         int64
	Limit          int
}

// History returns a page of a conversation in ascending seq, as far back as the
// viewer may see.
func (m *Messages) History(ctx context.Context, viewer uuid.UUID, q HistoryQuery) ([]Message, error) {
	after, through, err := m.Members.VisibleSpan(ctx, q.ConversationID, viewer)
	if err != nil {
		return nil, err
	}
	whole := HistoryRange{After: after, Before: through + 1}
	if q.Around > 0 {
		return m.around(ctx, q, whole)
	}
	r := HistoryRange{After: after, Before: whole.Before, Newest: !q.AfterSet, Limit: q.Limit}
	if q.Before > 0 {
		r.Before = min(r.Before, q.Before)
	}
	if q.AfterSet {
		r.After = max(after, q.After)
	}
	return m.Store.History(ctx, q.ConversationID, r)
}

// around takes the page's first half before the seq and the rest from it on;
// what one side lacks the other does not fill up.
func (m *Messages) around(ctx context.Context, q HistoryQuery, whole HistoryRange) ([]Message, error) {
	r := HistoryRange{After: whole.After, Before: min(whole.Before, q.Around), Newest: true, Limit: q.Limit / 2}
	older, err := m.Store.History(ctx, q.ConversationID, r)
	if err != nil {
		return nil, err
	}
	r = HistoryRange{After: max(whole.After, q.Around-1), Before: whole.Before, Limit: q.Limit - q.Limit/2}
	newer, err := m.Store.History(ctx, q.ConversationID, r)
	return append(older, newer...), err
}
