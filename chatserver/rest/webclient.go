package rest

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/chat"
)

const noWebClient = `<!doctype html><meta charset="utf-8"><title>UIM</title>
<p>This UIM server was built without its web client. Build both with: <code>make build</code></p>
`

// webClient serves the built client: its files, and its page for every other
// address that is not the API's, since the client does its own routing.
func (a *api) webClient(c *gin.Context) {
	name := strings.TrimPrefix(path.Clean("/"+c.Request.URL.Path), "/")
	isRead := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	if !isRead || name == "api" || strings.HasPrefix(name, "api/") {
		fail(c, chat.ErrNotFound)
		return
	}
	if info, err := fs.Stat(a.WebClient, name); err == nil && !info.IsDir() && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // named by their content
			c.Header("Cache-Control", "public, max-age=31536000, immutable")
		}
		c.FileFromFS(name, http.FS(a.WebClient))
		return
	}
	if strings.HasPrefix(name, "assets/") {
		fail(c, chat.ErrNotFound)
		return
	}
	page, err := fs.ReadFile(a.WebClient, "index.html")
	if err != nil {
		page = []byte(noWebClient)
	}
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page)
}
