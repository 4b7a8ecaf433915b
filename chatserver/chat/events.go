package chat

import (
	"context"

	"github.com/google/uuid"
)

// Event is something that happened and that people who are online should see.
// It is one of MessageSent, CursorsMoved, ConversationChanged and PresenceChanged.
type Event interface {
	// Conversation is where it happened; events of one conversation stay in order.
	Conversation() uuid.UUID
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
}

// ConversationChanged tells that a conversation is new to, or looks different
// for, the given members.
type ConversationChanged struct {
	ConversationID uuid.UUID
	UserIDs        []uuid.UUID
}

// PresenceChanged tells that people came or went, or that others may see more or
// less of them than before. It does not say what is so now: who is interested
// looks, so that events that overtake each other do no harm.
type PresenceChanged struct {
	UserIDs []uuid.UUID // at least one, at most presenceEventPeople
}

const presenceEventPeople = 500

// Conversation implements Event.
func (e MessageSent) Conversation() uuid.UUID { return e.Message.ConversationID }

// Conversation implements Event.
func (e CursorsMoved) Conversation() uuid.UUID { return e.ConversationID }

// Conversation implements Event.
func (e ConversationChanged) Conversation() uuid.UUID { return e.ConversationID }

// Conversation implements Event. Presence has none; the first person stands in.
func (e PresenceChanged) Conversation() uuid.UUID { return e.UserIDs[0] }

// Publisher shows events to everyone who is online, on every node. It is best
// effort: what is lost on the way is healed from the store, so Publish has no
// error to return. It does not block on a slow reader.
type Publisher interface {
	Publish(ctx context.Context, events []Event)
}
