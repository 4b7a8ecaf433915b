package faults

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/history"
)

// program is the real binary, built as `make build` does, so that both share
// what is compiled.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "uim")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, "uim.dev/uim")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o755))
	return path
}

func named(t *testing.T, name string) Fault {
	t.Helper()
	for _, f := range append(All(), withoutRedis) {
		if f.Name == name {
			return f
		}
	}
	t.Fatal("no fault is named " + name)
	return Fault{}
}

// withoutRedis is for healing's sake: a node that never hears the others has
// nothing else.
var withoutRedis = Fault{Name: "without-redis", Round: func(ctx context.Context, r *Rig, _ int) error {
	r.node(0).cache.cut()
	return wait(ctx, time.Second)
}}

// sabotage switches one protection off, by a trigger in the rig's database alone:
// the servers are the real ones.
var sabotage = []struct {
	name  string
	off   string // what is switched off
	fault string
	want  history.Verdict
	when  string // the trigger's event
	body  string
}{
	{"commits that a crash takes back", "durable commits", "kill-postgres", history.Lost, "BEFORE INSERT ON messages",
		`PERFORM set_config('synchronous_commit', 'off', true); RETURN NEW;`},
	{"retries that are not recognised", "client_msg_id", "kill-node", history.Doubled, "BEFORE INSERT ON messages",
		`NEW.client_msg_id := gen_random_uuid(); RETURN NEW;`},
	{"acknowledgements of nothing", "storing", "none", history.Lost, "AFTER INSERT ON messages",
		`DELETE FROM messages WHERE id = NEW.id AND seq = 20; RETURN NULL;`},
	{"places that are swapped", "the order of seq", "none", history.Reordered, "BEFORE INSERT ON messages",
		`IF NEW.seq % 10 = 0 THEN
			WITH before AS (SELECT id, content FROM messages WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq - 1),
			     swap AS (UPDATE messages m SET content = NEW.content FROM before b WHERE m.id = b.id RETURNING b.content)
			SELECT content INTO NEW.content FROM swap UNION ALL SELECT NEW.content LIMIT 1;
		END IF; RETURN NEW;`},
	{"contents that change", "storing what was sent", "none", history.Altered, "BEFORE INSERT ON messages",
		`IF NEW.seq = 20 THEN NEW.content := 'something else'; END IF; RETURN NEW;`},
	{"cursors that go back", "moving forward only", "none", history.Cursor, "BEFORE UPDATE ON members",
		`NEW.delivered_seq := 1 + NEW.delivered_seq % 50; NEW.read_seq := 0; RETURN NEW;`},
	{"members who go on seeing", "removal", "kill-node", history.Leaked, "BEFORE DELETE ON members",
		`RETURN NULL;`},
	{"members whom nobody lets in", "healing of who was added", "without-redis", history.Lost, "BEFORE INSERT ON messages",
		`IF NEW.event->>'kind' = 'member.added' THEN NEW.created_at := NEW.created_at - interval '1 day'; END IF; RETURN NEW;`},
	{"a message that nobody fetches", "healing", "without-redis", history.Lost, "BEFORE INSERT ON messages",
		`NEW.created_at := NEW.created_at - interval '1 day'; RETURN NEW;`},
}

func TestTheCheckerSeesEachProtectionThatIsOff(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a whole system")
	}
	rig, err := NewRig(t.Context(), program(t), 2)
	require.NoError(t, err)
	defer func() { require.NoError(t, rig.Close()) }()
	run := func(fault string) Report {
		load := Load{Messages: 300, Rounds: 2, Rate: 400, People: 4, Settle: 4 * time.Second}
		switch {
		case strings.HasPrefix(fault, "kill-"):
			load.Rate = 0 // so that it surely meets messages under way
		case fault == withoutRedis.Name:
			load.OneSided = true // one's own messages show what is missing before them
		}
		report, err := rig.Run(t.Context(), named(t, fault), load)
		require.NoError(t, err)
		t.Log(report)
		return report
	}
	for _, s := range sabotage {
		t.Run(s.name, func(t *testing.T) {
			rig.sabotage(t, s.when, s.body)
			found := run(s.fault).Findings
			t.Log(found)
			require.True(t, contains(found, s.want), "without %s something is %s", s.off, s.want)
		})
	}
	rig.repair(t)
	t.Run("and nothing without Redis, but with all of them on", func(t *testing.T) { require.Empty(t, run("without-redis").Findings) })
	require.NoError(t, rig.node(0).cache.mend())
	t.Run("and nothing with all of them on", func(t *testing.T) { require.Empty(t, run("kill-node").Findings) })
}

func contains(found []history.Finding, v history.Verdict) bool {
	for _, f := range found {
		if f.Verdict == v {
			return true
		}
	}
	return false
}

func (r *Rig) sabotage(t *testing.T, when, body string) {
	t.Helper()
	r.repair(t)
	_, err := r.database.Exec(context.Background(), `CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+body+` END $$;
		CREATE TRIGGER sabotage `+when+` FOR EACH ROW EXECUTE FUNCTION sabotage()`)
	require.NoError(t, err)
}

func (r *Rig) repair(t *testing.T) {
	t.Helper()
	_, err := r.database.Exec(context.Background(), `DROP FUNCTION IF EXISTS sabotage CASCADE`)
	require.NoError(t, err)
}
