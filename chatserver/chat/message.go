package chat

import (
	"time"

	"github.com/google/uuid"
)

// MessageType tells what people write from what the system notes.
type MessageType string

// The types of message.
const (
	MessageText   MessageType = "text"
	MessageSystem MessageType = "system"
)

// Message is one entry of a conversation's log.
type Message struct {
	ID             uuid.UUID
	ConversationID uuid.UUID
	Seq            int64     // 1, 2, 3 … in its conversation, without gaps, in commit order
	SenderID       uuid.UUID // uuid.Nil on system messages
	ClientMsgID    uuid.UUID // uuid.Nil on system messages
	Type           MessageType
	Content        string
	Event          []byte    // JSON of what a system message tells
	ReplyTo        uuid.UUID // uuid.Nil: no reply
	CreatedAt      time.Time
	Mentions       []uuid.UUID // members whom the text calls by @name
	MentionsAll    bool        // it calls everybody, by one who may
}

// Draft is a message on its way into the store.
type Draft struct {
	ID             uuid.UUID
	ConversationID uuid.UUID
	SenderID       uuid.UUID
	ConnectionID   uuid.UUID // see SendCommand
	ClientMsgID    uuid.UUID
	Content        string
	ReplyTo        uuid.UUID
	Mentions       []string // names in lower case that the content calls, whoever they are
	MentionsAll    bool     // the content calls everybody
}

// Stored is what the store answers to a draft.
type Stored struct {
	MessageID uuid.UUID
	Seq       int64
	CreatedAt time.Time
	Duplicate bool // an earlier try had stored it; all else here is that one's

	Mentions    []uuid.UUID // members whom it calls
	MentionsAll bool
}
