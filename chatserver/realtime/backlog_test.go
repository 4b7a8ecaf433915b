package realtime

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// shelf is a Backlogs that does something before it answers.
type shelf struct {
	batches [][]chat.Message
	err     error
	before  func()
}

func (s *shelf) Backlog(_ context.Context, user uuid.UUID) ([][]chat.Message, error) {
	if user != ann {
		return nil, errors.New("a stranger's backlog")
	}
	s.before()
	return s.batches, s.err
}

func backlogOf(conversation uuid.UUID, first, last int64) []chat.Message {
	var list []chat.Message
	for seq := first; seq <= last; seq++ {
		list = append(list, message(conversation, seq))
	}
	return list
}

// What arrives live while the backlog is read follows it, without what the
// backlog has shown.
func TestTheBacklogComesFirst(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	o.heads[place] = 150
	g.backlogs = &shelf{
		batches: [][]chat.Message{backlogOf(id(101), 4, 5), backlogOf(place, 1, 151)},
		before: func() {
			for seq := int64(151); seq <= 153; seq++ {
				tell(g.hub, place, seq)
			}
		},
	}
	c := dial(t, g, "ann's")
	c.expect("hello", "")
	for _, want := range []struct {
		conversation uuid.UUID
		first, last  float64
	}{{id(101), 4, 5}, {place, 1, 100}, {place, 101, 151}} {
		data := c.expect("messages", "").Data
		list := data["messages"].([]any)
		first, last := list[0].(map[string]any)["seq"], list[len(list)-1].(map[string]any)["seq"]
		if data["conversation_id"] != want.conversation.String() || first != want.first || last != want.last {
			t.Errorf("got %v to %v of %v, want %+v", first, last, data["conversation_id"], want)
		}
	}
	for _, want := range []float64{152, 153} {
		if seq := c.expect("message.new", "").Data["seq"]; seq != want {
			t.Errorf("then came %v, want %v", seq, want)
		}
	}
}

func TestWithoutABacklogTheConnectionGoesOn(t *testing.T) {
	t.Parallel()
	o := newOffice()
	g := newGateway(t, o)
	g.backlogs = &shelf{err: errors.New("away"), before: func() { tell(g.hub, place, 1) }}
	c := dial(t, g, "ann's")
	c.expect("hello", "")
	if seq := c.expect("message.new", "").Data["seq"]; seq != 1.0 {
		t.Errorf("got %v", seq)
	}
}
