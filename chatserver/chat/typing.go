package chat

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// TypingExpiry is how long others show that somebody is typing, unless they hear
// of it again.
const TypingExpiry = 5 * time.Second

const (
	// typingEvery is how often one person's typing in a conversation is told.
	typingEvery = 3 * time.Second
	// typingGather is how long typing gathers before it is looked up and told, all at once.
	typingGather = 50 * time.Millisecond
	// maxTypists bounds those whom one node remembers (about 10 MB); of more nobody is told.
	maxTypists = 50_000
)

// Typist is a person in a conversation.
type Typist struct{ ConversationID, UserID uuid.UUID }

// TypingChanged tells that a member is typing, or no more.
type TypingChanged struct {
	Typist
	On bool
}

// Subject implements Event.
func (e TypingChanged) Subject() uuid.UUID { return e.ConversationID }

// TypistStore knows who may be seen typing.
type TypistStore interface {
	// WhoMayType returns those of the typists who are members of their
	// conversations, may write there, and let others see that they do.
	WhoMayType(ctx context.Context, typists []Typist) ([]Typist, error)
}

// Typing tells the others in a conversation that somebody is typing: at most once
// in three seconds for each person and conversation. What comes faster is
// dropped, and nothing is stored. Its methods never wait.
type Typing struct {
	store     TypistStore
	publisher Publisher
	failed    func(error)
	now       func() time.Time

	mu      sync.Mutex
	typists map[Typist]*typing
	pending map[Typist]bool // what is to be told next: whether they are typing
	cleaned time.Time       // when those who typed long ago were last forgotten
}

// typing is what others were last told of a typist.
type typing struct {
	since time.Time // when they were told that it began, or goes on
	shown bool      // and not yet that it is over
}

// NewTyping returns a Typing; Run must be running for anybody to be told.
func NewTyping(store TypistStore, publisher Publisher, failed func(error)) *Typing {
	return &Typing{store: store, publisher: publisher, failed: failed, now: time.Now, typists: map[Typist]*typing{}, pending: map[Typist]bool{}}
}

// Note takes that somebody types, or no longer does.
func (t *Typing) Note(who Typist, on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	known := t.typists[who]
	switch {
	case !on:
		t.stop(who, known, now)
	case known != nil && now.Sub(known.since) < typingEvery || known == nil && len(t.typists) >= maxTypists:
	default:
		t.typists[who] = &typing{since: now, shown: true}
		t.pending[who] = true
	}
}

// stop takes back what was not told yet, and else tells that it is over, if
// others still show it. They are not told more often for it.
func (t *Typing) stop(who Typist, known *typing, now time.Time) {
	if known == nil || !known.shown {
		return
	}
	known.shown = false
	if t.pending[who] {
		delete(t.pending, who)
	} else if now.Sub(known.since) < TypingExpiry {
		t.pending[who] = false
	}
}

// Sent takes that a person's message is stored: it ends their typing.
func (t *Typing) Sent(conversation, sender uuid.UUID) {
	who := Typist{conversation, sender}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop(who, t.typists[who], t.now())
}

// Run tells others until ctx ends.
func (t *Typing) Run(ctx context.Context) {
	ticker := time.NewTicker(typingGather)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := t.tell(ctx); err != nil && ctx.Err() == nil {
				t.failed(err)
			}
		}
	}
}

// tell looks up who may be seen and publishes what has gathered.
func (t *Typing) tell(ctx context.Context) error {
	changes := t.take()
	if len(changes) == 0 {
		return nil
	}
	may, err := t.store.WhoMayType(ctx, slices.Collect(maps.Keys(changes)))
	if err != nil {
		return err
	}
	events := make([]Event, len(may))
	for i, who := range may {
		events[i] = TypingChanged{who, changes[who]}
	}
	if len(events) > 0 {
		t.publisher.Publish(ctx, events)
	}
	return nil
}

// take returns what has gathered, and forgets who typed long ago.
func (t *Typing) take() map[Typist]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	changes := t.pending
	t.pending = map[Typist]bool{}
	if now := t.now(); now.Sub(t.cleaned) >= time.Second {
		t.cleaned = now
		maps.DeleteFunc(t.typists, func(_ Typist, known *typing) bool { return now.Sub(known.since) >= TypingExpiry })
	}
	return changes
}
