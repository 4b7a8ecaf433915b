package chat_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// registry is a ProfileStore and a BlockStore that notes what it is asked for.
type registry struct {
	user  chat.User
	noted []chat.AuditAction
	err   error
	told  []chat.Event
}

func (r *registry) DirectPeers(_ context.Context, _ uuid.UUID, limit int) ([]chat.DirectPeer, error) {
	return []chat.DirectPeer{{ConversationID: room, UserID: bob}}[:min(1, limit)], nil
}

func (r *registry) User(_ context.Context, id uuid.UUID) (chat.User, error) {
	r.user.ID = id
	return r.user, nil
}

func (r *registry) UpdateProfile(_ context.Context, id uuid.UUID, c chat.ProfileChange, notes ...chat.AuditEntry) (chat.User, error) {
	if c.DisplayName != nil {
		r.user.DisplayName = *c.DisplayName
	}
	if c.ReadReceipts != nil {
		r.user.Privacy.ReadReceipts = *c.ReadReceipts
	}
	for _, n := range notes {
		r.noted = append(r.noted, n.Action)
	}
	r.user.ID = id
	return r.user, r.err
}

func (r *registry) Publish(_ context.Context, events []chat.Event) {
	r.told = append(r.told, events...)
}

func (r *registry) Block(_ context.Context, _, _ uuid.UUID, note chat.AuditEntry) error {
	r.noted = append(r.noted, note.Action)
	return r.err
}

func (r *registry) Unblock(ctx context.Context, blocker, blocked uuid.UUID, note chat.AuditEntry) error {
	return r.Block(ctx, blocker, blocked, note)
}

func (r *registry) Blocked(context.Context, uuid.UUID, string, int) ([]chat.User, error) {
	return nil, r.err
}

func TestAProfileThatChangesIsShownAnew(t *testing.T) {
	t.Parallel()
	r := &registry{user: chat.User{Privacy: chat.DefaultPrivacy}}
	name, email, off := "  Ann  Adams ", "ann@example.com", false
	u, err := chat.NewProfiles(r, r).Update(t.Context(), chat.Actor{ID: ann}, chat.ProfileChange{DisplayName: &name, Email: &email, ReadReceipts: &off})
	if err != nil || u.DisplayName != "Ann  Adams" {
		t.Errorf("got %+v, %v", u, err)
	}
	want := []chat.Event{
		chat.PrivacyChanged{UserID: ann, Privacy: chat.Privacy{Typing: true, LastSeen: true}},
		chat.ConversationChanged{ConversationID: room, UserIDs: []uuid.UUID{bob, ann}},
	}
	if !reflect.DeepEqual(r.told, want) || !reflect.DeepEqual(r.noted, []chat.AuditAction{chat.AuditEmailChanged}) {
		t.Errorf("told was %+v, noted %q", r.told, r.noted)
	}
	r.told, r.noted = nil, nil
	for range 2 { // what is so already is not changed, and what nobody sees not shown
		if _, err := chat.NewProfiles(r, r).Update(t.Context(), chat.Actor{ID: ann}, chat.ProfileChange{DisplayName: &name, ReadReceipts: &off}); err != nil {
			t.Error(err)
		}
	}
	if len(r.told) != 0 || len(r.noted) != 0 {
		t.Errorf("told was %+v, noted %q", r.told, r.noted)
	}
	if name != "  Ann  Adams " {
		t.Error("the caller's own name was changed")
	}
}

func TestAProfileThatDoesNotChangeIsNotShown(t *testing.T) {
	t.Parallel()
	empty, bad, long := " ", "http://example.com/", strings.Repeat("x", 255)
	r := &registry{err: errors.New("away")}
	profiles := chat.NewProfiles(r, r)
	_, err := profiles.Update(t.Context(), chat.Actor{ID: ann}, chat.ProfileChange{DisplayName: &empty, AvatarURL: &bad, Email: &long})
	e, _ := chat.AsError(err)
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Field)
	}
	if !reflect.DeepEqual(fields, []string{"display_name", "avatar_url", "email"}) {
		t.Errorf("got %v", err)
	}
	off := true
	if _, err := profiles.Update(t.Context(), chat.Actor{ID: ann}, chat.ProfileChange{Typing: &off}); !errors.Is(err, r.err) {
		t.Errorf("got %v", err)
	}
	if len(r.told) != 0 {
		t.Errorf("told was %v", r.told)
	}
}

func TestAddressesOfPictures(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.com/me.png":               "",
		"https://example.com:8443/me.png?size=1#x": "",
		"https://例子.example/我.png":                 "",
		"https://" + strings.Repeat("x", 2040):     "",
		"https://" + strings.Repeat("x", 2041):     "too_long",
		"http://example.com/me.png":                "invalid",
		"//example.com/me.png":                     "invalid",
		"javascript:alert(1)":                      "invalid",
		"data:image/png;base64,AAAA":               "invalid",
		"https:me.png":                             "invalid",
		"https://:443/":                            "invalid",
		"https://ann:secret@example.com/":          "invalid",
		"https://example.com/a b":                  "invalid",
		"https://example.com/a\x00":                "invalid",
		"https://example.com/\xff":                 "invalid",
		"":                                         "invalid",
	} {
		var p chat.Problems
		p.CheckImageURL("avatar_url", address)
		got := ""
		if len(p) > 0 {
			got = p[0].Code
		}
		if got != want {
			t.Errorf("%.60q: got %q, want %q", address, got, want)
		}
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	r := &registry{}
	blocks := chat.NewBlocks(r, r)
	if err := blocks.Block(t.Context(), chat.Actor{ID: ann}, ann); chat.CodeOf(err) != chat.CodeValidationFailed {
		t.Errorf("oneself: %v", err)
	}
	for _, f := range []func(context.Context, chat.Actor, uuid.UUID) error{blocks.Block, blocks.Unblock} {
		if err := f(t.Context(), chat.Actor{ID: ann}, bob); err != nil {
			t.Error(err)
		}
	}
	if !reflect.DeepEqual(r.noted, []chat.AuditAction{chat.AuditBlocked, chat.AuditUnblocked}) {
		t.Errorf("noted are %q", r.noted)
	}
	if look := (chat.PresenceChanged{UserIDs: []uuid.UUID{ann}}); !reflect.DeepEqual(r.told, []chat.Event{look, look}) {
		t.Errorf("told is %+v", r.told)
	}
}
