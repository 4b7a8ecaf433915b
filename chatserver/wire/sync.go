package wire

import (
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// syncList names the list that sync cursors are places in.
const syncList = "sync"

// ToSyncRequest reads what a client says it knows.
func ToSyncRequest(r SyncRequest, viewer uuid.UUID, pager *chat.Pager) (chat.SyncRequest, error) {
	if len(r.Known) > chat.SyncKnown {
		return chat.SyncRequest{}, chat.Problems{{Field: "known", Code: "too_long", Detail: "At most 200 conversations."}}.Err()
	}
	out := chat.SyncRequest{Known: make(map[uuid.UUID]int64, len(r.Known))}
	for _, k := range r.Known {
		if k.Seq < 0 {
			return chat.SyncRequest{}, chat.Problems{{Field: "known", Code: "too_small", Detail: "A seq is not negative."}}.Err()
		}
		out.Known[k.ConversationID] = k.Seq
	}
	if r.Cursor != "" {
		out.After = new(chat.ActivityPosition)
		if err := pager.Open(syncList, viewer, r.Cursor, out.After); err != nil {
			return chat.SyncRequest{}, err
		}
	}
	return out, nil
}

// FromSyncPage returns a page as the client gets it.
func FromSyncPage(p chat.SyncPage, viewer uuid.UUID, pager *chat.Pager) (SyncPage, error) {
	out := SyncPage{
		Conversations: FromConversations(p.Conversations),
		Messages:      FromMessages(p.Messages),
		RemovedIds:    append([]uuid.UUID{}, p.Removed...),
	}
	if p.Next == nil {
		return out, nil
	}
	cursor, err := pager.Seal(syncList, viewer, *p.Next)
	out.Cursor, out.HasMore = cursor, true
	return out, err
}
