package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that have no decomposition, as people write them on other keyboards.
var unligated = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'ŧ': "t", 'þ': "th", 'ς': "σ", 'ё': "е",
}

// Fold returns a word in lower case as it is compared: without the accents of
// Latin and Greek letters.
func Fold(word string) string {
	if isASCII(word) {
		return word
	}
	var b strings.Builder
	b.Grow(len(word))
	for _, r := range word {
		appendFolded(&b, r)
	}
	return b.String()
}

func appendFolded(b *strings.Builder, r rune) {
	switch {
	case r < utf8.RuneSelf:
		b.WriteByte(byte(r))
		return
	case isAccent(r):
		return
	}
	if text, ok := unligated[r]; ok {
		b.WriteString(text)
		return
	}
	if parts := norm.NFD.PropertiesString(string(r)).Decomposition(); len(parts) > 0 && unicode.In(r, unicode.Latin, unicode.Greek) {
		for _, part := range string(parts) {
			if !isAccent(part) {
				b.WriteRune(part)
			}
		}
		return
	}
	b.WriteRune(r)
}

// isAccent tells the combining marks of European scripts. In others, marks tell
// words apart.
func isAccent(r rune) bool { return 0x300 <= r && r <= 0x36f }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isDense tells scripts that are written without spaces between words. Their
// words are found by pairs of characters.
func isDense(r rune) bool {
	return r >= 0xe00 && (r == 'ー' || unicode.In(r, dense...))
}

var dense = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// isIgnored tells characters that are not seen and part no words: joiners,
// selectors of variants, marks of direction, the soft hyphen.
func isIgnored(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r == 0xad, r == 0x200c, r == 0x200d, r == 0x200e, r == 0x200f, r == 0x2060, r == 0xfeff,
		0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069, 0xfe00 <= r && r <= 0xfe0f, 0xe0100 <= r && r <= 0xe01ef:
		return true
	default:
		return false
	}
}
