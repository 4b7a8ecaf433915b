package chat_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"uim.dev/uim/chatserver/chat"
)

func TestEveryCodeHasAStatusAndATitle(t *testing.T) {
	t.Parallel()
	codes := chat.Codes()
	if len(codes) != 24 {
		t.Errorf("there are %d codes, the contract has 24", len(codes))
	}
	titles := map[string]chat.Code{}
	for _, c := range codes {
		info := c.Info()
		if info.Status < 400 || info.Status > 599 || http.StatusText(info.Status) == "" {
			t.Errorf("%s has status %d", c, info.Status)
		}
		if !strings.HasSuffix(info.Title, ".") {
			t.Errorf("the title of %s is no sentence: %q", c, info.Title)
		}
		if other, twice := titles[info.Title]; twice {
			t.Errorf("%s and %s have the same title", c, other)
		}
		titles[info.Title] = c
		if wait := info.Status == http.StatusTooManyRequests || info.Status >= 500; info.Retryable != wait {
			t.Errorf("%s with status %d: retryable is %t", c, info.Status, info.Retryable)
		}
	}
}

func TestAnUnknownCodeIsInternal(t *testing.T) {
	t.Parallel()
	if got := chat.Code("made_up").Info(); got != chat.CodeInternal.Info() {
		t.Errorf("got %+v", got)
	}
}

func TestErrorsCompareByCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("doing this: %w", chat.NewError(chat.CodeNotFound, "Another detail."))
	if !errors.Is(err, chat.ErrNotFound) {
		t.Error("two errors with one code differ")
	}
	if errors.Is(err, &chat.Error{Code: chat.CodeConflict}) || errors.Is(errors.New("not_found"), chat.ErrNotFound) {
		t.Error("errors with different codes are the same")
	}
	if got := chat.CodeOf(err); got != chat.CodeNotFound {
		t.Errorf("code is %s", got)
	}
}

func TestOtherErrorsAreHidden(t *testing.T) {
	t.Parallel()
	e, known := chat.AsError(errors.New("password=hunter2"))
	if known || e.Code != chat.CodeInternal || strings.Contains(e.Error(), "hunter2") {
		t.Errorf("got %v, known %t", e, known)
	}
}

func TestAnErrorSpeaksForItself(t *testing.T) {
	t.Parallel()
	plain := &chat.Error{Code: chat.CodeGroupFull}
	if plain.Message() != chat.CodeGroupFull.Info().Title {
		t.Errorf("without a detail it says %q", plain.Message())
	}
	e := &chat.Error{Code: chat.CodeValidationFailed, Detail: "Look.", Fields: []chat.FieldError{{Field: "a", Detail: "Wrong."}}}
	if got, want := e.Error(), "validation_failed: Look.; a: Wrong."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
