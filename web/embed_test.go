package web

import (
	"io/fs"
	"testing"
)

func TestDistHoldsTheBuildOrSaysThatThereIsNone(t *testing.T) {
	_, err := fs.ReadFile(Dist(), "index.html")
	if got, want := Built(), err == nil; got != want {
		t.Errorf("Built() = %v, index.html readable = %v", got, want)
	}
	if _, err := fs.Stat(Dist(), "../embed.go"); err == nil {
		t.Error("Dist reaches outside the build")
	}
}
