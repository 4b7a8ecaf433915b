package chatserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/wire"
)

// contract is openapi.yaml as a judge of what goes over the wire. Its schemas
// are JSON Schema 2020-12, so it is itself the schema document.
type contract struct {
	Paths  map[string]map[string]operation `json:"paths"`
	Frames struct {
		Server map[string]string `json:"server"` // type → name of the schema of its data, empty for none
		Client map[string]string `json:"client"`
	} `json:"x-frames"`

	Components struct {
		Parameters map[string]parameter `json:"parameters"`
	} `json:"components"`

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer
	accepted map[string]bool               // operationId of everything that was answered with success
	frames   map[string]bool               // types of server frames that came
}

type operation struct {
	ID          string      `json:"operationId"`
	Parameters  []parameter `json:"parameters"`
	RequestBody *struct {
		Required bool `json:"required"`
	} `json:"requestBody"`
	Responses map[string]response `json:"responses"`

	pointer string // to this operation in the document
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
}

type response struct {
	Ref     string                     `json:"$ref"`
	Content map[string]json.RawMessage `json:"content"`
}

const document = "openapi.json"

func newContract(t testing.TB) *contract {
	t.Helper()
	text, err := yaml.YAMLToJSON(wire.OpenAPI)
	require.NoError(t, err)
	c := &contract{
		compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, accepted: map[string]bool{}, frames: map[string]bool{},
	}
	require.NoError(t, json.Unmarshal(text, c))
	for path, operations := range c.Paths {
		for method, o := range operations {
			o.pointer = "/paths/" + escape(path) + "/" + method
			operations[method] = o
		}
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	require.NoError(t, c.compiler.AddResource(document, parsed))
	return c
}

// escape makes a name a part of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// valid checks JSON against the schema at a JSON pointer.
func (c *contract) valid(pointer string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	schema := c.schemas[pointer]
	if schema == nil {
		location := url.URL{Path: document, Fragment: pointer}
		if schema, err = c.compiler.Compile(location.String()); err != nil {
			return err
		}
		c.schemas[pointer] = schema
	}
	return schema.Validate(value)
}

// find returns the operation that a request is for; of two paths that fit the
// one with more fixed segments. False when there is none.
func (c *contract) find(method, path string) (found operation, ok bool) {
	best := -1
	for template, operations := range c.Paths {
		if o, has := operations[strings.ToLower(method)]; has {
			if fixed := fit(template, path); fixed > best {
				found, best, ok = o, fixed, true
			}
		}
	}
	return found, ok
}

// fit returns how many segments of a template a path meets literally, -1 when
// it does not fit.
func fit(template, path string) int {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return -1
	}
	fixed := 0
	for i := range want {
		switch {
		case strings.HasPrefix(want[i], "{"):
		case want[i] != got[i]:
			return -1
		default:
			fixed++
		}
	}
	return fixed
}

// exchange checks a request and its answer. What was accepted must have been
// allowed; what was answered must have been announced.
func (c *contract) exchange(request *http.Request, sent []byte, answer *http.Response, got []byte) error {
	o, ok := c.find(request.Method, request.URL.Path)
	if !ok {
		if kind := mediaType(answer.Header); kind == "application/problem+json" {
			return c.valid("/components/schemas/Problem", got)
		}
		return nil // a page
	}
	if answer.StatusCode < 300 {
		c.mu.Lock()
		c.accepted[o.ID] = true
		c.mu.Unlock()
		if err := c.request(o, request, sent); err != nil {
			return fmt.Errorf("%s was accepted, but the contract does not allow it: %w", o.ID, err)
		}
	}
	if err := c.answer(o, answer, got); err != nil {
		return fmt.Errorf("the answer %d of %s: %w", answer.StatusCode, o.ID, err)
	}
	return nil
}

func (c *contract) request(o operation, request *http.Request, sent []byte) error {
	for i, p := range o.Parameters {
		pointer := fmt.Sprintf("%s/parameters/%d", o.pointer, i)
		if p.Ref != "" {
			pointer = strings.TrimPrefix(p.Ref, "#")
			p = c.Components.Parameters[pointer[strings.LastIndex(pointer, "/")+1:]]
		}
		if p.In != "query" {
			continue
		}
		if err := c.queryParameter(p, pointer, request.URL.Query()); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	switch {
	case o.RequestBody == nil && len(sent) > 0:
		return errors.New("there is a body")
	case o.RequestBody == nil || len(sent) == 0 && !o.RequestBody.Required:
		return nil
	}
	return c.valid(o.pointer+"/requestBody/content/"+escape("application/json")+"/schema", sent)
}

func (c *contract) queryParameter(p parameter, pointer string, query url.Values) error {
	text := query.Get(p.Name)
	switch {
	case !query.Has(p.Name) && p.Required:
		return errors.New("it is missing")
	case text == "": // as good as absent
		return nil
	}
	if c.valid(pointer+"/schema", []byte(text)) == nil { // a number
		return nil
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return err
	}
	return c.valid(pointer+"/schema", quoted)
}

func (c *contract) answer(o operation, answer *http.Response, got []byte) error {
	status := strconv.Itoa(answer.StatusCode)
	r, declared := o.Responses[status]
	if !declared {
		status = "default"
		if r, declared = o.Responses[status]; !declared {
			return errors.New("the contract has no such status")
		}
		if answer.StatusCode < 400 {
			return errors.New("only errors go by default")
		}
	}
	pointer := o.pointer + "/responses/" + status + "/content/"
	kind := mediaType(answer.Header)
	switch {
	case r.Ref == "#/components/responses/Problem":
		pointer = "/components/responses/Problem/content/"
		if kind != "application/problem+json" {
			return fmt.Errorf("an error is %q", kind)
		}
	case len(r.Content) == 0:
		if len(got) > 0 {
			return fmt.Errorf("it has the body %s", got)
		}
		return nil
	case r.Content[kind] == nil:
		return fmt.Errorf("it is %q", kind)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	if err := c.valid(pointer+escape(kind)+"/schema", got); err != nil {
		return fmt.Errorf("%w: %s", err, got)
	}
	return nil
}

func mediaType(h http.Header) string {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind
}

// frame checks a frame from the server.
func (c *contract) frame(text []byte) error {
	var f map[string]json.RawMessage
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	for member := range f {
		if !slices.Contains([]string{"type", "re", "data"}, member) {
			return fmt.Errorf("the envelope of a frame has %s", member)
		}
	}
	var kind string
	if err := json.Unmarshal(f["type"], &kind); err != nil {
		return fmt.Errorf("the type of a frame: %w", err)
	}
	schema, known := c.Frames.Server[kind]
	c.mu.Lock()
	c.frames[kind] = true
	c.mu.Unlock()
	switch {
	case !known:
		return fmt.Errorf("the contract has no frame %s", kind)
	case schema == "":
		if f["data"] != nil {
			return fmt.Errorf("the frame %s has data", kind)
		}
		return nil
	}
	if err := c.valid("/components/schemas/"+schema, f["data"]); err != nil {
		return fmt.Errorf("the frame %s: %w: %s", kind, err, f["data"])
	}
	return nil
}

// unfinished are the operations and server frames that the contract has and
// the server has not yet. An entry must go as soon as it works.
var unfinished []string

// elsewhere are the frames that come only when a server stops, or when somebody was
// away for long; other tests see them.
var elsewhere = []string{"session.closing", "messages"}

// exercised fails the test for every operation that the suite never made
// succeed and every frame that it never got, so that it grows with the contract.
func (c *contract) exercised(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	judge := func(name string, seen bool) {
		switch waived := slices.Contains(unfinished, name); {
		case !seen && !waived:
			t.Errorf("no check of the conformance suite makes %s happen", name)
		case seen && waived:
			t.Errorf("%s works now: take it off the list", name)
		}
	}
	for _, operations := range c.Paths {
		for _, o := range operations {
			judge(o.ID, c.accepted[o.ID])
		}
	}
	for kind := range c.Frames.Server {
		if !slices.Contains(elsewhere, kind) {
			judge(kind, c.frames[kind])
		}
	}
}
