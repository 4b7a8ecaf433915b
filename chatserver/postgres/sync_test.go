package postgres_test

import (
	"testing"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
)

// Away for a year: 10,000 messages in one conversation, 300 new conversations.
func TestCatchingUpAfterAYear(t *testing.T) {
	t.Parallel()
	k := newTalk(t)
	syncer := chat.NewSyncer(k, k, k)
	last := map[uuid.UUID]int64{}
	known := chat.SyncRequest{Known: map[uuid.UUID]int64{}, Versions: map[uuid.UUID]string{}}
	sync := func() (conversations, messages, pages int) {
		for request := known; ; pages++ {
			page, err := syncer.Page(t.Context(), k.bob, request)
			must(t, err)
			conversations, messages = conversations+len(page.Conversations), messages+len(page.Messages)
			for _, c := range page.Conversations {
				known.Known[c.ID], known.Versions[c.ID] = c.LastSeq, c.Version()
				last[c.ID] = c.LastSeq
			}
			if page.Next == nil {
				return conversations, messages, pages + 1
			}
			request.After = page.Next
		}
	}
	sync()
	drafts := make([]chat.Draft, 500)
	for range 20 {
		for i := range drafts {
			drafts[i] = draft(k.room, k.ann, "text")
		}
		k.say(t, drafts...)
	}
	k.exec(t, `INSERT INTO users (id, username, display_name, password_hash)
		SELECT gen_random_uuid(), 'peer' || n, 'Peer', '' FROM generate_series(1, 299) n`)
	for _, peer := range ask[[]uuid.UUID](t, k.database, "SELECT array_agg(id) FROM users WHERE username LIKE 'peer%'") {
		k.direct(t, k.bob, peer)
	}
	conversations, messages, pages := sync()
	if len(last) != 300 || last[k.room] != 10_000 || messages < 100 || messages > 300 || pages > 14 {
		t.Errorf("%d conversations, the first up to %d, came in %d pages with %d messages", len(last), last[k.room], pages, messages)
	}
	t.Logf("%d conversations and %d messages in %d pages", conversations, messages, pages)
	if conversations, messages, pages = sync(); conversations != 0 || messages != 0 || pages != 1 {
		t.Errorf("then came %d with %d messages in %d pages", conversations, messages, pages)
	}
}
