package rest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for given, kept := range map[string]bool{
		"abc-123_X.y": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a\tb": false, "<script>": false, "ü": false, `a"b`: false,
	} {
		got := s.request(http.MethodGet, "/livez", "", "X-Request-Id", given).Header().Get("X-Request-Id")
		if kept && got != given {
			t.Errorf("%q became %q", given, got)
		}
		if _, err := uuid.Parse(got); !kept && err != nil {
			t.Errorf("%q became %q, want a UUID", given, got)
		}
	}
}

func TestAProblemHasItsShape(t *testing.T) {
	t.Parallel()
	c, w := visit(http.MethodGet, "/api/things?secret=1", "")
	c.Set(requestIDKey, "request-1")
	fail(c, &chat.Error{
		Code: chat.CodeOverloaded, Detail: "Wait.", RetryAfter: 1200 * time.Millisecond,
		Fields: []chat.FieldError{{Field: "a", Code: "required", Detail: "It is missing."}},
	})
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"type": "/errors/overloaded", "title": chat.CodeOverloaded.Info().Title, "status": 503.0, "detail": "Wait.",
		"instance": "/api/things", "code": "overloaded", "request_id": "request-1", "retry_after_ms": 1200.0,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if fields := got["errors"].([]any); len(fields) != 1 || fields[0].(map[string]any)["field"] != "a" {
		t.Errorf("the fields are %v", fields)
	}
	if h := w.Header(); h.Get("Retry-After") != "2" || h.Get("Cache-Control") != "no-store" || h.Get("WWW-Authenticate") != "" || !c.IsAborted() {
		t.Errorf("the header is %v", h)
	}
}

func TestWhatIsNotForClientsIsHidden(t *testing.T) {
	t.Parallel()
	c, w := visit(http.MethodGet, "/", "")
	fail(c, errSecret)
	problemOf(t, w, chat.CodeInternal)
	if strings.Contains(w.Body.String(), "hunter2") {
		t.Errorf("told was %s", w.Body)
	}
	if err := c.Errors.Last(); err == nil || err.Err != errSecret { //nolint:errorlint // the very same
		t.Errorf("kept for the log is %v", err)
	}
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	for _, code := range chat.Codes() {
		c, w := visit(http.MethodGet, "/", "")
		fail(c, &chat.Error{Code: code})
		problemOf(t, w, code)
		if w.Code != code.Info().Status || (w.Header().Get("WWW-Authenticate") == "Bearer") != (w.Code == http.StatusUnauthorized) {
			t.Errorf("%s: %d, %v", code, w.Code, w.Header())
		}
	}
}

func TestWithoutATokenNothingIsSaid(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for _, header := range []string{"", "Basic YTpi", "bearer x", "Bearer", "token"} {
		w := s.request(http.MethodGet, "/api/me", "", "Authorization", header)
		problemOf(t, w, chat.CodeUnauthenticated)
	}
}

func TestAPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{}) // without an auth service, which is what panics
	problemOf(t, s.request(http.MethodGet, "/api/me", "", "Authorization", "Bearer x"), chat.CodeInternal)
	if log := s.log.String(); !strings.Contains(log, "A handler panicked") || !strings.Contains(log, "stack") {
		t.Errorf("logged was %s", log)
	}
}

func TestAddressesThatAreNotThere(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for _, path := range []string{"/api", "/api/", "/api/nothing", "/api/conversations/x/y/z", "//api/nothing"} {
		problemOf(t, s.request(http.MethodGet, path, ""), chat.CodeNotFound)
	}
	for _, method := range []string{http.MethodPost, http.MethodDelete, "BREW"} {
		if w := s.request(method, "/somewhere", ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	w := s.request(http.MethodDelete, "/api/auth/login", "")
	if problemOf(t, w, chat.CodeInvalidRequest); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("another method: %d", w.Code)
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	for _, path := range []string{"/", "/livez", "/api/me", "/assets/app-1a2b.js", "/api/nothing", "/openapi.yaml"} {
		h := s.request(http.MethodGet, path, "").Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": ""} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	if cache := s.request(http.MethodGet, "/api/me", "").Header().Get("Cache-Control"); cache != "no-store" {
		t.Errorf("an answer of the API may be kept: %q", cache)
	}
}

func TestOtherPagesMayCallWhenTheyAreAllowedTo(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{AllowedOrigins: []string{"https://app.example.com"}})
	for origin, allowed := range map[string]bool{"https://app.example.com": true, "https://evil.net": false, "http://app.example.com": false, "null": false} {
		preflight := s.request(http.MethodOptions, "/api/me", "", "Origin", origin, "Access-Control-Request-Method", "PATCH")
		call := s.request(http.MethodGet, "/api/me", "", "Origin", origin)
		for _, w := range []*httptest.ResponseRecorder{preflight, call} {
			got := w.Header().Get("Access-Control-Allow-Origin")
			if allowed && (got != origin || w.Header().Get("Vary") != "Origin") || !allowed && got != "" {
				t.Errorf("%s: %v", origin, w.Header())
			}
			if w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: cookies are let through", origin)
			}
		}
		if allowed != (preflight.Code == http.StatusNoContent) {
			t.Errorf("%s: the preflight answers %d", origin, preflight.Code)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]bool{
		"": true, "https://chat.example.com": true, "https://CHAT.example.com": true, "https://evil.net": false, "null": false,
		"https://chat.example.com.evil.net": false, "https://chat.example.com:1": false, "%": false,
	} {
		r := httptest.NewRequest(http.MethodPost, "https://chat.example.com/api/auth/refresh", nil)
		r.Header.Set("Origin", origin)
		if got := sameOrigin(r); got != want {
			t.Errorf("%q: %t", origin, got)
		}
	}
}

func TestTheLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	s.request(http.MethodPost, "/api/auth/login?token=hunter2", `{"password":"hunter2"`, "Content-Type", "application/json",
		"Authorization", "Bearer hunter2", "Cookie", "uim_refresh=hunter2")
	if log := s.log.String(); strings.Contains(log, "hunter2") || !strings.Contains(log, `"route":"/api/auth/login"`) {
		t.Errorf("logged was %s", log)
	}
}

func TestFiguresHaveFewLabels(t *testing.T) {
	t.Parallel()
	m := NewMetrics(prometheus.NewRegistry())
	for _, method := range []string{"GET", "BREW", "MAKE-TEA"} {
		m.observe(method, "/livez", 200, time.Millisecond)
	}
	if n := testutil.CollectAndCount(m.requests); n != 2 {
		t.Errorf("%d sets of labels, want GET and other", n)
	}
	s := newSite(t, Config{})
	for _, path := range []string{"/a", "/b", "/c/d"} {
		s.request(http.MethodGet, path, "")
	}
	if n, err := testutil.GatherAndCount(s.registry, "uim_http_request_duration_seconds"); err != nil || n != 1 {
		t.Errorf("%d sets of labels for unknown addresses, %v", n, err)
	}
}

func TestHealthAnswers(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]int{"ok": 200, "degraded": 200, "down": 503} {
		s := newSite(t, Config{}, func(s *Services) { s.Health = &clinic{status: status} })
		if w := s.request(http.MethodGet, "/health", ""); w.Code != want || !strings.Contains(w.Body.String(), `"status":"`+status+`"`) {
			t.Errorf("%s: %d, %s", status, w.Code, w.Body)
		}
	}
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 200}, {errSecret, 503}} {
		s := newSite(t, Config{}, func(s *Services) { s.Health = &clinic{notReady: c.err} })
		if w := s.request(http.MethodGet, "/readyz", ""); w.Code != c.want {
			t.Errorf("readyz: %d, want %d", w.Code, c.want)
		}
		if w := s.request(http.MethodGet, "/livez", ""); w.Code != http.StatusOK {
			t.Errorf("livez: %d", w.Code)
		}
	}
}

func TestAHandshakeThatIsRefusedIsAProblem(t *testing.T) {
	t.Parallel()
	problemOf(t, newSite(t, Config{}).request(http.MethodGet, "/ws", ""), chat.CodeInvalidRequest)
}

func TestTheContractIsServed(t *testing.T) {
	t.Parallel()
	w := newSite(t, Config{}).request(http.MethodGet, "/openapi.yaml", "")
	if w.Code != http.StatusOK || w.Body.String() != string(wire.OpenAPI) {
		t.Errorf("got %d", w.Code)
	}
}

func TestTrustedProxiesAreNetworks(t *testing.T) {
	t.Parallel()
	if _, err := NewHandler(Config{TrustedProxies: []string{"proxy"}}, Services{}, NewMetrics(prometheus.NewRegistry()), nil); err == nil {
		t.Error("a name is a network")
	}
}

func TestBrowsersGetTheRefreshTokenAsACookie(t *testing.T) {
	t.Parallel()
	grant := auth.Grant{RefreshToken: "the token", RefreshTTL: time.Hour, AccessToken: "access", ExpiresIn: 15 * time.Minute}
	answer := func(browser, secure bool) (*httptest.ResponseRecorder, wire.TokenResponse) {
		c, w := visit(http.MethodPost, "/api/auth/login", "")
		if browser {
			c.Request.Header.Set("X-UIM-Client", "web")
		}
		(&api{config: Config{SecureCookies: secure}}).answerGrant(c, http.StatusOK, grant, nil)
		var out wire.TokenResponse
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return w, out
	}
	w, out := answer(false, true)
	if out.RefreshToken != "the token" || out.ExpiresIn != 900 || len(w.Result().Cookies()) != 0 {
		t.Errorf("a program gets %+v, %v", out, w.Result().Cookies())
	}
	for _, secure := range []bool{true, false} {
		w, out := answer(true, secure)
		if out.RefreshToken != "" || strings.Contains(w.Body.String(), "the token") {
			t.Errorf("a browser's body is %s", w.Body)
		}
		cookie := w.Result().Cookies()[0]
		if cookie.Value != "the token" && cookie.Value != `"the token"` || !cookie.HttpOnly || cookie.Secure != secure || cookie.SameSite != http.SameSiteStrictMode ||
			cookie.Path != "/api/auth" || cookie.MaxAge != 3600 || cookie.Domain != "" {
			t.Errorf("the cookie is %s", cookie.Raw)
		}
	}
}

func TestARefreshNeedsAToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	problemOf(t, s.request(http.MethodPost, "/api/auth/refresh", ""), chat.CodeUnauthenticated)
	problemOf(t, s.request(http.MethodPost, "/api/auth/refresh", `{}`, "Content-Type", "application/json"), chat.CodeUnauthenticated)
	foreign := s.request(http.MethodPost, "/api/auth/refresh", "", "Origin", "https://evil.net", "Cookie", "uim_refresh=stolen")
	problemOf(t, foreign, chat.CodeUnauthenticated)
	problemOf(t, s.request(http.MethodPost, "/api/auth/refresh", `{"x":1}`, "Content-Type", "application/json"), chat.CodeInvalidRequest)
}

func TestWhoeverHasNotSignedInIsNobody(t *testing.T) {
	t.Parallel()
	c, _ := visit(http.MethodGet, "/", "")
	if _, ok := identity(c); ok || viewer(c) != uuid.Nil {
		t.Error("nobody is someone")
	}
	c.Set(identityKey, auth.Identity{UserID: uuid.Max})
	if _, ok := identity(c); !ok || viewer(c) != uuid.Max {
		t.Error("someone is nobody")
	}
}

func TestWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[2001:db8::1]:1234": "2001:db8::1", "[::ffff:192.0.2.7]:1234": "192.0.2.7", "@": "invalid IP", "": "invalid IP",
	} {
		c, _ := visit(http.MethodGet, "/", "")
		c.Request.RemoteAddr = address
		if got := clientIP(c).String(); got != want {
			t.Errorf("%q: got %s, want %s", address, got, want)
		}
	}
}
