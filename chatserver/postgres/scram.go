package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

const (
	scramSaltBytes  = 16
	scramIterations = 4096 // Postgres's own default
)

// scramVerifier is what Postgres stores of a password (RFC 5803), made here so that
// the password itself never is in an SQL text, where logs and statistics could
// keep it.
func scramVerifier(password string) (string, error) {
	for i := range len(password) {
		// Others would have to be normalized (SASLprep) just as Postgres does it.
		if password[i] < ' ' || password[i] > '~' {
			return "", errors.New("the password has characters other than printable ASCII")
		}
	}
	if password == "" {
		return "", errors.New("the password is empty")
	}
	salt := make([]byte, scramSaltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramIterations, b64(salt), b64(stored[:]), b64(mac(salted, "Server Key"))), nil
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
