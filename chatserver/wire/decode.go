package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"uim.dev/uim/chatserver/chat"
)

// Decode reads a JSON object of exactly the shape of into, a pointer to a
// struct. What does not fit is invalid_request, naming the fields at fault.
func Decode(text []byte, into any) error {
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] != '{' { // null would pass for an empty object
		return chat.NewError(chat.CodeInvalidRequest, "This must be a JSON object.")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	switch {
	case errors.Is(err, io.EOF):
		return chat.NewError(chat.CodeInvalidRequest, "The body is empty.")
	case err != nil:
		return explain(text, into, err, true)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return chat.NewError(chat.CodeInvalidRequest, "The body has something after the JSON value.")
	}
	return refuseNull(text)
}

// refuseNull refuses a null anywhere in a body. encoding/json takes it for
// anything and leaves the field as it was; no field of a request may be null.
func refuseNull(text []byte) error {
	if !bytes.Contains(text, []byte("null")) {
		return nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return chat.NewError(chat.CodeInvalidRequest, "This is not JSON: "+err.Error()+".")
	}
	field, found := nullIn(value)
	if !found {
		return nil
	}
	return &chat.Error{Code: chat.CodeInvalidRequest, Detail: "The JSON has another shape.", Fields: []chat.FieldError{
		{Field: field, Code: "invalid_type", Detail: "A JSON null does not fit here; leave it out."}}}
}

// nullIn returns the path of a null in a JSON value, such as known.0.
func nullIn(value any) (path string, found bool) {
	inside := func(name string, v any) bool {
		rest, null := nullIn(v)
		if path, found = name, null; null && rest != "" {
			path += "." + rest
		}
		return null
	}
	switch v := value.(type) {
	case nil:
		return "", true
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if inside(name, v[name]) {
				return path, true
			}
		}
	case []any:
		for i, item := range v {
			if inside(strconv.Itoa(i), item) {
				return path, true
			}
		}
	}
	return "", false
}

// maxMisfits bounds how many fields one answer names.
const maxMisfits = 20

// Misfit tells for people why json.Unmarshal could not read text into the
// struct that into points to, given its error. That error names only the first
// field, and none when a value has a form of its own, such as an id.
func Misfit(text []byte, into any, err error) *chat.Error { return explain(text, into, err, false) }

func explain(text []byte, into any, err error, strict bool) *chat.Error {
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return chat.NewError(chat.CodeInvalidRequest, "This is not JSON: "+err.Error()+".")
	}
	e := chat.NewError(chat.CodeInvalidRequest, "The JSON has another shape.")
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		e.Detail = "This must be a JSON object."
		return e
	}
	for name, value := range members {
		if f, bad := misfit(name, value, reflect.New(reflect.TypeOf(into).Elem()).Interface(), strict); bad && len(e.Fields) < maxMisfits {
			e.Fields = append(e.Fields, f)
		}
	}
	slices.SortFunc(e.Fields, func(a, b chat.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return e
}

// misfit tries a member of an object by itself.
func misfit(name string, value json.RawMessage, into any, strict bool) (chat.FieldError, bool) {
	alone, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return chat.FieldError{}, false
	}
	decoder := json.NewDecoder(bytes.NewReader(alone))
	if strict {
		decoder.DisallowUnknownFields()
	}
	err = decoder.Decode(into)
	if err == nil {
		return chat.FieldError{}, false
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field != "" {
			name = wrong.Field // also names what is inside
		}
		return chat.FieldError{Field: name, Code: "invalid_type", Detail: "A JSON " + wrong.Value + " does not fit here."}, true
	}
	if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // there is no type for it
		if inner, err := strconv.Unquote(unknown); err == nil && inner != name {
			name += "." + inner
		}
		return chat.FieldError{Field: name, Code: "unknown", Detail: "There is no such field."}, true
	}
	return chat.FieldError{Field: name, Code: "invalid", Detail: "This is not what belongs here."}, true
}
