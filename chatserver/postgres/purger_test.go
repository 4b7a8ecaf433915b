package postgres_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/postgres"
)

// left counts what is left of a conversation.
func (c *club) left(t testing.TB, conversation uuid.UUID) int {
	t.Helper()
	return ask[int](t, c.database, `SELECT (SELECT count(*) FROM messages WHERE conversation_id = $1)
		+ (SELECT count(*) FROM mentions WHERE conversation_id = $1) + (SELECT count(*) FROM message_search WHERE conversation_id = $1)`, conversation)
}

// A long conversation takes longer to go than a statement may take.
func TestWhatWasSaidInADeletedGroupGoesInPieces(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.exec(t, `INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content)
		SELECT $1, 10 + n, gen_random_uuid(), $2, gen_random_uuid(), 'text', 'word ' || n FROM generate_series(1, 2500) n`, c.group, c.ann)
	c.exec(t, "UPDATE conversation_heads SET last_seq = 2510 WHERE conversation_id = $1", c.group)
	c.exec(t, "INSERT INTO mentions (conversation_id, user_id, seq) SELECT $1, $2, n FROM generate_series(11, 1500) n", c.group, c.bob)
	c.saySome(t, "elsewhere")
	index(t, c.Store)
	elsewhere := c.left(t, c.room)

	require.NoError(t, c.groups.Delete(t.Context(), by(c.ann), c.group))
	_, err := c.JoinedSeq(t.Context(), c.group, c.ann)
	require.Error(t, err, "nobody sees it any more")
	all := c.left(t, c.group)
	require.Greater(t, all, 6000, "and nobody waited for it to go")
	_, err = c.PurgePiece(t.Context())
	require.NoError(t, err)
	piece := all - c.left(t, c.group)
	require.Positive(t, piece)
	require.LessOrEqual(t, piece, 3000, "a thousand rows of each kind go at once")

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	for range cap(done) { // two nodes
		go func() {
			postgres.NewPurger(c.Store, slog.New(slog.DiscardHandler)).Run(ctx)
			done <- struct{}{}
		}()
	}
	eventually(t, "all is gone", func() bool {
		return ask[bool](t, c.database, "SELECT purged FROM deleted_conversations WHERE id = $1", c.group)
	})
	stop()
	for range cap(done) {
		<-done
	}
	require.Zero(t, c.left(t, c.group))
	require.Equal(t, elsewhere, c.left(t, c.room), "what was said elsewhere stays")
}
