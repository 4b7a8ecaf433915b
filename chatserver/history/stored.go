package history

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// Stored reads a conversation over the API, as one of its members sees it.
func (a *Account) Stored(ctx context.Context, conversation uuid.UUID) (Stored, error) {
	var s Stored
	view, err := Call[wire.Conversation](ctx, a, http.MethodGet, "/api/conversations/"+conversation.String(), nil)
	if err != nil {
		return s, err
	}
	messages, err := a.MessagesAfter(ctx, conversation, 0)
	if err != nil {
		return s, err
	}
	members, err := a.members(ctx, conversation)
	if err != nil {
		return s, err
	}
	s.LastSeq = view.LastSeq
	for _, m := range messages {
		in := fromMessage(m)
		s.Messages = append(s.Messages, StoredMessage{
			Seq: in.seq, ID: in.id, Sender: in.sender, ClientMsgID: in.clientMsgID, Content: Digest(in.content), Moved: MovementOf(m.Event),
		})
	}
	for _, m := range members {
		s.Cursors = append(s.Cursors, StoredCursor{m.UserID, m.DeliveredSeq, m.ReadSeq})
	}
	return s, nil
}

// Tally counts findings.
type Tally struct{ Lost, Doubled, Reordered, Other int }

// Count sorts findings by what is wrong.
func Count(found []Finding) (t Tally) {
	for _, f := range found {
		switch f.Verdict {
		case Lost:
			t.Lost++
		case Doubled:
			t.Doubled++
		case Reordered:
			t.Reordered++
		default:
			t.Other++
		}
	}
	return t
}

func (t Tally) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d reordered, %d else", t.Lost, t.Doubled, t.Reordered, t.Other)
}
