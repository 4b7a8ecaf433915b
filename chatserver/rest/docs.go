package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"uim.dev/uim/chatserver/apidocs"
	"uim.dev/uim/chatserver/wire"
)

// docs shows the contract to people. The page is made when first asked for.
func (a *api) docs(c *gin.Context) {
	page, err := a.docsPage()
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page)
}

func docsStyle(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/css; charset=utf-8", apidocs.Style)
}

func renderDocs() ([]byte, error) { return apidocs.Render(wire.OpenAPI) }
