package postgres

import (
	"context"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// Views implements chat.ConversationStore.
func (s *Store) Views(ctx context.Context, viewer uuid.UUID, after *chat.ListPosition, limit int) ([]chat.Conversation, error) {
	if after == nil && limit == chat.SyncConversations {
		return ask(ctx, s.gathered.views, viewer)
	}
	arg := queries.ConversationViewsParams{Viewer: viewer, PageSize: int32(limit)}
	if after != nil {
		arg.AfterAt, arg.AfterID = &after.UpdatedAt, &after.ID
	}
	rows, err := s.q.ConversationViews(ctx, s.pool, arg)
	return toConversations(rows), wrap("listing conversations", err)
}

// ViewsByID implements chat.ConversationStore.
func (s *Store) ViewsByID(ctx context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]chat.Conversation, error) {
	rows, err := s.q.ConversationViewsByID(ctx, s.pool, queries.ConversationViewsByIDParams{Viewer: viewer, ConversationIds: ids})
	return toConversations(rows), wrap("reading conversations", err)
}

func toConversations(rows []queries.ConversationView) []chat.Conversation {
	conversations := make([]chat.Conversation, len(rows))
	for i, r := range rows {
		conversations[i] = toConversation(r)
	}
	return conversations
}

func toConversation(r queries.ConversationView) chat.Conversation {
	c := chat.Conversation{
		ID: r.ID, Kind: chat.Kind(r.Kind), Name: r.Name, Description: r.Description, AvatarURL: r.AvatarUrl,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.LastMessageAt, MemberCount: int(r.MemberCount), LastSeq: r.LastSeq,
		MyRole: chat.Role(r.Role), MyJoinedSeq: r.JoinedSeq, MyReadSeq: r.ReadSeq, MyDeliveredSeq: r.DeliveredSeq,
		Settings: chat.Settings{
			MutedUntil: value(r.MutedUntil), Notifications: chat.Notifications(r.Notifications), Pinned: r.Pinned, Archived: r.Archived,
		},
	}
	if r.LastID != nil {
		c.LastMessage = &chat.Message{
			ID: *r.LastID, ConversationID: r.ID, Seq: r.LastSeq, SenderID: value(r.LastSenderID), ClientMsgID: value(r.LastClientMsgID),
			Type: chat.MessageType(value(r.LastType)), Content: value(r.LastContent), Event: r.LastEvent,
			ReplyTo: value(r.LastReplyTo), CreatedAt: value(r.LastCreatedAt),
		}
	}
	// Who wrote the last message has read everything, whether or not the cursor
	// is there yet.
	if c.LastMessage != nil && c.LastMessage.SenderID != r.ViewerID {
		c.UnreadCount = max(0, r.LastSeq-max(r.ReadSeq, r.JoinedSeq))
	}
	if r.PeerID != nil {
		c.Peer = &chat.User{
			ID: *r.PeerID, Username: value(r.PeerUsername), DisplayName: value(r.PeerDisplayName),
			AvatarURL: value(r.PeerAvatarUrl), CreatedAt: value(r.PeerCreatedAt),
		}
		c.PeerReadSeq, c.PeerDeliveredSeq = value(r.PeerReadSeq), value(r.PeerDeliveredSeq)
	}
	return c
}
