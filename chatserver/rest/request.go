package rest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

const (
	defaultPage = 50
	maxPage     = 100
)

// body reads the JSON body of a request, of exactly the shape of T.
func body[T any](c *gin.Context) (T, error) {
	var out T
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != "application/json" {
		return out, chat.NewError(chat.CodeInvalidRequest, "The body must be JSON: Content-Type application/json.")
	}
	text, err := io.ReadAll(c.Request.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return out, chat.NewError(chat.CodePayloadTooLarge, "A request body has at most 1 MiB.")
	}
	if err != nil {
		return out, chat.NewError(chat.CodeInvalidRequest, "The body did not arrive.")
	}
	return out, wire.Decode(text, &out)
}

// pathID reads an id from the path. What is no id names nothing: not_found.
func pathID(c *gin.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil || len(c.Param(name)) != 36 {
		return uuid.Nil, chat.ErrNotFound
	}
	return id, nil
}

// queryInt reads a whole number from the query; ok is false when it is absent.
func queryInt(c *gin.Context, p *chat.Problems, name string, low int64) (n int64, ok bool) {
	text, ok := c.GetQuery(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low {
		p.Add(name, "invalid", "This is a whole number of at least "+strconv.FormatInt(low, 10)+".")
	}
	return n, true
}

// pageSize reads limit.
func pageSize(c *gin.Context, p *chat.Problems) int {
	n, ok := queryInt(c, p, "limit", 1)
	if !ok {
		return defaultPage
	}
	if n > maxPage {
		p.Add("limit", "too_large", "A page has at most 100 items.")
	}
	return int(min(n, maxPage))
}

// page reads limit and cursor of a list; place keeps its value without a cursor.
func page[T any](c *gin.Context, pager *chat.Pager, list string, place *T) (limit int, given bool, err error) {
	var p chat.Problems
	limit = pageSize(c, &p)
	if err := p.Err(); err != nil {
		return 0, false, err
	}
	cursor := c.Query("cursor")
	if cursor == "" {
		return limit, false, nil
	}
	return limit, true, pager.Open(list, viewer(c), cursor, place)
}

// nextCursor returns the cursor after the last item of a full page, or nil.
func nextCursor[T, P any](c *gin.Context, pager *chat.Pager, list string, items []T, limit int, place func(T) P) (*string, error) {
	if len(items) < limit {
		return nil, nil
	}
	cursor, err := pager.Seal(list, viewer(c), place(items[len(items)-1]))
	return &cursor, err
}
