package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/enginetest"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

func TestEngine(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		return newDB(t, filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	})
}

func TestEngineWithOneReader(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		return newDB(t, filepath.Join(t.TempDir(), "test.db"), sqlite.Options{Readers: 1, CacheBytes: 64 << 10})
	})
}

func newDB(t *testing.T, path string, opt sqlite.Options) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func write(t *testing.T, db *sqlite.DB, sql string, args ...any) {
	t.Helper()
	if err := db.Write(t.Context(), "", []engine.Step{{SQL: sql, Args: args}}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *sqlite.DB, sql string) (n int) {
	t.Helper()
	err := db.Query(t.Context(), engine.Stmt{SQL: sql, Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestPaths(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "a?mode=memory.db", "100%25.db", "hash#tag.db", "a&b=c;d+e.db", "Zeitung-äöü.db", "صحيفة.db", "新闻.db", `"quoted'.db`, ":memory", "file:x.db", "a\\b.db", "-dash"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		for i := range 2 { // made, then found
			db, err := sqlite.Open(path, sqlite.Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			write(t, db, `CREATE TABLE IF NOT EXISTS a (n INTEGER) STRICT`)
			write(t, db, `INSERT INTO a VALUES (1)`)
			if n := count(t, db, `SELECT count(*) FROM a`); n != i+1 {
				t.Errorf("%s: %d rows, want %d", name, n, i+1)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if got := files(t, dir); !reflect.DeepEqual(got, []string{name}) {
				t.Errorf("after Close the folder has %q, want only %q", got, name)
			}
		}
	}
	t.Chdir(t.TempDir())
	write(t, newDB(t, "relative.db", sqlite.Options{}), `CREATE TABLE a (n INTEGER) STRICT`)
	if got := files(t, "."); len(got) != 3 || got[0] != "relative.db" || got[1] != "relative.db-shm" || got[2] != "relative.db-wal" {
		t.Errorf("while open, in WAL mode, the folder has %q", got)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		path  string
		opt   sqlite.Options
		words string
		is    error
	}{
		{"", sqlite.Options{}, "must be a file", nil},
		{":memory:", sqlite.Options{}, "must be a file", nil},
		{filepath.Join(dir, "no", "folder.db"), sqlite.Options{}, "its folder exists", nil},
		{dir, sqlite.Options{}, "unable to open", nil},
		{filepath.Join(dir, "missing.db"), sqlite.Options{ReadOnly: true}, "check the file name", os.ErrNotExist},
		{file("text.db", strings.Repeat("This is a letter to the editor. ", 200)), sqlite.Options{}, "text.db", engine.ErrNotDatabase},
		{file("text2.db", strings.Repeat("This is a letter to the editor. ", 200)), sqlite.Options{ReadOnly: true}, "text2.db", engine.ErrNotDatabase},
	} {
		db, err := sqlite.Open(test.path, test.opt)
		if err == nil {
			t.Errorf("%q opened", test.path)
			_ = db.Close()
			continue
		}
		if !strings.Contains(err.Error(), test.words) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%q: %v; want %q", test.path, err, test.words)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "text.db")); err != nil || !strings.HasPrefix(string(text), "This is a letter") {
		t.Errorf("the file that is no database was changed: %v", err)
	}
	// An empty file is an empty database.
	write(t, newDB(t, file("empty.db", ""), sqlite.Options{}), `CREATE TABLE a (n INTEGER) STRICT`)
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := newDB(t, path, sqlite.Options{})
	migrations := fstest.MapFS{"0001_a.sql": {Data: []byte(`CREATE TABLE a (n INTEGER) STRICT`)}}
	if _, err := engine.Migrate(t.Context(), db, migrations, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	reader := newDB(t, path, sqlite.Options{ReadOnly: true})
	write(t, db, `INSERT INTO a VALUES (1)`)
	if n := count(t, reader, `SELECT count(*) FROM a`); n != 1 {
		t.Errorf("%d rows", n)
	}
	err := reader.Write(t.Context(), "", []engine.Step{{SQL: `INSERT INTO a VALUES (2)`}})
	if !errors.Is(err, engine.ErrReadOnly) {
		t.Errorf("Write: %v", err)
	}
	if n, err := engine.Migrate(t.Context(), reader, migrations, time.Unix(0, 0)); n != 0 || err != nil {
		t.Errorf("a database that is up to date needs no write: %d, %v", n, err)
	}
	migrations["0002_b.sql"] = &fstest.MapFile{Data: []byte(`CREATE TABLE b (n INTEGER) STRICT`)}
	if _, err := engine.Migrate(t.Context(), reader, migrations, time.Unix(0, 0)); !errors.Is(err, engine.ErrReadOnly) {
		t.Errorf("a migration that is missing: %v", err)
	}
	// Alone, without the program that writes.
	if err := errors.Join(reader.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, newDB(t, path, sqlite.Options{ReadOnly: true}), `SELECT count(*) FROM a`); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (n INTEGER, t TEXT) STRICT`)
	write(t, db, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) INSERT INTO a SELECT n, 'some text to fill pages' FROM c`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt([]byte(strings.Repeat("\xff", 40_000)), 8192)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	damaged := newDB(t, path, sqlite.Options{})
	err = damaged.Query(t.Context(), engine.Stmt{SQL: `SELECT sum(n) FROM a`})
	if !errors.Is(err, engine.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("Query: %v", err)
	}
	if err := damaged.Write(t.Context(), "", []engine.Step{{SQL: `UPDATE a SET n = n + 1`}}); !errors.Is(err, engine.ErrCorrupt) {
		t.Errorf("Write: %v", err)
	}
}

// otherWriter holds the write lock as another program would, until the
// function it returns is called.
func otherWriter(t *testing.T, path string) (release func()) {
	t.Helper()
	conn, err := new(sqlite3.SQLiteDriver).Open(path)
	if err != nil {
		t.Fatal(err)
	}
	do := func(sql string) {
		if _, err := conn.(*sqlite3.SQLiteConn).Exec(sql, nil); err != nil {
			t.Error(err)
		}
	}
	do(`BEGIN IMMEDIATE`)
	t.Cleanup(func() { _ = conn.Close() })
	return func() { do(`COMMIT`) }
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := newDB(t, path, sqlite.Options{BusyTimeout: time.Millisecond})
	write(t, db, `CREATE TABLE a (n INTEGER) STRICT`)
	patient := newDB(t, path, sqlite.Options{BusyTimeout: time.Hour})
	steps := []engine.Step{{SQL: `INSERT INTO a VALUES (1)`}}

	release := otherWriter(t, path)
	err := db.Write(t.Context(), "", steps)
	if !errors.Is(err, engine.ErrBusy) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Write beside another writer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() { gaveUp <- patient.Write(ctx, "", steps) }()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was cancelled: %v", err)
	}
	if n := count(t, db, `SELECT count(*) FROM a`); n != 0 { // readers do not wait
		t.Errorf("%d rows", n)
	}
	waited := make(chan error)
	go func() { waited <- patient.Write(t.Context(), "", steps) }()
	release()
	if err := <-waited; err != nil {
		t.Errorf("Write after a wait: %v", err)
	}
	write(t, db, `INSERT INTO a VALUES (2)`)
	if n := count(t, patient, `SELECT count(*) FROM a`); n != 2 {
		t.Errorf("%d rows", n)
	}
}

// TestAnotherProcess runs this test's binary a second time on the same file.
func TestAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (process TEXT NOT NULL, n INTEGER NOT NULL) STRICT`)
	const batches = 200
	child := startChild(t, path, batches)
	insert(t, db, "parent", batches)
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, process := range []string{"parent", "child"} {
		if n := count(t, db, `SELECT count(*) FROM a WHERE process = '`+process+`'`); n != 2*batches {
			t.Errorf("%s: %d rows, want %d", process, n, 2*batches)
		}
	}
}

// TestKilled kills the other process while it writes: what it was told is
// written is there, and no batch is there by half.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (process TEXT NOT NULL, n INTEGER NOT NULL) STRICT`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	child := startChild(t, path, 1_000_000)
	for line := 0; line < 50 && child.out.Scan(); line++ {
	}
	told, err := strconv.Atoi(child.out.Text())
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	db = newDB(t, path, sqlite.Options{})
	n := count(t, db, `SELECT count(*) FROM a`)
	if n%2 != 0 || n < 2*(told+1) {
		t.Errorf("%d rows after batch %d was confirmed", n, told)
	}
	if wrong := count(t, db, `SELECT count(*) FROM (SELECT n FROM a GROUP BY n HAVING count(*) <> 2)`); wrong != 0 {
		t.Errorf("%d batches by half", wrong)
	}
	write(t, db, `INSERT INTO a VALUES ('parent', 0)`)
}

type child struct {
	*exec.Cmd
	out *bufio.Scanner
}

func startChild(t *testing.T, path string, batches int) child {
	t.Helper()
	return startTest(t, "TestChild", path, batches)
}

// startTest runs one test in another process.
func startTest(t *testing.T, name, path string, batches int) child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+name+"$")
	cmd.Env = append(os.Environ(), "DATELINE_TEST_DB="+path, fmt.Sprintf("DATELINE_TEST_BATCHES=%d", batches))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return child{cmd, bufio.NewScanner(out)}
}

// TestChild is the other process of TestAnotherProcess and TestKilled.
func TestChild(t *testing.T) {
	path := os.Getenv("DATELINE_TEST_DB")
	if path == "" {
		t.Skip("runs only as the child of another test")
	}
	batches, err := strconv.Atoi(os.Getenv("DATELINE_TEST_BATCHES"))
	if err != nil {
		t.Fatal(err)
	}
	insert(t, newDB(t, path, sqlite.Options{}), "child", batches)
}

// insert writes batches of two rows and prints the number of each that is in.
func insert(t *testing.T, db *sqlite.DB, process string, batches int) {
	for n := range batches {
		row := engine.Step{SQL: `INSERT INTO a VALUES (?, ?)`, Args: []any{process, n}}
		if err := db.Write(t.Context(), "", []engine.Step{row, row}); err != nil {
			t.Fatal(err)
		}
		if process == "child" {
			fmt.Println(n)
		}
	}
}

// TestPoolHonoursContext keeps the only reader busy.
func TestPoolHonoursContext(t *testing.T) {
	db := newDB(t, filepath.Join(t.TempDir(), "test.db"), sqlite.Options{Readers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Query(t.Context(), engine.Stmt{SQL: `SELECT 1`, Scan: func(*engine.Row) error {
		waited := make(chan error)
		go func() { waited <- db.Query(ctx, engine.Stmt{SQL: `SELECT 1`}) }()
		cancel()
		if err := <-waited; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting for a reader: %v", err)
		}
		return nil
	}})
	if err != nil {
		t.Error(err)
	}
}

// FuzzCheckStatement compares our count of statements with SQLite's, for text
// that SQLite can prepare.
func FuzzCheckStatement(f *testing.F) {
	for _, sql := range []string{
		"", ";", "SELECT 1", "SELECT 1;", "SELECT 1; SELECT 2", "SELECT ';'", "SELECT \"a;\" FROM t; -- end", "SELECT [a;], `a;` FROM t", "\ufeffSELECT 1\ufeff;",
		"CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END",
		"CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; SELECT 2", "SELECT x'3b' /* ; */ ; SELECT 1.5e3, ?1, :a, @b, $c", "SELECT 'it''s' -- ;\n;",
	} {
		f.Add(sql)
	}
	opened, err := new(sqlite3.SQLiteDriver).Open(":memory:")
	if err != nil {
		f.Fatal(err)
	}
	conn := opened.(*sqlite3.SQLiteConn)
	if _, err := conn.Exec("CREATE TABLE t (a TEXT, b TEXT, \"a;\" TEXT)", nil); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if strings.Contains(strings.ToUpper(sql), "EXPLAIN") || strings.ContainsRune(sql, 0) {
			return // EXPLAIN CREATE TRIGGER is nothing we run
		}
		n := 0
		for text := sql; text != ""; {
			stmt, err := conn.Prepare(text)
			if err != nil {
				return
			}
			fields := reflect.ValueOf(stmt).Elem()
			if !fields.FieldByName("s").IsNil() {
				n++
			}
			text = fields.FieldByName("t").String()
			if err := stmt.Close(); err != nil {
				t.Fatal(err)
			}
		}
		err := engine.CheckStatement(sql)
		if err == nil && n != 1 {
			t.Errorf("%q passes as one statement and SQLite reads %d", sql, n)
		}
		if n == 1 && err != nil && strings.Contains(err.Error(), "the text holds") {
			t.Errorf("SQLite reads one statement in %q: %v", sql, err)
		}
	})
}
