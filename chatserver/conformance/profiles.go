package conformance

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// updateMe changes a person, who must be told the new profile.
func (u *user) updateMe(t T, change object) wire.Self {
	t.Helper()
	a := u.call(t, http.MethodPatch, "/api/me", change)
	a.wants(t, http.StatusOK)
	var told, stored wire.Self
	a.into(t, &told)
	a = u.call(t, http.MethodGet, "/api/me", nil)
	a.wants(t, http.StatusOK)
	a.into(t, &stored)
	equal(t, "the profile that is stored", stored, told)
	return told
}

// read marks a conversation as read up to a seq.
func (u *user) read(t T, conversation string, seq int64) {
	t.Helper()
	u.call(t, http.MethodPost, "/api/conversations/"+conversation+"/read", object{"seq": seq}).wants(t, http.StatusNoContent)
}

var profileChecks = []Check{
	{"a profile changes in what is sent and nothing else", func(t T, e *Env) {
		u := e.newUser(t)
		email := e.username() + "@example.com"
		me := u.updateMe(t, object{"display_name": "  小明 ", "avatar_url": "https://example.com/me.png", "email": email})
		equal(t, "display_name", me.DisplayName, "小明")
		equal(t, "avatar_url", me.AvatarURL, "https://example.com/me.png")
		equal(t, "email", me.Email, email)
		me = u.updateMe(t, object{"privacy": object{"typing": false}})
		equal(t, "display_name", me.DisplayName, "小明")
		equal(t, "privacy", me.Privacy, wire.Privacy{ReadReceipts: true, LastSeen: true})
		me = u.updateMe(t, object{"avatar_url": "", "email": ""})
		equal(t, "avatar_url", me.AvatarURL, "")
		equal(t, "email", me.Email, "")
		equal(t, "display_name", u.updateMe(t, object{}).DisplayName, "小明")
	}},
	{"a bad profile names its fields", func(t T, e *Env) {
		u := e.newUser(t)
		for _, c := range []struct {
			field string
			value any
		}{
			{"display_name", ""}, {"display_name", "  "}, {"display_name", strings.Repeat("字", 101)}, {"display_name", "a\u0000b"},
			{"avatar_url", "http://example.com/me.png"}, {"avatar_url", "javascript:alert(1)"}, {"avatar_url", "https://"}, {"avatar_url", "me.png"},
			{"avatar_url", "https://a:b@example.com/"}, {"avatar_url", "https://example.com/" + strings.Repeat("x", 2048)},
			{"email", "nobody"}, {"email", "a b@example.com"}, {"email", strings.Repeat("x", 250) + "@example.com"},
		} {
			u.call(t, http.MethodPatch, "/api/me", object{c.field: c.value}).problem(t, http.StatusUnprocessableEntity, "validation_failed", c.field)
		}
		u.call(t, http.MethodPatch, "/api/me", object{"username": "other"}).problem(t, http.StatusBadRequest, "invalid_request")
		u.call(t, http.MethodPatch, "/api/me", object{"privacy": object{"typing": "no"}}).problem(t, http.StatusBadRequest, "invalid_request")
	}},
	{"an email address that another has is refused", func(t T, e *Env) {
		u, other := e.newUser(t), e.newUser(t)
		email := e.username() + "@example.com"
		other.updateMe(t, object{"email": email})
		u.call(t, http.MethodPatch, "/api/me", object{"email": strings.ToUpper(email)}).problem(t, http.StatusConflict, "email_taken")
	}},
	{"a new name is shown to who talks with them", func(t T, e *Env) {
		a, b, conversation := e.newPair(t)
		s := b.connect(t)
		a.updateMe(t, object{"display_name": "Somebody Else"})
		var c wire.Conversation
		s.expect(t, "conversation.updated").into(t, &c)
		equal(t, "the conversation", c.ID.String(), conversation)
		equal(t, "the peer's name", c.Peer.DisplayName, "Somebody Else")
	}},
	{"read receipts go both ways or not at all", func(t T, e *Env) {
		for _, hider := range []string{"reader", "writer"} {
			writer, reader, conversation := e.newPair(t)
			map[string]*user{"reader": reader, "writer": writer}[hider].updateMe(t, object{"privacy": object{"read_receipts": false}})
			writing, beside := writer.connect(t), reader.connect(t)
			ack := writer.send(t, conversation, uuid.NewString(), "hello")
			reader.read(t, conversation, ack.Seq)
			var r wire.FrameReceipt
			beside.expect(t, "receipt").into(t, &r) // their own other device knows
			for r.UserID.String() != reader.id() {
				beside.expect(t, "receipt").into(t, &r)
			}
			equal(t, "read_seq on the reader's other device", r.ReadSeq, ack.Seq)
			writing.expect(t, "receipt").into(t, &r)
			for r.UserID.String() != reader.id() {
				writing.expect(t, "receipt").into(t, &r)
			}
			equal(t, "delivered_seq of the receipt", r.DeliveredSeq, ack.Seq)
			equal(t, "read_seq of the receipt", r.ReadSeq, 0)
			seen := writer.conversation(t, conversation)
			equal(t, "peer_read_seq", seen.PeerReadSeq, 0)
			equal(t, "peer_delivered_seq", seen.PeerDeliveredSeq, ack.Seq)
			equal(t, "read_seq in the list of members", writer.memberOf(t, conversation, reader).ReadSeq, 0)
			equal(t, "the reader's own read_seq", reader.memberOf(t, conversation, reader).ReadSeq, ack.Seq)
			var page wire.SyncPage
			writer.call(t, http.MethodPost, "/api/sync", object{}).into(t, &page)
			equal(t, "peer_read_seq in sync", page.Conversations[0].PeerReadSeq, 0)
			equal(t, "my_read_seq", reader.conversation(t, conversation).MyReadSeq, ack.Seq)
		}
	}},
}

// memberOf returns a person's entry in a conversation's list of members.
func (u *user) memberOf(t T, conversation string, person *user) wire.Member {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/conversations/"+conversation+"/members", nil)
	a.wants(t, http.StatusOK)
	var list wire.MemberList
	a.into(t, &list)
	for _, m := range list.Items {
		if m.UserID == person.tokens.User.ID {
			return m
		}
	}
	failf(t, "%s is no member", person.id())
	return wire.Member{}
}
