package chat

import (
	"encoding/json"
	"strconv"

	"github.com/google/uuid"
)

// EventKind is the stable name of what a system message tells.
type EventKind string

// The kinds of system message.
const (
	GroupCreated          EventKind = "group.created"
	MemberAdded           EventKind = "member.added"
	MemberJoined          EventKind = "member.joined"
	MemberLeft            EventKind = "member.left"
	MemberRemoved         EventKind = "member.removed"
	MemberRole            EventKind = "member.role"
	OwnerChanged          EventKind = "owner.changed"
	ConversationRenamed   EventKind = "conversation.renamed"
	ConversationDescribed EventKind = "conversation.described"
	ConversationAvatar    EventKind = "conversation.avatar"
	ConversationHistory   EventKind = "conversation.history"
)

// SystemEvent is what a system message tells: a change of a group, by whom and
// to whom. It is stored with the message and read again from there, so it only
// ever gains fields.
type SystemEvent struct {
	Kind    EventKind   `json:"kind"`
	ActorID uuid.UUID   `json:"actor_id,omitzero"` // who did it
	UserIDs []uuid.UUID `json:"user_ids,omitempty"`
	Role    Role        `json:"role,omitempty"` // of MemberRole
	Name    string      `json:"name,omitempty"` // of GroupCreated and ConversationRenamed
	Visible bool        `json:"visible,omitempty"`
}

// ParseSystemEvent reads the event of a system message; false when it is none
// that this version knows how to read.
func ParseSystemEvent(text []byte) (e SystemEvent, ok bool) {
	err := json.Unmarshal(text, &e)
	return e, err == nil && e.Kind != ""
}

// JSON is the event as it is stored.
func (e SystemEvent) JSON() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic("chat: writing a system event: " + err.Error()) // strings and ids
	}
	return text
}

// Departed returns who is not in the conversation any more after the event.
func (e SystemEvent) Departed() []uuid.UUID {
	switch e.Kind {
	case MemberRemoved:
		return e.UserIDs
	case MemberLeft:
		return []uuid.UUID{e.ActorID}
	default:
		return nil
	}
}

// Arrived returns who is new to the conversation with the event; of
// GroupCreated, which does not say, only who made it.
func (e SystemEvent) Arrived() []uuid.UUID {
	switch e.Kind {
	case MemberAdded:
		return e.UserIDs
	case MemberJoined, GroupCreated:
		return []uuid.UUID{e.ActorID}
	default:
		return nil
	}
}

// Departed returns whom the conversation ends for with the message.
func (m Message) Departed() []uuid.UUID {
	if m.Type != MessageSystem {
		return nil
	}
	e, _ := ParseSystemEvent(m.Event)
	return e.Departed()
}

// Text says in English what happened, for clients that know no better. It names
// no people: their names change, and go with their accounts, and the log stays.
func (e SystemEvent) Text() string {
	switch e.Kind {
	case GroupCreated:
		return "The group “" + e.Name + "” was created."
	case MemberAdded:
		return members(len(e.UserIDs)) + " added."
	case MemberJoined:
		return "A member joined by an invitation."
	case MemberLeft:
		return "A member left."
	case MemberRemoved:
		return members(len(e.UserIDs)) + " removed."
	case MemberRole:
		if e.Role == RoleAdmin {
			return "A member became an admin."
		}
		return "An admin became a member."
	case OwnerChanged:
		return "The group has another owner."
	case ConversationRenamed:
		return "The group was renamed to “" + e.Name + "”."
	case ConversationDescribed:
		return "The description was changed."
	case ConversationAvatar:
		return "The picture was changed."
	case ConversationHistory:
		if e.Visible {
			return "New members see from now on what was said before they came."
		}
		return "New members see from now on only what is said after they came."
	default:
		return "The group was changed."
	}
}

func members(n int) string {
	if n == 1 {
		return "A member was"
	}
	return strconv.Itoa(n) + " members were"
}
