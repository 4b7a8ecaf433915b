package realtime

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

const (
	// presenceGather is how long changes gather before they are looked at.
	presenceGather = 150 * time.Millisecond
	// presencePoll is how often everybody who is watched here is looked at, for
	// changes that nobody told of: events that the bus lost, nodes that crashed.
	presencePoll = 10 * time.Second
	// presenceMissing is the number of polls after which somebody of whom the
	// board knows nothing is offline. All nodes repeat themselves in that time, so
	// a board that was emptied shows nobody as gone who is there.
	presenceMissing = 3
	// presenceSubscriptions bounds the people that one connection watches.
	presenceSubscriptions = 1000
	// presencePairs is the most asked of the store at once.
	presencePairs = 2000
)

// Presences tells who may see what of whom; see chat.Presences.
type Presences interface {
	Look(ctx context.Context, pairs []chat.PresencePair) ([]chat.Presence, error)
}

// PresenceFeed shows sessions the presence of the people they asked for. Events
// only say whom to look at again; what a session is shown is always looked up,
// with what it may see at that moment, and only what differs from what it was
// shown before is sent.
//
// No I/O happens under its lock.
type PresenceFeed struct {
	presences Presences
	board     chat.PresenceReader
	log       *slog.Logger

	mu      sync.Mutex
	watched map[uuid.UUID]*watch
	watches map[*Session]map[uuid.UUID]struct{} // whom each session watches
	stale   map[uuid.UUID]struct{}              // to be looked at in the next round
	retry   map[uuid.UUID]struct{}              // to be looked at with the next poll
}

// watch is one person who is watched.
type watch struct {
	watchers map[*Session]*shown
	status   chat.PresenceStatus // by the last poll
	missing  int                 // polls in a row in which the board knew nothing
}

// shown is what a session was last told of a person.
type shown struct {
	presence chat.Presence // no status: nothing yet, the answer to the subscription is on its way
	stale    bool          // something changed while the answer was on its way
}

// NewPresenceFeed returns a PresenceFeed; Run must be running for changes to be shown.
func NewPresenceFeed(presences Presences, board chat.PresenceReader, log *slog.Logger) *PresenceFeed {
	return &PresenceFeed{
		presences: presences, board: board, log: log,
		watched: map[uuid.UUID]*watch{}, watches: map[*Session]map[uuid.UUID]struct{}{},
		stale: map[uuid.UUID]struct{}{}, retry: map[uuid.UUID]struct{}{},
	}
}

// subscribe makes a session watch people and answers with a frame for each. They
// are watched before they are looked at, so that no change is missed.
func (f *PresenceFeed) subscribe(ctx context.Context, s *Session, re string, ids []uuid.UUID) error {
	if err := f.watch(s, ids); err != nil {
		return err
	}
	pairs := make([]chat.PresencePair, len(ids))
	for i, id := range ids {
		pairs[i] = chat.PresencePair{ViewerID: s.user, UserID: id}
	}
	list, err := f.presences.Look(ctx, pairs)
	if err != nil {
		f.unsubscribe(s, ids)
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range list {
		s.out.push(presenceFrame(re, p))
		w := f.watched[p.UserID]
		if w == nil || w.watchers[s] == nil {
			continue // the session has left
		}
		if w.watchers[s].presence = p; w.watchers[s].stale {
			w.watchers[s].stale = false
			f.stale[p.UserID] = struct{}{}
		}
		if w.status == "" {
			w.status = p.Status
		}
	}
	return nil
}

// watch notes that a session watches people.
func (f *PresenceFeed) watch(s *Session, ids []uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	more := len(ids)
	for _, id := range ids {
		if _, known := f.watches[s][id]; known {
			more--
		}
	}
	if len(f.watches[s])+more > presenceSubscriptions {
		return chat.Problems{{Field: "user_ids", Code: "too_many", Detail: "A connection watches at most 1000 people."}}.Err()
	}
	if f.watches[s] == nil {
		f.watches[s] = map[uuid.UUID]struct{}{}
	}
	for _, id := range ids {
		w := f.watched[id]
		if w == nil {
			w = &watch{watchers: map[*Session]*shown{}}
			f.watched[id] = w
		}
		w.watchers[s] = &shown{}
		f.watches[s][id] = struct{}{}
	}
	return nil
}

// unsubscribe ends watching.
func (f *PresenceFeed) unsubscribe(s *Session, ids []uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.drop(s, id)
	}
}

// leave forgets a session that ends.
func (f *PresenceFeed) leave(s *Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id := range f.watches[s] {
		f.drop(s, id)
	}
}

func (f *PresenceFeed) drop(s *Session, id uuid.UUID) {
	if w := f.watched[id]; w != nil {
		delete(w.watchers, s)
		if len(w.watchers) == 0 {
			delete(f.watched, id)
		}
	}
	delete(f.watches[s], id)
	if len(f.watches[s]) == 0 {
		delete(f.watches, s)
	}
}

// changed notes that people are to be looked at again. It does no I/O.
func (f *PresenceFeed) changed(ids []uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		if f.watched[id] != nil {
			f.stale[id] = struct{}{}
		}
	}
}

// reconsider notes that sessions may see less than before, of all whom they watch.
func (f *PresenceFeed) reconsider(sessions []*Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range sessions {
		for id := range f.watches[s] {
			f.stale[id] = struct{}{}
		}
	}
}

// Run shows what changes until ctx ends.
func (f *PresenceFeed) Run(ctx context.Context) {
	gather, poll := time.NewTicker(presenceGather), time.NewTicker(presencePoll)
	defer gather.Stop()
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-gather.C:
			f.refresh(ctx)
		case <-poll.C:
			f.poll(ctx)
		}
	}
}

// refresh looks at those who changed and tells their watchers what is new.
func (f *PresenceFeed) refresh(ctx context.Context) {
	pairs := f.stalePairs()
	for len(pairs) > 0 {
		part := pairs[:min(len(pairs), presencePairs)]
		pairs = pairs[len(part):]
		list, err := f.presences.Look(ctx, part)
		if err != nil {
			if ctx.Err() == nil {
				f.log.Warn("Looking who is there failed; trying again", "error", err)
			}
			f.later(append(part, pairs...))
			return
		}
		for i, p := range list {
			f.show(part[i].ViewerID, p)
		}
	}
}

// stalePairs returns whom to look at for whom, each pair once.
func (f *PresenceFeed) stalePairs() []chat.PresencePair {
	f.mu.Lock()
	defer f.mu.Unlock()
	var pairs []chat.PresencePair
	for id := range f.stale {
		w := f.watched[id]
		if w == nil {
			continue
		}
		viewers := make(map[uuid.UUID]struct{}, len(w.watchers))
		for s, seen := range w.watchers {
			if seen.presence.Status == "" {
				seen.stale = true
				continue
			}
			if _, twice := viewers[s.user]; !twice {
				viewers[s.user] = struct{}{}
				pairs = append(pairs, chat.PresencePair{ViewerID: s.user, UserID: id})
			}
		}
	}
	clear(f.stale)
	return pairs
}

// show tells a viewer's sessions what they have not been told yet.
func (f *PresenceFeed) show(viewer uuid.UUID, p chat.Presence) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.watched[p.UserID]
	if w == nil {
		return
	}
	var frame *outgoing
	for s, seen := range w.watchers {
		if s.user != viewer || seen.presence.Equal(p) {
			continue
		}
		if seen.presence.Status == "" {
			seen.stale = true
			continue
		}
		if frame == nil {
			frame = presenceFrame("", p)
		}
		if s.out.pushEphemeral(frame) {
			seen.presence = p
		} else {
			f.retry[p.UserID] = struct{}{}
		}
	}
}

// later puts pairs off to the next poll.
func (f *PresenceFeed) later(pairs []chat.PresencePair) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range pairs {
		f.retry[p.UserID] = struct{}{}
	}
}

// poll looks at everybody who is watched and refreshes those who are not as they were.
func (f *PresenceFeed) poll(ctx context.Context) {
	people := f.people()
	if len(people) == 0 {
		return
	}
	sightings, err := f.board.Look(ctx, people)
	if err != nil {
		if ctx.Err() == nil {
			f.blind(people)
		}
		return
	}
	f.mu.Lock()
	for i, id := range people {
		if w := f.watched[id]; w != nil && w.sighted(sightings[i]) {
			f.stale[id] = struct{}{}
		}
	}
	for id := range f.retry {
		f.stale[id] = struct{}{}
	}
	clear(f.retry)
	f.mu.Unlock()
	f.refresh(ctx)
}

// people returns everybody who is watched.
func (f *PresenceFeed) people() []uuid.UUID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.watched))
}

// sighted takes the result of a poll and reports whether it is news.
func (w *watch) sighted(s chat.Sighting) bool {
	status := chat.PresenceOffline
	switch {
	case s.Online:
		status, w.missing = chat.PresenceOnline, 0
	case !s.SeenAt.IsZero(): // a node's word ended
		w.missing = 0
	default:
		if w.missing++; w.missing < presenceMissing {
			return false
		}
	}
	news := w.status != status
	w.status = status
	return news
}

// blind shows everybody as unknown while the board is away. Nothing needs to be
// looked up for that.
func (f *PresenceFeed) blind(people []uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range people {
		w := f.watched[id]
		if w == nil {
			continue
		}
		w.status, w.missing = chat.PresenceUnknown, 0
		unknown := chat.Presence{UserID: id, Status: chat.PresenceUnknown}
		frame := presenceFrame("", unknown)
		for s, seen := range w.watchers {
			if seen.presence.Status != "" && !seen.presence.Equal(unknown) && s.out.pushEphemeral(frame) {
				seen.presence = unknown
			}
		}
	}
}

func presenceFrame(re string, p chat.Presence) *outgoing {
	return reply("presence", re, wire.FromPresence(p))
}

// watchPresence handles presence.sub and presence.unsub.
func (s *Session) watchPresence(ctx context.Context, f clientFrame) error {
	var data wire.FramePresenceSub
	if err := parse(f.Data, &data); err != nil {
		return err
	}
	if err := chat.CheckPresenceQuery(data.UserIds); err != nil {
		return err
	}
	if f.Type == "presence.unsub" {
		s.gateway.presence.unsubscribe(s, data.UserIds)
		return nil
	}
	return s.gateway.presence.subscribe(ctx, s, f.ID, data.UserIds)
}
