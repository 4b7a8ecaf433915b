package rest

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"uim.dev/uim/chatserver/wire"
)

// pages are routes that are not of the API.
var pages = []string{"GET /ws", "GET /openapi.yaml", "GET /docs", "GET /docs/style.css"}

var pathParameter = regexp.MustCompile(`:([a-z_]+)`)

func TestTheRoutesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	routes := newSite(t, Config{}).Handler.(*gin.Engine).Routes()
	served := make([]string, len(routes))
	for i, r := range routes {
		served[i] = r.Method + " " + pathParameter.ReplaceAllString(r.Path, "{$1}")
	}
	written := operationIDs(t)
	for _, route := range served {
		if _, ok := written[route]; !ok && !slices.Contains(pages, route) {
			t.Errorf("the contract lacks %s", route)
		}
	}
	for route, id := range written {
		if !slices.Contains(served, route) {
			t.Errorf("the server lacks %s (%s)", route, id)
		}
	}
}

// operationIDs returns the operations of the contract by method and path.
func operationIDs(t *testing.T) map[string]string {
	t.Helper()
	var contract struct {
		Paths map[string]map[string]struct {
			ID string `yaml:"operationId"`
		} `yaml:"paths"`
	}
	if err := yaml.Unmarshal(wire.OpenAPI, &contract); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for path, operations := range contract.Paths {
		for method, o := range operations {
			ids[strings.ToUpper(method)+" "+path] = o.ID
		}
	}
	return ids
}

// taker is an Upgrader that takes the connection and does nothing with it.
type taker struct{}

func (taker) Upgrade(w http.ResponseWriter, _ *http.Request, _ string) error {
	_, _, err := http.NewResponseController(w).Hijack()
	return err
}

// hijackable is a recorder whose connection can be taken.
type hijackable struct{ *httptest.ResponseRecorder }

func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }

func TestAConnectionThatIsTakenIsCountedAsSuch(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{}, func(s *Services) { s.WebSocket = taker{} })
	s.ServeHTTP(hijackable{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/ws", nil))
	if !strings.Contains(s.log.String(), `"status":101`) {
		t.Errorf("logged was %s", s.log)
	}
}
