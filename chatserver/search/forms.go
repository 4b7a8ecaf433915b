package search

import (
	"strconv"
	"strings"
)

// positionsOfAWord is how many places of one word Postgres notes in a text.
const positionsOfAWord = 255

// stemMark tells a stem from a word that is written like it.
const stemMark = "="

// Vector writes a text's words as a tsvector: each with its positions, the stems
// of a dictionary without, and marks. (A phrase is made of words as they were
// written, so stems need no positions.) Marks and stems begin with a character that no word has.
func Vector(words []Word, d Dictionary, marks ...string) string {
	var b strings.Builder
	doc := newDocument(words, d)
	for _, mark := range marks {
		appendLexeme(&b, mark)
	}
	for text, places := range doc.byText {
		appendLexeme(&b, text)
		for i, place := range places[:min(len(places), positionsOfAWord)] {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(strconv.Itoa(words[place].Position))
		}
	}
	for stem := range doc.byStem {
		appendLexeme(&b, stemMark+stem)
	}
	return b.String()
}

// TSQuery writes the query as a tsquery.
func (q Query) TSQuery() string {
	var b strings.Builder
	for i, g := range q.groups {
		if i > 0 {
			b.WriteString(" |")
		}
		b.WriteString(" (")
		for j, t := range g {
			if j > 0 {
				b.WriteString(" &")
			}
			t.appendTo(&b)
		}
		b.WriteString(")")
	}
	return b.String()
}

func (t term) appendTo(b *strings.Builder) {
	if t.excluded {
		b.WriteString(" !")
	}
	b.WriteString(" (")
	for i, w := range t.words {
		if i > 0 {
			b.WriteString(" <" + strconv.Itoa(w.after) + ">")
		}
		appendLexeme(b, w.Text)
		if w.prefix {
			b.WriteString(":*")
		}
	}
	for _, stem := range t.stems {
		for _, lexeme := range []string{stem, stemMark + stem} {
			b.WriteString(" |")
			appendLexeme(b, lexeme)
		}
	}
	b.WriteString(")")
}

// Any writes a tsquery for any of some marks.
func Any(marks ...string) string {
	var b strings.Builder
	for i, mark := range marks {
		if i > 0 {
			b.WriteString(" |")
		}
		appendLexeme(&b, mark)
	}
	return b.String()
}

var lexemeEscaper = strings.NewReplacer(`'`, `''`, `\`, `\\`)

func appendLexeme(b *strings.Builder, text string) {
	b.WriteString(" '")
	_, _ = lexemeEscaper.WriteString(b, text)
	b.WriteByte('\'')
}
