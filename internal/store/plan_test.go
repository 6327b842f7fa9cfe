package store_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// sized are the tables that grow without bound; no read may walk through one.
var sized = regexp.MustCompile(`\b(comments|votes|search_lists|search_terms|reports|decisions|comment_editions|log_entries)\b`)

// recounting statements walk through everything on purpose.
func recounting(text string) bool {
	return strings.Contains(text, "as counted") || strings.HasSuffix(text, "order by root_id, path")
}

// counting statements sort what they counted in one stretch of time: a few
// groups, or the waits of a month.
func counting(text string) bool {
	return strings.Contains(text, "group by") || strings.Contains(text, "order by waited")
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// arguments makes values for every parameter of a statement.
func arguments(text string) []any {
	n := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		i, _ := strconv.Atoi(m[1])
		n = max(n, i)
	}
	args := make([]any, n)
	for i := range args {
		args[i] = 1
	}
	return args
}

func TestPlans_sqlite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := storetest.Raw(t, "sqlite", url)
	scan := regexp.MustCompile(`^SCAN `)
	aliases := regexp.MustCompile(`\b(?:from|join|update|into) (\w+) (\w)\b`)
	for _, text := range store.Statements() {
		if recounting(text) {
			continue
		}
		short := map[string]string{}
		for _, m := range aliases.FindAllStringSubmatch(text, -1) {
			short[m[2]] = m[1]
		}
		for _, step := range plan(t, db, "explain query plan "+text, arguments(text)) {
			words := strings.Fields(step)
			if len(words) > 1 && short[words[1]] != "" {
				step = words[0] + " " + short[words[1]] + " " + strings.Join(words[2:], " ")
			}
			if scan.MatchString(step) && sized.MatchString(step) {
				t.Errorf("%s\nin %s", step, text)
			}
			if strings.Contains(step, "B-TREE FOR ORDER BY") && sized.MatchString(text) && !counting(text) {
				t.Errorf("%s\nin %s", step, text)
			}
		}
	}
}

// plan returns the last column of every row of an explanation.
func plan(t *testing.T, db querier, query string, args []any) []string {
	t.Helper()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var steps []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, fmt.Sprint(*cells[len(cells)-1].(*any)))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return steps
}

type querier interface {
	QueryContext(ctx ctxT, query string, args ...any) (*sql.Rows, error)
}

func TestPlans_postgres(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := storetest.Raw(t, "postgres", url)
	db.SetMaxOpenConns(1)
	for _, set := range []string{`set enable_seqscan = off`, `set enable_bitmapscan = off`, `set plan_cache_mode = force_generic_plan`} {
		if _, err := db.Exec(set); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range store.Statements() {
		if recounting(text) {
			continue
		}
		name := fmt.Sprint("p", i)
		if _, err := db.Exec(`prepare ` + name + ` as ` + text); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		nulls := strings.TrimSuffix(strings.Repeat("null,", len(arguments(text))), ",")
		if nulls != "" {
			nulls = "(" + nulls + ")"
		}
		for _, step := range plan(t, db, `explain (costs off) execute `+name+nulls, nil) {
			if strings.Contains(step, "Seq Scan") && sized.MatchString(step) {
				t.Errorf("%s\nin %s", step, text)
			}
		}
	}
}

var (
	actualRows = regexp.MustCompile(`actual.* rows=([0-9.]+) loops=(\d+)`)
	removed    = regexp.MustCompile(`Rows Removed by .*: (\d+)`)
)

// touch is a query with the most rows it may touch.
type touch struct {
	query string
	args  []any
	most  int
}

// touches fails the test of every query that touches none, or too many.
func touches(t *testing.T, db querier, all map[string]touch) {
	t.Helper()
	for what, x := range all {
		if n := visited(t, db, x.query, x.args...); n == 0 || n > x.most {
			t.Errorf("%s touches %d rows\n%s", what, n, strings.Join(plan(t, db, `explain analyze `+x.query, x.args), "\n"))
		}
	}
}

// visited runs a query on PostgreSQL and returns how many rows its steps
// touched, those thrown away too.
func visited(t *testing.T, db querier, query string, args ...any) int {
	t.Helper()
	total, loops := 0., 1.
	for _, step := range plan(t, db, `explain (analyze, costs off, timing off, summary off) `+query, args) {
		if m := actualRows.FindStringSubmatch(step); m != nil {
			rows, _ := strconv.ParseFloat(m[1], 64)
			loops, _ = strconv.ParseFloat(m[2], 64)
			total += rows * loops
		}
		if m := removed.FindStringSubmatch(step); m != nil {
			n, _ := strconv.ParseFloat(m[1], 64)
			total += n * loops
		}
	}
	return int(total)
}

// statementOf returns the one statement that has all of some parts.
func statementOf(t *testing.T, parts ...string) string {
	t.Helper()
	var found []string
next:
	for _, text := range store.Statements() {
		for _, p := range parts {
			if !strings.Contains(text, p) {
				continue next
			}
		}
		found = append(found, text)
	}
	if len(found) != 1 {
		t.Fatalf("%d statements have %q", len(found), parts)
	}
	return found[0]
}

// A discussion of ten thousand comments costs what its page shows, in rows that
// PostgreSQL itself says it touched.
func TestRowsVisited_postgres(t *testing.T) {
	storetest.NoRace(t)
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := newWorld(t, s, "a")
	wide := storetest.Grow(t, s, w.story, w.author.ID, 10_000, func(i int) int { return min(i, 1) - 1 })
	flat := storetest.Story(t, s, w.site.ID, "flat")
	storetest.Grow(t, s, flat, w.author.ID, 10_000, storetest.Roots)
	db := storetest.Raw(t, "postgres", url)
	if _, err := db.Exec(`update comments set featured_at = comment_id where story_id = $1 and comment_id % 100 < 5`, int64(flat.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`analyze`); err != nil {
		t.Fatal(err)
	}
	site, story := int64(w.site.ID), int64(flat.ID)
	first := []any{site, forum.FirstReplies, int64(wide[0].ID)}
	for range 24 {
		first = append(first, 0)
	}
	record := []any{site, 0, int64(w.author.ID)}
	for range 99 {
		record = append(record, 0)
	}
	const maxID = int64(1<<63 - 1)
	touches(t, db, map[string]touch{
		"newest roots":  {statementOf(t, "parent_id = 0 and visible and comment_id < $3"), []any{site, story, maxID, 26}, 60},
		"oldest roots":  {statementOf(t, "parent_id = 0 and visible and comment_id > $3"), []any{site, story, 0, 26}, 60},
		"useful roots":  {statementOf(t, "(score, comment_id) < ($3, $4)"), []any{site, story, 1e300, maxID, 26}, 60},
		"newest flat":   {statementOf(t, "story_id = $2 and visible and comment_id < $3"), []any{site, story, maxID, 26}, 60},
		"oldest flat":   {statementOf(t, "story_id = $2 and visible and comment_id > $3"), []any{site, story, 0, 26}, 60},
		"first replies": {statementOf(t, "as r24"), first, 30},
		"branch":        {statementOf(t, "visible and path > $3 and path < $4"), []any{site, int64(wide[0].ID), wide[5000].Path, "z", 51}, 120},
		"last picks":    {statementOf(t, "(featured_at, comment_id) < ($3, $4)"), []any{site, story, maxID, maxID, 26}, 60},
		"first picks":   {statementOf(t, "(featured_at, comment_id) > ($3, $4)"), []any{site, story, 0, 0, 26}, 60},
		"outline":       {statementOf(t, "as picked"), []any{site, story}, 20},
		"unseen":        {statementOf(t, "not c.reviewed limit $2"), []any{site, 1000}, 2100},
		"record":        {statementOf(t, "desc limit 1 offset 99"), record, 500},
	})
}

// SQLite does not count what it touches, so that the plan has to say it: every
// step of first replies is a range of an index.
func TestFirstReplies_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := storetest.Raw(t, "sqlite", url)
	found := 0
	for _, text := range store.Statements() {
		roots := strings.Count(text, ") as r")
		if roots == 0 || !strings.Contains(text, "union all select * from (select") {
			continue
		}
		found++
		steps := strings.Join(plan(t, db, "explain query plan "+text, arguments(text)), "\n")
		if n := strings.Count(steps, "SEARCH comments USING INDEX comments_branch (site_id=? AND root_id=? AND path>?)"); n != roots || strings.Contains(steps, "B-TREE") {
			t.Errorf("%d ranges of the index, want %d:\n%s", n, roots, steps)
		}
	}
	if found != 2 {
		t.Errorf("%d statements, want 2", found)
	}
	outline := statementOf(t, "as picked")
	steps := strings.Join(plan(t, db, "explain query plan "+outline, arguments(outline)), "\n")
	if !strings.Contains(steps, "SEARCH comments USING INDEX comments_flat") || strings.Contains(steps, "B-TREE") {
		t.Errorf("outline: %s", steps)
	}
}

// Picks are few among many: their own index finds them, in their order.
func TestPicks_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, part := range []string{"(featured_at, comment_id) < ($3, $4)", "(featured_at, comment_id) > ($3, $4)", "as picked"} {
		text := statementOf(t, part)
		steps := strings.Join(plan(t, storetest.Raw(t, "sqlite", url), "explain query plan "+text, arguments(text)), "\n")
		if !strings.Contains(steps, "USING INDEX comments_featured (site_id=? AND story_id=? AND") || strings.Contains(steps, "B-TREE") {
			t.Errorf("%s\nin %s", steps, text)
		}
	}
}

// The desk's figures read an index of their own and no comment.
func TestDeskFigures_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for part, want := range map[string]string{
		"c.reports > 0 limit $2":     "SEARCH c USING INDEX comments_reported (site_id=?)",
		"c.state = 'held' limit $2":  "SEARCH c USING COVERING INDEX comments_held (site_id=?)",
		"not c.reviewed limit $2":    "SEARCH c USING INDEX comments_unseen (site_id=?)",
		"c.state = 'rejected' limit": "SEARCH c USING COVERING INDEX comments_rejected (site_id=?)",
		"c.state = 'held' and c.comment_id >= $4 and c.comment_id < $5 and c.comment_id < $2":    "SEARCH c USING COVERING INDEX comments_held (site_id=? AND comment_id>? AND comment_id<?)",
		"not c.reviewed and c.comment_id >= $4 and c.comment_id < $5 and c.comment_id > $2":      "SEARCH c USING INDEX comments_unseen (site_id=? AND comment_id>? AND comment_id<?)",
		"c.state <> '' and c.comment_id >= $4 and c.comment_id < $5 and c.comment_id < $2 order": "SEARCH c USING INDEX sqlite_autoindex_comments_1 (site_id=? AND comment_id>? AND comment_id<?)",
		"desc limit 1 offset 99":      "SEARCH n USING COVERING INDEX comments_author (site_id=? AND account_id=? AND comment_id>?)",
		"count(*) >= 100 then count(": "SEARCH c USING INDEX comments_author (site_id=? AND account_id=? AND comment_id>?)",
	} {
		text := statementOf(t, part)
		steps := strings.Join(plan(t, storetest.Raw(t, "sqlite", url), "explain query plan "+text, arguments(text)), "\n")
		if !strings.Contains(steps, want) {
			t.Errorf("%s\nin %s", steps, text)
		}
	}
}

// Who has earned trust is looked for in slices of the accounts, by their ids, and
// what they wrote by its author.
func TestTrust_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for part, want := range map[string]string{
		"accepted >= $3 from accounts":  "SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 (site_id=? AND account_id>?)",
		"update accounts set role = 't": "SEARCH c USING INDEX comments_author (site_id=? AND account_id=?)",
	} {
		text := statementOf(t, part)
		steps := strings.Join(plan(t, storetest.Raw(t, "sqlite", url), "explain query plan "+text, arguments(text)), "\n")
		if !strings.Contains(steps, want) || strings.Contains(steps, "B-TREE") || strings.Contains(steps, "SCAN") {
			t.Errorf("%s\nin %s", steps, text)
		}
	}
}

// The few who run a site are found among its many readers: at every start, too.
func TestAdmins_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, part := range []string{"select exists (select 1 from accounts where site_id = $1 and role = 'admin'", "update accounts set accepted = accepted where site_id = $1 and role", "order by account_id limit 100"} {
		text := statementOf(t, part)
		steps := strings.Join(plan(t, storetest.Raw(t, "sqlite", url), "explain query plan "+text, arguments(text)), "\n")
		if !strings.Contains(steps, "INDEX accounts_staff (site_id=? AND role=?") {
			t.Errorf("%s\nin %s", steps, text)
		}
	}
}
