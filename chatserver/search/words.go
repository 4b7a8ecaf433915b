package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxWord is how many characters of a word count.
	maxWord = 100
	// maxPosition is the last place in a text that Postgres can note.
	maxPosition = 1<<14 - 1
)

// Word is one of the units by which a text is found: a run of letters and
// digits, a pair of neighbours in a script without spaces, an emoji.
//
// A run of a script without spaces gives a pair for each of its characters; the
// last one stands for itself. So positions count its characters, and any part of
// a run can be found as a phrase.
type Word struct {
	Text       string // as it is compared: in NFKC, lower case, without accents
	Plain      string // with its accents, for a dictionary; empty for what no dictionary knows
	Position   int    // 1, 2, 3 … in the text
	Start, End int    // [Start, End) in code points of the text
	kind       kind
}

type kind byte

const (
	spelled kind = iota // letters and digits, or an emoji
	pair                // two neighbours in a script without spaces
	last                // the last character of several
	alone               // the only one
)

// Words takes a text apart.
func Words(text string) []Word {
	a := analysis{words: make([]Word, 0, len(text)/6+1)}
	at := 0 // code points
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf) {
			a.add(asciiLower(text[0]), at, at+1)
			text, at = text[1:], at+1
			continue
		}
		n := norm.NFKC.NextBoundaryInString(text, true)
		if n <= 0 {
			n = len(text)
		}
		end := at + utf8.RuneCountInString(text[:n])
		says := norm.NFKC.String(strings.ToLower(text[:n]))
		several := strings.ContainsFunc(says, isBetweenWords)
		if several {
			a.endAll()
		}
		for _, r := range says {
			a.add(unicode.ToLower(r), at, end)
		}
		if several {
			a.endAll()
		}
		text, at = text[n:], end
	}
	a.endAll()
	return a.words
}

// isBetweenWords reports whether a character is of no word. One character of a text
// that says several words, such as U+FDFA or a fraction, lends none of them to its
// neighbours: whoever asks for the character finds it.
func isBetweenWords(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !isDense(r) && !isIgnored(r)
}

func asciiLower(b byte) rune {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return rune(b)
}

// analysis is a text on its way to being words. At most one of word and run has begun.
type analysis struct {
	words []Word

	word       strings.Builder // letters of the word that is being read
	runes      int
	digitsOnly bool
	start, end int

	run Word // the last character of a run without spaces; no Text: none has begun
}

// add takes the next character, which is what [start, end) of the text says.
func (a *analysis) add(r rune, start, end int) {
	switch {
	case isIgnored(r):
	case isDense(r):
		a.endWord()
		a.neighbour(Word{Text: string(r), Start: start, End: end, kind: alone})
	case unicode.IsLetter(r), unicode.IsNumber(r), a.runes > 0 && unicode.IsMark(r):
		a.endRun()
		a.letter(r, start, end)
	default:
		a.endWord()
		a.endRun()
		if unicode.Is(unicode.So, r) && r != utf8.RuneError {
			a.emit(Word{Text: string(r), Start: start, End: end})
		}
	}
}

func (a *analysis) letter(r rune, start, end int) {
	if a.runes == 0 {
		a.start, a.digitsOnly = start, true
	}
	if a.runes < maxWord {
		a.word.WriteRune(r)
		a.digitsOnly = a.digitsOnly && unicode.IsNumber(r)
	}
	a.runes, a.end = a.runes+1, end
}

func (a *analysis) endAll() {
	a.endWord()
	a.endRun()
}

func (a *analysis) endWord() {
	if a.runes == 0 {
		return
	}
	plain := a.word.String()
	w := Word{Text: Fold(plain), Plain: plain, Start: a.start, End: a.end}
	if a.digitsOnly {
		w.Plain = ""
	}
	if w.Text != "" {
		a.emit(w)
	}
	a.word.Reset()
	a.runes = 0
}

// neighbour goes on with a run without spaces.
func (a *analysis) neighbour(next Word) {
	if a.run.Text != "" {
		a.emit(Word{Text: a.run.Text + next.Text, Start: a.run.Start, End: next.End, kind: pair})
		next.kind = last
	}
	a.run = next
}

func (a *analysis) endRun() {
	if a.run.Text != "" {
		a.emit(a.run)
		a.run = Word{}
	}
}

func (a *analysis) emit(w Word) {
	w.Position = min(len(a.words)+1, maxPosition)
	a.words = append(a.words, w)
}
