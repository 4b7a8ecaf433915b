package resources

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// Fingerprint is a short text that changes when any of the data does. It is keyed,
// so that nobody who reads it on a pod can use it to test guesses of a password.
func Fingerprint(key []byte, data ...map[string][]byte) string {
	mac := hmac.New(sha256.New, key)
	field := func(b []byte) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		mac.Write(size[:])
		mac.Write(b)
	}
	for _, d := range data {
		field([]byte("map"))
		for _, name := range slices.Sorted(maps.Keys(d)) {
			field([]byte(name))
			field(d[name])
		}
	}
	return hex.EncodeToString(mac.Sum(nil))[:16]
}

// only picks some keys out of data; keys that are not there stay out.
func only(data map[string][]byte, keys ...string) map[string][]byte {
	picked := map[string][]byte{}
	for _, key := range keys {
		if value, ok := data[key]; ok {
			picked[key] = value
		}
	}
	return picked
}
