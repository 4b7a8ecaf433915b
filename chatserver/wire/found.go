package wire

import (
	"time"

	"uim.dev/uim/chatserver/chat"
)

// FromSearchHits returns messages that a search has found.
func FromSearchHits(hits []chat.SearchHit) []SearchHit { return each(hits, fromSearchHit) }

func fromSearchHit(h chat.SearchHit) SearchHit {
	m := FromMessage(h.Message)
	out := SearchHit{
		ID: m.ID, ConversationID: m.ConversationID, Seq: m.Seq, SenderID: m.SenderID, ClientMsgID: m.ClientMsgID, Type: m.Type,
		Content: m.Content, Event: m.Event, ReplyTo: m.ReplyTo, CreatedAt: m.CreatedAt, Highlights: make([][]int, len(h.Highlights)),
	}
	for i, span := range h.Highlights {
		out.Highlights[i] = []int{span[0], span[1]}
	}
	return out
}

// FromReceipts returns what became of a message.
func FromReceipts(p chat.ReceiptPage, next *string) ReceiptList {
	return ReceiptList{Items: each(p.Receipts, fromReceipt), NextCursor: next, DeliveredCount: p.Delivered, ReadCount: p.Read}
}

func fromReceipt(r chat.Receipt) Receipt {
	return Receipt{UserID: r.UserID, Delivered: r.Delivered, Read: r.Read, DeliveredAt: optionalTime(r.DeliveredAt), ReadAt: optionalTime(r.ReadAt)}
}

// optionalTime returns nil for the zero time.
func optionalTime(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	out := Time(t)
	return &out
}
