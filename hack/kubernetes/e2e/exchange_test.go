package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/history/historytest"
)

func newServer(t *testing.T) (*historytest.Server, options) {
	t.Helper()
	s := historytest.NewServer(t)
	return s, options{
		server: history.Server{URLs: []string{s.URL}}, users: []string{"ada", "bo"}, password: "x", messages: 40, interval: time.Millisecond,
		cuts: cutsAnyone,
	}
}

func TestAnExchangeThroughCutConnections(t *testing.T) {
	s, o := newServer(t)
	s.CutEvery, s.DoubleEvery = 7, 3
	o.breaking = "true"
	ctx, cancel := contextFor(t)
	defer cancel()
	sent, err := exchange(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	o.messages = sent
	if err := lookBack(ctx, o); err != nil {
		t.Error(err)
	}
	o.messages++
	if err := lookBack(ctx, o); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d messages, want %d", sent, sent+1)) {
		t.Errorf("got %v", err)
	}
}

func TestABreakThatCutsNobodyOffProvesNothing(t *testing.T) {
	_, o := newServer(t)
	o.breaking, o.cuts = "true", cutsSomeone
	ctx, cancel := contextFor(t)
	defer cancel()
	if _, err := exchange(ctx, o); err == nil || !strings.Contains(err.Error(), "nothing was proved") {
		t.Errorf("got %v", err)
	}
}

func TestABreakThatCutsPeopleOffUnasked(t *testing.T) {
	s, o := newServer(t)
	s.CutEvery = 7
	o.breaking, o.cuts = "true", cutsNobody
	ctx, cancel := contextFor(t)
	defer cancel()
	if _, err := exchange(ctx, o); err == nil || !strings.Contains(err.Error(), "should have cut off nobody") {
		t.Errorf("got %v", err)
	}
}

func TestPeopleGoOnWhileSomethingBreaks(t *testing.T) {
	_, o := newServer(t)
	o.breaking = "sleep 0.3"
	ctx, cancel := contextFor(t)
	defer cancel()
	sent, err := exchange(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if sent <= o.messages {
		t.Errorf("only the %d messages that were asked for were sent while it broke", sent)
	}
}

func TestABrokenPromiseFailsTheExchange(t *testing.T) {
	s, o := newServer(t)
	s.ForgeEvery = 10
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // what was forged never comes
	defer cancel()
	if _, err := exchange(ctx, o); err == nil {
		t.Error("it passed")
	}
}

func TestSteadyCountsEveryFailure(t *testing.T) {
	s, o := newServer(t)
	o.breaking = "sleep 0.2"
	ctx, cancel := contextFor(t)
	defer cancel()
	if err := steady(ctx, o); err != nil {
		t.Error(err)
	}
	s.Failing.Store(true)
	if err := steady(ctx, o); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("got %v", err)
	}
}

func contextFor(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 30*time.Second)
}
