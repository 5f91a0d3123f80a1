// Package enginetest is the suite that every engine must pass. It says by
// example what SQL and which errors the store may count on.
package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

// Run runs the suite. open returns a new, empty database each time and closes
// it at the end of the test.
func Run(t *testing.T, open func(t *testing.T) engine.Engine) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, engine.Engine)
	}{
		{"values come back as they were given", values},
		{"every kind of argument", arguments},
		{"arguments that are refused", refusedArguments},
		{"rows are read by type", rows},
		{"scan errors", scanErrors},
		{"a panic in Scan", scanPanic},
		{"statements that are refused", refusedStatements},
		{"one snapshot", snapshot},
		{"one snapshot beside a writer", snapshotBesideWriter},
		{"a batch is atomic", atomic},
		{"a schema that changes", schemaChanges},
		{"guards", guards},
		{"guards under contention", contention},
		{"opID", operations},
		{"opID forgets", operationsForgotten},
		{"constraints", constraints},
		{"a deferred foreign key", deferredForeignKey},
		{"strict types", strictTypes},
		{"SQL features", features},
		{"full text", fullText},
		{"full text with triggers", fullTextTriggers},
		{"cancelled contexts", cancelled},
		{"readers beside a writer", concurrent},
		{"many writers", manyWriters},
		{"late steps", lateSteps},
		{"trace", trace},
		{"close", closed},
		{"migrations", migrations},
		{"migrations that are refused", refusedMigrations},
		{"migrations at the same time", concurrentMigrations},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func write(t *testing.T, e engine.Engine, steps ...engine.Step) {
	t.Helper()
	if err := e.Write(t.Context(), "", steps); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func step(sql string, args ...any) engine.Step { return engine.Step{SQL: sql, Args: args} }

// table makes a small table to write to.
func table(t *testing.T, e engine.Engine) {
	t.Helper()
	write(t, e, step(`CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1) STRICT`))
}

// column returns the texts of a statement's only column.
func column(t *testing.T, e engine.Engine, sql string, args ...any) []string {
	t.Helper()
	got := []string{}
	err := e.Query(t.Context(), engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error {
		got = append(got, r.Text())
		return nil
	}})
	if err != nil {
		t.Fatalf("Query %s: %v", sql, err)
	}
	return got
}

func number(t *testing.T, e engine.Engine, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	err := e.Query(t.Context(), engine.Stmt{SQL: sql, Args: args, Scan: func(r *engine.Row) error {
		n = r.Int64()
		return nil
	}})
	if err != nil {
		t.Fatalf("Query %s: %v", sql, err)
	}
	return n
}

func wantTexts(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func wantNumber(t *testing.T, e engine.Engine, want int64, sql string, args ...any) {
	t.Helper()
	if got := number(t, e, sql, args...); got != want {
		t.Errorf("%s: got %d, want %d", sql, got, want)
	}
}

// wantError checks that err is there and says all of the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// texts and blobs that have been lost or changed on some way to some SQLite.
var texts = map[string]string{
	"empty":        "",
	"looks binary": "x'41'",
	"looks NULL":   "NULL",
	"digits":       "00123",
	"a number":     "1e5",
	"quotes":       `it's "quoted" \ ? :a @b $c`,
	"Arabic":       "أخبار اليوم",
	"Chinese":      "新闻编辑室",
	"Devanagari":   "समाचार",
	"emoji":        "👩‍👩‍👧‍👦🏳️‍🌈",
	"combining":    "e\u0301",
	"NUL inside":   "a\x00b",
	"line ends":    "a\r\nb\u2028c",
	"JSON":         `{"a":["\u00e9",null]}`,
	"long":         strings.Repeat("Überschrift. ", 100_000),
}

var blobs = map[string][]byte{
	"empty":     {},
	"one zero":  {0},
	"not UTF-8": {0xff, 0xfe, 0x00, 0x80},
	"all bytes": allBytes(),
	"long":      bytes.Repeat([]byte{0, 1, 2, 255}, 300_000),
}

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func values(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE v (name TEXT PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB) STRICT`))
	for name, want := range texts {
		write(t, e, step(`INSERT INTO v(name, t) VALUES (?, ?)`, "text "+name, want))
		wantTexts(t, column(t, e, `SELECT t FROM v WHERE name = ?`, "text "+name), want)
		wantTexts(t, column(t, e, `SELECT ?`, want), want) // as an argument of a query
		wantTexts(t, column(t, e, `SELECT typeof(t) || length(CAST(t AS BLOB)) FROM v WHERE name = ?`, "text "+name), fmt.Sprintf("text%d", len(want)))
	}
	for name, want := range blobs {
		write(t, e, step(`INSERT INTO v(name, b) VALUES (?, ?)`, "blob "+name, want))
		read := func(sql string, arg any) {
			err := e.Query(t.Context(), engine.Stmt{SQL: sql, Args: []any{arg}, Scan: func(r *engine.Row) error {
				if got := r.Bytes(); got == nil || !bytes.Equal(got, want) {
					t.Errorf("blob %s: %d bytes came back as %d, nil %v", name, len(want), len(got), got == nil)
				}
				return nil
			}})
			if err != nil {
				t.Error(err)
			}
		}
		read(`SELECT b FROM v WHERE name = ?`, "blob "+name)
		wantTexts(t, column(t, e, `SELECT typeof(b) || length(b) FROM v WHERE name = ?`, "blob "+name), fmt.Sprintf("blob%d", len(want)))
	}
	for _, want := range []int64{0, 1, -1, 255, 256, math.MaxInt32 + 1, 1<<53 + 1, math.MaxInt64, math.MinInt64} {
		write(t, e, step(`INSERT OR REPLACE INTO v(name, i) VALUES ('integer', ?)`, want))
		wantNumber(t, e, want, `SELECT i FROM v WHERE name = 'integer'`)
	}
	for _, want := range []float64{0, 1, -1.5, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e15, 123456789.123456789} {
		write(t, e, step(`INSERT OR REPLACE INTO v(name, r) VALUES ('real', ?)`, want))
		err := e.Query(t.Context(), engine.Stmt{SQL: `SELECT r, typeof(r) FROM v WHERE name = 'real'`, Scan: func(r *engine.Row) error {
			if got, kind := r.Float(), r.Text(); got != want || kind != "real" {
				t.Errorf("the float %g came back as %g (%s)", want, got, kind)
			}
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	}
}

type (
	name   string
	id     int64
	weight float64
	flag   bool
	raw    []byte
)

func arguments(t *testing.T, e engine.Engine) {
	s, i, n, f, b := "text", int64(7), 8, 1.5, true
	title := name("title")
	for _, test := range []struct {
		arg  any
		want string // typeof and value
	}{
		{nil, "null:"},
		{int64(7), "integer:7"}, {7, "integer:7"}, {int8(-7), "integer:-7"}, {uint32(7), "integer:7"}, {uint64(math.MaxInt64), "integer:9223372036854775807"},
		{1.5, "real:1.5"}, {2.0, "real:2.0"}, {float32(0.5), "real:0.5"},
		{"text", "text:text"}, {"", "text:"},
		{true, "integer:1"}, {false, "integer:0"},
		{[]byte("abc"), "blob:abc"}, {[]byte{}, "blob:"}, {[]byte(nil), "null:"},
		{name("n"), "text:n"}, {id(9), "integer:9"}, {weight(2.5), "real:2.5"}, {flag(true), "integer:1"}, {raw("abc"), "blob:abc"}, {raw(nil), "null:"},
		{&s, "text:text"}, {&i, "integer:7"}, {&n, "integer:8"}, {&f, "real:1.5"}, {&b, "integer:1"}, {&title, "text:title"},
		{(*string)(nil), "null:"}, {(*int64)(nil), "null:"}, {(*int)(nil), "null:"}, {(*float64)(nil), "null:"}, {(*bool)(nil), "null:"}, {(*name)(nil), "null:"},
	} {
		got := column(t, e, `SELECT typeof(?1) || ':' || ifnull(CAST(?1 AS TEXT), '')`, test.arg)
		if !slices.Equal(got, []string{test.want}) {
			t.Errorf("argument %#v of type %T: got %q, want %q", test.arg, test.arg, got, test.want)
		}
	}
	wantTexts(t, column(t, e, `SELECT ?2 || ?1 || ?2`, "a", "b"), "bab")
}

func refusedArguments(t *testing.T, e engine.Engine) {
	table(t, e)
	for _, arg := range []any{time.Now(), struct{}{}, []string{"a"}, map[string]int{}, math.NaN(), math.Inf(1), uint64(math.MaxInt64 + 1), func() {}, new(time.Time)} {
		wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `SELECT ?`, Args: []any{arg}}), "argument 1")
		wantError(t, e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(title) VALUES (?)`, arg)}), "argument 1", "step 0")
	}
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `SELECT ?, ?`, Args: []any{1}}), "2 arguments", "given 1")
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `SELECT ?`, Args: []any{1, 2}}), "1 arguments", "given 2")
	wantError(t, e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(id, title) VALUES (?, ?)`, 1)}), "2 arguments", "given 1")
	wantNumber(t, e, 0, `SELECT count(*) FROM article`)
}

func rows(t *testing.T, e engine.Engine) {
	n := 0
	err := e.Query(t.Context(), engine.Stmt{
		SQL: `SELECT 1, 2, 2.5, 3, 'four', x'05', 1, 0, 'skipped', NULL, 6, NULL, 7, NULL, 7.5, NULL, 1, NULL, 'eight', NULL, x'', NULL`,
		Scan: func(r *engine.Row) error {
			n++
			check := func(what string, got, want any) {
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %#v, want %#v", what, got, want)
				}
			}
			check("Int64", r.Int64(), int64(1))
			check("Int", r.Int(), 2)
			check("Float", r.Float(), 2.5)
			check("Float of an integer", r.Float(), 3.0)
			check("Text", r.Text(), "four")
			check("Bytes", r.Bytes(), []byte{5})
			check("Bool", r.Bool(), true)
			check("Bool", r.Bool(), false)
			r.Skip()
			i64, ok := r.NullInt64()
			check("NullInt64 of NULL", []any{i64, ok}, []any{int64(0), false})
			i64, ok = r.NullInt64()
			check("NullInt64", []any{i64, ok}, []any{int64(6), true})
			i, ok := r.NullInt()
			check("NullInt of NULL", []any{i, ok}, []any{0, false})
			i, ok = r.NullInt()
			check("NullInt", []any{i, ok}, []any{7, true})
			f, ok := r.NullFloat()
			check("NullFloat of NULL", []any{f, ok}, []any{0.0, false})
			f, ok = r.NullFloat()
			check("NullFloat", []any{f, ok}, []any{7.5, true})
			b, ok := r.NullBool()
			check("NullBool of NULL", []any{b, ok}, []any{false, false})
			b, ok = r.NullBool()
			check("NullBool", []any{b, ok}, []any{true, true})
			check("NullText of NULL", r.NullText(), (*string)(nil))
			eight := "eight"
			check("NullText", r.NullText(), &eight)
			check("NullBytes of NULL", r.NullBytes(), []byte(nil))
			check("NullBytes of an empty BLOB", r.NullBytes(), []byte{})
			check("NullText of NULL", r.NullText(), (*string)(nil))
			return r.Err()
		},
	})
	if err != nil || n != 1 {
		t.Errorf("%d rows, error %v", n, err)
	}
	// A row is not kept: each call sees its own values.
	wantTexts(t, column(t, e, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT 'row ' || n FROM c`),
		"row 1", "row 2", "row 3", "row 4", "row 5")
	wantTexts(t, column(t, e, `SELECT 'none' WHERE 0`))
	if err := e.Query(t.Context(), engine.Stmt{SQL: `SELECT 1`}); err != nil {
		t.Errorf("without Scan: %v", err)
	}
	if err := e.Query(t.Context()); err != nil {
		t.Errorf("without a statement: %v", err)
	}
}

func scanErrors(t *testing.T, e engine.Engine) {
	for _, test := range []struct {
		sql  string
		scan func(*engine.Row)
		want []string
	}{
		{`SELECT 1 AS id, NULL AS title`, func(r *engine.Row) { r.Int(); r.Text() }, []string{"column 2 (title)", "NULL", "text"}},
		{`SELECT 'a' AS id`, func(r *engine.Row) { r.Int64() }, []string{"column 1 (id)", "text", "an integer"}},
		{`SELECT 'a' AS id`, func(r *engine.Row) { r.NullInt64() }, []string{"column 1 (id)", "text", "an integer"}},
		{`SELECT 1.5 AS id`, func(r *engine.Row) { r.Int() }, []string{"column 1 (id)", "1.5"}},
		{`SELECT 1 AS title`, func(r *engine.Row) { r.Text() }, []string{"column 1 (title)", "integer 1", "text"}},
		{`SELECT 1 AS title`, func(r *engine.Row) { r.NullText() }, []string{"column 1 (title)", "integer 1", "text"}},
		{`SELECT 'a' AS hash`, func(r *engine.Row) { r.Bytes() }, []string{"column 1 (hash)", "text", "BLOB"}},
		{`SELECT x'00' AS title`, func(r *engine.Row) { r.Text() }, []string{"column 1 (title)", "BLOB", "text"}},
		{`SELECT 2 AS public`, func(r *engine.Row) { r.Bool() }, []string{"column 1 (public)", "integer 2", "0 or 1"}},
		{`SELECT 'a' AS score`, func(r *engine.Row) { r.Float() }, []string{"column 1 (score)", "text", "a number"}},
		{`SELECT 1 AS id`, func(r *engine.Row) { r.Int(); r.Int() }, []string{"1 columns", "column 2"}},
		{`SELECT 1 AS id`, func(r *engine.Row) { r.Skip(); r.NullText() }, []string{"1 columns", "column 2"}},
		{`SELECT 'a' AS first, 'b' AS second`, func(r *engine.Row) { r.Int(); r.Int() }, []string{"column 1 (first)"}},
	} {
		err := e.Query(t.Context(), engine.Stmt{SQL: test.sql, Scan: func(r *engine.Row) error {
			test.scan(r)
			return nil
		}})
		wantError(t, err, append(test.want, test.sql)...)
	}
	stop := errors.New("stop")
	n := 0
	second := false
	err := e.Query(t.Context(),
		engine.Stmt{SQL: `SELECT value FROM json_each('[1,2,3]')`, Scan: func(*engine.Row) error {
			n++
			return stop
		}},
		engine.Stmt{SQL: `SELECT 1`, Scan: func(*engine.Row) error { second = true; return nil }})
	if err != stop || n != 1 || second {
		t.Errorf("the error of Scan came back as %v after %d rows, next statement %v", err, n, second)
	}
	wantNumber(t, e, 1, `SELECT 1`)
}

func scanPanic(t *testing.T, e engine.Engine) {
	table(t, e)
	for range 20 { // more than an engine has connections
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic did not come through")
				}
			}()
			_ = e.Query(t.Context(), engine.Stmt{SQL: `SELECT 1`}, engine.Stmt{SQL: `SELECT 1 UNION SELECT 2`, Scan: func(*engine.Row) error { panic("in Scan") }})
		}()
	}
	write(t, e, step(`INSERT INTO article(title) VALUES ('after')`))
	wantTexts(t, column(t, e, `SELECT title FROM article`), "after")
}

func refusedStatements(t *testing.T, e engine.Engine) {
	table(t, e)
	for sql, want := range map[string]string{
		``: "0 statements", `-- nothing`: "0 statements", `;`: "0 statements",
		`SELECT 1; SELECT 2`:            "2 statements",
		`BEGIN`:                         "transaction",
		`/* x */ commit`:                "transaction",
		`ROLLBACK`:                      "transaction",
		`SAVEPOINT a`:                   "transaction",
		`VACUUM`:                        "file",
		`ATTACH 'a.db' AS a`:            "file",
		`PRAGMA foreign_keys = OFF`:     "PRAGMA",
		`SELEKT 1`:                      "syntax error",
		`SELECT nosuch FROM article`:    "no such column",
		`SELECT 1 FROM missing_table`:   "no such table",
		`SELECT 'open`:                  "does not end",
		"SELECT 1\x00":                  "NUL",
		`INSERT INTO nowhere VALUES(1)`: "no such table",
	} {
		wantError(t, e.Query(t.Context(), engine.Stmt{SQL: sql}), want)
		wantError(t, e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(title) VALUES ('kept?')`), step(sql)}), want, "step 1")
	}
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `INSERT INTO article(title) VALUES ('a')`}), "writes", "Write")
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `CREATE TABLE b (a TEXT)`}), "writes", "Write")
	wantError(t, e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(title) VALUES ('a') RETURNING id`)}), "RETURNING")
	wantError(t, e.Write(t.Context(), "", []engine.Step{step(`SELECT 1`)}), "rows")
	wantNumber(t, e, 0, `SELECT count(*) FROM article`)
}

func snapshot(t *testing.T, e engine.Engine) {
	table(t, e)
	var order []string
	say := func(what string) func(*engine.Row) error {
		return func(r *engine.Row) error {
			order = append(order, what+r.Text())
			return nil
		}
	}
	write(t, e, step(`INSERT INTO article(title) VALUES ('one')`))
	err := e.Query(t.Context(),
		engine.Stmt{SQL: `SELECT title FROM article`, Scan: func(r *engine.Row) error {
			// A write in between, from another goroutine, is not seen by the rest.
			done := make(chan error)
			go func() {
				done <- e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(title) VALUES ('two')`)})
			}()
			return errors.Join(say("first:")(r), <-done)
		}},
		engine.Stmt{SQL: `SELECT title FROM article ORDER BY id`, Scan: say("second:")},
		engine.Stmt{SQL: `SELECT title FROM article WHERE title = ?`, Args: []any{"two"}, Scan: say("third:")},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantTexts(t, order, "first:one", "second:one")
	wantTexts(t, column(t, e, `SELECT title FROM article ORDER BY id`), "one", "two")
}

// snapshotBesideWriter keeps two tables equal in each batch and reads both.
func snapshotBesideWriter(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE a (n INTEGER NOT NULL) STRICT`), step(`CREATE TABLE b (n INTEGER NOT NULL) STRICT`),
		step(`INSERT INTO a VALUES (0)`), step(`INSERT INTO b VALUES (0)`))
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		for ctx.Err() == nil {
			if err := e.Write(t.Context(), "", []engine.Step{step(`UPDATE a SET n = n + 1`), step(`UPDATE b SET n = n + 1`)}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var a, b, moved int64
	for moved < 50 {
		before := a
		err := e.Query(t.Context(),
			engine.Stmt{SQL: `SELECT n FROM a`, Scan: func(r *engine.Row) error { a = r.Int64(); return nil }},
			engine.Stmt{SQL: `SELECT n FROM b`, Scan: func(r *engine.Row) error { b = r.Int64(); return nil }})
		if err != nil || a != b || a < before {
			t.Errorf("a is %d, b is %d, a was %d, error %v", a, b, before, err)
		}
		if t.Failed() {
			break
		}
		if a != before {
			moved++
		}
	}
	stop()
	work.Wait()
}

func atomic(t *testing.T, e engine.Engine) {
	table(t, e)
	write(t, e, step(`INSERT INTO article(id, title) VALUES (1, 'one')`), step(`INSERT INTO article(id, title) VALUES (2, 'two')`))
	err := e.Write(t.Context(), "", []engine.Step{
		step(`UPDATE article SET title = 'changed'`),
		step(`CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT`),
		step(`INSERT INTO article(id, title) VALUES (1, 'again')`),
	})
	wantError(t, err, "step 2")
	wantTexts(t, column(t, e, `SELECT title FROM article ORDER BY id`), "one", "two")
	wantNumber(t, e, 0, `SELECT count(*) FROM sqlite_schema WHERE name = 'other'`)
	// The engine goes on as if nothing had been, schema changes included.
	write(t, e, step(`CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT`), step(`INSERT INTO other SELECT id FROM article`))
	wantNumber(t, e, 2, `SELECT count(*) FROM other`)
	write(t, e) // nothing
}

// schemaChanges: statements that an engine has kept follow the schema.
func schemaChanges(t *testing.T, e engine.Engine) {
	table(t, e)
	write(t, e, step(`INSERT INTO article(id, title) VALUES (1, 'one')`))
	columns := func(want ...any) {
		t.Helper()
		for range 10 { // every connection
			var got []any
			err := e.Query(t.Context(), engine.Stmt{SQL: `SELECT * FROM article`, Scan: func(r *engine.Row) error {
				got = append(got, r.Int64())
				for range want[1:] {
					got = append(got, r.Text())
				}
				return nil
			}})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		}
	}
	write(t, e, step(`ALTER TABLE article DROP COLUMN version`))
	columns(int64(1), "one")
	write(t, e, step(`ALTER TABLE article ADD COLUMN slug TEXT NOT NULL DEFAULT 'a'`), step(`ALTER TABLE article ADD COLUMN summary TEXT NOT NULL DEFAULT 'b'`))
	columns(int64(1), "one", "a", "b")
	write(t, e, step(`DROP TABLE article`), step(`CREATE TABLE article (id INTEGER PRIMARY KEY, name TEXT) STRICT`), step(`INSERT INTO article VALUES (2, 'new')`))
	columns(int64(2), "new")
	write(t, e, step(`DROP TABLE article`))
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `SELECT * FROM article`}), "no such table: article")
}

func guards(t *testing.T, e engine.Engine) {
	table(t, e)
	write(t, e, step(`INSERT INTO article(id, title) VALUES (1, 'one'), (2, 'two')`))
	update := func(id, version int64, guard string) engine.Step {
		return engine.Step{SQL: `UPDATE article SET version = version + 1 WHERE id = ? AND version = ?`, Args: []any{id, version}, Guard: guard}
	}
	write(t, e, update(1, 1, "first"), update(2, 1, "second"), step(`UPDATE article SET title = title || '!'`))
	wantTexts(t, column(t, e, `SELECT title || version FROM article ORDER BY id`), "one!2", "two!2")

	for _, test := range []struct {
		steps []engine.Step
		want  engine.GuardError
	}{
		{[]engine.Step{update(1, 1, "first"), update(2, 2, "second")}, engine.GuardError{Reason: "first", Step: 0}},
		{[]engine.Step{update(1, 2, "first"), step(`DELETE FROM article WHERE id = 99`), update(2, 1, "second"), update(2, 2, "third")}, engine.GuardError{Reason: "second", Step: 2}},
		{[]engine.Step{update(1, 2, ""), update(1, 2, ""), update(1, 2, "last")}, engine.GuardError{Reason: "last", Step: 2}},
		{[]engine.Step{{SQL: `UPDATE article SET title = 'x'`, Guard: "two rows are not one"}}, engine.GuardError{Reason: "two rows are not one"}},
		{[]engine.Step{{SQL: `INSERT INTO article(title) SELECT 'x' WHERE 0`, Guard: "nothing inserted"}}, engine.GuardError{Reason: "nothing inserted"}},
		{[]engine.Step{{SQL: `INSERT OR IGNORE INTO article(id, title) VALUES (1, 'x')`, Guard: "ignored"}}, engine.GuardError{Reason: "ignored"}},
	} {
		err := e.Write(t.Context(), "", test.steps)
		var g *engine.GuardError
		if !errors.As(err, &g) || *g != test.want {
			t.Errorf("got %v, want %v", err, test.want)
		}
	}
	wantTexts(t, column(t, e, `SELECT title || version FROM article ORDER BY id`), "one!2", "two!2")

	// Rows that triggers and foreign keys change do not count.
	write(t, e,
		step(`CREATE TABLE log (id INTEGER PRIMARY KEY, article INTEGER REFERENCES article(id) ON DELETE CASCADE) STRICT`),
		step(`CREATE TRIGGER logged AFTER UPDATE ON article BEGIN INSERT INTO log(article) VALUES (new.id), (new.id), (new.id); END`))
	write(t, e, update(1, 2, "with a trigger"))
	write(t, e, engine.Step{SQL: `DELETE FROM article WHERE id = 1`, Guard: "with a cascade"})
	wantNumber(t, e, 0, `SELECT count(*) FROM log`)
}

// contention: of writers that all read the same version, one gets through.
func contention(t *testing.T, e engine.Engine) {
	table(t, e)
	write(t, e, step(`INSERT INTO article(id, title) VALUES (1, '')`), step(`CREATE TABLE won (writer INTEGER, version INTEGER UNIQUE) STRICT`))
	const writers, rounds = 8, 20
	for version := int64(1); version <= rounds; version++ {
		var work sync.WaitGroup
		var mu sync.Mutex
		won, lost := 0, 0
		for w := range writers {
			work.Go(func() {
				err := e.Write(t.Context(), "", []engine.Step{
					step(`INSERT INTO won VALUES (?, NULL)`, w),
					{SQL: `UPDATE article SET version = version + 1 WHERE id = 1 AND version = ?`, Args: []any{version}, Guard: "version"},
					step(`UPDATE won SET version = ? WHERE version IS NULL`, version),
				})
				mu.Lock()
				defer mu.Unlock()
				var g *engine.GuardError
				if err == nil {
					won++
				} else if errors.As(err, &g) {
					lost++
				} else {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if won != 1 || lost != writers-1 {
			t.Fatalf("version %d: %d won and %d lost", version, won, lost)
		}
	}
	wantNumber(t, e, rounds, `SELECT count(version) FROM won`)
	wantNumber(t, e, rounds, `SELECT count(*) FROM won`)
}

func migrated(t *testing.T, e engine.Engine) {
	t.Helper()
	files := fstest.MapFS{"0001_article.sql": {Data: []byte(`CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT`)}}
	if n, err := engine.Migrate(t.Context(), e, files, day); n != 1 || err != nil {
		t.Fatalf("Migrate: %d, %v", n, err)
	}
}

func operations(t *testing.T, e engine.Engine) {
	migrated(t, e)
	steps := []engine.Step{step(`INSERT INTO article(title) VALUES ('once')`)}
	if err := e.Write(t.Context(), "op-1", steps); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Write(t.Context(), "op-1", steps); !errors.Is(err, engine.ErrApplied) {
			t.Errorf("second time: %v", err)
		}
	}
	// A batch that failed was not applied: its opID is free.
	err := e.Write(t.Context(), "op-2", []engine.Step{step(`INSERT INTO article(title) VALUES ('twice')`), step(`INSERT INTO article(title) VALUES (NULL)`)})
	wantError(t, err, "step 1", "NOT NULL")
	if err := e.Write(t.Context(), "op-2", []engine.Step{step(`INSERT INTO article(title) VALUES ('twice')`)}); err != nil {
		t.Error(err)
	}
	wantTexts(t, column(t, e, `SELECT title FROM article ORDER BY id`), "once", "twice")

	// The same operation from many at once is applied once.
	var work sync.WaitGroup
	for range 16 {
		work.Go(func() {
			err := e.Write(t.Context(), "op-3", []engine.Step{step(`INSERT INTO article(title) VALUES ('raced')`)})
			if err != nil && !errors.Is(err, engine.ErrApplied) {
				t.Error(err)
			}
		})
	}
	work.Wait()
	wantNumber(t, e, 1, `SELECT count(*) FROM article WHERE title = 'raced'`)
}

func operationsForgotten(t *testing.T, e engine.Engine) {
	migrated(t, e)
	if err := e.Write(t.Context(), "old", nil); err != nil {
		t.Fatal(err)
	}
	write(t, e, step(`INSERT INTO operations(number, id) VALUES (100000, 'newer')`))
	if err := e.Write(t.Context(), "old", nil); !errors.Is(err, engine.ErrApplied) {
		t.Errorf("99,999 operations later: %v", err)
	}
	if err := e.Write(t.Context(), "newest", nil); err != nil {
		t.Error(err)
	}
	wantTexts(t, column(t, e, `SELECT id FROM operations ORDER BY number`), "newer", "newest")
}

func constraints(t *testing.T, e engine.Engine) {
	write(t, e,
		step(`CREATE TABLE category (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`),
		step(`CREATE TABLE article (
			id       INTEGER PRIMARY KEY,
			slug     TEXT NOT NULL,
			locale   TEXT NOT NULL,
			category INTEGER REFERENCES category(id),
			words    INTEGER NOT NULL DEFAULT 0 CONSTRAINT words_positive CHECK (words >= 0),
			kind     TEXT CHECK (kind IN ('news', 'opinion')),
			UNIQUE (slug, locale)) STRICT`),
		step(`CREATE UNIQUE INDEX category_name ON category(lower(name))`),
		step(`CREATE TABLE tagged (article INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (article, tag)) STRICT, WITHOUT ROWID`),
		step(`INSERT INTO category VALUES (1, 'World')`),
		step(`INSERT INTO article(id, slug, locale, category) VALUES (1, 'a', 'en', 1)`),
		step(`INSERT INTO tagged VALUES (1, 'x')`),
	)
	for _, test := range []struct {
		sql  string
		want engine.ConstraintError
	}{
		{`INSERT INTO article(slug, locale) VALUES ('a', 'en')`, engine.ConstraintError{Kind: engine.Unique, Table: "article", Columns: []string{"slug", "locale"}}},
		{`INSERT INTO category(name) VALUES ('WORLD')`, engine.ConstraintError{Kind: engine.Unique, Name: "category_name"}},
		{`INSERT INTO article(id, slug, locale) VALUES (1, 'b', 'en')`, engine.ConstraintError{Kind: engine.PrimaryKey, Table: "article", Columns: []string{"id"}}},
		{`INSERT INTO tagged VALUES (1, 'x')`, engine.ConstraintError{Kind: engine.PrimaryKey, Table: "tagged", Columns: []string{"article", "tag"}}},
		{`INSERT INTO article(slug, locale) VALUES (NULL, 'en')`, engine.ConstraintError{Kind: engine.NotNull, Table: "article", Columns: []string{"slug"}}},
		{`UPDATE article SET words = -1`, engine.ConstraintError{Kind: engine.Check, Name: "words_positive"}},
		{`UPDATE article SET kind = 'poem'`, engine.ConstraintError{Kind: engine.Check, Name: "kind IN ('news', 'opinion')"}},
		{`UPDATE article SET category = 99`, engine.ConstraintError{Kind: engine.ForeignKey}},
		{`DELETE FROM category`, engine.ConstraintError{Kind: engine.ForeignKey}},
	} {
		test.want.Step = 1
		err := e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO category(name) VALUES ('undone')`), step(test.sql)})
		var c *engine.ConstraintError
		if !errors.As(err, &c) || !reflect.DeepEqual(*c, test.want) {
			t.Errorf("%s: got %v (%+v), want %+v", test.sql, err, c, test.want)
		}
		wantError(t, err, "step 1", test.sql[:20], string(test.want.Kind))
	}
	wantNumber(t, e, 1, `SELECT count(*) FROM category`)
	wantNumber(t, e, 1, `SELECT count(*) FROM article`)
}

func deferredForeignKey(t *testing.T, e engine.Engine) {
	write(t, e,
		step(`CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT`),
		step(`CREATE TABLE child (parent INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED) STRICT`))
	write(t, e, step(`INSERT INTO child VALUES (1)`), step(`INSERT INTO parent VALUES (1)`))
	err := e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO child VALUES (2)`), step(`INSERT INTO parent VALUES (3)`)})
	var c *engine.ConstraintError
	if !errors.As(err, &c) || c.Kind != engine.ForeignKey || c.Step != -1 {
		t.Errorf("got %v", err)
	}
	wantNumber(t, e, 1, `SELECT count(*) FROM child`)
	write(t, e, step(`INSERT INTO parent VALUES (4)`))

	// Among batches that run at the same time, only the guilty ones fail.
	var work sync.WaitGroup
	for i := range 40 {
		work.Go(func() {
			id := 100 + i
			steps := []engine.Step{step(`INSERT INTO child VALUES (?)`, id), step(`INSERT INTO parent VALUES (?)`, id)}
			if i%10 == 3 {
				steps = steps[:1]
			}
			err := e.Write(t.Context(), "", steps)
			var c *engine.ConstraintError
			if guilty := errors.As(err, &c) && c.Kind == engine.ForeignKey; guilty != (i%10 == 3) || !guilty && err != nil {
				t.Errorf("batch %d: %v", i, err)
			}
		})
	}
	work.Wait()
	wantNumber(t, e, 36, `SELECT count(*) FROM child WHERE parent >= 100`)
	wantNumber(t, e, 36, `SELECT count(*) FROM parent WHERE id >= 100`)
}

func strictTypes(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE s (id INTEGER PRIMARY KEY, n INTEGER, r REAL, b BLOB, t TEXT) STRICT`))
	for _, test := range []struct {
		sql    string
		arg    any
		column string
	}{
		{`INSERT INTO s(n) VALUES (?)`, "abc", "n"},
		{`INSERT INTO s(n) VALUES (?)`, 1.5, "n"},
		{`INSERT INTO s(r) VALUES (?)`, "abc", "r"},
		{`INSERT INTO s(b) VALUES (?)`, "abc", "b"},
		{`INSERT INTO s(t) VALUES (?)`, []byte{1}, "t"},
	} {
		err := e.Write(t.Context(), "", []engine.Step{step(test.sql, test.arg)})
		var c *engine.ConstraintError
		want := engine.ConstraintError{Kind: engine.DataType, Table: "s", Columns: []string{test.column}}
		if !errors.As(err, &c) || !reflect.DeepEqual(*c, want) {
			t.Errorf("%s with %v: got %v (%+v)", test.sql, test.arg, err, c)
		}
	}
	err := e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO s(id) VALUES (?)`, "abc")})
	var c *engine.ConstraintError
	if !errors.As(err, &c) || c.Kind != engine.DataType {
		t.Errorf("text as an id: %v", err)
	}
	wantNumber(t, e, 0, `SELECT count(*) FROM s`)
}

func features(t *testing.T, e engine.Engine) {
	write(t, e,
		step(`CREATE TABLE article (
			id           INTEGER PRIMARY KEY,
			category     INTEGER NOT NULL,
			title        TEXT NOT NULL,
			published_at INTEGER,
			folded       TEXT GENERATED ALWAYS AS (lower(title)) STORED) STRICT`),
		step(`CREATE INDEX article_newest ON article(category, published_at DESC, id DESC) WHERE published_at IS NOT NULL`))
	for i := range 30 {
		var at any
		if i%5 != 0 {
			at = i
		}
		write(t, e, step(`INSERT INTO article(id, category, title, published_at) VALUES (?, ?, ?, ?)`, i, i%3, fmt.Sprintf("Title %d", i), at))
	}
	// A list of ids as one argument, in the list's order.
	wantTexts(t, column(t, e, `SELECT a.title FROM json_each(?) j JOIN article a ON a.id = j.value ORDER BY j.key`, `[7,2,29,4000]`),
		"Title 7", "Title 2", "Title 29")
	wantTexts(t, column(t, e, `SELECT value FROM json_each(?)`, `["x'41'","نص","a\u0000b"]`), "x'41'", "نص", "a\x00b")
	wantNumber(t, e, 10_000, `SELECT count(*) FROM json_each(?)`, "["+strings.Repeat("1,", 9_999)+"1]")
	// The newest two of each parent in one statement.
	wantTexts(t, column(t, e, `SELECT category || ':' || title FROM (
			SELECT a.*, row_number() OVER (PARTITION BY category ORDER BY published_at DESC, a.id DESC) AS n
			FROM article a JOIN json_each(?) j ON j.value = a.category WHERE published_at IS NOT NULL)
		WHERE n <= 2 ORDER BY category, n`, `[0,2]`),
		"0:Title 27", "0:Title 24", "2:Title 29", "2:Title 26")
	// A tree.
	write(t, e, step(`CREATE TABLE category (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT) STRICT`),
		step(`INSERT INTO category VALUES (1, NULL, 'World'), (2, 1, 'Europe'), (3, 2, 'France')`))
	wantTexts(t, column(t, e, `WITH RECURSIVE up(id, parent, name) AS (
		SELECT id, parent, name FROM category WHERE id = ? UNION ALL
		SELECT c.id, c.parent, c.name FROM up JOIN category c ON c.id = up.parent) SELECT name FROM up`, 3), "France", "Europe", "World")
	// Seek by row values, upsert, generated columns, aggregates with FILTER.
	wantTexts(t, column(t, e, `SELECT title FROM article WHERE category = 1 AND published_at IS NOT NULL AND (published_at, id) < (?, ?) ORDER BY published_at DESC, id DESC LIMIT 2`, 13, 13),
		"Title 7", "Title 4")
	write(t, e, step(`INSERT INTO article(id, category, title) VALUES (1, 1, 'ÉTÉ Upper') ON CONFLICT (id) DO UPDATE SET title = excluded.title`))
	wantTexts(t, column(t, e, `SELECT folded FROM article WHERE id = 1`), "ÉtÉ upper")
	wantNumber(t, e, 24, `SELECT count(*) FILTER (WHERE published_at IS NOT NULL) FROM article`)
}

func fullText(t *testing.T, e engine.Engine) {
	write(t, e,
		step(`CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL) STRICT`),
		step(`CREATE VIRTUAL TABLE search USING fts5(title, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`))
	add := func(id int, title, body string) {
		write(t, e, step(`INSERT INTO article VALUES (?, ?, ?)`, id, title, body), step(`INSERT INTO search(rowid, title, body) VALUES (?, ?, ?)`, id, title, body))
	}
	find := func(words string) []string {
		return column(t, e, `SELECT a.title FROM search s JOIN article a ON a.id = s.rowid WHERE search MATCH ? ORDER BY bm25(search, 10.0, 1.0), s.rowid`, words)
	}
	add(1, "Café opens", "A new place near the river.")
	add(2, "River floods", "Water in the café.")
	add(3, "أخبار اليوم", "الطقس")
	wantTexts(t, find("cafe"), "Café opens", "River floods")
	wantTexts(t, find("river"), "River floods", "Café opens")
	wantTexts(t, find("الطقس"), "أخبار اليوم")
	wantTexts(t, find("riv*"), "River floods", "Café opens")
	write(t, e, step(`DELETE FROM search WHERE rowid = 2`), step(`DELETE FROM article WHERE id = 2`))
	wantTexts(t, find("river"), "Café opens")
	write(t, e, step(`INSERT OR REPLACE INTO search(rowid, title, body) VALUES (1, 'Closed', 'nothing')`))
	wantTexts(t, find("river"))
	wantTexts(t, find("closed"), "Café opens")
	wantError(t, e.Query(t.Context(), engine.Stmt{SQL: `SELECT rowid FROM search WHERE search MATCH ?`, Args: []any{`"open`}}), "unterminated string")
	// What a failed batch wrote into the index is gone as well.
	err := e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO search(rowid, title, body) VALUES (9, 'ghost', '')`), step(`INSERT INTO article VALUES (1, '', '')`)})
	wantError(t, err, "PRIMARY KEY")
	wantNumber(t, e, 0, `SELECT count(*) FROM search WHERE search MATCH 'ghost'`)
}

func fullTextTriggers(t *testing.T, e engine.Engine) {
	write(t, e,
		step(`CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT`),
		step(`CREATE VIRTUAL TABLE names USING fts5(title, content='article', content_rowid='id', tokenize='trigram')`),
		step(`CREATE TRIGGER article_added AFTER INSERT ON article BEGIN INSERT INTO names(rowid, title) VALUES (new.id, new.title); END`),
		step(`CREATE TRIGGER article_gone AFTER DELETE ON article BEGIN INSERT INTO names(names, rowid, title) VALUES ('delete', old.id, old.title); END`),
		step(`INSERT INTO article VALUES (1, 'Hochwasser'), (2, '新闻编辑室')`))
	find := `SELECT title FROM names WHERE names MATCH ?`
	wantTexts(t, column(t, e, find, "wass"), "Hochwasser")
	wantTexts(t, column(t, e, find, "编辑室"), "新闻编辑室")
	write(t, e, step(`DELETE FROM article WHERE id = 1`))
	wantTexts(t, column(t, e, find, "wass"))
	write(t, e, step(`INSERT INTO names(names) VALUES ('rebuild')`))
	wantTexts(t, column(t, e, find, "编辑室"), "新闻编辑室")
}

func cancelled(t *testing.T, e engine.Engine) {
	table(t, e)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	err := e.Query(over, engine.Stmt{SQL: `SELECT 1`, Scan: func(*engine.Row) error { ran = true; return nil }})
	if !errors.Is(err, context.Canceled) || ran {
		t.Errorf("Query with a context that has ended: %v, ran %v", err, ran)
	}
	if err := e.Write(over, "", []engine.Step{step(`INSERT INTO article(title) VALUES ('x')`)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Write with a context that has ended: %v", err)
	}

	// Between rows.
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err = e.Query(ctx, engine.Stmt{SQL: `SELECT value FROM json_each('[1,2,3,4]')`, Scan: func(*engine.Row) error {
		if n++; n == 2 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || n != 2 {
		t.Errorf("cancelled at row 2: %v after %d rows", err, n)
	}

	// Inside a statement that would not end, several at once and then again.
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		started := make(chan struct{}, 8)
		var work sync.WaitGroup
		for range cap(started) {
			work.Go(func() {
				err := e.Query(ctx,
					engine.Stmt{SQL: `SELECT 1`, Scan: func(*engine.Row) error { started <- struct{}{}; return nil }},
					engine.Stmt{Long: true, SQL: `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c`})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("a statement without an end: %v", err)
				}
			})
		}
		<-started
		cancel()
		work.Wait()
	}
	wantNumber(t, e, 0, `SELECT count(*) FROM article`)
	write(t, e, step(`INSERT INTO article(title) VALUES ('after')`))
	wantNumber(t, e, 1, `SELECT count(*) FROM article`)
	if n := number(t, e, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50) SELECT count(*) FROM c`); n != 50 {
		t.Errorf("after an interruption: %d", n)
	}
}

func concurrent(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE entry (id INTEGER PRIMARY KEY, article INTEGER NOT NULL, text TEXT NOT NULL) STRICT`),
		step(`CREATE INDEX entry_article ON entry(article)`))
	const perBatch, batches, readers = 5, 100, 50
	done := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		defer close(done)
		for b := range batches {
			steps := make([]engine.Step, perBatch)
			for i := range steps {
				steps[i] = step(`INSERT INTO entry(article, text) VALUES (?, ?)`, b, fmt.Sprintf("%d/%d", b, i))
			}
			if err := e.Write(t.Context(), "", steps); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for reader := range readers {
		work.Go(func() {
			for {
				var total, newest, texts int
				err := e.Query(t.Context(),
					engine.Stmt{SQL: `SELECT count(*), coalesce(max(article), -1) FROM entry`, Scan: func(r *engine.Row) error {
						total, newest = r.Int(), r.Int()
						return nil
					}},
					engine.Stmt{SQL: `SELECT text FROM entry WHERE article = (SELECT max(article) FROM entry) ORDER BY id`, Scan: func(r *engine.Row) error {
						if want := fmt.Sprintf("%d/%d", newest, texts); r.Text() != want {
							t.Errorf("not %s", want)
						}
						texts++
						return nil
					}})
				if err != nil || total != (newest+1)*perBatch || total > 0 && texts != perBatch {
					t.Errorf("reader %d: %d entries, newest %d with %d texts, error %v", reader, total, newest, texts, err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	work.Wait()
	wantNumber(t, e, perBatch*batches, `SELECT count(*) FROM entry`)
}

// manyWriters mixes batches that succeed, fail and give up: each is kept
// entirely or not at all, and what Write said is what is there.
func manyWriters(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE entry (batch INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (batch, n)) STRICT, WITHOUT ROWID`))
	const writers, rounds = 16, 12
	kept := make([]bool, writers*rounds)
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for r := range rounds {
				batch := w*rounds + r
				ctx, cancel := context.WithCancel(t.Context())
				steps := []engine.Step{step(`INSERT INTO entry VALUES (?, 1)`, batch), step(`INSERT INTO entry VALUES (?, 2)`, batch)}
				var gaveUp sync.WaitGroup
				switch batch % 4 {
				case 1:
					steps = append(steps, step(`INSERT INTO entry VALUES (?, 1)`, batch)) // fails
					steps[2].Late = batch%8 == 5
				case 2:
					gaveUp.Go(cancel) // at some moment
				}
				err := e.Write(ctx, "", steps)
				gaveUp.Wait()
				cancel()
				kept[batch] = err == nil
				var c *engine.ConstraintError
				if batch%4 == 1 && (!errors.As(err, &c) || c.Step != 2) || batch%4 == 2 && err != nil && !errors.Is(err, context.Canceled) || (batch%4 == 0 || batch%4 == 3) && err != nil {
					t.Errorf("batch %d: %v", batch, err)
				}
			}
		})
	}
	work.Wait()
	for batch, want := range kept {
		n := number(t, e, `SELECT count(*) FROM entry WHERE batch = ?`, batch)
		if want && n != 2 || !want && n != 0 {
			t.Errorf("batch %d: Write succeeded is %v and %d rows are there", batch, want, n)
		}
	}
}

// lateSteps run after the others of their batch, and find what those wrote.
func lateSteps(t *testing.T, e engine.Engine) {
	write(t, e, step(`CREATE TABLE seen (n INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT`))
	look := `INSERT INTO seen (what) SELECT ? || count(*) FROM seen`
	write(t, e,
		engine.Step{SQL: look, Args: []any{"late after "}, Late: true},
		step(look, "first after "),
		engine.Step{SQL: look, Args: []any{"last after "}, Late: true},
		step(look, "second after "))
	wantTexts(t, column(t, e, `SELECT what FROM seen ORDER BY n`), "first after 0", "second after 1", "late after 2", "last after 3")
	if err := e.Write(t.Context(), "", []engine.Step{{SQL: `INSERT INTO seen VALUES (1, 'again')`, Late: true}, step(look, "not kept ")}); err == nil {
		t.Error("a batch whose late step fails was kept")
	}
	wantNumber(t, e, 4, `SELECT count(*) FROM seen`)
}

func trace(t *testing.T, e engine.Engine) {
	var tr engine.Trace
	ctx := engine.WithTrace(t.Context(), &tr)
	one, three := `SELECT 1`, `SELECT value FROM json_each('[1,2,3]')`
	if err := e.Query(ctx, engine.Stmt{SQL: one}, engine.Stmt{SQL: three, Scan: func(*engine.Row) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	wantError(t, e.Query(ctx, engine.Stmt{SQL: `SELECT no`}), "no such column")
	wantNumber(t, e, 1, one) // without the trace
	got := tr.Statements()
	if tr.Count() != 3 || len(got) != 3 || got[0].SQL != one || got[0].Rows != 1 || got[1].SQL != three || got[1].Rows != 3 || got[1].Duration <= 0 || got[2].Rows != 0 {
		t.Errorf("traced %+v", got)
	}
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() { _ = e.Query(ctx, engine.Stmt{SQL: one}) })
	}
	work.Wait()
	if tr.Count() != 23 {
		t.Errorf("%d statements of 23", tr.Count())
	}
}

func closed(t *testing.T, e engine.Engine) {
	table(t, e)
	var work sync.WaitGroup
	for range 30 {
		work.Go(func() {
			if err := e.Query(t.Context(), engine.Stmt{SQL: `SELECT 1`}); err != nil && !errors.Is(err, engine.ErrClosed) {
				t.Error(err)
			}
		})
		work.Go(func() {
			if err := e.Write(t.Context(), "", []engine.Step{step(`INSERT INTO article(title) VALUES ('x')`)}); err != nil && !errors.Is(err, engine.ErrClosed) {
				t.Error(err)
			}
		})
	}
	work.Go(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	work.Wait()
	if err := e.Query(t.Context(), engine.Stmt{SQL: `SELECT 1`}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Query: %v", err)
	}
	if err := e.Write(t.Context(), "", nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
