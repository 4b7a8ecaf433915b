package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// search asks for messages; more are parameters beside q, as name and value.
func (u *user) search(t T, conversation, q string, more ...string) answer {
	t.Helper()
	query := url.Values{"q": {q}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return u.call(t, http.MethodGet, "/api/conversations/"+conversation+"/messages/search?"+query.Encode(), nil)
}

// hits returns what a search finds.
func (u *user) hits(t T, conversation, q string, more ...string) wire.SearchHitList {
	t.Helper()
	a := u.search(t, conversation, q, more...)
	a.wants(t, http.StatusOK)
	var list wire.SearchHitList
	a.into(t, &list)
	return list
}

// finds fails the check unless a search finds exactly the messages with some seqs.
func (u *user) finds(t T, conversation, q string, want []int64, more ...string) {
	t.Helper()
	got := []int64{}
	for _, h := range u.hits(t, conversation, q, more...).Items {
		got = append(got, h.Seq)
	}
	equal(t, fmt.Sprintf("what %q %v finds", q, more), fmt.Sprint(got), fmt.Sprint(want))
}

var searchChecks = []Check{
	{"messages are found by their words, the newest first", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for i, text := range []string{"Hello World", "the quick brown fox", "hello quick world", "A Café in Zürich", "half-time at 10:30"} {
			[]*user{a, b}[i%2].send(t, id, uuid.NewString(), text)
		}
		for q, want := range map[string][]int64{
			"hello": {3, 1}, "HELLO world": {3, 1}, `"hello world"`: {1}, "hello -quick": {1}, "fox or cafe": {4, 2}, `"quick brown" or zurich`: {4, 2},
			"zürich": {4}, "half-time": {5}, "10:30": {5}, "hell": {}, "hello fox": {}, `-"hello world" hello`: {3}, "ＨＥＬＬＯ": {3, 1},
		} {
			a.finds(t, id, q, want)
			b.finds(t, id, q, want)
		}
	}},
	{"Chinese, Japanese, Korean and emoji are found by parts of words", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for _, text := range []string{"今天天气很好，我们去公园吧", "東京タワーを見た", "학교에 갑니다", "用Go写UIM 👩🏽‍💻 👍", "買A股市場"} {
			a.send(t, id, uuid.NewString(), text)
		}
		for q, want := range map[string][]int64{
			"天气": {1}, "天气很好": {1}, "公园": {1}, "好我": {}, "天气 公园": {1}, "タワー": {2}, "ﾀﾜｰ": {2}, "東京": {2}, "학교": {3}, "用Go": {4}, "go": {4}, "uim": {4},
			"👩‍💻": {4}, "👍": {4}, "👎": {}, "A股": {5}, "天气 -公园": {},
		} {
			b.finds(t, id, q, want)
		}
	}},
	{"highlights are places in code points", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "👋🏽 Hello 世界, hello")
		for q, want := range map[string]string{
			"hello": "[[3 8] [13 18]]", "世界": "[[9 11]]", "hello 世界": "[[3 8] [9 11] [13 18]]", `"hello 世界"`: "[[3 11]]", "👋 -nothing": "[[0 1]]",
		} {
			list := a.hits(t, id, q)
			equal(t, "number of hits of "+q, len(list.Items), 1)
			equal(t, "highlights of "+q, fmt.Sprint(list.Items[0].Highlights), want)
			equal(t, "content", list.Items[0].Content, "👋🏽 Hello 世界, hello")
		}
	}},
	{"a search is narrowed by sender and time", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		stranger := e.extra(t, 1)[0]
		a.send(t, id, uuid.NewString(), "word one")
		b.send(t, id, uuid.NewString(), "word two")
		a.send(t, id, uuid.NewString(), "word three")
		items := a.history(t, id, "")
		first, third := items[0].CreatedAt.Time(), items[2].CreatedAt.Time()
		at := func(moment time.Time) string { return moment.UTC().Format("2006-01-02T15:04:05.000Z") }
		a.finds(t, id, "word", []int64{2}, "sender", b.id())
		a.finds(t, id, "word", []int64{}, "sender", stranger.id())
		a.finds(t, id, "word", []int64{}, "sender", uuid.NewString())
		a.finds(t, id, "word", []int64{3, 2, 1}, "from", at(first))
		a.finds(t, id, "word", []int64{}, "to", at(first))
		a.finds(t, id, "word", []int64{3, 2, 1}, "to", at(third.Add(time.Millisecond)))
		a.finds(t, id, "word", []int64{3}, "from", at(third), "to", at(third.Add(time.Hour)), "sender", a.id(), "limit", "1")
		a.finds(t, id, "word", []int64{}, "from", at(third.Add(time.Hour)))
	}},
	{"a search has pages", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for i := range 7 {
			a.send(t, id, uuid.NewString(), "word "+strconv.Itoa(i+1))
		}
		seq := int64(7)
		for cursor, pages := "", 0; ; pages++ {
			list := b.hits(t, id, "word", "limit", "3", "cursor", cursor)
			for _, h := range list.Items {
				equal(t, "seq", h.Seq, seq)
				seq--
			}
			if list.NextCursor == nil {
				equal(t, "number of pages before the last", pages, 2)
				break
			}
			cursor = *list.NextCursor
			b.search(t, id, "other words", "cursor", cursor).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
			a.search(t, id, "word", "cursor", cursor).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
		}
		equal(t, "messages not on a page", seq, 0)
	}},
	{"bad searches name what is wrong", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "the word")
		for _, q := range []string{
			strings.Repeat("a", 201), strings.Repeat("字", 201), "", " ", `""`, "***", "or", "- or !", "&|!()", "我", "word 我", "-word", "word or -the", "the", "of the and", "a\x00b",
		} {
			a.search(t, id, q).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
		}
		a.call(t, http.MethodGet, "/api/conversations/"+id+"/messages/search", nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "q")
		a.finds(t, id, strings.Repeat("word", 50), []int64{})
		a.finds(t, id, strings.TrimSpace(strings.Repeat("word ", 40)), []int64{1})
		a.finds(t, id, `"the word"`, []int64{1})
		a.search(t, id, "word", "from", "2026-02-01T00:00:00Z", "to", "2026-01-01T00:00:00Z").problem(t, http.StatusUnprocessableEntity, "validation_failed", "to")
		for _, moment := range []string{"yesterday", "2026-02-30T00:00:00Z", "1767225600", ""} {
			a.search(t, id, "word", "from", moment).problem(t, http.StatusUnprocessableEntity, "validation_failed", "from")
			a.search(t, id, "word", "to", moment).problem(t, http.StatusUnprocessableEntity, "validation_failed", "to")
		}
		for _, sender := range []string{"bob", b.id() + "0", "", uuid.Nil.String()} {
			a.search(t, id, "word", "sender", sender).problem(t, http.StatusUnprocessableEntity, "validation_failed", "sender")
		}
	}},
	{"nobody searches where they do not belong", func(t T, e *Env) {
		a, _, id := e.newPair(t)
		a.send(t, id, uuid.NewString(), "secret")
		e.extra(t, 1)[0].search(t, id, "secret").problem(t, http.StatusNotFound, "not_found")
		a.search(t, uuid.NewString(), "secret").problem(t, http.StatusNotFound, "not_found")
	}},
	{"what was just sent is found at once, on every node", func(t T, e *Env) {
		a, b, id := e.newPair(t)
		for i := range 5 {
			text := "word" + strconv.Itoa(i)
			a.send(t, id, uuid.NewString(), text)
			b.finds(t, id, text, []int64{int64(i + 1)})
		}
	}},
}
