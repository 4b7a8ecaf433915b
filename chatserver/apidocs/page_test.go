package apidocs

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/wire"
)

func render(t *testing.T) (document, string) {
	t.Helper()
	var d document
	if err := yaml.Unmarshal(wire.OpenAPI, &d); err != nil {
		t.Fatal(err)
	}
	text, err := Render(wire.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return d, string(text)
}

func TestEverythingOfTheContractIsOnThePage(t *testing.T) {
	t.Parallel()
	d, page := render(t)
	has := func(what, text string) {
		if n := strings.Count(page, text); n == 0 {
			t.Errorf("%s is not there: %s", what, text)
		}
	}
	operations := 0
	for _, path := range d.Paths {
		for _, o := range path.Value {
			operations++
			has("an operation", `<article id="`+o.Value.ID+`">`)
			has("its summary", html.EscapeString(strings.Split(o.Value.Summary, "`")[0]))
		}
	}
	if n := strings.Count(page, "<h4>Answers</h4>"); operations == 0 || n != operations {
		t.Errorf("%d operations are shown as %d", operations, n)
	}
	for _, s := range d.Components.Schemas {
		has("an object", `<article id="object-`+s.Key+`">`)
		for _, p := range s.Value.Properties {
			has("a member of "+s.Key, "<code>"+p.Key+"</code>")
		}
	}
	for _, types := range []ordered[string]{d.Frames.Client, d.Frames.Server} {
		if len(types) == 0 {
			t.Error("there are no frames")
		}
		for _, f := range types {
			has("a frame", `<th scope="row"><code>`+f.Key+"</code></th>")
		}
	}
	for _, c := range d.CloseCodes {
		has("a close code", `<th scope="row"><code>`+c.Key+"</code></th>")
	}
	for _, c := range chat.Codes() {
		has("a code", `<th scope="row"><code>`+string(c)+"</code></th>")
	}
}

var (
	target = regexp.MustCompile(` id="([^"]+)"`)
	link   = regexp.MustCompile(` href="#([^"]+)"`)
)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	_, page := render(t)
	targets := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(page, -1) {
		if targets[m[1]] {
			t.Errorf("two things have the id %s", m[1])
		}
		targets[m[1]] = true
	}
	for _, m := range link.FindAllStringSubmatch(page, -1) {
		if !targets[m[1]] {
			t.Errorf("nothing has the id %s", m[1])
		}
	}
}

// The content security policy would block scripts and styles of the page's own.
func TestThePageNeedsNothingButItsStyle(t *testing.T) {
	t.Parallel()
	_, page := render(t)
	for _, unwanted := range []string{"<script", "<style", " style=", "javascript:", "http://", "https://", "<no value>", "ZgotmplZ"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the page has %s", unwanted)
		}
	}
}

func TestTextIsNeverMarkup(t *testing.T) {
	t.Parallel()
	text, err := Render([]byte("info: {title: '<b>', description: 'a `<i>` & <script>'}\ntags: []\npaths: {}\n"))
	if err != nil || !strings.Contains(string(text), "a <code>&lt;i&gt;</code> &amp; &lt;script&gt;") || strings.Contains(string(text), "<script>") {
		t.Errorf("%v: %.800s", err, text)
	}
	if _, err := Render([]byte("paths: [")); err == nil {
		t.Error("half a document was shown")
	}
}

// In `{description: one, two}` YAML takes the comma for the end of the text.
func TestNoTextOfTheContractIsCutOff(t *testing.T) {
	t.Parallel()
	var all any
	if err := yaml.Unmarshal(wire.OpenAPI, &all); err != nil {
		t.Fatal(err)
	}
	var look func(at string, value any)
	look = func(at string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, inner := range v {
				if inner == nil {
					t.Errorf("%s has %q, which is perhaps the rest of a text", at, key)
				}
				look(at+"/"+key, inner)
			}
		case []any:
			for _, inner := range v {
				look(at, inner)
			}
		}
	}
	look("", all)
}
