package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/errgroup"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/wire"
)

// Account is a person made for a run.
type Account struct {
	ID    uuid.UUID
	Token string // access token
}

// Accounts makes people and their conversations.
type Accounts interface {
	Create(ctx context.Context) (Account, error)
	Open(ctx context.Context, a, b Account) (conversation uuid.UUID, err error)
}

// pair is two people and their conversation.
type pair struct {
	people       [2]Account
	conversation uuid.UUID
}

// createPairs makes pairs, some at a time.
func createPairs(ctx context.Context, accounts Accounts, n int) ([]pair, error) {
	pairs := make([]pair, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range pairs {
		group.Go(func() (err error) {
			p := &pairs[i]
			for j := range p.people {
				if p.people[j], err = accounts.Create(ctx); err != nil {
					return err
				}
			}
			p.conversation, err = accounts.Open(ctx, p.people[0], p.people[1])
			return err
		})
	}
	return pairs, group.Wait()
}

// REST makes people through a server's API. Mind its limits: many registrations
// from one address are refused, and each costs a password hash.
type REST struct{ URL string }

// Create implements Accounts.
func (r REST) Create(ctx context.Context) (Account, error) {
	var tokens wire.TokenResponse
	err := r.post(ctx, "/api/auth/register", "", wire.RegisterRequest{Username: "bench-" + uuid.NewString(), Password: uuid.NewString()}, &tokens)
	return Account{ID: tokens.User.ID, Token: tokens.AccessToken}, err
}

// Open implements Accounts.
func (r REST) Open(ctx context.Context, a, b Account) (uuid.UUID, error) {
	var c wire.Conversation
	err := r.post(ctx, "/api/conversations", a.Token, wire.OpenDirectRequest{UserID: b.ID}, &c)
	return c.ID, err
}

func (r REST) post(ctx context.Context, path, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(r.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s: %s", path, response.Status, text)
	}
	return json.Unmarshal(text, out)
}

// Direct makes people in a server's database, with the keys it trusts: real
// accounts and sessions, but for a cheap hash of a password nobody knows.
type Direct struct {
	store   *postgres.Store
	service *auth.Service
}

// OpenDirect returns a Direct; publicURL is the server's UIM_PUBLIC_URL. Close it.
func OpenDirect(ctx context.Context, postgresURL, keysDir, publicURL string) (*Direct, error) {
	keys, err := auth.OpenKeyring(keysDir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, postgres.Config{URL: postgresURL, MaxConnections: 8})
	if err != nil {
		return nil, err
	}
	service, err := auth.NewService(auth.Parts{Store: store, Keys: keys, Active: auth.NewActiveSessions(store)}, auth.Config{
		Issuer: publicURL, AccessTTL: 12 * time.Hour, RefreshTTL: 24 * time.Hour, PasswordCost: bcrypt.MinCost,
	})
	return &Direct{store, service}, err
}

// Close releases the database.
func (d *Direct) Close() { d.store.Close() }

// Create implements Accounts.
func (d *Direct) Create(ctx context.Context) (Account, error) {
	grant, err := d.service.Register(ctx, auth.Registration{Username: "bench-" + uuid.NewString(), Password: uuid.NewString()}, auth.Client{})
	return Account{ID: grant.User.ID, Token: grant.AccessToken}, err
}

// Open implements Accounts.
func (d *Direct) Open(ctx context.Context, a, b Account) (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return id, err
	}
	id, _, err = d.store.OpenDirect(ctx, id, a.ID, b.ID)
	return id, err
}

// group is people and the conversation of them all.
type group struct {
	people       []Account
	conversation uuid.UUID
}

// openGroup makes a group of n people, the first of them its owner. It has no
// bound but the database.
func (d *Direct) openGroup(ctx context.Context, n int) (group, error) {
	g := group{people: make([]Account, n)}
	err := each(ctx, n, 8, func(ctx context.Context, i int) (err error) {
		g.people[i], err = d.Create(ctx)
		return err
	})
	if err != nil {
		return g, err
	}
	if g.conversation, err = uuid.NewV7(); err != nil {
		return g, err
	}
	created := chat.CreatedGroup{ID: g.conversation, By: g.people[0].ID, NewGroup: chat.NewGroup{Name: "bench"}}
	for _, p := range g.people[1:] {
		created.Members = append(created.Members, p.ID)
	}
	created.Events = []chat.SystemEvent{{Kind: chat.GroupCreated, ActorID: created.By, Name: created.Name}}
	_, err = d.store.CreateGroup(ctx, created, func([]chat.Person) error { return nil })
	return g, err
}

// Write stores n messages in each pair's conversation, from its two people in turn.
func (d *Direct) Write(ctx context.Context, pairs []pair, n, size int) error {
	content := strings.Repeat("x", size)
	for i := range n {
		drafts := make([]chat.Draft, len(pairs))
		for j, p := range pairs {
			id, err := uuid.NewV7()
			if err != nil {
				return err
			}
			drafts[j] = chat.Draft{ID: id, ConversationID: p.conversation, SenderID: p.people[i%2].ID, ClientMsgID: uuid.New(), Content: content}
		}
		results, err := d.store.Append(ctx, drafts)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}
