package realtime

import (
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// typing handles the frame of that name. Nobody is told whether it was passed on.
func (s *Session) typing(f clientFrame) error {
	var data wire.FrameTypingSend
	if err := parse(f.Data, &data); err != nil {
		return err
	}
	var p chat.Problems
	p.CheckID("conversation_id", data.ConversationID)
	if err := p.Err(); err != nil {
		return err
	}
	s.gateway.typing.Note(chat.Typist{ConversationID: data.ConversationID, UserID: s.user}, data.On)
	return nil
}

func typingFrame(e chat.TypingChanged) []byte {
	data := wire.FrameTyping{ConversationID: e.ConversationID, UserID: e.UserID}
	if e.On {
		data.ExpiresSeconds = int(chat.TypingExpiry.Seconds())
	}
	return encode("typing", "", data)
}

// deliverTyping shows a conversation's sessions that somebody types, or no more:
// not the person's own, nor those of people who hide theirs. It may be lost on
// the way to a slow reader, and where many type at once.
func (h *Hub) deliverTyping(conversation, typist uuid.UUID, payload []byte) {
	h.withRoom(conversation, func(r *room) {
		if !r.typing.allows(typist, time.Now()) {
			return
		}
		frame := shared(payload, messageRef{})
		for _, s := range r.sessions {
			if s.user != typist && s.shares(privacyTyping) {
				s.out.pushEphemeral(frame)
			}
		}
	})
}

const (
	// typingPause is how long a room is silent after a typing frame when several
	// people type.
	typingPause = time.Second
	// typingCrowd is how long it counts as crowded after a third typed, or after
	// somebody was not shown.
	typingCrowd = chat.TypingExpiry
)

// typingPace keeps the typing frames of a busy room at one a second. Two people
// are shown at once, and so is that they stopped: their frames are few already
// (see chat.Typing).
type typingPace struct {
	last         time.Time
	lately       [2]shownTypist
	crowdedUntil time.Time
}

// shownTypist is somebody who was shown typing.
type shownTypist struct {
	user uuid.UUID
	at   time.Time
}

// allows reports whether somebody is to be shown now.
func (p *typingPace) allows(typist uuid.UUID, now time.Time) bool {
	place := 0 // of the typist, or of who was shown longest ago
	if p.lately[1].at.Before(p.lately[0].at) {
		place = 1
	}
	for i, shown := range p.lately {
		if shown.user == typist {
			place = i
		}
	}
	third := p.lately[place].user != typist && now.Sub(p.lately[place].at) < typingCrowd
	early := now.Sub(p.last) < typingPause && (third || now.Before(p.crowdedUntil))
	if third || early {
		p.crowdedUntil = now.Add(typingCrowd)
	}
	if early {
		return false
	}
	p.last, p.lately[place] = now, shownTypist{typist, now}
	return true
}
