package resources_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"uim.dev/uim/controllers/resources"
)

func TestLoginsJob(t *testing.T) {
	for name, component := range map[string]resources.Component{"postgres": resources.ComponentPostgres, "redis": resources.ComponentRedis} {
		t.Run(name, func(t *testing.T) { golden(t, resources.LoginsJob(given(t, "{}"), component, "0123456789abcdef")) })
	}
}

// server is the Secret of a managed server in a test.
type server struct {
	*testing.T
	component resources.Component
	data      map[string][]byte
}

func eachServer(t *testing.T, test func(server)) {
	t.Helper()
	for _, component := range []resources.Component{resources.ComponentPostgres, resources.ComponentRedis} {
		t.Run(string(component), func(t *testing.T) {
			s := server{T: t, component: component}
			s.complete()
			test(s)
		})
	}
}

func (s *server) complete() {
	s.Helper()
	make := resources.PostgresData
	if s.component == resources.ComponentRedis {
		make = resources.RedisData
	}
	var err error
	if s.data, err = make(given(s.T, "{}"), s.data, authority(), rand.Reader); err != nil {
		s.Fatal(err)
	}
}

func (s *server) begin() {
	s.Helper()
	var err error
	if s.data, err = resources.BeginRotation(s.component, s.data, "please", rand.Reader); err != nil {
		s.Fatal(err)
	}
	s.complete()
}

// logins are what the server takes from chat servers, as user and password.
func (s *server) logins() []string {
	all := []string{string(s.data["user"]) + " " + string(s.data["password"])}
	if other := s.data["other-password"]; len(other) > 0 {
		all = append(all, string(s.data["other-user"])+" "+string(other))
	}
	return all
}

// At each step the login that pods have is among those that the server was told of.
func TestRotationStepByStep(t *testing.T) {
	eachServer(t, func(s server) {
		original := s.logins()
		versions := []string{resources.LoginsVersion(s.data)}

		s.begin()
		prepared := s.logins()
		if len(prepared) != 2 || prepared[0] != original[0] || prepared[1] == original[0] {
			s.Fatalf("prepared: %d logins", len(prepared))
		}
		versions = append(versions, resources.LoginsVersion(s.data))
		s.begin()
		if got := s.logins(); !slices.Equal(got, prepared) {
			s.Error("beginning twice makes other passwords")
		}

		s.data = resources.SwitchLogins(s.data)
		s.complete()
		if got := s.logins(); got[0] != prepared[1] || got[1] != prepared[0] {
			s.Error("switched: the two logins are not exchanged")
		}
		if resources.LoginsVersion(s.data) != versions[1] {
			s.Error("switching makes another version: the server would have to be told before the pods")
		}

		s.data = resources.CloseLogins(s.data)
		s.complete()
		if got := s.logins(); len(got) != 1 || got[0] != prepared[1] {
			s.Error("closed: the new login is not the only one")
		}
		versions = append(versions, resources.LoginsVersion(s.data))

		s.data = resources.EndRotation(s.data, noon())
		s.complete()
		if resources.RotationOf(s.data) != resources.RotationNone || !resources.RotatedAt(s.data).Equal(noon()) {
			s.Error("ended: no date, or not at an end")
		}
		for key := range s.data {
			if strings.HasPrefix(key, "previous-") || strings.HasPrefix(key, "other-") {
				s.Errorf("%s is left", key)
			}
		}
		slices.Sort(versions)
		if len(slices.Compact(versions)) != 3 {
			s.Error("different logins have the same version")
		}
	})
}

// A step that is not due changes nothing, so that a pass that read old state does no
// harm.
func TestRotationStepsOutOfOrderDoNothing(t *testing.T) {
	eachServer(t, func(s server) {
		before := s.logins()
		s.data = resources.EndRotation(resources.CloseLogins(resources.SwitchLogins(s.data)), noon())
		if !slices.Equal(s.logins(), before) || resources.RotationOf(s.data) != resources.RotationNone {
			s.Error("they do")
		}
		s.begin()
		s.data = resources.EndRotation(resources.CloseLogins(s.data), noon())
		if resources.RotationOf(s.data) != resources.RotationPreparing || len(s.logins()) != 2 {
			s.Error("a login is closed before pods have another")
		}
	})
}

func TestPostgresLoginsTakeTurns(t *testing.T) {
	s := server{T: t, component: resources.ComponentPostgres}
	s.complete()
	var users []string
	for range 3 {
		users = append(users, string(s.data["user"]))
		s.begin()
		s.data = resources.EndRotation(resources.CloseLogins(resources.SwitchLogins(s.data)), noon())
		s.complete()
	}
	if !slices.Equal(users, []string{"uim_chat", "uim_chat_2", "uim_chat"}) {
		t.Errorf("the roles are %v", users)
	}
}

func TestRedisTakesBothPasswordsDuringARotation(t *testing.T) {
	s := server{T: t, component: resources.ComponentRedis}
	s.complete()
	s.begin()
	acl := string(s.data["users.acl"])
	for _, key := range []string{"password", "other-password", "admin-password"} {
		sum := sha256.Sum256(s.data[key])
		if !strings.Contains(acl, "#"+hex.EncodeToString(sum[:])+" ") {
			t.Errorf("the ACL file lacks %s", key)
		}
	}
	if !strings.Contains(acl, "user default off\n") {
		t.Error("strangers are let in")
	}
}

func TestPasswordsWithoutADateGetOne(t *testing.T) {
	data := resources.WithRotationDate(map[string][]byte{}, noon(), "asked before there was anything")
	if !resources.RotatedAt(data).Equal(noon()) || resources.RotationRequest(data) != "asked before there was anything" {
		t.Errorf("they have %v", data)
	}
	later := resources.WithRotationDate(data, noon().Add(time.Hour), "asked later")
	if !resources.RotatedAt(later).Equal(noon()) || resources.RotationRequest(later) == "asked later" {
		t.Error("the date moves, or a request is taken for done")
	}
}
