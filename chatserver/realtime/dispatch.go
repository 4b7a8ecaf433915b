package realtime

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// dispatch handles one frame of a signed-in client. Unknown types are answered
// and otherwise ignored, so that newer clients can talk to older servers.
func (s *Session) dispatch(ctx context.Context, f clientFrame) {
	if s.expired() && f.Type != "auth" {
		s.refuse(f.ID, &chat.Error{Code: chat.CodeTokenExpired})
		return
	}
	var err error
	switch f.Type {
	case "ping":
		s.out.push(reply("pong", f.ID, nil))
	case "message.send":
		var data wire.FrameMessageSend
		if err = parse(f.Data, &data); err == nil {
			err = s.send(f.ID, data)
		}
	case "delivered", "read":
		err = s.cursor(f)
	case "sync":
		err = s.answerSync(ctx, f)
	case "typing":
		err = s.typing(f)
	case "presence.sub", "presence.unsub":
		err = s.watchPresence(ctx, f)
	case "auth":
		err = s.renew(ctx, f)
	default:
		err = chat.NewError(chat.CodeInvalidRequest, "This server does not know frames of this type.")
	}
	if err != nil {
		s.refuse(f.ID, err)
	}
}

// parse reads the data of a frame.
func parse(data json.RawMessage, into any) error {
	if len(data) == 0 {
		return chat.NewError(chat.CodeInvalidRequest, "The frame has no data.")
	}
	if err := json.Unmarshal(data, into); err != nil {
		return wire.Misfit(data, into, err)
	}
	return nil
}

// send submits a message. It takes one of the session's slots, waiting for one
// when all are taken: the client then feels it as back pressure of its socket.
func (s *Session) send(re string, data wire.FrameMessageSend) error {
	s.inFlight <- struct{}{}
	if s.out.isClosed() { // by Drain, which had taken the slots
		<-s.inFlight
		return nil
	}
	cmd := chat.SendCommand{
		SenderID: s.user, ConnectionID: s.id, ConversationID: data.ConversationID, ClientMsgID: data.ClientMsgID,
		Content: data.Content, Type: chat.MessageType(data.Type),
	}
	if data.ReplyTo != nil {
		cmd.ReplyTo = *data.ReplyTo
	}
	err := s.gateway.messages.Submit(cmd, func(stored chat.Stored, err error) {
		defer func() { <-s.inFlight }()
		if err != nil {
			s.refuse(re, err)
			return
		}
		s.out.push(ackFrame(re, cmd.ConversationID, cmd.ClientMsgID, stored))
	})
	if err != nil {
		<-s.inFlight
	}
	return err
}

// expired reports whether the session's token has run out. The heartbeat closes
// the connection a moment later; nothing is done for it meanwhile.
func (s *Session) expired() bool { return s.lastRead.Load() >= s.expiresAt.Load() }

func (s *Session) cursor(f clientFrame) error {
	var data wire.FrameCursor
	if err := parse(f.Data, &data); err != nil {
		return err
	}
	var p chat.Problems
	p.CheckID("conversation_id", data.ConversationID)
	if data.Seq < 1 {
		p.Add("seq", "too_small", "A seq is at least 1.")
	}
	if err := p.Err(); err != nil {
		return err
	}
	move := chat.CursorsMoved{ConversationID: data.ConversationID, UserID: s.user, DeliveredSeq: data.Seq}
	if f.Type == "read" {
		move.ReadSeq = data.Seq
	}
	s.gateway.cursors.Advance(move)
	return nil
}

// answerSync answers one page. What has to come in turn and arrives meanwhile is
// held and follows it, without what the page has shown.
func (s *Session) answerSync(ctx context.Context, f clientFrame) error {
	var data wire.SyncRequest
	if len(f.Data) > 0 {
		if err := parse(f.Data, &data); err != nil {
			return err
		}
	}
	request, err := wire.ToSyncRequest(data, s.user, s.gateway.pager)
	if err != nil {
		return err
	}
	s.gateway.metrics.countSync(data)
	s.hold()
	page, err := s.gateway.syncer.Page(ctx, s.user, request)
	shown := make(map[uuid.UUID]int64, len(page.Conversations))
	if err == nil {
		for _, c := range page.Conversations {
			shown[c.ID] = c.LastSeq
		}
		var answer *outgoing
		if answer, err = syncFrame(f.ID, page, s.user, s.gateway.pager); err == nil {
			s.out.push(answer)
		}
	}
	for _, conversation := range s.release(shown) {
		s.gateway.fanout.showChanged(ctx, conversation, []uuid.UUID{s.user})
	}
	return err
}

// release lets held frames go, without what is already shown. It returns the
// conversations of which it is not known whether what was held or what is shown
// is newer: settings of one's own change without a message.
func (s *Session) release(shown map[uuid.UUID]int64) (doubtful []uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sync = false
	for _, frame := range s.held {
		conversation := frame.message.conversation
		through, listed := shown[conversation]
		switch {
		case !listed || frame.message.seq > through:
			s.out.push(frame)
		case frame.view && frame.message.seq == through && !slices.Contains(doubtful, conversation):
			doubtful = append(doubtful, conversation)
		}
	}
	s.held = nil
	return doubtful
}

// renew takes a fresh token of the same person on a live connection.
func (s *Session) renew(ctx context.Context, f clientFrame) error {
	identity, device, err := s.authenticate(ctx, f.Data)
	if err != nil {
		return err
	}
	if identity.UserID != s.user || identity.SessionID != s.signIn {
		return chat.NewError(chat.CodeUnauthenticated, "This token is another session's; open another connection for it.")
	}
	s.expiresAt.Store(identity.ExpiresAt.Unix())
	s.out.push(s.hello(f.ID))
	s.nameDevice(ctx, identity, device)
	return nil
}
