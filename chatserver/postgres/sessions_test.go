package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

// signIn makes a session whose newest hash is "0".
func (d *database) signIn(t *testing.T, user uuid.UUID, ttl time.Duration) uuid.UUID {
	t.Helper()
	s := auth.NewSession{ID: uuid.New(), UserID: user, RefreshHash: []byte("0"), TTL: ttl}
	if created, err := d.CreateSession(t.Context(), s, "x", chat.AuditEntry{}); err != nil || !created {
		t.Fatal(created, err)
	}
	return s.ID
}

func (d *database) rotate(t *testing.T, id uuid.UUID, from, to string) bool {
	t.Helper()
	done, err := d.RotateSession(t.Context(), id, []byte(from), []byte(to), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (d *database) look(t *testing.T, id uuid.UUID) auth.Session {
	t.Helper()
	s, err := d.Session(t.Context(), id, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *database) active(t *testing.T, id uuid.UUID) bool {
	t.Helper()
	active, err := d.SessionActive(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return active
}

func TestASessionRotatesFromTheNewestHashOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	id := d.signIn(t, ann, time.Hour)
	other := d.signIn(t, ann, time.Hour)
	if !d.rotate(t, id, "0", "1") || d.rotate(t, id, "0", "x") || !d.rotate(t, id, "1", "2") || d.rotate(t, id, "1", "x") {
		t.Error("rotations went wrong")
	}
	if s := d.look(t, id); string(s.RefreshHash) != "2" || s.UserID != ann || !s.InGrace || s.Expired || s.Revoked {
		t.Errorf("the session is %+v", s)
	}
	if s := d.look(t, other); string(s.RefreshHash) != "0" {
		t.Errorf("the other session is %+v", s)
	}
	if d.rotate(t, uuid.New(), "0", "1") {
		t.Error("a session that is not there was rotated")
	}
}

func TestTwoRotationsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	d := open(t)
	id := d.signIn(t, d.person(t, "ann"), time.Hour)
	var race sync.WaitGroup
	var done atomic.Int32
	for range 8 {
		race.Go(func() {
			if d.rotate(t, id, "0", "1") {
				done.Add(1)
			}
		})
	}
	race.Wait()
	if done.Load() != 1 {
		t.Errorf("%d rotated", done.Load())
	}
}

func TestGraceIsShort(t *testing.T) {
	t.Parallel()
	d := open(t)
	id := d.signIn(t, d.person(t, "ann"), time.Hour)
	d.rotate(t, id, "0", "1")
	d.exec(t, "UPDATE sessions SET rotated_at = now() - interval '11 seconds' WHERE id = $1", id)
	if d.look(t, id).InGrace {
		t.Error("the grace lasts longer than asked for")
	}
}

func TestARevokedSessionIsOver(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	id := d.signIn(t, ann, time.Hour)
	if !d.active(t, id) {
		t.Error("a new session is not active")
	}
	for _, first := range []bool{true, false} {
		if ended, err := d.RevokeSession(t.Context(), ann, id, chat.AuditEntry{}); err != nil || ended != first {
			t.Fatal(ended, err)
		}
	}
	if d.active(t, id) || d.rotate(t, id, "0", "1") || !d.look(t, id).Revoked {
		t.Error("it goes on")
	}
}

func TestAnExpiredSessionIsOverAndARotatedOneIsRenewed(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	expired := d.signIn(t, ann, -time.Second)
	if d.active(t, expired) || d.rotate(t, expired, "0", "1") || !d.look(t, expired).Expired {
		t.Error("an expired session goes on")
	}
	short := d.signIn(t, ann, time.Minute)
	d.rotate(t, short, "0", "1") // by an hour
	if left := ask[float64](t, d, "SELECT extract(epoch FROM expires_at - now())::float8 FROM sessions WHERE id = $1", short); left < 3500 {
		t.Errorf("a renewed session ends in %v seconds", left)
	}
}

func TestSessionsEndWithTheAccount(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann := d.person(t, "ann")
	id := d.signIn(t, ann, time.Hour)
	d.exec(t, "UPDATE users SET deleted_at = now() WHERE id = $1", ann)
	if d.active(t, id) {
		t.Error("it goes on")
	}
}

func TestASessionThatIsNotThere(t *testing.T) {
	t.Parallel()
	d := open(t)
	if _, err := d.Session(t.Context(), uuid.New(), time.Second); chat.CodeOf(err) != chat.CodeNotFound {
		t.Errorf("got %v", err)
	}
	if d.active(t, uuid.New()) {
		t.Error("it is active")
	}
	if ended, err := d.RevokeSession(t.Context(), uuid.New(), uuid.New(), chat.AuditEntry{}); err != nil || ended {
		t.Error(ended, err)
	}
}
