package conformance

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// receipts reads who has a message.
func (u *user) receipts(t T, message uuid.UUID) wire.ReceiptList {
	t.Helper()
	a := u.call(t, http.MethodGet, "/api/messages/"+message.String()+"/receipts", nil)
	a.wants(t, http.StatusOK)
	var list wire.ReceiptList
	a.into(t, &list)
	return list
}

// receiptOf waits until another person's receipt of a message holds.
func (u *user) receiptOf(t T, other *user, message uuid.UUID, what string, holds func(wire.Receipt) bool) wire.Receipt {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		for _, r := range u.receipts(t, message).Items {
			if r.UserID.String() == other.id() && holds(r) {
				return r
			}
		}
		if time.Now().After(deadline) {
			failf(t, "in vain waited until the message is %s", what)
		}
	}
}

var receiptChecks = []Check{
	{"a message tells whom it has reached and who has read it, and when", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		before := time.Now().Add(-time.Minute)
		first := a.send(t, id, uuid.NewString(), "first")
		list := a.receipts(t, first.MessageID)
		equal(t, "number of receipts", len(list.Items), 1)
		equal(t, "the member", list.Items[0].UserID.String(), b.id())
		equal(t, "delivered", list.Items[0].Delivered, false)
		equal(t, "delivered_count", list.DeliveredCount, 0)
		equal(t, "read_count", list.ReadCount, 0)

		s := b.connect(t)
		s.send(t, "delivered", "", object{"conversation_id": id, "seq": 1})
		r := a.receiptOf(t, b, first.MessageID, "delivered", func(r wire.Receipt) bool { return r.Delivered })
		if r.DeliveredAt == nil || r.DeliveredAt.Time().Before(before) || r.Read || r.ReadAt != nil {
			failf(t, "after delivery the receipt is %+v", r)
		}
		second := a.send(t, id, uuid.NewString(), "second")
		b.call(t, http.MethodPost, "/api/messages/"+second.MessageID.String()+"/read", nil).wants(t, http.StatusNoContent)
		r = a.receiptOf(t, b, first.MessageID, "read", func(r wire.Receipt) bool { return r.Read })
		if r.ReadAt == nil || r.DeliveredAt == nil || r.ReadAt.Time().Before(r.DeliveredAt.Time()) {
			failf(t, "after reading the receipt is %+v", r)
		}
		list = a.receipts(t, second.MessageID)
		equal(t, "delivered_count", list.DeliveredCount, 1)
		equal(t, "read_count", list.ReadCount, 1)
		equal(t, "the counts as the reader sees them", b.receipts(t, second.MessageID).ReadCount, 1)
		equal(t, "my_read_seq", b.conversation(t, id).MyReadSeq, 2)
		third := b.send(t, id, uuid.NewString(), "third")
		list = b.receipts(t, third.MessageID)
		equal(t, "the sender's own receipt", len(list.Items), 1)
		equal(t, "the member", list.Items[0].UserID.String(), a.id())
	}},
	{"reading a message is told to its sender", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		ack := a.send(t, id, uuid.NewString(), "hello")
		s := a.connect(t)
		b.call(t, http.MethodPost, "/api/messages/"+ack.MessageID.String()+"/read", nil).wants(t, http.StatusNoContent)
		s.receipt(t, b, 1)
		b.call(t, http.MethodPost, "/api/messages/"+ack.MessageID.String()+"/read", nil).wants(t, http.StatusNoContent) // again
	}},
	{"receipts of reading go both ways or not at all", func(t T, e *Env) {
		for _, hider := range []string{"reader", "writer"} {
			writer, reader, id := e.newPair(t)
			map[string]*user{"reader": reader, "writer": writer}[hider].updateMe(t, object{"privacy": object{"read_receipts": false}})
			ack := writer.send(t, id, uuid.NewString(), "hello")
			reader.call(t, http.MethodPost, "/api/messages/"+ack.MessageID.String()+"/read", nil).wants(t, http.StatusNoContent)
			list := writer.receipts(t, ack.MessageID)
			r := list.Items[0]
			if !r.Delivered || r.DeliveredAt == nil || r.Read || r.ReadAt != nil {
				failf(t, "where the %s hides it the receipt is %+v", hider, r)
			}
			equal(t, "delivered_count", list.DeliveredCount, 1)
			equal(t, "read_count", list.ReadCount, 0)
			equal(t, "read as the reader sees it", reader.receipts(t, ack.MessageID).Items[0].Read, true)
		}
	}},
	{"receipts are for those who may see the message", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		ack := a.send(t, id, uuid.NewString(), "hello")
		stranger := e.extra(t, 1)[0]
		for _, message := range []string{ack.MessageID.String(), uuid.NewString(), "nonsense"} {
			stranger.call(t, http.MethodGet, "/api/messages/"+message+"/receipts", nil).problem(t, http.StatusNotFound, "not_found")
			stranger.call(t, http.MethodPost, "/api/messages/"+message+"/read", nil).problem(t, http.StatusNotFound, "not_found")
		}
	}},
	{"a list of receipts checks limit and cursor", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		ack := a.send(t, id, uuid.NewString(), "hello")
		path := "/api/messages/" + ack.MessageID.String() + "/receipts"
		answer := a.call(t, http.MethodGet, path+"?limit=1", nil)
		answer.wants(t, http.StatusOK)
		var list wire.ReceiptList
		answer.into(t, &list)
		if len(list.Items) != 1 || list.NextCursor == nil {
			failf(t, "a page of one is %s", answer.body)
		}
		answer = a.call(t, http.MethodGet, path+"?cursor="+*list.NextCursor, nil)
		answer.wants(t, http.StatusOK)
		answer.into(t, &list)
		equal(t, "number of items on the next page", len(list.Items), 0)
		b.call(t, http.MethodGet, path+"?cursor=x", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		b.call(t, http.MethodGet, path+"?limit=101", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "limit")
	}},
}
