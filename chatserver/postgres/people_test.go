package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
)

func (d *database) account(username, email, displayName string) error {
	id := uuid.Must(uuid.NewV7())
	a := newAccount(id, username)
	a.User.Email, a.User.DisplayName = email, displayName
	_, err := d.CreateAccount(context.Background(), a, chat.AuditEntry{})
	return err
}

func TestNamesAndAddressesAreUniqueWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, c := range []struct {
		username, email string
		want            chat.Code
	}{
		{"Ann", "Ann@example.com", ""},
		{"ann", "", chat.CodeUsernameTaken},
		{"ANN", "other@example.com", chat.CodeUsernameTaken},
		{"bob", "aNN@EXAMPLE.com", chat.CodeEmailTaken},
		{"bob", "", ""},
		{"eve", "", ""}, // no address is shared by many
	} {
		err := d.account(c.username, c.email, "x")
		if c.want == "" && err != nil || c.want != "" && chat.CodeOf(err) != c.want {
			t.Errorf("%s, %q: got %v, want %q", c.username, c.email, err, c.want)
		}
	}
	if n := ask[int](t, d, "SELECT count(*) FROM sessions"); n != 3 {
		t.Errorf("%d sessions, want one for each of 3 accounts", n)
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	var mu sync.Mutex
	var race sync.WaitGroup
	codes := map[chat.Code]int{}
	for _, name := range []string{"ann", "Ann", "ANN", "aNN", "anN", "AnN"} {
		race.Go(func() {
			err := d.account(name, "", "x")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes[""]++
			} else {
				codes[chat.CodeOf(err)]++
			}
		})
	}
	race.Wait()
	if codes[""] != 1 || codes[chat.CodeUsernameTaken] != 5 {
		t.Errorf("got %v", codes)
	}
}

func TestAnAccountIsFoundByNameAndID(t *testing.T) {
	t.Parallel()
	d := open(t)
	id := uuid.Must(uuid.NewV7())
	in := chat.User{ID: id, Username: "Ann.B", Email: "ann@example.com", DisplayName: "Ann 张"}
	made, err := d.CreateAccount(t.Context(), auth.NewAccount{User: in, PasswordHash: "the hash", Session: newSession(id)}, chat.AuditEntry{})
	if err != nil || made.CreatedAt.IsZero() {
		t.Fatalf("got %+v, %v", made, err)
	}
	byName, hash, err := d.Account(t.Context(), "aNN.b")
	if err != nil || hash != "the hash" || byName.ID != id || byName.Username != "Ann.B" || byName.Email != in.Email ||
		byName.DisplayName != in.DisplayName || byName.Privacy != chat.DefaultPrivacy || !byName.CreatedAt.Equal(made.CreatedAt) {
		t.Errorf("got %+v, %q, %v", byName, hash, err)
	}
	if byID, err := d.User(t.Context(), id); err != nil || byID.ID != byName.ID || byID.Email != in.Email {
		t.Errorf("got %+v, %v", byID, err)
	}
	for _, name := range []string{"ann", "ann_b", "%", ""} {
		if _, _, err := d.Account(t.Context(), name); chat.CodeOf(err) != chat.CodeNotFound {
			t.Errorf("%q: got %v", name, err)
		}
	}
	d.exec(t, "UPDATE users SET deleted_at = now()")
	if _, err := d.User(t.Context(), id); chat.CodeOf(err) != chat.CodeNotFound {
		t.Errorf("of a closed account: got %v", err)
	}
	if _, _, err := d.Account(t.Context(), "ann.b"); chat.CodeOf(err) != chat.CodeNotFound {
		t.Errorf("of a closed account: got %v", err)
	}
}

func TestPeopleAreFoundByTheBeginningsOfTheirNames(t *testing.T) {
	t.Parallel()
	d := open(t)
	for username, displayName := range map[string]string{
		"ann": "Ann Adams", "Anna_b": "Anna Maria Brown", "anna-b": "Someone Else", "bob": "Bob Andersen",
		"zhang": "张三丰", "wang": "王小明 (Xiao)", "per.cent": "100% sure", "tom": "Tom & Jerry | !friends", "elodie": "Élodie Ñuñez",
	} {
		if err := d.account(username, username+"@example.com", displayName); err != nil {
			t.Fatal(err)
		}
	}
	d.exec(t, "INSERT INTO users (id, username, display_name, password_hash, deleted_at) VALUES (gen_random_uuid(), 'ann.gone', 'Ann Gone', '', now())")
	for query, want := range map[string][]string{
		"ann":       {"ann", "anna-b", "Anna_b"},
		"ANN":       {"ann", "anna-b", "Anna_b"},
		"anna":      {"anna-b", "Anna_b"},
		"anna_":     {"Anna_b"},               // an underscore is one, not anything
		"a%":        {"ann", "Anna_b", "bob"}, // by a word of the display name; a percent sign is nothing
		"and":       {"bob"},                  // a word of the display name
		"mar bro":   {"Anna_b"},
		"bro anna":  {"Anna_b"},
		"ada mar":   nil,
		"nna":       nil, // not the beginning
		"张":         {"zhang"},
		"张三":        {"zhang"},
		"王小明":       {"wang"},
		"xiao":      {"wang"},
		"(xiao)":    {"wang"},
		"100":       {"per.cent"},
		"%":         nil,
		"_":         nil,
		`\`:         nil,
		"tom & jer": {"tom"},
		"tom | bob": nil, // no operators
		"!tom":      {"tom"},
		"tom:*":     {"tom"},
		"tom <-> j": {"tom"},
		"'tom":      {"tom"},
		"élo":       {"elodie"},
		"ñuñ":       {"elodie"},
		"example":   nil, // an address is not for searching
		"per.c":     {"per.cent"},
		"per_c":     nil,
		"🙂":         nil,
	} {
		found, err := d.SearchUsers(t.Context(), query, "", 10)
		var got []string
		for _, u := range found {
			got = append(got, u.Username)
			if u.Email != "" {
				t.Errorf("%q told the address %q", query, u.Email)
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q", query, got, err, want)
		}
	}
}

func TestASearchIsPaged(t *testing.T) {
	t.Parallel()
	d := open(t)
	want := []string{"ann", "ann-1", "Ann_2", "anna", "Annb"}
	for _, name := range want {
		d.person(t, name)
	}
	var got []string
	after := ""
	for {
		page, err := d.SearchUsers(t.Context(), "ann", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			got = append(got, u.Username)
		}
		after = page[len(page)-1].Username
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Nothing that people may type is an error.
func TestEverySearchIsAnswered(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.person(t, "ann")
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune(`ab1 &|!():*<->'"\%_.,-+@#/$张́🙂`)))).
			Filter(func(s string) bool { return !slices.Contains([]byte(s), 0) }).Draw(t, "query")
		if _, err := d.SearchUsers(context.Background(), query, "", 10); err != nil {
			t.Fatal(err)
		}
	})
}
