package rest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

// fail answers a request with what went wrong. Errors that are not meant for
// clients are kept for the access log and told as internal.
func fail(c *gin.Context, err error) {
	e, known := chat.AsError(err)
	if !known || e.Code == chat.CodeUnavailable {
		_ = c.Error(err)
	}
	problem(c, e, e.Code.Info().Status)
}

// problem writes application/problem+json (RFC 9457) and ends the request.
func problem(c *gin.Context, e *chat.Error, status int) {
	body := wire.Problem{
		Type: "/errors/" + string(e.Code), Title: e.Code.Info().Title, Status: status, Detail: e.Message(),
		Instance: c.Request.URL.Path, Code: string(e.Code), RequestID: c.GetString(requestIDKey),
		RetryAfterMs: e.RetryAfter.Milliseconds(),
	}
	if len(e.Fields) > 0 {
		body.Errors = wire.FromFieldErrors(e.Fields)
	}
	if e.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	c.Header("Cache-Control", "no-store")
	text, err := json.Marshal(body)
	if err != nil {
		text = []byte("{}")
	}
	c.Data(status, "application/problem+json", text)
	c.Abort()
}
