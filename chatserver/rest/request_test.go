package rest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	const good = `{"user_id":"0190a6b0-0000-7000-8000-000000000001"}`
	for name, c := range map[string]struct {
		kind, body string
		want       chat.Code
		field      string
	}{
		"as it should be":    {"application/json", good, "", ""},
		"with a charset":     {"application/json; charset=utf-8", good, "", ""},
		"space after it":     {"application/json", good + " \n", "", ""},
		"no type":            {"", good, chat.CodeInvalidRequest, ""},
		"a form":             {"application/x-www-form-urlencoded", good, chat.CodeInvalidRequest, ""},
		"text":               {"text/plain", good, chat.CodeInvalidRequest, ""},
		"nothing":            {"application/json", "", chat.CodeInvalidRequest, ""},
		"half of it":         {"application/json", good[:10], chat.CodeInvalidRequest, ""},
		"no JSON":            {"application/json", "user_id=1", chat.CodeInvalidRequest, ""},
		"a list":             {"application/json", `[]`, chat.CodeInvalidRequest, ""},
		"null":               {"application/json", ` null`, chat.CodeInvalidRequest, ""},
		"two of them":        {"application/json", good + good, chat.CodeInvalidRequest, ""},
		"something after it": {"application/json", good + "]", chat.CodeInvalidRequest, ""},
		"an unknown field":   {"application/json", `{"user_id":"0190a6b0-0000-7000-8000-000000000001","admin":true}`, chat.CodeInvalidRequest, "admin"},
		"a number for an id": {"application/json", `{"user_id":7}`, chat.CodeInvalidRequest, "user_id"},
		"a word for an id":   {"application/json", `{"user_id":"bob"}`, chat.CodeInvalidRequest, "user_id"},
		"more than a MiB":    {"application/json", `{"user_id":"` + strings.Repeat("x", maxBody) + `"}`, chat.CodePayloadTooLarge, ""},
	} {
		visitor, _ := visit(http.MethodPost, "/", c.body)
		visitor.Request.Header.Set("Content-Type", c.kind)
		limitBody(visitor)
		got, err := body[wire.OpenDirectRequest](visitor)
		e, known := chat.AsError(err)
		switch {
		case c.want == "" && (err != nil || got.UserID == uuid.Nil):
			t.Errorf("%s: %+v, %v", name, got, err)
		case c.want != "" && (!known || e.Code != c.want):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		case c.field != "" && (len(e.Fields) != 1 || e.Fields[0].Field != c.field):
			t.Errorf("%s: the fields are %v", name, e.Fields)
		}
	}
}

func TestIDsInPaths(t *testing.T) {
	t.Parallel()
	const id = "0190a6b0-0000-7000-8000-000000000001"
	for text, ok := range map[string]bool{
		id: true, strings.ToUpper(id): true, "": false, "me": false, "{" + id + "}": false, "urn:uuid:" + id: false,
		strings.ReplaceAll(id, "-", ""): false, id + "x": false, id[:35]: false,
	} {
		c, _ := visit(http.MethodGet, "/", "")
		c.Params = gin.Params{{Key: "id", Value: text}}
		got, err := pathID(c, "id")
		if ok && (err != nil || got.String() != id) || !ok && chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{"": 50, "?limit=1": 1, "?limit=100": 100, "?limit=101": 0, "?limit=0": 0, "?limit=-5": 0, "?limit=ten": 0, "?limit=": 0, "?limit=1e3": 0, "?limit=99999999999999999999": 0} {
		var p chat.Problems
		c, _ := visit(http.MethodGet, "/"+query, "")
		got := pageSize(c, &p)
		if want > 0 && (got != want || len(p) > 0) || want == 0 && (len(p) == 0 || p[0].Field != "limit") {
			t.Errorf("%q: %d, %v", query, got, p)
		}
	}
}

func TestListsGoOnWhereTheyStopped(t *testing.T) {
	t.Parallel()
	pager := chat.NewPager([]byte("0123456789abcdef0123456789abcdef"))
	c, _ := visit(http.MethodGet, "/?limit=2", "")
	if next, err := nextCursor(c, pager, "users", []string{"a"}, 2, strings.ToUpper); err != nil || next != nil {
		t.Errorf("after a page that is not full: %v, %v", next, err)
	}
	next, err := nextCursor(c, pager, "users", []string{"a", "b"}, 2, strings.ToUpper)
	if err != nil || next == nil {
		t.Fatalf("after a full page: %v, %v", next, err)
	}
	var place string
	c, _ = visit(http.MethodGet, "/?limit=2&cursor="+*next, "")
	if limit, given, err := page(c, pager, "users", &place); err != nil || !given || limit != 2 || place != "B" {
		t.Errorf("got %q, %d, %t, %v", place, limit, given, err)
	}
	if _, _, err := page(c, pager, "conversations", &place); chat.CodeOf(err) != chat.CodeValidationFailed {
		t.Errorf("of another list: %v", err)
	}
	c, _ = visit(http.MethodGet, "/", "")
	if _, given, err := page(c, pager, "users", &place); given || err != nil {
		t.Errorf("without a cursor: %t, %v", given, err)
	}
}

func TestHistoryQueries(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]chat.HistoryQuery{
		"":                       {Limit: 50},
		"?before_seq=5&limit=10": {Before: 5, Limit: 10},
		"?after_seq=0":           {AfterSet: true, Limit: 50},
		"?after_seq=7":           {After: 7, AfterSet: true, Limit: 50},
		"?around_seq=7":          {Around: 7, Limit: 50},
	} {
		c, _ := visit(http.MethodGet, "/"+query, "")
		if got, err := historyQuery(c); err != nil || got != want {
			t.Errorf("%q: %+v, %v", query, got, err)
		}
	}
	for _, query := range []string{
		"?before_seq=0", "?before_seq=-1", "?after_seq=-1", "?around_seq=0", "?before_seq=x", "?limit=101",
		"?before_seq=5&after_seq=1", "?before_seq=5&around_seq=1", "?after_seq=5&around_seq=1",
	} {
		c, _ := visit(http.MethodGet, "/"+query, "")
		if got, err := historyQuery(c); chat.CodeOf(err) != chat.CodeValidationFailed {
			t.Errorf("%q: %+v, %v", query, got, err)
		}
	}
}

func TestDeviceNames(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Ann's phone": "Ann's phone", "": "agent/1.0", "手机": "手机", "a\x00b\x1b[31m\nc": "ab[31mc", "\x00": "agent/1.0",
		strings.Repeat("字", 101): strings.Repeat("字", 100), "a\xffb": "a\ufffdb",
	} {
		c, _ := visit(http.MethodGet, "/", "")
		c.Request.Header.Set("User-Agent", "agent/1.0")
		if got := device(c, given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}
