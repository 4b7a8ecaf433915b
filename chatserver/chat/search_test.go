package chat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/search"
)

// archive is a MessageFinder that answers what it is told to.
type archive struct {
	err   error
	asked int
	codes []chat.Code
}

func (a *archive) Find(context.Context, uuid.UUID, uuid.UUID, search.Query, chat.SearchNarrowing) ([]chat.SearchHit, error) {
	a.asked++
	return []chat.SearchHit{{}}, a.err
}

func (a *archive) Searched(failure chat.Code, _ time.Duration) { a.codes = append(a.codes, failure) }

func TestBadSearchesAreToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"": "required", "  ": "required", strings.Repeat("字", 201): "too_long", "a\x00": "invalid_characters", "\xff": "invalid_characters",
		"***": "no_words", "or": "no_words", "我": "too_short", "-cats": "only_excluded",
	} {
		a := &archive{}
		_, err := chat.NewSearches(a, a).Find(t.Context(), ann, chat.MessageSearch{Text: text})
		e, ok := chat.AsError(err)
		require.True(t, ok && len(e.Fields) == 1, "%q: %v", text, err)
		require.Equal(t, [2]string{"q", want}, [2]string{e.Fields[0].Field, e.Fields[0].Code}, text)
		require.Zero(t, a.asked)
	}
	for _, to := range []time.Time{noon, noon.Add(-time.Second)} {
		m := chat.MessageSearch{Text: "cats"}
		m.From, m.To = noon, to
		a := &archive{}
		_, err := chat.NewSearches(a, a).Find(t.Context(), ann, m)
		e, _ := chat.AsError(err)
		require.Equal(t, chat.CodeValidationFailed, e.Code)
		require.Equal(t, "to", e.Fields[0].Field)
	}
}

func TestWhatTheStoreFindsOutIsToldAsWell(t *testing.T) {
	t.Parallel()
	a := &archive{}
	find := func(err error) error {
		a.err = err
		_, err = chat.NewSearches(a, a).Find(t.Context(), ann, chat.MessageSearch{Text: strings.Repeat("字", 200)})
		return err
	}
	require.NoError(t, find(nil))
	e, _ := chat.AsError(find(search.ErrStopWords))
	require.Equal(t, "only_stop_words", e.Fields[0].Code)
	require.ErrorIs(t, find(chat.ErrNotFound), chat.ErrNotFound)
	trouble := errors.New("trouble")
	require.ErrorIs(t, find(trouble), trouble)
	require.Equal(t, []chat.Code{"", chat.CodeValidationFailed, chat.CodeNotFound, chat.CodeInternal}, a.codes)
}
