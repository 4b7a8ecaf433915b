package wire

import (
	"math"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// FromUser returns what others see of a person.
func FromUser(u chat.User) User {
	return User{
		ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, AvatarURL: u.AvatarURL, CreatedAt: Time(u.CreatedAt), Deleted: u.Deleted,
	}
}

// FromSelf returns what people see of themselves.
func FromSelf(u chat.User) Self {
	return Self{
		ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, AvatarURL: u.AvatarURL, CreatedAt: Time(u.CreatedAt),
		Email:   u.Email,
		Privacy: Privacy{ReadReceipts: u.Privacy.ReadReceipts, Typing: u.Privacy.Typing, LastSeen: u.Privacy.LastSeen},
	}
}

// FromMessage returns a message as everyone sees it.
func FromMessage(m chat.Message) Message {
	return Message{
		ID: m.ID, ConversationID: m.ConversationID, Seq: m.Seq, SenderID: optionalID(m.SenderID), ClientMsgID: optionalID(m.ClientMsgID),
		Type: string(m.Type), Content: m.Content, Event: m.Event, ReplyTo: optionalID(m.ReplyTo), CreatedAt: Time(m.CreatedAt),
		Mentions: m.Mentions, MentionsAll: m.MentionsAll,
	}
}

// FromMessages is FromMessage for several.
func FromMessages(ms []chat.Message) []Message { return each(ms, FromMessage) }

// FromConversation returns a conversation as its viewer sees it.
func FromConversation(c chat.Conversation) Conversation {
	out := Conversation{
		ID: c.ID, Kind: string(c.Kind), Name: c.Name, Description: c.Description, AvatarURL: c.AvatarURL,
		CreatedBy: c.CreatedBy, CreatedAt: Time(c.CreatedAt), UpdatedAt: Time(c.UpdatedAt), MemberCount: c.MemberCount,
		LastSeq: c.LastSeq, MyRole: string(c.MyRole), MyReadSeq: c.MyReadSeq, MyDeliveredSeq: c.MyDeliveredSeq, UnreadCount: c.UnreadCount,
		FirstUnreadSeq: c.FirstUnreadSeq, UnreadMentions: c.UnreadMentions, FirstUnreadMentionSeq: c.FirstUnreadMentionSeq,
		Settings: ConversationSettings{
			Notifications: string(c.Settings.Notifications), Pinned: c.Settings.Pinned, Archived: c.Settings.Archived,
		},
		PeerReadSeq: c.PeerReadSeq, PeerDeliveredSeq: c.PeerDeliveredSeq, Version: c.Version(),
	}
	if c.Kind == chat.KindGroup {
		out.HistoryVisible = c.HistoryVisible
		out.MyPermissions = each(c.MyRole.Permissions(), func(p chat.Permission) Permission { return string(p) })
	}
	if !c.Settings.MutedUntil.IsZero() {
		t := Time(c.Settings.MutedUntil)
		out.Settings.MutedUntil = &t
	}
	if c.LastMessage != nil {
		m := FromMessage(*c.LastMessage)
		out.LastMessage = &m
	}
	if c.Peer != nil {
		u := FromUser(*c.Peer)
		out.Peer = &u
	}
	return out
}

// FromConversations is FromConversation for several.
func FromConversations(cs []chat.Conversation) []Conversation { return each(cs, FromConversation) }

// ToSettings returns the settings that a request asks for.
func ToSettings(r UpdateSettingsRequest) chat.NewSettings {
	s := chat.NewSettings{Notifications: chat.Notifications(r.Notifications), Pinned: r.Pinned, Archived: r.Archived}
	if r.MutedUntil != nil {
		s.MutedUntil = r.MutedUntil.Time()
	}
	return s
}

// FromMember returns a member as the others see them.
func FromMember(m chat.Member) Member {
	return Member{
		UserID: m.User.ID, Username: m.User.Username, DisplayName: m.User.DisplayName, AvatarURL: m.User.AvatarURL,
		Role: string(m.Role), JoinedAt: Time(m.JoinedAt), DeliveredSeq: m.DeliveredSeq, ReadSeq: m.ReadSeq,
	}
}

// FromMembers is FromMember for several.
func FromMembers(ms []chat.Member) []Member { return each(ms, FromMember) }

// ToNewGroup returns the group that a request asks for.
func ToNewGroup(r CreateGroupRequest) chat.NewGroup {
	return chat.NewGroup{
		Name: r.Name, Description: r.Description, AvatarURL: r.AvatarURL, HistoryVisible: r.HistoryVisible, Members: r.MemberIds,
	}
}

// ToGroupUpdate returns the changes that a request asks for.
func ToGroupUpdate(r UpdateGroupRequest) chat.GroupUpdate {
	return chat.GroupUpdate{Name: r.Name, Description: r.Description, AvatarURL: r.AvatarURL, HistoryVisible: r.HistoryVisible}
}

// ToNewInvitation returns the invitation that a request asks for.
func ToNewInvitation(r CreateInvitationRequest) chat.NewInvitation {
	n := chat.NewInvitation{MaxUses: r.MaxUses}
	if r.ExpiresIn != nil {
		seconds := min(max(*r.ExpiresIn, 0), int64(math.MaxInt64/time.Second)) // beyond, it is out of range anyway
		d := time.Duration(seconds) * time.Second
		n.ExpiresIn = &d
	}
	return n
}

// FromInvitation returns an invitation as those see it who may invite.
func FromInvitation(i chat.Invitation) Invitation {
	return Invitation{
		ID: i.ID, ConversationID: i.ConversationID, Code: i.Code, CreatedBy: i.CreatedBy, CreatedAt: Time(i.CreatedAt),
		ExpiresAt: Time(i.ExpiresAt), MaxUses: i.MaxUses, Uses: i.Uses,
	}
}

// FromInvitations is FromInvitation for several.
func FromInvitations(is []chat.Invitation) []Invitation { return each(is, FromInvitation) }

// FromInvitationPreview returns what an invitation is to, with the group's id only
// for its members.
func FromInvitationPreview(p chat.InvitationPreview) InvitationPreview {
	out := InvitationPreview{
		Name: p.Group.Name, Description: p.Group.Description, AvatarURL: p.Group.AvatarURL, MemberCount: p.Group.MemberCount,
		ExpiresAt: Time(p.ExpiresAt), Member: p.Member,
	}
	if p.Member {
		out.ConversationID = &p.Group.ID
	}
	return out
}

// FromPresence returns what a viewer may know of a person's whereabouts.
func FromPresence(p chat.Presence) Presence {
	out := Presence{UserID: p.UserID, Status: string(p.Status)}
	if !p.LastSeen.IsZero() {
		t := Time(p.LastSeen)
		out.LastSeen = &t
	}
	return out
}

// FromStored returns the acknowledgement of a message.
func FromStored(conversation, clientMsg uuid.UUID, s chat.Stored) MessageAck {
	return MessageAck{
		ConversationID: conversation, ClientMsgID: clientMsg, MessageID: s.MessageID,
		Seq: s.Seq, CreatedAt: Time(s.CreatedAt), Duplicate: s.Duplicate,
	}
}

// FromFieldErrors returns what is wrong with the fields of a request.
func FromFieldErrors(fields []chat.FieldError) []FieldError {
	return each(fields, func(f chat.FieldError) FieldError {
		return FieldError{Field: f.Field, Code: f.Code, Detail: f.Detail}
	})
}

// each converts a slice; it returns an empty one, never nil, so that JSON has [].
func each[A, B any](in []A, convert func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = convert(v)
	}
	return out
}

func optionalID(id uuid.UUID) *ID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
