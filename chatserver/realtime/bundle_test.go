package realtime

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEventsSurviveTheirWayTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		node := anyID(t, "node")
		var events []event
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			size := rapid.SampledFrom([]int{0, 1, 100, 200, 40_000}).Draw(t, "size")
			events = append(events, event{kind: eventMessage, subject: anyID(t, "conversation"), seq: 1, body: make([]byte, size)})
		}
		var got [][]byte
		for _, m := range bundle(node, events) {
			if len(m.Payload) > bundleBytes+50_000 {
				t.Fatalf("a bundle of %d bytes", len(m.Payload))
			}
			got = slices.AppendSeq(got, unbundle(m.Payload))
		}
		if len(got) != len(events) {
			t.Fatalf("%d events became %d", len(events), len(got))
		}
		for i, e := range events {
			if !bytes.Equal(got[i], e.marshal(node)) {
				t.Fatalf("event %d is another one", i)
			}
		}
	})
}

func TestABurstTravelsAsOne(t *testing.T) {
	t.Parallel()
	events := make([]event, 100)
	for i := range events {
		events[i] = event{kind: eventMessage, subject: id(byte(i)), seq: 1, body: make([]byte, 300)}
	}
	if n := len(bundle(id(9), events)); n != 1 {
		t.Errorf("100 events travel as %d payloads", n)
	}
}

func FuzzUnbundle(f *testing.F) {
	for _, m := range bundle(id(9), []event{{body: []byte("one")}, {body: []byte("two")}}) {
		f.Add(m.Payload)
		f.Add(m.Payload[:len(m.Payload)-3])
	}
	f.Add([]byte{bundleVersion})
	f.Fuzz(func(_ *testing.T, payload []byte) {
		for e := range unbundle(payload) {
			unmarshalEvent(e)
		}
	})
}
