// Package wire holds the JSON of the public contract: the objects, requests
// and frames that openapi.yaml describes, as Go types generated from it.
// REST and WebSocket share them, so both always say the same.
package wire

import (
	_ "embed"
	"encoding/json"
	"time"
)

//go:generate go tool -modfile=../../hack/tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml

// OpenAPI is the contract itself, as served at /openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte

// RawEvent is the body of a system message, passed through as it is stored.
type RawEvent = json.RawMessage

// timestampLayout is RFC 3339 with exactly three fractional digits.
const timestampLayout = "2006-01-02T15:04:05.000Z"

// Timestamp is a moment as the contract writes it: RFC 3339, UTC, milliseconds.
type Timestamp time.Time

// Time returns the moment as the standard library's type.
func (t Timestamp) Time() time.Time { return time.Time(t) }

// AppendText implements encoding.TextAppender.
func (t Timestamp) AppendText(b []byte) ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(b, timestampLayout), nil
}

// MarshalJSON implements json.Marshaler.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, len(timestampLayout)+2)
	b = append(b, '"')
	b = time.Time(t).UTC().AppendFormat(b, timestampLayout)
	return append(b, '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler; it accepts any RFC 3339 time.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	var v time.Time
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*t = Timestamp(v)
	return nil
}
