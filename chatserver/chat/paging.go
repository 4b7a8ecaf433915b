package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/google/uuid"
)

// Pager writes places in lists as opaque cursors that only the server can make,
// for one list and one viewer each.
type Pager struct{ key []byte }

// NewPager returns a Pager; key has 32 random bytes and is the same on all nodes.
func NewPager(key []byte) *Pager { return &Pager{key: key} }

const cursorTagBytes = 16

// Seal returns a place as a cursor for one list of one viewer.
func (p *Pager) Seal(list string, viewer uuid.UUID, place any) (string, error) {
	body, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(p.tag(list, viewer, body), body...)), nil
}

// Open reads a cursor back into place. The error is validation_failed for a
// cursor that was not made for this list and viewer.
func (p *Pager) Open(list string, viewer uuid.UUID, cursor string, place any) error {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(b) > cursorTagBytes && hmac.Equal(b[:cursorTagBytes], p.tag(list, viewer, b[cursorTagBytes:])) {
		return json.Unmarshal(b[cursorTagBytes:], place)
	}
	return Problems{{Field: "cursor", Code: "invalid", Detail: "This is not a cursor of this list."}}.Err()
}

func (p *Pager) tag(list string, viewer uuid.UUID, body []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(list))
	mac.Write([]byte{0})
	mac.Write(viewer[:])
	mac.Write(body)
	return mac.Sum(nil)[:cursorTagBytes]
}
