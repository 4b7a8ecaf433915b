package auth

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"uim.dev/uim/chatserver/chat"
)

func TestPasswordsHaveBoundsInBytes(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for password, want := range map[string]string{
		"1234567":                      "too_short",
		"12345-78":                     "",
		"12345678":                     "too_common",
		"PassWord":                     "too_common",
		"Trustno1":                     "too_common",
		"Ann.Adams":                    "too_common", // but for its case, the username
		strings.Repeat("x", 72):        "",
		strings.Repeat("x", 73):        "too_long",
		strings.Repeat("字", 24):        "", // 72 bytes
		strings.Repeat("字", 25):        "too_long",
		"字字":                           "too_short",
		"with space and \x00 anything": "",
	} {
		var p chat.Problems
		s.checkPassword(&p, "password", password, "ann.adams")
		got := ""
		if len(p) > 0 {
			got = p[0].Code
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", password, got, want)
		}
	}
}

func TestTheEffortOfAHashIsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	if DefaultPasswordCost < 10 {
		t.Errorf("the cost is %d", DefaultPasswordCost)
	}
	usual := config
	usual.PasswordCost = DefaultPasswordCost
	s, err := NewService(Parts{Store: &memory{}, Keys: newKeyring(t)}, usual)
	if err != nil {
		t.Fatal(err)
	}
	if cost, err := bcrypt.Cost(s.hasher.decoy); err != nil || cost != DefaultPasswordCost {
		t.Errorf("the decoy has cost %d, %v", cost, err)
	}
}

func TestOnlyTheWholePasswordMatches(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	longest := strings.Repeat("x", 72)
	hash, err := h.hash(t.Context(), longest)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{longest: true, longest[:71]: false, longest + "x": false, "": false, strings.ToUpper(longest): false} {
		if ok, err := h.matches(t.Context(), hash, password); err != nil || ok != want {
			t.Errorf("%d bytes: %t, %v", len(password), ok, err)
		}
	}
	if ok, err := h.matches(t.Context(), "", "no account has this password"); err != nil || ok {
		t.Errorf("an unknown account: %t, %v", ok, err)
	}
	if _, err := h.hash(t.Context(), longest+"x"); err == nil {
		t.Error("73 bytes were hashed")
	}
}

// Whoever tries learns nothing from the time it takes: each try costs one
// comparison of the same cost.
func TestEveryLoginCostsOneComparison(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	gone, _ := who(t, s, register(t, s))
	if err := s.DeleteAccount(t.Context(), gone, "correct horse"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Register(t.Context(), Registration{Username: "bob", Password: "correct horse"}, Client{}); err != nil {
		t.Fatal(err)
	}
	compared := 0
	compare := s.hasher.compare
	s.hasher.compare = func(hash, password []byte) error {
		compared++
		if cost, err := bcrypt.Cost(hash); err != nil || cost != bcrypt.MinCost {
			t.Errorf("compared with a hash of cost %d, %v", cost, err)
		}
		return compare(hash, password)
	}
	for name, c := range map[string]struct{ username, password string }{
		"a wrong password":         {"bob", "wrong horse"},
		"a deleted account":        {"ann", "correct horse"},
		"an unknown name":          {"nobody", "correct horse"},
		"the decoy's own password": {"nobody", "no account has this password"},
		"a password too long":      {"bob", strings.Repeat("x", 73)},
		"no password":              {"bob", ""},
		"no name":                  {"", "correct horse"},
		"a name that can't be one": {"a\x00b", "correct horse"},
	} {
		compared = 0
		_, err := s.Login(t.Context(), c.username, c.password, Client{})
		expectCode(t, name, err, chat.CodeInvalidCredentials)
		if compared != 1 {
			t.Errorf("%s: %d comparisons", name, compared)
		}
	}
	compared = 0
	if _, err := s.Login(t.Context(), "BOB", "correct horse", Client{}); err != nil || compared != 1 {
		t.Errorf("the right one: %v, %d comparisons", err, compared)
	}
}

func TestHashingHasABound(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.hash(ctx, "correct horse")
	expectCode(t, "hashing", err, chat.CodeOverloaded)
	_, err = h.matches(ctx, "", "correct horse")
	expectCode(t, "comparing", err, chat.CodeOverloaded)
	<-h.slots
	if _, err := h.hash(t.Context(), "correct horse"); err != nil {
		t.Error(err)
	}
}
