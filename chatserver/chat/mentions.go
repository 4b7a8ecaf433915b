package chat

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMentions bounds the people whom one message calls; more are not heard.
const maxMentions = 50

// mentionsIn returns the names, in lower case, that a text calls with an @, and
// whether it calls everybody. Who of them there is the store finds out.
//
// A name ends where no letter, digit or sign of a name follows. Since names may
// end with a dot or hyphen and sentences do so too, a name is also taken without.
// What has a letter or digit before its @ calls nobody: it is an address. (Letters
// of scripts that put no spaces between words are no part of one.)
func mentionsIn(text string) (names []string, everybody bool) {
	for from := 0; ; {
		at := strings.IndexByte(text[from:], '@')
		if at < 0 {
			return names, everybody
		}
		at += from
		end := at + 1 + nameLength(text[at+1:])
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if before != '@' && after != '@' && !inWord(before) && !inWord(after) {
			everybody = called(&names, strings.ToLower(text[at+1:end])) || everybody
		}
		from = end
	}
}

// called notes a name, and the same without what may be the end of a sentence; it
// reports whether it stands for everybody.
func called(names *[]string, name string) (everybody bool) {
	for {
		switch {
		case name == "all" || name == "everyone":
			return true
		case len(name) >= MinUsername && len(name) <= MaxUsername && len(*names) < maxMentions && !slices.Contains(*names, name):
			*names = append(*names, name)
		}
		shorter := strings.TrimRight(name, ".-")
		if shorter == name {
			return false
		}
		name = shorter
	}
}

// nameLength returns how many of a text's first bytes could be a username.
func nameLength(text string) int {
	for i, r := range text {
		if !isUsernameRune(r) {
			return i
		}
	}
	return len(text)
}

// inWord reports whether a rune beside a name makes it part of something longer.
func inWord(r rune) bool {
	return r == '_' || (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && !unspaced(r)
}

// unspaced reports whether a rune is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
