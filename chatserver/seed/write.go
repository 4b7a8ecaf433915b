package seed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
)

// messagesAtOnce is how many messages one COPY has; after each, its foreign keys
// are checked and progress is told.
const messagesAtOnce = 100_000

// write stores a world.
func write(ctx context.Context, tx pgx.Tx, w *world, hash string, progress io.Writer) error {
	if err := writePeople(ctx, tx, w, hash); err != nil {
		return err
	}
	if err := writeRooms(ctx, tx, w); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%d people, %d conversations\n", len(w.people), len(w.rooms))
	for w.written < w.options.Messages {
		if err := writeMessages(ctx, tx, w); err != nil {
			return err
		}
		fmt.Fprintf(progress, "%d of %d messages\n", w.written, w.options.Messages)
	}
	w.read()
	return writeMembers(ctx, tx, w)
}

func writePeople(ctx context.Context, tx pgx.Tx, w *world, hash string) error {
	return copyRows(ctx, tx, "users", []string{"id", "username", "display_name", "password_hash", "created_at"},
		pgx.CopyFromSlice(len(w.people), func(i int) ([]any, error) {
			p := w.people[i]
			return []any{p.id, p.username, p.displayName, hash, p.joinedAt}, nil
		}))
}

func writeRooms(ctx context.Context, tx pgx.Tx, w *world) error {
	return copyRows(ctx, tx, "conversations", []string{"id", "kind", "name", "created_by", "created_at", "direct_low", "direct_high", "member_count"},
		pgx.CopyFromSlice(len(w.rooms), func(i int) ([]any, error) {
			r := &w.rooms[i]
			first := w.people[r.members[0].person].id
			if !r.direct() {
				return []any{r.id, "group", r.name, first, r.createdAt, nil, nil, len(r.members)}, nil
			}
			low, high := first, w.people[r.members[1].person].id
			if bytes.Compare(low[:], high[:]) > 0 {
				low, high = high, low
			}
			return []any{r.id, "direct", "", first, r.createdAt, low, high, len(r.members)}, nil
		}))
}

func writeMessages(ctx context.Context, tx pgx.Tx, w *world) error {
	left := messagesAtOnce
	return copyRows(ctx, tx, "messages", []string{"conversation_id", "seq", "id", "sender_id", "client_msg_id", "type", "content", "reply_to", "created_at"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if left == 0 {
				return nil, nil
			}
			left--
			m, ok := w.next()
			if !ok {
				return nil, nil
			}
			return []any{m.room.id, m.seq, m.id, m.sender, m.clientID, "text", m.content, m.replyTo, m.createdAt}, nil
		}))
}

// writeMembers stores who belongs where and where the conversations end, which
// is known when all is said.
func writeMembers(ctx context.Context, tx pgx.Tx, w *world) error {
	err := copyRows(ctx, tx, "conversation_heads", []string{"conversation_id", "last_seq", "last_message_at"},
		pgx.CopyFromSlice(len(w.rooms), func(i int) ([]any, error) {
			r := &w.rooms[i]
			return []any{r.id, r.lastSeq, r.lastAt}, nil
		}))
	if err != nil {
		return err
	}
	room, place := 0, 0
	return copyRows(ctx, tx, "members", []string{"conversation_id", "user_id", "role", "joined_at", "delivered_seq", "read_seq", "muted_until", "pinned", "archived", "archived_seq"},
		pgx.CopyFromFunc(func() ([]any, error) {
			for room < len(w.rooms) && place == len(w.rooms[room].members) {
				room, place = room+1, 0
			}
			if room == len(w.rooms) {
				return nil, nil
			}
			row := memberRow(w, &w.rooms[room], place)
			place++
			return row, nil
		}))
}

func memberRow(w *world, r *room, place int) []any {
	m, role := r.members[place], "member"
	if place == 0 && !r.direct() {
		role = "owner"
	}
	var mutedUntil *time.Time
	if m.settings.muted {
		until := w.options.End.Add(10 * year)
		mutedUntil = &until
	}
	return []any{r.id, w.people[m.person].id, role, r.createdAt, r.lastSeq, m.readSeq, mutedUntil, m.settings.pinned, m.settings.archived, r.lastSeq}
}

func copyRows(ctx context.Context, tx pgx.Tx, table string, columns []string, rows pgx.CopyFromSource) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, rows); err != nil {
		return fmt.Errorf("writing %s: %w", table, err)
	}
	return nil
}
