package realtime

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Views shows one conversation as its members see it.
type Views interface {
	// ViewsOf returns a conversation as each of some people sees it, all as of one
	// moment; who is not a member is left out.
	ViewsOf(ctx context.Context, conversation uuid.UUID, viewers []uuid.UUID) (map[uuid.UUID]chat.Conversation, error)
}

const (
	// changedAtOnce is for how many people one query looks a conversation up.
	changedAtOnce = 250
	// changedInTurn is up to how many of those an event names are shown a
	// conversation before the next event is: they know it before its next message.
	changedInTurn = 100
	// changedPause is how long after it was shown to everyone a conversation rests,
	// for each person it was shown to: many changes of a large one cost as few.
	changedPause = time.Millisecond
)

// showChanged brings people's sessions into a conversation and shows it to them.
func (f *Fanout) showChanged(ctx context.Context, conversation uuid.UUID, people []uuid.UUID) {
	people = slices.DeleteFunc(people, func(user uuid.UUID) bool { return len(f.hub.sessionsOf(user)) == 0 })
	for some := range slices.Chunk(people, changedAtOnce) {
		if err := f.bringIn(ctx, conversation, some); err != nil {
			f.log.Warn("Showing a changed conversation failed", "conversation_id", conversation, "people", len(some), "error", err)
			for _, user := range some {
				for _, s := range f.hub.sessionsOf(user) {
					s.close(closeResync, "sync again")
				}
			}
		}
	}
}

// bringIn shows a conversation to people who are members of it. Whom the room
// lets in for the first time has to know all that it has delivered before: what
// they are shown is then looked up again.
func (f *Fanout) bringIn(ctx context.Context, conversation uuid.UUID, people []uuid.UUID) error {
	f.hub.announce(conversation)
	defer f.hub.giveUp([]uuid.UUID{conversation})
	for range maxEntranceTries {
		views, err := f.views.ViewsOf(ctx, conversation, people)
		if err != nil {
			return err
		}
		shows := make([]showing, 0, len(views))
		for user, view := range views {
			shows = append(shows, showing{
				user: user, sessions: f.hub.sessionsOf(user), frame: updatedFrame(view),
				place: chat.Place{JoinedSeq: view.MyJoinedSeq, LastSeq: view.LastSeq},
			})
		}
		if people = f.hub.showAll(conversation, shows); len(people) == 0 {
			return nil
		}
	}
	return errRestless
}

// showing is a conversation as one of its members is to see it.
type showing struct {
	user     uuid.UUID
	sessions []*Session
	place    chat.Place
	frame    *outgoing
}

// announce keeps a conversation's room for those who are about to enter.
func (h *Hub) announce(conversation uuid.UUID) {
	shard := h.shard(conversation)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.announce(conversation)
}

// showAll lets people into a room and shows them the conversation, and returns
// those for whom it has to be looked up again. It is done under the room's lock,
// so that it does not come after the end of the conversation for somebody.
func (h *Hub) showAll(conversation uuid.UUID, shows []showing) (again []uuid.UUID) {
	h.withRoom(conversation, func(r *room) {
		for _, show := range shows {
			if r.show(show) {
				again = append(again, show.user)
			}
		}
		for _, show := range shows[:min(1, len(shows))] { // all are of one moment
			r.start(show.place.LastSeq)
		}
	})
	return again
}

// show lets somebody in and shows them the conversation; true when what they are
// shown is older than what the room has come to.
func (r *room) show(show showing) (stale bool) {
	for _, s := range show.sessions {
		fresh := !r.has(s)
		if !r.admit(s, show.place) {
			stale = true
			continue
		}
		s.deliver(show.frame)
		stale = stale || fresh && show.place.LastSeq < r.last
	}
	return stale
}

// refresher shows conversations to all who are in them, off the way of what is
// delivered: while one is looked up, the changes of others gather.
type refresher struct {
	mu      sync.Mutex
	pending map[uuid.UUID]map[uuid.UUID]struct{} // conversation → people who may not be in it yet
	resting map[uuid.UUID]time.Time              // until when
	wake    chan struct{}                        // of one
}

func newRefresher() *refresher {
	return &refresher{pending: map[uuid.UUID]map[uuid.UUID]struct{}{}, resting: map[uuid.UUID]time.Time{}, wake: make(chan struct{}, 1)}
}

// note asks for a conversation to be shown to all who are in it, and to some more.
func (r *refresher) note(conversation uuid.UUID, more []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	people := r.pending[conversation]
	if people == nil {
		people = map[uuid.UUID]struct{}{}
		r.pending[conversation] = people
	}
	for _, user := range more {
		people[user] = struct{}{}
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// due returns a conversation that is to be shown and does not rest, or how long
// it takes until there is one; 0: there is nothing to do.
func (r *refresher) due(now time.Time) (conversation uuid.UUID, more []uuid.UUID, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.resting {
		if !now.Before(until) {
			delete(r.resting, id)
		}
	}
	for id, people := range r.pending {
		if until, rests := r.resting[id]; rests {
			if left := until.Sub(now); wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		delete(r.pending, id)
		for user := range people {
			more = append(more, user)
		}
		return id, more, 0
	}
	return uuid.Nil, nil, wait
}

func (r *refresher) rest(conversation uuid.UUID, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting[conversation] = until
}

// receiptTick is how often it is looked which receipts have gathered.
const receiptTick = 250 * time.Millisecond

// Run shows changed conversations to all who are in them, and receipts that
// gathered, until ctx ends.
func (f *Fanout) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	receipts := time.NewTicker(receiptTick)
	defer receipts.Stop()
	for {
		conversation, more, wait := f.refresher.due(time.Now())
		switch {
		case conversation != uuid.Nil:
			people := f.hub.people(conversation)
			for _, user := range more {
				if !slices.Contains(people, user) {
					people = append(people, user)
				}
			}
			f.showChanged(ctx, conversation, people)
			f.refresher.rest(conversation, time.Now().Add(time.Duration(len(people))*changedPause))
			continue
		case wait > 0:
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-f.refresher.wake:
		case <-timer.C:
		case now := <-receipts.C:
			f.hub.showReceipts(now)
		}
	}
}
