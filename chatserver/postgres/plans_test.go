package postgres_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/postgres"
)

// statements returns the generated queries by the names of their constants.
func statements(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("queries/*.sql.go")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no queries", err)
	}
	found := map[string]string{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if found[v.Names[0].Name], err = strconv.Unquote(lit.Value); err != nil {
						t.Fatal(err)
					}
				}
			}
			return true
		})
	}
	return found
}

// seed fills the database as a year of use would: 10,000 people, the first of
// whom talks with a thousand, 21,200 conversations with 100,000 memberships, and a
// million messages. It does not pay for foreign keys.
const seed = `
SET session_replication_role = replica;
INSERT INTO users (id, username, display_name, password_hash)
	SELECT lpad(to_hex(n), 32, '0')::uuid, 'user' || n, 'User ' || n, '' FROM generate_series(1, 10000) n;
CREATE TEMP TABLE pair AS
	SELECT k, lpad('c' || to_hex(k), 32, '0')::uuid AS id,
	       lpad(to_hex(CASE WHEN k <= 1000 THEN 1 ELSE 2 + k % 4000 END), 32, '0')::uuid AS low,
	       lpad(to_hex(CASE WHEN k <= 1000 THEN k + 1 ELSE 3 + k % 4000 + k / 4000 END), 32, '0')::uuid AS high
	FROM generate_series(1, 20000) k;
INSERT INTO conversations (id, kind, created_by, direct_low, direct_high) SELECT id, 'direct', low AS creator, low, high FROM pair;
INSERT INTO conversation_heads SELECT id, 50, now() - interval '1 minute' * k FROM pair;
INSERT INTO members (conversation_id, user_id, role) SELECT id, low, 'member' FROM pair UNION ALL SELECT id, high, 'member' FROM pair;
INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content, created_at)
	SELECT p.id, s, lpad(to_hex(s * 100000 + k), 32, '0')::uuid, CASE WHEN s % 2 = 0 THEN p.low ELSE p.high END,
	       lpad(to_hex(s * 100000 + k), 32, '0')::uuid, 'text',
	       'a message of some length, as people write them', now() - interval '1 year' + interval '7 days' * s + interval '1 second' * p.k
	FROM generate_series(1, 50) s, pair p;
INSERT INTO search_progress (conversation_id, indexed_seq, analysis) SELECT id, 50, '1 english' FROM pair;
INSERT INTO message_search SELECT id, s, now(), '' FROM generate_series(1, 5) s, pair;
INSERT INTO cursor_moves SELECT p.id, p.low, s, now(), 40 + s, 40 + s FROM pair p, generate_series(0, 9) s;
INSERT INTO conversations (id, kind, name, created_by, member_count)
	SELECT lpad('d' || to_hex(g), 32, '0')::uuid, 'group', 'Group ' || g, lpad('1', 32, '0')::uuid, 50 FROM generate_series(1, 1200) g;
INSERT INTO conversation_heads SELECT lpad('d' || to_hex(g), 32, '0')::uuid, 0, now() FROM generate_series(1, 1200) g;
INSERT INTO members (conversation_id, user_id, role)
	SELECT lpad('d' || to_hex(g), 32, '0')::uuid, lpad(to_hex(CASE i WHEN 0 THEN 1 ELSE 2 + (g * 37 + i) % 4900 END), 32, '0')::uuid, CASE i WHEN 0 THEN 'owner' ELSE 'member' END
	FROM generate_series(1, 1200) g, generate_series(0, 49) i;
INSERT INTO invitations (id, conversation_id, code, created_by, created_at, expires_at)
	SELECT gen_random_uuid(), lpad('d' || to_hex(1 + n % 200), 32, '0')::uuid, 'code' || n, lpad('1', 32, '0')::uuid, now(), now() + interval '1 day'
	FROM generate_series(1, 5000) n;
INSERT INTO mentions SELECT p.id, p.low, s FROM pair p, generate_series(1, 5) s;
INSERT INTO deleted_conversations SELECT gen_random_uuid(), now() - interval '1 minute' * n FROM generate_series(1, 5000) n;
INSERT INTO last_seen SELECT id, now() FROM users;
INSERT INTO blocks (blocker_id, blocked_id) SELECT high, low FROM pair WHERE k % 4 = 0 ON CONFLICT DO NOTHING;
INSERT INTO sessions (id, user_id, refresh_hash, expires_at)
	SELECT lpad('5' || to_hex(n * 8 + s), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, '', now() + interval '1 day'
	FROM generate_series(1, 5000) n, generate_series(1, 4) s;
RESET session_replication_role`

// person and conversation ids of the seed.
func seedPerson(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("%032x", n)) }
func seedConversation(k int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("%032s", fmt.Sprintf("c%x", k)))
}

func seedGroup(g int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("%032s", fmt.Sprintf("d%x", g)))
}

func seedSession(person, n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("%032s", fmt.Sprintf("5%x", 8*person+n)))
}

// plan is a node of an EXPLAIN (FORMAT JSON).
type plan struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Plans    []plan

	// Once it has run:
	Rows    float64 `json:"Actual Rows"`
	Removed float64 `json:"Rows Removed by Filter"`
	Loops   float64 `json:"Actual Loops"`
	Hit     int     `json:"Shared Hit Blocks"`
	Read    int     `json:"Shared Read Blocks"`
	Elapsed float64 `json:"Actual Total Time"` // milliseconds
}

// scans returns the ways in which a plan reads tables, e.g. "Seq Scan on users".
func (p plan) scans() []string {
	var all []string
	if p.Relation != "" && strings.Contains(p.Type, "Scan") {
		all = append(all, p.Type+" on "+p.Relation)
	}
	for _, child := range p.Plans {
		all = append(all, child.scans()...)
	}
	return all
}

// explain returns how the server would run a statement with given arguments,
// planned for them or, as it may be after some runs, for any.
func explain(t *testing.T, conn *pgx.Conn, mode, sql string, args ...any) plan {
	t.Helper()
	return explained(t, conn, "EXPLAIN (FORMAT JSON) ", mode, sql, args...)
}

// analyze is explain, and runs the statement, which leaves no trace.
func analyze(t *testing.T, conn *pgx.Conn, mode, sql string, args ...any) plan {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	return explained(t, conn, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ", mode, sql, args...)
}

func explained(t *testing.T, conn *pgx.Conn, how, mode, sql string, args ...any) plan {
	t.Helper()
	literals := make([]string, len(args))
	for i, a := range args {
		literals[i] = literal(a)
	}
	var text []byte
	for _, step := range []string{"SET plan_cache_mode = " + mode, "DEALLOCATE ALL", "PREPARE it AS " + sql} {
		if _, err := conn.Exec(t.Context(), step, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	execute := how + "EXECUTE it"
	if len(literals) > 0 {
		execute += "(" + strings.Join(literals, ", ") + ")"
	}
	if err := conn.QueryRow(t.Context(), execute, pgx.QueryExecModeSimpleProtocol).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(text, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// literal writes an argument as SQL.
func literal(a any) string {
	switch a := a.(type) {
	case nil:
		return "NULL"
	case []uuid.UUID:
		return arrayLiteral(a)
	case []int64:
		return arrayLiteral(a)
	case []string:
		return arrayLiteral(a)
	default:
		return fmt.Sprintf("'%v'", a)
	}
}

func arrayLiteral[T any](list []T) string {
	items := make([]string, len(list))
	for i, v := range list {
		items[i] = fmt.Sprint(v)
	}
	return "'{" + strings.Join(items, ",") + "}'"
}

// repeat returns n values made by f.
func repeat[T any](n int, f func(i int) T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = f(i)
	}
	return list
}

// With a million messages every statement on a hot path finds its rows by an
// index, whether it is planned for its arguments or for any.
func TestHotStatementsUseIndexes(t *testing.T) {
	t.Parallel()
	d := open(t)
	conn := d.session(t)
	for _, sql := range []string{seed, "VACUUM ANALYZE"} {
		if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	newID := func(int) uuid.UUID { return uuid.New() }
	rooms := func(i int) uuid.UUID { return seedConversation(1 + 97*i) }
	people := func(i int) uuid.UUID { return seedPerson(1 + i) }
	const batch, receipts = 100, 16
	hot := map[string][]any{
		"lockHeads": {repeat(batch, rooms)},
		"appendMessages": {repeat(batch, func(i int) int64 { return int64(i) }), repeat(batch, newID), repeat(batch, rooms), repeat(batch, people), repeat(batch, newID),
			repeat(batch, func(int) string { return "text" }), repeat(batch, func(int) uuid.UUID { return uuid.Nil }),
			[]int64{1, 2}, repeat(2, people), []string{"owner", "admin"}},
		"historyUp":                       {seedConversation(1), 10, 40, 50},
		"historyDown":                     {seedConversation(1), 0, int64(1) << 62, 50},
		"tails":                           {repeat(50, rooms), repeat(50, func(int) int64 { return 20 }), repeat(50, func(int) int64 { return 50 }), repeat(50, func(int) int64 { return 20 })},
		"conversationViews":               {seedPerson(77), nil, nil, 50},
		"conversationViews of a thousand": {seedPerson(1), nil, nil, 50},
		"conversationViewsByID":           {[]uuid.UUID{seedConversation(5)}, seedPerson(1)},
		"conversationViewsByID of many":   {repeat(200, rooms), seedPerson(1)},
		"conversationList of a thousand":  {seedPerson(1), nil, nil, nil, false, false, nil, false, []uuid.UUID{}, "", "", []string{}, 100},
		"conversationList of a few":       {seedPerson(77), nil, nil, nil, false, false, nil, false, []uuid.UUID{}, "", "", []string{}, 100},
		"conversationList, unread":        {seedPerson(1), nil, nil, nil, false, true, nil, false, []uuid.UUID{}, "", "", []string{}, 100},
		"conversationList, archived":      {seedPerson(1), nil, nil, nil, true, false, nil, false, []uuid.UUID{}, "", "", []string{}, 100},
		"conversationList, searched":      {seedPerson(1), nil, nil, nil, false, false, "direct", true, repeat(5, rooms), "user77%", "user77:*", []string{"%小明%"}, 100},
		"setSettings":                     {nil, "all", true, false, seedConversation(1), seedPerson(1)},
		"advanceCursors":                  {repeat(receipts, rooms), repeat(receipts, people), repeat(receipts, func(int) int64 { return 9 }), repeat(receipts, func(int) int64 { return 8 })},
		"touchedHeads":                    {15},
		"placeOfMessage":                  {seedPerson(1), uuid.New()},
		"countReceipts":                   {seedPerson(1), seedConversation(1), 50},
		"receipts":                        {50, seedPerson(1), seedConversation(1), uuid.Nil, 50},
		"typistsWhoMay":                   {repeat(receipts, rooms), repeat(receipts, people)},
		"touchedUnindexed":                {5},
		"sweepUnindexed":                  {"1 english", uuid.Nil, 500},
		"claimIndexing":                   {repeat(batch, rooms)},
		"messagesToIndex":                 {repeat(batch, rooms), repeat(batch, func(int) int64 { return 20 }), repeat(batch, func(int) int64 { return 50 }), 1000},
		"advanceIndexing":                 {"1 english", repeat(batch, rooms), repeat(batch, func(int) int64 { return 50 }), repeat(batch, func(int) int64 { return 0 })},
		"joinedSeq":                       {seedConversation(1), seedPerson(1)},
		"visibleSpan":                     {seedConversation(1), seedPerson(1)},
		"deletedLately":                   {15},
		"openedLately":                    {15},
		"claimPurge":                      {},
		"purgeMessages":                   {seedConversation(1), 1000},
		"purgeMentions":                   {seedConversation(1), 1000},
		"purgeIndexed":                    {seedConversation(1), 1000},
		"userIDsByName":                   {[]string{"user77", "user78"}},
		"lockHead":                        {seedGroup(7)},
		"group":                           {seedGroup(7)},
		"peopleForGroup":                  {seedPerson(1), repeat(batch, people), seedGroup(7)},
		"viewsOf":                         {repeat(50, people), seedGroup(7)},
		"membersByID":                     {seedPerson(1), seedGroup(7), repeat(50, people)},
		"groupsOf":                        {seedPerson(1)},
		"groupsByMember":                  {seedPerson(1), "user77%", "user77:*", 500},
		"invitationByCode":                {seedPerson(1), "code"},
		"invitations":                     {seedGroup(7), uuid.Max, 50},
		"membershipsOf":                   {repeat(receipts, people)},
		"firstConversationViews":          {repeat(receipts, func(i int) uuid.UUID { return seedPerson(1100 + i) }), 50},
		"members":                         {seedPerson(1), seedConversation(1), uuid.Nil, false, "", "", []string{}, 50},
		"members, searched":               {seedPerson(1), seedGroup(7), uuid.Nil, true, "user77%", "user77:*", []string{}, 50},
		"directBetween":                   {seedPerson(1), seedPerson(2)},
		"userByUsername":                  {"USER77"},
		"visiblePresence":                 {repeat(200, func(int) uuid.UUID { return seedPerson(1) }), repeat(200, people)},
		"membersOf":                       {repeat(batch, rooms), 501},
		"placesOf":                        {repeat(batch, people), repeat(batch, rooms)},
		"searchUsers":                     {"user77%", "user77:*", "", 50},
		"blocked":                         {seedPerson(3), "", 50},
		"blockedEither":                   {seedPerson(1), seedPerson(2)},
		"blockersOf":                      {seedPerson(1), repeat(50, people)},
		"directPeers":                     {seedPerson(77), 200},
		"lockHeadsOf":                     {seedPerson(77)},
		"silenceConversationsOf":          {seedPerson(77)},
		"sessions":                        {seedPerson(1), uuid.Max, 50},
		"endedSessions":                   {repeat(batch, people), repeat(batch, people)},
		"nameSessions":                    {repeat(16, people), repeat(16, people), repeat(16, func(int) string { return "a tablet" })},
		"privacyOf":                       {repeat(receipts, people)},
		"sessionsActive":                  {repeat(receipts, func(i int) uuid.UUID { return seedSession(1+i, 1) })},
		"usernameRetired":                 {"user77"},
	}
	// Of the tables that do not grow with what is said, hundreds of rows may well
	// be looked up in all of them.
	fine := map[string][]string{
		"endedSessions":   {"Seq Scan on users"},
		"peopleForGroup":  {"Seq Scan on users", "Seq Scan on blocks"},
		"visiblePresence": {"Seq Scan on users", "Seq Scan on last_seen", "Seq Scan on blocks"},
	}
	// Pages that the hottest may look at for each row, those of indexes included.
	pagesEach := map[string]float64{
		"lockHeads": 6, "appendMessages": 12, "historyUp": 1.5, "historyDown": 1.5, "tails": 1.5, "privacyOf": 4,
		"membershipsOf": 5, "firstConversationViews": 90, "conversationViews": 90, "membersOf": 2,
	}
	sql := statements(t)
	appending := d.appendSession(t)
	for title, args := range hot {
		name := strings.FieldsFunc(title, func(r rune) bool { return r == ' ' || r == ',' })[0]
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			if sql[name] == "" {
				t.Errorf("there is no statement %s", name)
				continue
			}
			if (name == "searchUsers" || name == "groupsByMember") && mode == "force_generic_plan" {
				continue // a pattern that may begin with anything; the server never prefers that plan
			}
			on := conn
			if name == "lockHeads" || name == "appendMessages" {
				on = appending
			}
			scans := explain(t, on, mode, sql[name], args...).scans()
			if len(scans) == 0 {
				t.Errorf("%s reads no table", name)
			}
			ran := analyze(t, on, mode, sql[name], args...)
			pages := ran.Hit + ran.Read
			t.Logf("%s, %s: %.0f rows, %d pages, %.2f ms: %s", title, mode, ran.Rows, pages, ran.Elapsed, strings.Join(scans, ", "))
			if most := pagesEach[title]; most > 0 && (ran.Rows == 0 || float64(pages) > most*ran.Rows) {
				t.Errorf("%s, %s: %d pages for %.0f rows", title, mode, pages, ran.Rows)
			}
			// Blocks and deleted accounts must cost a message nothing but the look
			// at its sender's membership.
			if name == "appendMessages" && slices.ContainsFunc(scans, func(scan string) bool {
				return strings.HasSuffix(scan, "on blocks") || strings.HasSuffix(scan, "on users") || strings.HasSuffix(scan, "on conversations")
			}) {
				t.Errorf("%s, %s: %q", title, mode, scans)
			}
			if slices.ContainsFunc(scans, func(scan string) bool {
				return strings.HasPrefix(scan, "Seq Scan") && !slices.Contains(fine[title], scan)
			}) {
				t.Errorf("%s, %s: %q", title, mode, scans)
			}
		}
	}
}

// appendSession is a connection set as those that messages are stored on.
func (d *database) appendSession(t *testing.T) *pgx.Conn {
	t.Helper()
	conn := d.session(t)
	for name, value := range postgres.AppendSettings {
		if _, err := conn.Exec(t.Context(), "SELECT set_config($1, $2, false)", name, value); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// A plan is made once for each connection, maybe while there is nothing yet.
func TestAppendsUseIndexesOfEmptyTables(t *testing.T) {
	t.Parallel()
	d := open(t)
	ids := repeat(64, func(int) uuid.UUID { return uuid.New() })
	args := []any{
		repeat(64, func(i int) int64 { return int64(i) }), ids, ids, ids, ids, repeat(64, func(int) string { return "text" }), ids,
		[]int64{1}, ids[:1], []string{"owner"},
	}
	scans := explain(t, d.appendSession(t), "force_generic_plan", statements(t)["appendMessages"], args...).scans()
	if slices.ContainsFunc(scans, func(scan string) bool { return strings.HasPrefix(scan, "Seq Scan") }) {
		t.Errorf("%q", scans)
	}
}
