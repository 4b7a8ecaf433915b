package search

import (
	"cmp"
	"slices"
	"strings"
)

// Dictionary has the folded stems of words. A word without stems is a stop
// word; one that is not in it is not known.
type Dictionary map[string][]string

// Span is [start, end) in code points of a text.
type Span [2]int

// maxSpans bounds how many places of one text are told.
const maxSpans = 100

// document is a text that queries are asked of.
type document struct {
	words  []Word
	byText map[string][]int // places in words
	byStem map[string][]int // of words that are written in another way
}

func newDocument(words []Word, d Dictionary) document {
	doc := document{words: words, byText: make(map[string][]int, len(words))}
	for i, w := range words {
		doc.byText[w.Text] = append(doc.byText[w.Text], i)
		for _, stem := range d[w.Plain] {
			if stem == w.Text {
				continue
			}
			if doc.byStem == nil {
				doc.byStem = make(map[string][]int, len(words))
			}
			doc.byStem[stem] = append(doc.byStem[stem], i)
		}
	}
	return doc
}

// Match reports whether a text answers the query, and where its words are: in
// ascending order, apart from each other, the first hundred. The dictionary has
// the words of the text if the query is Stemmed.
func (q Query) Match(words []Word, d Dictionary) ([]Span, bool) {
	doc := newDocument(words, d)
	matched := slices.ContainsFunc(q.groups, func(g group) bool {
		return !slices.ContainsFunc(g, func(t term) bool { return doc.has(t) == t.excluded })
	})
	if !matched {
		return nil, false
	}
	var spans []Span
	for t := range q.terms {
		if !t.excluded {
			for s := range doc.places(t) {
				spans = append(spans, s)
			}
		}
	}
	return joined(spans), true
}

// has reports whether the document has a term.
func (d document) has(t term) bool {
	for range d.places(t) {
		return true
	}
	return false
}

// places yields where the document has a term.
func (d document) places(t term) func(yield func(Span) bool) {
	return func(yield func(Span) bool) {
		for _, i := range d.beginnings(t) {
			if end, ok := d.follow(t, i); ok && !yield(Span{d.words[i].Start, end}) {
				return
			}
		}
	}
}

// beginnings returns the places of what may be the first word of a term.
func (d document) beginnings(t term) []int {
	first := t.words[0]
	if first.prefix {
		return d.withPrefix(first.Text)
	}
	found := d.byText[first.Text]
	for _, stem := range t.stems {
		found = slices.Concat(found, d.byText[stem], d.byStem[stem])
	}
	return found
}

func (d document) withPrefix(text string) (found []int) {
	for i, w := range d.words {
		if strings.HasPrefix(w.Text, text) {
			found = append(found, i)
		}
	}
	return found
}

// follow returns where a term ends that begins with the word at i.
func (d document) follow(t term, i int) (end int, ok bool) {
	end = d.end(t.words[0], d.words[i])
	for _, w := range t.words[1:] {
		i += w.after
		if i >= len(d.words) || !w.is(d.words[i].Text) {
			return 0, false
		}
		end = d.end(w, d.words[i])
	}
	return end, true
}

// end is where a word ends that is found; of a pair found by its first
// character, only that one was asked for.
func (d document) end(w wanted, found Word) int {
	if w.prefix {
		return min(found.Start+1, found.End)
	}
	return found.End
}

func (w wanted) is(text string) bool {
	return w.Text == text || w.prefix && strings.HasPrefix(text, w.Text)
}

// joined sorts spans and makes one of those that touch.
func joined(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		if len(out) == maxSpans {
			break
		}
		out = append(out, s)
	}
	return out
}
