package auth

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for commonList
	"fmt"
	"io"
	"slices"
	"strings"
)

// commonList is the 10,000 commonest of the passwords that have 8 to 72 bytes,
// in lower case and sorted; NOTICE tells where they are from.
//
//go:embed common_passwords.txt.gz
var commonList []byte

// commonPasswords is the passwords that everyone would try first.
type commonPasswords []string

func loadCommonPasswords() (commonPasswords, error) {
	r, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		return nil, fmt.Errorf("reading the common passwords: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the common passwords: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
}

// has reports whether a password is a common one, without regard to case.
func (c commonPasswords) has(password string) bool {
	_, found := slices.BinarySearch(c, strings.ToLower(password))
	return found
}
