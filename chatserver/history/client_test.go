package history_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/history/historytest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// converse has two people send half of the messages each, and returns what came of it.
func converse(t *testing.T, s *historytest.Server, messages int) (history.History, []*history.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	log := history.NewLog(nil)
	var clients []*history.Client
	var accounts []*history.Account
	ended := make(chan error, 2)
	for _, name := range []string{"ada", "bo"} {
		account, err := history.SignIn(ctx, history.Server{URLs: []string{s.URL}}, name, "x")
		require.NoError(t, err)
		c := history.NewClient(account, history.Options{Name: name, Log: log})
		c.Follow(s.Conversation, 0)
		for i := range messages / 2 {
			c.Send(s.Conversation, fmt.Sprint(name, " ", i))
		}
		clients, accounts = append(clients, c), append(accounts, account)
	}
	running, stop := context.WithCancel(ctx)
	for _, c := range clients {
		go func() { ended <- c.Run(running) }()
	}
	for _, c := range clients {
		require.Eventually(t, func() bool { return c.Pending(s.Conversation) == 0 && c.Last(s.Conversation) >= int64(messages)-1 },
			20*time.Second, 5*time.Millisecond, "%s gets through", c.Name())
	}
	stop()
	for range clients {
		require.NoError(t, <-ended)
	}
	stored, err := accounts[0].Stored(ctx, s.Conversation)
	require.NoError(t, err)
	for _, a := range accounts {
		a.Close()
	}
	return history.History{Events: log.Events(), Stored: map[uuid.UUID]history.Stored{s.Conversation: stored}}, clients
}

func TestNothingIsLostWhateverTheServerDoesToItsClients(t *testing.T) {
	cases := map[string]func(*historytest.Server){
		"a kind server":     func(*historytest.Server) {},
		"cut connections":   func(s *historytest.Server) { s.CutEvery = 7 },
		"messages not told": func(s *historytest.Server) { s.DropEvery = 7 }, // not the last one: nobody would know of it
		"messages twice":    func(s *historytest.Server) { s.DoubleEvery = 3 },
		"refusals":          func(s *historytest.Server) { s.RefuseEvery = 6 },
		"all of it": func(s *historytest.Server) {
			s.CutEvery, s.DropEvery, s.DoubleEvery, s.RefuseEvery = 11, 7, 3, 13
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			s := historytest.NewServer(t)
			prepare(s)
			h, _ := converse(t, s, 60)
			require.Empty(t, h.Check())
		})
	}
}

func TestClientsTellHowRoughTheWayWas(t *testing.T) {
	s := historytest.NewServer(t)
	s.CutEvery = 10
	_, clients := converse(t, s, 60)
	a, b := clients[0].Stats(), clients[1].Stats()
	require.Equal(t, 60, a.Acked+b.Acked)
	require.Equal(t, 6, a.Connections+b.Connections-2, "every tenth message cuts its sender off")
	require.Positive(t, a.Resent+b.Resent)
	require.Positive(t, a.Duplicates+b.Duplicates)
}

func TestAForgedAcknowledgementIsFound(t *testing.T) {
	s := historytest.NewServer(t)
	s.ForgeEvery = 20
	h, _ := converse(t, s, 60)
	require.Positive(t, history.Count(h.Check()).Lost)
}

func TestALogGoesToAFileAsWell(t *testing.T) {
	var file bytes.Buffer
	s := historytest.NewServer(t)
	account, err := history.SignIn(t.Context(), history.Server{URLs: []string{s.URL}}, "ada", "x")
	require.NoError(t, err)
	log := history.NewLog(&file)
	history.NewClient(account, history.Options{Name: "ada", Log: log}).Follow(s.Conversation, 7)
	account.Close()
	require.NoError(t, log.Err())
	require.Equal(t, 1, strings.Count(file.String(), "\n"))
	require.Contains(t, file.String(), `"kind":"began"`)
}
