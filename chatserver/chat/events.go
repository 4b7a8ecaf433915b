package chat

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// Event is something that happened and that people who are online should see.
// It is one of MessageSent, CursorsMoved, ConversationChanged, ConversationDeleted,
// SessionsEnded, PrivacyChanged, PresenceChanged and TypingChanged.
type Event interface {
	// Subject is the conversation or the person that it happened to; events of
	// one subject stay in order.
	Subject() uuid.UUID
}

// MessageSent tells that a message has been committed. The connection it came
// from, if any, has its acknowledgement and need not be told.
type MessageSent struct {
	Message      Message
	ConnectionID uuid.UUID
}

// CursorsMoved tells how far a member has received and read.
type CursorsMoved struct {
	ConversationID uuid.UUID
	UserID         uuid.UUID
	DeliveredSeq   int64
	ReadSeq        int64

	// Set by the store for those who show the move; see CursorStore.
	ReadHidden     bool // the member does not let others see what they have read
	DeliveredMoved bool // not only the read cursor has moved
}

// ConversationChanged tells that a conversation is new to, or looks different
// for, the given members, and maybe for all who are in it.
type ConversationChanged struct {
	ConversationID uuid.UUID
	UserIDs        []uuid.UUID
	Everyone       bool
}

// ConversationDeleted tells that a conversation is gone for all who were in it.
type ConversationDeleted struct{ ConversationID uuid.UUID }

// PresenceChanged tells that people came or went, or that others may see more or
// less of them than before. It does not say what is so now: who is interested
// looks, so that events that overtake each other do no harm.
type PresenceChanged struct {
	UserIDs []uuid.UUID // at least one, at most presenceEventPeople
}

const presenceEventPeople = 500

// SessionsEnded tells that sign-ins of a person are over: their connections
// close at once, and no node honours their access tokens any longer.
type SessionsEnded struct {
	UserID     uuid.UUID
	SessionIDs []uuid.UUID // none: all of them
	Except     uuid.UUID   // when all end, the one that does not; uuid.Nil: none
	Reason     SessionEnd
}

// PrivacyChanged tells what a person lets others see from now on.
type PrivacyChanged struct {
	UserID  uuid.UUID
	Privacy Privacy
}

// SessionEnd is why a sign-in is over. Nodes tell it each other as a number,
// so one that was given away keeps its meaning.
type SessionEnd byte

// The reasons.
const (
	SessionRevoked SessionEnd = 1 // signed out, revoked, expired or misused
	AccountDeleted SessionEnd = 2
)

// Covers reports whether a sign-in of the event's person is among those that ended.
func (e SessionsEnded) Covers(session uuid.UUID) bool {
	if len(e.SessionIDs) == 0 {
		return session != e.Except
	}
	return slices.Contains(e.SessionIDs, session)
}

// Subject implements Event.
func (e MessageSent) Subject() uuid.UUID { return e.Message.ConversationID }

// Subject implements Event.
func (e CursorsMoved) Subject() uuid.UUID { return e.ConversationID }

// Subject implements Event.
func (e ConversationChanged) Subject() uuid.UUID { return e.ConversationID }

// Subject implements Event.
func (e ConversationDeleted) Subject() uuid.UUID { return e.ConversationID }

// Subject implements Event.
func (e PrivacyChanged) Subject() uuid.UUID { return e.UserID }

// Subject implements Event.
func (e SessionsEnded) Subject() uuid.UUID { return e.UserID }

// Subject implements Event. The first person stands for all.
func (e PresenceChanged) Subject() uuid.UUID { return e.UserIDs[0] }

// Publisher shows events to everyone who is online, on every node. It is best
// effort: what is lost on the way is healed from the store, so Publish has no
// error to return. It does not block on a slow reader.
type Publisher interface {
	Publish(ctx context.Context, events []Event)
}

// Lately is what has happened within a while, as the store has it.
type Lately struct {
	Heads   map[uuid.UUID]int64       // the last seq of each conversation written to
	Arrived map[uuid.UUID][]uuid.UUID // who is new to which conversation
	Deleted []uuid.UUID               // conversations
}
