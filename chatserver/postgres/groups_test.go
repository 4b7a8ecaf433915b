package postgres_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// club is a group of ann, who owns it, with bob; eve is not in it.
type club struct {
	*talk
	groups *chat.Groups
	said   *announcements
	group  uuid.UUID
}

// announcements is a Publisher that remembers.
type announcements struct {
	mu     sync.Mutex
	events []chat.Event
}

func (a *announcements) Publish(_ context.Context, events []chat.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, events...)
}

func newClub(t testing.TB) *club {
	t.Helper()
	k := newTalk(t)
	c := &club{talk: k, said: &announcements{}}
	limits := chat.DefaultLimits
	c.groups = chat.NewGroups(k.Store, k.Store, c.said, limits)
	view, err := c.groups.Create(t.Context(), by(k.ann), chat.NewGroup{Name: "Club", Members: []uuid.UUID{k.bob}})
	if err != nil {
		t.Fatal(err)
	}
	c.group = view.ID
	return c
}

func by(person uuid.UUID) chat.Actor { return chat.Actor{ID: person} }

func (c *club) kinds(t testing.TB) (kinds []chat.EventKind) {
	t.Helper()
	for _, m := range c.log(t, c.group) {
		e, _ := chat.ParseSystemEvent(m.Event)
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func expectCode(t testing.TB, what string, err error, want chat.Code) {
	t.Helper()
	if err == nil || chat.CodeOf(err) != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func TestAGroupsChangesAreInItsLog(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	name, ctx := "Chess", t.Context()
	if _, err := c.groups.Update(ctx, by(c.ann), c.group, chat.GroupUpdate{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.groups.Add(ctx, by(c.ann), c.group, []uuid.UUID{c.eve}); err != nil {
		t.Fatal(err)
	}
	if err := c.groups.Remove(ctx, by(c.ann), c.group, c.bob); err != nil {
		t.Fatal(err)
	}
	want := []chat.EventKind{chat.GroupCreated, chat.MemberAdded, chat.ConversationRenamed, chat.MemberAdded, chat.MemberRemoved}
	if got := c.kinds(t); !slices.Equal(got, want) {
		t.Errorf("the log has %v", got)
	}
	if got := seqs(c.log(t, c.group)); !slices.Equal(got, span(1, 5)) || c.head(t, c.group) != 5 {
		t.Errorf("the seqs are %v, the head is %d", got, c.head(t, c.group))
	}
	v := c.view(t, c.eve, c.group)
	if v.Name != "Chess" || v.MemberCount != 2 || v.MyJoinedSeq != 3 || v.UnreadCount != 0 {
		t.Errorf("eve sees %+v", v)
	}
	if n := ask[int](t, c.database, "SELECT count(*) FROM audit_log WHERE action = 'group.member_removed' AND target = $1", c.bob); n != 1 {
		t.Errorf("%d entries of the removal are in the audit log", n)
	}
	for _, e := range c.said.events { // what was shown is what is stored
		if m, ok := e.(chat.MessageSent); ok && !messagesEqual(m.Message, c.log(t, c.group)[m.Message.Seq-1]) {
			t.Errorf("shown was %+v", m.Message)
		}
	}
}

// Members come and go while others write. The log has no gaps, nobody is stored
// as the sender of a message after their removal, and the count is right.
func TestMessagesAndMembersShareOneOrder(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	var rush sync.WaitGroup
	for range 3 {
		rush.Go(func() {
			for range 15 {
				_, _ = c.Append(context.Background(), []chat.Draft{draft(c.group, c.bob, "b"), draft(c.group, c.ann, "a")})
			}
		})
	}
	rush.Go(func() {
		for range 10 {
			if err := c.groups.Remove(context.Background(), by(c.ann), c.group, c.bob); err != nil {
				t.Error(err)
			}
			if _, err := c.groups.Add(context.Background(), by(c.ann), c.group, []uuid.UUID{c.bob}); err != nil {
				t.Error(err)
			}
		}
	})
	rush.Wait()
	log, in := c.log(t, c.group), true
	if !slices.Equal(seqs(log), span(1, int64(len(log)))) {
		t.Errorf("the seqs are %v", seqs(log))
	}
	for _, m := range log[2:] {
		switch e, _ := chat.ParseSystemEvent(m.Event); {
		case e.Kind == chat.MemberRemoved:
			in = false
		case e.Kind == chat.MemberAdded:
			in = true
		case m.SenderID == c.bob && !in:
			t.Errorf("bob wrote %d after he was removed", m.Seq)
		}
	}
	if n := c.view(t, c.ann, c.group).MemberCount; n != 2 {
		t.Errorf("member_count is %d", n)
	}
}

func TestTheLastPlaceOfAnInvitationIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	uses := 2
	i, err := c.groups.Invite(t.Context(), by(c.ann), c.group, chat.NewInvitation{MaxUses: &uses})
	if err != nil {
		t.Fatal(err)
	}
	var in atomic.Int64
	var rush sync.WaitGroup
	for n := range 8 {
		person := c.person(t, "guest"+strconv.Itoa(n))
		rush.Go(func() {
			switch _, err := c.groups.Accept(context.Background(), by(person), i.Code); {
			case err == nil:
				in.Add(1)
			case chat.CodeOf(err) != chat.CodeInvitationExpired:
				t.Error(err)
			}
		})
	}
	rush.Wait()
	if in.Load() != 2 || c.view(t, c.ann, c.group).MemberCount != 4 {
		t.Errorf("%d were let in, member_count is %d", in.Load(), c.view(t, c.ann, c.group).MemberCount)
	}
	c.exec(t, "UPDATE invitations SET max_uses = NULL, expires_at = now()")
	_, err = c.groups.Accept(t.Context(), by(c.eve), i.Code)
	expectCode(t, "an invitation that is over", err, chat.CodeInvitationExpired)
	_, err = c.groups.Preview(t.Context(), c.eve, i.Code)
	expectCode(t, "its preview", err, chat.CodeInvitationExpired)
	if list, err := c.groups.Invitations(t.Context(), c.ann, c.group, uuid.Max, 10); err != nil || len(list) != 0 {
		t.Errorf("listed are %v, %v", list, err)
	}
}

func TestTwoOwnersCanNotBe(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	if _, err := c.groups.Add(t.Context(), by(c.ann), c.group, []uuid.UUID{c.eve}); err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	var rush sync.WaitGroup
	for _, heir := range []uuid.UUID{c.bob, c.eve} {
		rush.Go(func() {
			if _, err := c.groups.Transfer(context.Background(), by(c.ann), c.group, heir); err == nil {
				done.Add(1)
			}
		})
	}
	rush.Wait()
	if n := ask[int](t, c.database, "SELECT count(*) FROM members WHERE role = 'owner'"); n != 1 || done.Load() != 1 {
		t.Errorf("there are %d owners after %d transfers", n, done.Load())
	}
}

// The oldest admin gets the group of an account that ends, else its oldest member;
// the last one takes it along.
func TestAGroupOfADeletedAccount(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	if _, err := c.groups.Add(t.Context(), by(c.ann), c.group, []uuid.UUID{c.eve}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.groups.ChangeRole(t.Context(), by(c.ann), c.group, c.eve, chat.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ goes, owns uuid.UUID }{{c.ann, c.eve}, {c.eve, c.bob}} {
		left, done, err := c.DeleteAccount(t.Context(), step.goes, "x", chat.AuditEntry{Actor: by(step.goes), Action: chat.AuditAccountDeleted})
		if err != nil || !done || len(left) != 1 || len(left[0].Messages) != 2 {
			t.Fatalf("%+v, %v, %v", left, done, err)
		}
		if v := c.view(t, step.owns, c.group); v.MyRole != chat.RoleOwner {
			t.Errorf("the heir is %s", v.MyRole)
		}
	}
	if _, _, err := c.DeleteAccount(t.Context(), c.bob, "x", chat.AuditEntry{Actor: by(c.bob), Action: chat.AuditAccountDeleted}); err != nil {
		t.Fatal(err)
	}
	lately, err := c.Lately(t.Context(), 15*time.Second)
	if err != nil || !slices.Equal(lately.Deleted, []uuid.UUID{c.group}) {
		t.Errorf("deleted were %v, %v", lately.Deleted, err)
	}
}

func TestLatelyTellsWhoArrived(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	if _, err := c.groups.Add(t.Context(), by(c.ann), c.group, []uuid.UUID{c.eve}); err != nil {
		t.Fatal(err)
	}
	lately, err := c.Lately(t.Context(), 15*time.Second)
	arrived := lately.Arrived[c.group]
	if err != nil || lately.Heads[c.group] != 3 || len(arrived) != 3 || !slices.Contains(arrived, c.bob) || !slices.Contains(arrived, c.eve) {
		t.Errorf("lately there were %+v, %v", lately, err)
	}
}

// A block or a deletion under way is waited for: nobody is added who can't be.
func TestNobodyIsAddedWhoIsBlockingAtThatMoment(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	blocking, err := c.session(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", "INSERT INTO blocks (blocker_id, blocked_id) SELECT $1, id FROM users WHERE username = 'ann'"} {
		if _, err := blocking.Exec(t.Context(), sql, c.eve); err != nil {
			t.Fatal(err)
		}
	}
	added := make(chan error, 1)
	go func() {
		_, err := c.groups.Add(context.Background(), by(c.ann), c.group, []uuid.UUID{c.eve})
		added <- err
	}()
	eventually(t, "the addition waits", func() bool {
		return ask[int](t, c.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") > 0
	})
	if err := blocking.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectCode(t, "adding who blocks", <-added, chat.CodeBlocked)
}

// Mentions are counted like what is unread, and go with it.
func TestMentionsAreOfMembersAndCounted(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	say := func(sender uuid.UUID, all bool, names ...string) chat.Stored {
		d := draft(c.group, sender, "text")
		d.Mentions, d.MentionsAll = names, all
		return c.say(t, d)[0]
	}
	called := say(c.ann, false, "bob", "bob", "eve", "nobody")
	if !slices.Equal(called.Mentions, []uuid.UUID{c.bob}) || called.MentionsAll {
		t.Errorf("called are %v", called)
	}
	say(c.ann, false)
	if s := say(c.bob, true); s.MentionsAll {
		t.Error("a member called everybody")
	}
	if v := c.view(t, c.bob, c.group); v.UnreadMentions != 0 {
		t.Errorf("who has written has %d unread mentions", v.UnreadMentions)
	}
	all := say(c.ann, true, "bob")
	if !all.MentionsAll || !slices.Equal(all.Mentions, []uuid.UUID{c.bob}) {
		t.Errorf("called are %v", all)
	}
	v := c.view(t, c.bob, c.group)
	if v.UnreadMentions != 1 || v.FirstUnreadMentionSeq != all.Seq || !messagesEqual(*v.LastMessage, c.log(t, c.group)[all.Seq-1]) {
		t.Errorf("bob sees %+v", v)
	}
	again := draft(c.group, c.ann, "text")
	again.Mentions = []string{"bob"}
	first := c.say(t, again)[0]
	again.ID = uuid.New()
	if repeated := c.say(t, again)[0]; !repeated.Duplicate || !slices.Equal(repeated.Mentions, first.Mentions) {
		t.Errorf("a repeated message calls %v", repeated)
	}
	moves := []chat.CursorsMoved{{ConversationID: c.group, UserID: c.bob, DeliveredSeq: first.Seq, ReadSeq: first.Seq}}
	if _, err := c.AdvanceCursors(t.Context(), moves); err != nil {
		t.Fatal(err)
	}
	if v := c.view(t, c.bob, c.group); v.UnreadMentions != 0 || v.FirstUnreadMentionSeq != 0 {
		t.Errorf("after reading bob sees %+v", v)
	}
}
