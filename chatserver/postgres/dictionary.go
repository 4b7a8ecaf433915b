package postgres

import (
	"context"
	"sync"

	"uim.dev/uim/chatserver/postgres/queries"
	"uim.dev/uim/chatserver/search"
)

// SimpleSearch is the search language of those who want words as they are written.
const SimpleSearch = "simple"

// dictionaryWords is how many words a dictionary remembers, twice over (some 10 MB);
// what is used stays.
const dictionaryWords = 50_000

// dictionary is what a text search configuration of Postgres makes of words, of
// which it remembers those that are met often.
type dictionary struct {
	config string // its name; empty, SimpleSearch: every word is as it is

	mu           sync.Mutex
	recent, past search.Dictionary
}

// analysis names how messages are taken apart with this dictionary.
func (d *dictionary) analysis() string { return search.Version + " " + d.config }

// look returns what the dictionary has for some words.
func (d *dictionary) look(ctx context.Context, db queries.DBTX, words []string) (search.Dictionary, error) {
	if d.config == SimpleSearch || d.config == "" || len(words) == 0 {
		return nil, nil
	}
	found, unknown := d.remembered(words)
	if len(unknown) == 0 {
		return found, nil
	}
	rows, err := queries.New().Lexemes(ctx, db, queries.LexemesParams{Config: d.config, Words: unknown})
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range rows {
		stems := make([]string, len(r.Lexemes))
		for i, lexeme := range r.Lexemes {
			stems[i] = search.Fold(lexeme)
		}
		found[r.Word] = stems
		d.remember(r.Word, stems)
	}
	return found, nil
}

// remembered returns what is known already, and the rest.
func (d *dictionary) remembered(words []string) (found search.Dictionary, unknown []string) {
	found = make(search.Dictionary, len(words))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, word := range words {
		if _, twice := found[word]; twice {
			continue
		}
		stems, known := d.recent[word]
		if !known {
			if stems, known = d.past[word]; known {
				d.remember(word, stems)
			}
		}
		found[word] = stems
		if !known {
			unknown = append(unknown, word)
		}
	}
	for _, word := range unknown {
		delete(found, word)
	}
	return found, unknown
}

func (d *dictionary) remember(word string, stems []string) {
	if d.recent == nil || len(d.recent) >= dictionaryWords {
		d.past, d.recent = d.recent, make(search.Dictionary)
	}
	d.recent[word] = stems
}
