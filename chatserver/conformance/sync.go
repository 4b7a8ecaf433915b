package conformance

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

var syncChecks = []Check{
	{"sync brings what a client lacks, over HTTP and WebSocket alike", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for i := range 5 {
			a.send(t, id, uuid.NewString(), strconv.Itoa(i+1))
		}
		known := object{"known": []object{{"conversation_id": id, "seq": 2}}}
		for _, page := range []wire.SyncPage{b.syncHTTP(t, known), b.connect(t).sync(t, known)} {
			equal(t, "number of conversations", len(page.Conversations), 1)
			equal(t, "last_seq", page.Conversations[0].LastSeq, 5)
			equal(t, "number of messages", len(page.Messages), 3)
			equal(t, "first seq", page.Messages[0].Seq, 3)
			equal(t, "last seq", page.Messages[2].Seq, 5)
			equal(t, "has_more", page.HasMore, false)
		}
	}},
	{"sync tells of conversations one is not in", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		_, _, foreign := e.newPair(t)
		page := a.syncHTTP(t, object{"known": []object{{"conversation_id": id, "seq": 0}, {"conversation_id": foreign, "seq": 3}}})
		equal(t, "number of removed", len(page.RemovedIds), 1)
		equal(t, "the removed", page.RemovedIds[0].String(), foreign)
	}},
	{"after a long absence sync brings the newest messages, contiguous to the end", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		const n = 110
		for i := range n {
			[]*user{a, b}[i%2].send(t, id, uuid.NewString(), strconv.Itoa(i+1))
		}
		page := b.syncHTTP(t, object{"known": []object{{"conversation_id": id, "seq": 1}}})
		if len(page.Messages) == 0 || len(page.Messages) > 100 {
			failf(t, "sync brought %d messages, want 1 to 100", len(page.Messages))
		}
		for i, m := range page.Messages {
			equal(t, "seq", m.Seq, int64(n-len(page.Messages)+i+1))
		}
	}},
	{"sync pages through many conversations", func(t T, e *Env) {
		hub := e.newUser(t)
		want := map[uuid.UUID]bool{}
		for _, peer := range e.extra(t, 53) {
			want[uuid.MustParse(hub.open(t, peer))] = true
		}
		s := hub.connect(t)
		for request, pages := (object{}), 0; ; pages++ {
			page := s.sync(t, request)
			for _, c := range page.Conversations {
				delete(want, c.ID)
			}
			if !page.HasMore {
				break
			}
			if pages > 10 {
				failf(t, "sync does not end")
			}
			request = object{"cursor": page.Cursor}
		}
		equal(t, "number of conversations missing", len(want), 0)
	}},
	{"sync leaves out what the client has in its newest version", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		say := func(seq int64) { // a has read it once this returns, and moves the version no more
			a.send(t, id, uuid.NewString(), strconv.FormatInt(seq, 10))
			a.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": seq}).wants(t, http.StatusNoContent)
		}
		say(1)
		known := func(u *user, seq int64) object {
			return object{"known": []object{{"conversation_id": id, "seq": seq, "version": u.conversation(t, id).Version}}}
		}
		same := known(b, 1)
		equal(t, "number of conversations with nothing new", len(b.syncHTTP(t, same).Conversations), 0)
		equal(t, "number without a version", len(b.syncHTTP(t, object{"known": []object{{"conversation_id": id, "seq": 1}}}).Conversations), 1)
		say(2)
		page := b.syncHTTP(t, same)
		equal(t, "number of conversations with a new message", len(page.Conversations), 1)
		equal(t, "number of new messages", len(page.Messages), 1)
		same = known(b, 2)
		equal(t, "number of conversations before reading", len(b.syncHTTP(t, same).Conversations), 0)
		b.call(t, http.MethodPost, "/api/conversations/"+id+"/read", object{"seq": 2}).wants(t, http.StatusNoContent)
		page = b.syncHTTP(t, same)
		equal(t, "number of conversations after reading elsewhere", len(page.Conversations), 1)
		equal(t, "my_read_seq", page.Conversations[0].MyReadSeq, 2)
		equal(t, "number of messages after reading elsewhere", len(page.Messages), 0)
		equal(t, "the version in a sync", page.Conversations[0].Version, b.conversation(t, id).Version)
	}},
	{"a bad sync is refused", func(t T, e *Env) {
		u := e.newUser(t)
		sync := func(body any) answer { return u.call(t, http.MethodPost, "/api/sync", body) }
		many := make([]object, 201)
		for i := range many {
			many[i] = object{"conversation_id": uuid.NewString(), "seq": 0}
		}
		sync(object{"known": many}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "known")
		sync(object{"known": []object{{"conversation_id": uuid.NewString(), "seq": -1}}}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "known")
		sync(object{"cursor": "bm9uc2Vuc2U"}).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		sync(object{"known": 1}).problem(t, http.StatusBadRequest, "invalid_request", "known")
		s := u.connect(t)
		s.send(t, "sync", "s", object{"cursor": "nonsense"})
		s.refused(t, "s", "validation_failed")
	}},
}

func (u *user) syncHTTP(t T, request object) wire.SyncPage {
	t.Helper()
	a := u.call(t, http.MethodPost, "/api/sync", request)
	a.wants(t, http.StatusOK)
	var page wire.SyncPage
	a.into(t, &page)
	return page
}

func (s *socket) sync(t T, request object) wire.SyncPage {
	t.Helper()
	s.send(t, "sync", "sync", request)
	f := s.expect(t, "sync.page")
	equal(t, "re", f.Re, "sync")
	var page wire.SyncPage
	f.into(t, &page)
	return page
}
