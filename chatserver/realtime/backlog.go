package realtime

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// Backlogs has what was put by for people without a connection; see chat.OfflineQueue.
type Backlogs interface {
	Backlog(ctx context.Context, user uuid.UUID) ([][]chat.Message, error)
}

// backlogBatch is the most messages in one frame.
const backlogBatch = 100

// hold makes message frames wait until release.
func (s *Session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sync = true
}

// showBacklog sends what was put by for the person and returns how far that goes.
// Without it, the client's sync brings the same.
func (s *Session) showBacklog(ctx context.Context) (shown map[uuid.UUID]int64) {
	if s.gateway.backlogs == nil {
		return nil
	}
	batches, err := s.gateway.backlogs.Backlog(ctx, s.user)
	if err != nil {
		s.gateway.log.Debug("Reading what was put by failed; sync will bring it", "user_id", s.user, "error", err)
		return nil
	}
	shown = make(map[uuid.UUID]int64, len(batches))
	for _, batch := range batches {
		for part := range slices.Chunk(batch, backlogBatch) {
			s.out.push(messagesFrame(part))
		}
		last := batch[len(batch)-1]
		shown[last.ConversationID] = last.Seq
	}
	return shown
}

// messagesFrame shows several messages of one conversation.
func messagesFrame(messages []chat.Message) *outgoing {
	return reply("messages", "", wire.FrameMessages{ConversationID: messages[0].ConversationID, Messages: wire.FromMessages(messages)})
}
