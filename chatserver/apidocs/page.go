// Package apidocs shows the contract, openapi.yaml, as a page to read: routes,
// frames, objects and error codes. The page is plain HTML and CSS of ours, so
// that it works under the strict content security policy and without any host
// but the server itself.
package apidocs

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"uim.dev/uim/chatserver/chat"
)

//go:embed page.html.tmpl
var pageTemplate string

// Style is the page's style sheet, which it expects at /docs/style.css.
//
//go:embed style.css
var Style []byte

// page is what the template shows.
type page struct {
	document
	Groups  []group
	Client  []frame
	Server  []frame
	Objects []object
	Codes   []code
}

type group struct {
	Name, Description string
	Operations        []route
}

type route struct {
	operation
	Method, Path string
	Public       bool
	Inputs       []field
	Body         *field
	Answers      []answer
}

// field is a member of an object, or a parameter of a route.
type field struct {
	Name     string
	In       string // of a parameter: path, query or header
	Required bool
	Type     kind
	Text     string
	Limits   string
}

// kind is a type in words: an object's name, to be linked, or JSON's.
type kind struct {
	Prefix string // e.g. "list of "
	Object string // name of one of the page's objects
	Word   string // name of a type of JSON, when it is no object
	Suffix string
}

type answer struct {
	Status, Text string
	Type         kind
}

type frame struct {
	Name string
	Type kind
	Text string
}

type object struct {
	Name, Text string
	Type       kind // of what is not an object
	Limits     string
	Fields     []field
}

type code struct {
	Code chat.Code
	chat.CodeInfo
}

// Render returns the page for a contract.
func Render(openAPI []byte) ([]byte, error) {
	var d document
	if err := yaml.Unmarshal(openAPI, &d); err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	p := page{document: d, Groups: d.groups(), Client: d.frames(d.Frames.Client), Server: d.frames(d.Frames.Server)}
	for _, e := range d.Components.Schemas {
		p.Objects = append(p.Objects, d.object(e.Key, e.Value))
	}
	for _, c := range chat.Codes() {
		p.Codes = append(p.Codes, code{c, c.Info()})
	}
	slices.SortFunc(p.Codes, func(a, b code) int {
		return strings.Compare(fmt.Sprint(a.Status, a.Code), fmt.Sprint(b.Status, b.Code))
	})
	t, err := template.New("page").Funcs(template.FuncMap{"prose": prose, "lower": strings.ToLower, "breakable": breakable}).Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, p)
	return out.Bytes(), err
}

// prose shows text with `code` in it.
func prose(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(strings.TrimSpace(text), "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) //nolint:gosec // every part is escaped above
}

// breakable lets a long path go on in the next line after a slash.
func breakable(path string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(path), "/", "/<wbr>")) //nolint:gosec // it is escaped
}

// groups returns the routes by tag, in the order of the contract.
func (d document) groups() []group {
	var groups []group
	for _, tag := range d.Tags {
		g := group{Name: tag.Name, Description: tag.Description}
		for _, path := range d.Paths {
			for _, o := range path.Value {
				if slices.Contains(o.Value.Tags, tag.Name) {
					g.Operations = append(g.Operations, d.route(strings.ToUpper(o.Key), path.Key, o.Value))
				}
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func (d document) route(method, path string, o operation) route {
	r := route{operation: o, Method: method, Path: path, Public: o.Security != nil && len(*o.Security) == 0}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters.get(last(p.Ref))
		}
		f := newField(p.Name, p.Schema, p.Required)
		f.In = p.In
		if p.Description != "" {
			f.Text = p.Description
		}
		r.Inputs = append(r.Inputs, f)
	}
	if o.RequestBody != nil && len(o.RequestBody.Content) > 0 {
		f := newField("body", o.RequestBody.Content[0].Value.Schema, o.RequestBody.Required)
		r.Body = &f
	}
	for _, e := range o.Responses {
		answered := e.Value
		if answered.Ref != "" {
			answered = d.Components.Responses.get(last(answered.Ref))
		}
		a := answer{Status: e.Key, Text: answered.Description}
		if a.Status == "default" {
			a.Status = "error"
		}
		if len(answered.Content) > 0 {
			a.Type = newKind(answered.Content[0].Value.Schema)
		}
		r.Answers = append(r.Answers, a)
	}
	return r
}

// frames returns frames with the part of their description that is about them.
func (d document) frames(types ordered[string]) []frame {
	frames := make([]frame, len(types))
	for i, e := range types {
		frames[i] = frame{Name: e.Key}
		if e.Value != "" {
			frames[i].Type = kind{Object: e.Value}
			frames[i].Text = d.Components.Schemas.get(e.Value).Description
		}
	}
	return frames
}

func (d document) object(name string, s schema) object {
	o := object{Name: name, Text: s.Description}
	if len(s.Properties) == 0 {
		f := newField(name, s, false)
		o.Type, o.Limits = f.Type, f.Limits
	}
	for _, p := range s.Properties {
		o.Fields = append(o.Fields, newField(p.Key, p.Value, slices.Contains(s.Required, p.Key)))
	}
	return o
}

func newField(name string, s schema, required bool) field {
	return field{Name: name, Required: required, Type: newKind(s), Text: s.Description, Limits: limits(s)}
}

func newKind(s schema) kind {
	switch {
	case s.Ref != "":
		return kind{Object: last(s.Ref)}
	case s.Items != nil:
		k := newKind(*s.Items)
		k.Prefix = "list of " + k.Prefix
		return k
	}
	k := kind{}
	switch t := s.Type.(type) {
	case string:
		k.Word = t
	case []any:
		words := make([]string, len(t))
		for i, w := range t {
			words[i] = fmt.Sprint(w)
		}
		k.Word = strings.Join(words, " or ")
	}
	if s.Format != "" && s.Format != "int64" {
		k.Suffix = " (" + s.Format + ")"
	}
	return k
}

// limits tells in words what a value must be.
func limits(s schema) string {
	var list []string
	span := func(what string, low, high *int64) {
		switch {
		case low != nil && high != nil:
			list = append(list, fmt.Sprintf("%d to %d%s", *low, *high, what))
		case low != nil:
			list = append(list, fmt.Sprintf("at least %d%s", *low, what))
		case high != nil:
			list = append(list, fmt.Sprintf("at most %d%s", *high, what))
		}
	}
	span(" characters", s.MinLength, s.MaxLength)
	span("", s.Minimum, s.Maximum)
	span(" items", s.MinItems, s.MaxItems)
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprintf("`%v`", v)
		}
		list = append(list, strings.Join(words, ", "))
	}
	if s.Pattern != "" {
		list = append(list, "matches `"+s.Pattern+"`")
	}
	if s.Default != nil {
		list = append(list, fmt.Sprintf("default `%v`", s.Default))
	}
	return strings.Join(list, "; ")
}

// last returns the last part of a reference: the name of what it is to.
func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
