package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// BenchmarkAppend stores batches of messages from the two people of each of a
// hundred conversations; an operation is one message.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("batch of %d", size), func(b *testing.B) {
			d := open(b)
			type seat struct{ conversation, person uuid.UUID }
			var seats []seat
			for i := range 100 {
				x, y := d.person(b, fmt.Sprintf("x%d", i)), d.person(b, fmt.Sprintf("y%d", i))
				id, _, err := d.OpenDirect(b.Context(), uuid.New(), x, y)
				if err != nil {
					b.Fatal(err)
				}
				seats = append(seats, seat{id, x}, seat{id, y})
			}
			content := strings.Repeat("x", 100)
			next := 0
			b.ResetTimer()
			for stored := 0; stored < b.N; stored += size {
				drafts := make([]chat.Draft, size)
				for i := range drafts {
					s := seats[next%len(seats)]
					next += 7
					drafts[i] = chat.Draft{ID: uuid.Must(uuid.NewV7()), ConversationID: s.conversation, SenderID: s.person, ClientMsgID: uuid.New(), Content: content}
				}
				results, err := d.Append(b.Context(), drafts)
				if err != nil {
					b.Fatal(err)
				}
				for _, r := range results {
					if r.Err != nil {
						b.Fatal(r.Err)
					}
				}
			}
		})
	}
}
