package search

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// What keeps a query from being searched for.
var (
	ErrNothing      = errors.New("there is no word to search for")
	ErrTooShort     = errors.New("in a script without spaces one character is no word")
	ErrOnlyExcluded = errors.New("the query only says what not to find")
	ErrStopWords    = errors.New("the query has only words that are everywhere")
)

// Query is what is searched for: texts that answer any of its groups, each by
// all of its terms.
type Query struct{ groups []group }

type group []term

// term is a word, or several that follow each other.
type term struct {
	words    []wanted
	excluded bool
	quoted   bool
	stems    []string // of a single word that was not quoted, beside itself
}

// wanted is a word of a term.
type wanted struct {
	Word
	prefix bool // or a pair that begins with it
	after  int  // how far it is behind the word before
}

// Parse reads a query as people write them for web search engines: all words,
// "these in this order", either or another, -not this. What is no operator in its
// place is read as text.
func Parse(text string) (Query, error) {
	var q Query
	var all group
	var found, excluded bool
	next := func() {
		if len(all) > 0 {
			q.groups = append(q.groups, all)
			excluded = excluded || !slices.ContainsFunc(all, func(t term) bool { return !t.excluded })
		}
		all = nil
	}
	for _, p := range pieces(text) {
		if !p.quoted && !p.excluded && strings.EqualFold(p.text, "or") {
			next()
			continue
		}
		t := term{words: wantedWords(Words(p.text)), excluded: p.excluded, quoted: p.quoted}
		switch {
		case len(t.words) == 0:
			continue
		case len(t.words) == 1 && t.words[0].prefix:
			return Query{}, ErrTooShort
		}
		all = append(all, t)
		found = true
	}
	next()
	switch {
	case !found:
		return Query{}, ErrNothing
	case excluded:
		return Query{}, ErrOnlyExcluded
	}
	return q, nil
}

// wantedWords returns what to look for of the words of a term. The last character
// of a run is found with the one before it.
func wantedWords(words []Word) []wanted {
	list := make([]wanted, 0, len(words))
	at := 0
	for _, w := range words {
		if w.kind == last {
			continue
		}
		list = append(list, wanted{Word: w, prefix: w.kind == alone, after: w.Position - at})
		at = w.Position
	}
	return list
}

// piece is a part of a query: what is between spaces, or between quotes.
type piece struct {
	text             string
	quoted, excluded bool
}

const (
	quotes = "\"“”„«»"
	minus  = "-－−"
)

func isQuote(r rune) bool { return strings.ContainsRune(quotes, r) }

// pieces takes a query apart at spaces and quotes. A quote that nothing ends goes to the end.
func pieces(text string) []piece {
	var list []piece
	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			return list
		}
		var p piece
		if r := firstRune(text); strings.ContainsRune(minus, r) {
			p.excluded = true
			text = text[len(string(r)):]
		}
		if r := firstRune(text); isQuote(r) {
			p.quoted = true
			text = text[len(string(r)):]
			p.text, text = cutFunc(text, isQuote, true)
		} else {
			p.text, text = cutFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) }, false)
		}
		list = append(list, p)
	}
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// cutFunc splits s before the first character that end tells, or around it.
func cutFunc(s string, end func(rune) bool, around bool) (before, after string) {
	i := strings.IndexFunc(s, end)
	if i < 0 {
		return s, ""
	}
	before, after = s[:i], s[i:]
	if around {
		after = after[len(string(firstRune(after))):]
	}
	return before, after
}

// Plain returns the words of the query that a dictionary may know.
func (q Query) Plain() []string {
	var words []string
	for t := range q.terms {
		if w, ok := t.lone(); ok {
			words = append(words, w.Plain)
		}
	}
	return words
}

func (q Query) terms(yield func(term) bool) {
	for _, g := range q.groups {
		for _, t := range g {
			if !yield(t) {
				return
			}
		}
	}
}

// lone returns the word of a term that a dictionary is asked about.
func (t term) lone() (wanted, bool) {
	if t.quoted || len(t.words) != 1 || t.words[0].Plain == "" {
		return wanted{}, false
	}
	return t.words[0], true
}

// Resolve returns the query with what a dictionary makes of its words: their
// stems are found as well, and words that are everywhere are left out.
func (q Query) Resolve(d Dictionary) (Query, error) {
	var out Query
	for _, g := range q.groups {
		var all group
		wanted := false
		for _, t := range g {
			if w, ok := t.lone(); ok {
				stems, known := d[w.Plain]
				if known && len(stems) == 0 {
					continue
				}
				t.stems = stems
			}
			all = append(all, t)
			wanted = wanted || !t.excluded
		}
		if wanted {
			out.groups = append(out.groups, all)
		}
	}
	if len(out.groups) == 0 {
		return Query{}, ErrStopWords
	}
	return out, nil
}

// Stemmed reports whether a text's stems must be known to tell whether it
// answers the query.
func (q Query) Stemmed() bool {
	for t := range q.terms {
		if len(t.stems) > 0 {
			return true
		}
	}
	return false
}
