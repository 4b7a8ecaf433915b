package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"uim.dev/uim/chatserver/wire"
)

// contractChecks hold every route to the contract that the server itself serves.
var contractChecks = []Check{
	{"every route of the contract is served", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, o := range e.operations(t) {
			if a := anyone.call(t, o.method, o.address(), nil); a.status == http.StatusMethodNotAllowed || o.token && a.status == http.StatusNotFound {
				t.Errorf("%s %s is not served: %d", o.method, o.path, a.status)
			}
		}
	}},
	{"every route that needs a token refuses requests without one, and with a bad one", func(t T, e *Env) {
		anyone := &user{env: e, url: e.nodes[0]}
		u := e.extra(t, 1)[0]
		parts := strings.Split(u.tokens.AccessToken, ".")
		bad := []*user{
			anyone,
			{env: e, url: u.url, tokens: wire.TokenResponse{AccessToken: parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))}},
			{env: e, url: u.url, tokens: wire.TokenResponse{AccessToken: strings.Repeat("x", 5000)}},
		}
		for _, o := range e.served(t) {
			for _, who := range bad {
				if o.token {
					who.call(t, o.method, o.address(), o.body()).problem(t, http.StatusUnauthorized, "unauthenticated")
				}
			}
		}
	}},
	{"a token in the address is no token", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		anyone := &user{env: e, url: u.url}
		for _, name := range []string{"token", "access_token"} {
			anyone.call(t, http.MethodGet, "/api/me?"+name+"="+u.tokens.AccessToken, nil).problem(t, http.StatusUnauthorized, "unauthenticated")
		}
	}},
	{"every route with a body refuses what is no JSON object of its shape", func(t T, e *Env) {
		u := e.newUser(t)
		for _, o := range e.served(t) {
			if !o.hasBody {
				continue
			}
			for _, body := range []string{"null", "[]", "7", `"text"`, "{", "{}{}", "\xff\xfe", "\ufeff{}", `{"surprise": 1}`, strings.Repeat("[", 10_000)} {
				if a := u.call(t, o.method, o.address(), body); a.status != http.StatusNotFound { // of an id that names nothing
					o.refused(t, a, body)
				}
			}
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "nonsense;;"} {
				if a := u.call(t, o.method, o.address(), "{}", "Content-Type", kind); a.status != http.StatusNotFound {
					a.problem(t, http.StatusBadRequest, "invalid_request")
				}
			}
		}
	}},
	{"every field of a body refuses values of another type, without a server error", func(t T, e *Env) {
		u := e.newUser(t)
		for _, o := range e.served(t) {
			for _, field := range o.fields {
				for _, value := range []string{
					"null", "true", "-1", "1e400", "99999999999999999999", `"\ud800"`, `"\u0000"`, `"` + strings.Repeat("x", 3000) + `"`, "[null]", "[[]]", `{"a":{}}`,
				} {
					a := u.call(t, o.method, o.address(), `{"`+field+`":`+value+`}`)
					o.harmless(t, a, field+": "+value[:min(len(value), 40)])
				}
			}
		}
	}},
	{"every id in an address that is none, or names nothing, is not found", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		for _, o := range e.served(t) {
			if !o.token || !strings.Contains(o.path, "_id}") {
				continue
			}
			for _, id := range []string{"nonsense", "0", "%00", "..%2f..", strings.Repeat("a", 300), uuid.Nil.String()} {
				a := u.call(t, o.method, o.with(id), o.body())
				o.harmless(t, a, id)
				switch { // who is nobody is not online, and what is not there is deleted
				case a.status == http.StatusNotFound, o.path == "/api/users/{user_id}/presence", o.method == http.MethodDelete:
				default:
					o.refused(t, a, id)
				}
			}
		}
	}},
	{"every list checks limit and cursor", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		conversation := u.group(t, e.extra(t, 2)[1])
		for _, o := range e.served(t) {
			address := strings.ReplaceAll(o.path, "{conversation_id}", conversation) + "?q=hello"
			if strings.Contains(address, "{") {
				continue
			}
			if slices.Contains(o.parameters, "Limit") {
				for _, limit := range []string{"0", "-1", "101", "x", "1.5", "99999999999999999999", ""} {
					u.call(t, o.method, address+"&limit="+limit, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "limit")
				}
				for _, limit := range []string{"1", "100"} {
					u.call(t, o.method, address+"&limit="+limit, nil).wants(t, http.StatusOK)
				}
			}
			if slices.Contains(o.parameters, "Cursor") {
				for _, cursor := range []string{"x", "bm9uc2Vuc2U", "%00", strings.Repeat("A", 2000)} {
					u.call(t, o.method, address+"&cursor="+cursor, nil).problem(t, http.StatusUnprocessableEntity, "validation_failed", "cursor")
				}
			}
		}
	}},
	{"every answer of the API forbids storing, guessing types and framing", func(t T, e *Env) {
		u := e.extra(t, 1)[0]
		anyone := &user{env: e, url: u.url}
		for _, o := range e.served(t) {
			if !strings.HasPrefix(o.path, "/api/") || o.method != http.MethodGet {
				continue
			}
			for _, who := range []*user{u, anyone} {
				a := who.call(t, o.method, o.address(), nil)
				for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
					equal(t, name+" of "+a.request, a.header.Get(name), want)
				}
				if a.header.Get("X-Request-Id") == "" || !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
					failf(t, "%s answered with the headers %v", a.request, a.header)
				}
			}
		}
	}},
}

// contract is what the checks read from openapi.yaml.
type contract struct {
	once       sync.Once
	err        error
	operations []operation

	mu     sync.Mutex
	served []operation
}

// operation is a method of a route.
type operation struct {
	method, path string
	token        bool // it needs one
	hasBody      bool
	fields       []string // of the body
	parameters   []string // names of shared ones
}

// address is the route with ids that name nothing.
func (o operation) address() string { return o.with(uuid.NewString()) }

// with is the route with all its variables replaced.
func (o operation) with(value string) string {
	var b strings.Builder
	for rest := o.path; ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(value)
		_, rest, _ = strings.Cut(after, "}")
	}
}

// body is what a request has to send to get past reading it.
func (o operation) body() any {
	if o.hasBody {
		return object{}
	}
	return nil
}

// refused fails the check unless an answer is a client's error.
func (o operation) refused(t T, a answer, sent string) {
	t.Helper()
	if a.status < 400 || a.status >= 500 {
		failf(t, "%s %s answered %d to %.60q: %s", o.method, o.path, a.status, sent, a.body)
	}
	o.harmless(t, a, sent)
}

// harmless fails the check if an answer is a server's error, or a problem with
// an unknown code.
func (o operation) harmless(t T, a answer, sent string) {
	t.Helper()
	if a.status >= 500 {
		failf(t, "%s %s answered %d to %.60q: %s", o.method, o.path, a.status, sent, a.body)
	}
	if a.status >= 400 {
		var p wire.Problem
		a.into(t, &p)
		a.problem(t, a.status, p.Code)
	}
}

// operations returns every operation of the served contract.
func (e *Env) operations(t T) []operation {
	t.Helper()
	e.contract.once.Do(func() {
		a := (&user{env: e, url: e.nodes[0]}).call(t, http.MethodGet, "/openapi.yaml", nil)
		e.contract.err = e.contract.read(a.body)
	})
	check(t, e.contract.err)
	if len(e.contract.operations) == 0 {
		failf(t, "the contract has no routes")
	}
	return e.contract.operations
}

// served is operations without those that the server does not have (one check
// tells of them), and without those that would end the person's session.
func (e *Env) served(t T) []operation {
	t.Helper()
	all := e.operations(t)
	e.contract.mu.Lock()
	defer e.contract.mu.Unlock()
	if e.contract.served == nil {
		anyone := &user{env: e, url: e.nodes[0]}
		for _, o := range all {
			a := anyone.call(t, o.method, o.address(), nil)
			missing := a.status == http.StatusMethodNotAllowed || o.token && a.status == http.StatusNotFound
			if ends := o.path == "/api/auth/logout" || o.path == "/api/me" && o.method == http.MethodDelete; !missing && !ends {
				e.contract.served = append(e.contract.served, o)
			}
		}
	}
	return e.contract.served
}

func (c *contract) read(text []byte) error {
	type reference struct {
		Ref  string `yaml:"$ref"`
		Name string `yaml:"name"`
	}
	type schema struct {
		Properties map[string]any `yaml:"properties"`
	}
	type method struct {
		Security    *[]any      `yaml:"security"`
		Parameters  []reference `yaml:"parameters"`
		RequestBody *struct {
			Content map[string]struct{ Schema reference } `yaml:"content"`
		} `yaml:"requestBody"`
	}
	var document struct {
		Paths      map[string]map[string]method `yaml:"paths"`
		Components struct {
			Schemas map[string]schema `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("reading openapi.yaml: %w", err)
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, name := range slices.Sorted(maps.Keys(document.Paths[path])) {
			m := document.Paths[path][name]
			o := operation{method: strings.ToUpper(name), path: path, token: m.Security == nil || len(*m.Security) > 0, hasBody: m.RequestBody != nil}
			for _, p := range m.Parameters {
				o.parameters = append(o.parameters, p.Ref[strings.LastIndex(p.Ref, "/")+1:])
			}
			if m.RequestBody != nil {
				ref := m.RequestBody.Content["application/json"].Schema.Ref
				o.fields = slices.Sorted(maps.Keys(document.Components.Schemas[ref[strings.LastIndex(ref, "/")+1:]].Properties))
			}
			c.operations = append(c.operations, o)
		}
	}
	return nil
}
