package resources

import (
	"encoding/hex"
	"fmt"
	"io"
)

// passwordBytes is the entropy of generated passwords: 256 bits, written as 64
// hexadecimal digits, which need no quoting anywhere.
const passwordBytes = 32

func randomPassword(random io.Reader) ([]byte, error) {
	raw := make([]byte, passwordBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	return []byte(hex.EncodeToString(raw)), nil
}

// keepOrGenerate puts a random password under each key that data lacks or holds
// empty. What is there is never replaced.
func keepOrGenerate(data map[string][]byte, random io.Reader, keys ...string) error {
	for _, key := range keys {
		if len(data[key]) > 0 {
			continue
		}
		password, err := randomPassword(random)
		if err != nil {
			return err
		}
		data[key] = password
	}
	return nil
}
