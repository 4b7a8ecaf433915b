package chat_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/chat"
)

// keyboard is a Typing at work, where all but the muted may be seen.
type keyboard struct {
	*chat.Typing
	mu       sync.Mutex
	muted    map[uuid.UUID]bool
	lookups  int
	err      error
	events   []chat.TypingChanged
	failures int
}

func (k *keyboard) WhoMayType(_ context.Context, typists []chat.Typist) ([]chat.Typist, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lookups++
	return slices.DeleteFunc(slices.Clone(typists), func(t chat.Typist) bool { return k.muted[t.UserID] }), k.err
}

func (k *keyboard) Publish(_ context.Context, events []chat.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range events {
		k.events = append(k.events, e.(chat.TypingChanged))
	}
}

// told returns what was told of a person since the last call.
func (k *keyboard) told(who uuid.UUID) (changes []bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.events {
		if e.UserID == who {
			changes = append(changes, e.On)
		}
	}
	k.events = nil
	return changes
}

func startTyping(t *testing.T) *keyboard {
	t.Helper()
	k := &keyboard{muted: map[uuid.UUID]bool{}}
	k.Typing = chat.NewTyping(k, k, func(error) { k.mu.Lock(); k.failures++; k.mu.Unlock() })
	done := make(chan struct{})
	go func() { defer close(done); k.Run(t.Context()) }()
	t.Cleanup(func() { <-done }) // the context ends before
	return k
}

// pause lets time pass.
func pause(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func annIn(room uuid.UUID) chat.Typist { return chat.Typist{ConversationID: room, UserID: ann} }

func TestTypingIsToldOnceInThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := startTyping(t)
		for range 29 {
			k.Note(annIn(room), true)
			pause(100 * time.Millisecond)
		}
		if got := k.told(ann); !slices.Equal(got, []bool{true}) {
			t.Errorf("in three seconds others were told %v", got)
		}
		pause(200 * time.Millisecond)
		k.Note(annIn(room), true)
		pause(100 * time.Millisecond)
		if got := k.told(ann); !slices.Equal(got, []bool{true}) {
			t.Errorf("then they were told %v", got)
		}
	})
}

func TestTypingEnds(t *testing.T) {
	for name, end := range map[string]func(*keyboard){
		"when they say so":         func(k *keyboard) { k.Note(annIn(room), false) },
		"when the message is sent": func(k *keyboard) { k.Sent(room, ann) },
	} {
		synctest.Test(t, func(t *testing.T) {
			k := startTyping(t)
			end(k)
			k.Note(annIn(room), true)
			end(k)
			pause(time.Second)
			if got := k.told(ann); got != nil {
				t.Errorf("%s: what was over before anybody knew was told: %v", name, got)
			}
			pause(3 * time.Second)
			k.Note(annIn(room), true)
			pause(time.Second)
			end(k)
			end(k)
			k.Note(annIn(room), true) // too soon
			pause(time.Second)
			end(k)
			pause(time.Second)
			if got := k.told(ann); !slices.Equal(got, []bool{true, false}) {
				t.Errorf("%s: others were told %v", name, got)
			}
			pause(time.Second)
			k.Note(annIn(room), true)
			pause(6 * time.Second)
			end(k)
			pause(time.Second)
			if got := k.told(ann); !slices.Equal(got, []bool{true}) {
				t.Errorf("%s: what had ended by itself was told: %v", name, got)
			}
		})
	}
}

func TestWhoMayNotBeSeenIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := startTyping(t)
		k.muted[ann] = true
		k.Note(annIn(room), true)
		k.Note(chat.Typist{ConversationID: room, UserID: bob}, true)
		pause(time.Second)
		if got := k.told(bob); !slices.Equal(got, []bool{true}) || k.lookups != 1 {
			t.Errorf("of bob was told %v, after %d lookups", got, k.lookups)
		}
		if got := k.told(ann); got != nil {
			t.Errorf("of ann was told %v", got)
		}
	})
}

func TestATroubledStoreTellsNothingOfTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := startTyping(t)
		k.err = errors.New("away")
		k.Note(annIn(room), true)
		pause(time.Second)
		if got := k.told(ann); got != nil || k.failures != 1 {
			t.Errorf("others were told %v, and %d failures", got, k.failures)
		}
	})
}

// Whatever people do, each is told of as typing at most once in three seconds,
// and as no longer typing only after that.
func TestTypingIsNeverToldTooOften(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(r, "steps")
		synctest.Test(t, func(t *testing.T) {
			k := startTyping(t)
			var last time.Time
			on := false
			for _, step := range steps {
				switch {
				case step < 4:
					k.Note(annIn(room), true)
				case step < 6:
					k.Note(annIn(room), false)
				case step < 7:
					k.Sent(room, ann)
				default:
					pause(time.Duration(step-6) * 700 * time.Millisecond)
				}
				pause(60 * time.Millisecond)
				for _, change := range k.told(ann) {
					switch now := time.Now(); {
					case change && !last.IsZero() && now.Sub(last) < 2900*time.Millisecond:
						t.Fatalf("told again after %s: %v", now.Sub(last), steps)
					case change:
						last, on = now, true
					case !on:
						t.Fatalf("told of an end without a beginning: %v", steps)
					default:
						on = false
					}
				}
			}
		})
	})
}
