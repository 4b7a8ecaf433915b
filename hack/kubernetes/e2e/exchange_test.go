package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

func TestNothingIsLostWhateverTheServerDoesToItsClients(t *testing.T) {
	tests := map[string]func(*fake){
		"a kind server":     func(*fake) {},
		"cut connections":   func(f *fake) { f.cutEvery = 7 },
		"messages not told": func(f *fake) { f.dropEvery = 5 },
		"messages twice":    func(f *fake) { f.doubleEvery = 3 },
		"refusals":          func(f *fake) { f.refuseEvery = 6 },
		"all of it":         func(f *fake) { f.cutEvery, f.dropEvery, f.doubleEvery, f.refuseEvery = 11, 5, 3, 13 },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			f, s := newFake(t)
			prepare(f)
			o := options{server: s, users: []string{"ada", "bo"}, password: "x", messages: 60, interval: time.Millisecond}
			// The last message is the one that a server may never tell: nobody
			// knows of it before a reconnect or the next message.
			if f.dropEvery > 0 {
				o.messages = 58
			}
			ctx, cancel := contextFor(t)
			defer cancel()
			if err := exchange(ctx, o); err != nil {
				t.Fatal(err)
			}
			if err := history(ctx, o); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestABreakThatCutsNobodyOffProvesNothing(t *testing.T) {
	_, s := newFake(t)
	o := options{server: s, users: []string{"ada", "bo"}, password: "x", messages: 10, interval: time.Millisecond, breaking: "true"}
	ctx, cancel := contextFor(t)
	defer cancel()
	if err := exchange(ctx, o); err == nil || !strings.Contains(err.Error(), "nothing was proved") {
		t.Errorf("got %v", err)
	}
}

func TestABreakCuts(t *testing.T) {
	f, s := newFake(t)
	f.cutEvery = 5
	o := options{server: s, users: []string{"ada", "bo"}, password: "x", messages: 40, interval: time.Millisecond, breaking: "true"}
	ctx, cancel := contextFor(t)
	defer cancel()
	if err := exchange(ctx, o); err != nil {
		t.Error(err)
	}
}

func TestSteadyCountsEveryFailure(t *testing.T) {
	f, s := newFake(t)
	o := options{server: s, users: []string{"ada", "bo"}, password: "x", interval: time.Millisecond, breaking: "sleep 0.2"}
	ctx, cancel := contextFor(t)
	defer cancel()
	if err := steady(ctx, o); err != nil {
		t.Error(err)
	}
	f.failMe.Store(true)
	if err := steady(ctx, o); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("got %v", err)
	}
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		spoil func(ada, bo *person, stored []wire.Message) []wire.Message
		want  string
	}{
		"nothing": {func(_, _ *person, stored []wire.Message) []wire.Message { return stored }, ""},
		"lost in the store": {
			func(_, _ *person, stored []wire.Message) []wire.Message { return stored[:3] }, "3 messages are stored, 4 were sent",
		},
		"lost for one": {
			func(_, bo *person, stored []wire.Message) []wire.Message {
				bo.received = bo.received[:2]
				return stored
			}, "bo received 2 messages",
		},
		"doubled": {
			func(_, _ *person, stored []wire.Message) []wire.Message { return append(stored, stored[3]) }, "seq 14 where 15 belongs",
		},
		"another order for one": {
			func(_, bo *person, stored []wire.Message) []wire.Message {
				bo.received[1], bo.received[2] = bo.received[2], bo.received[1]
				return stored
			}, "bo received",
		},
		"not the order of writing": {
			func(ada, _ *person, stored []wire.Message) []wire.Message {
				ada.outbox[0], ada.outbox[1] = ada.outbox[1], ada.outbox[0]
				return stored
			}, "ada wrote",
		},
		"acknowledged as another seq": {
			func(ada, _ *person, stored []wire.Message) []wire.Message { ada.outbox[0].seq = 99; return stored }, "acknowledged as seq 99",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ada, bo, stored := conversation()
			stored = test.spoil(ada, bo, stored)
			var found []string
			for _, problem := range verify([]*person{ada, bo}, stored) {
				found = append(found, problem.Error())
			}
			all := strings.Join(found, "\n")
			if test.want == "" && all != "" || !strings.Contains(all, test.want) {
				t.Errorf("problems %q, want %q", all, test.want)
			}
		})
	}
}

// conversation is one of four messages after a base of ten, as it should be.
func conversation() (ada, bo *person, stored []wire.Message) {
	newPerson := func(name string) *person {
		return &person{base: 10, account: &account{user: wire.Self{ID: uuid.New(), Username: name}}}
	}
	ada, bo = newPerson("ada"), newPerson("bo")
	for i, p := range []*person{ada, bo, ada, bo} {
		sender := p.account.user.ID
		m := wire.Message{ID: uuid.New(), Seq: int64(11 + i), SenderID: &sender, Content: strings.Repeat("x", i+1)}
		stored = append(stored, m)
		p.outbox = append(p.outbox, &outgoing{content: m.Content, seq: m.Seq})
	}
	ada.received = append(ada.received, stored...)
	bo.received = append(bo.received, stored...)
	return ada, bo, stored
}
