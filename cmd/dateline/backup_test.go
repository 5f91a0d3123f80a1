package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupAndRestore: a day on which the database is copied while it is in use, changed, and put back.
func TestBackupAndRestore(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article})
	p := serve(t, "--demo", "--db", "site.db")
	ok := func(want string, args ...string) {
		t.Helper()
		if r := dateline(t, args...); r.code != 0 || r.err != "" || !strings.Contains(r.out, want) {
			t.Fatalf("%v: %+v; want %q", args, r, want)
		}
	}
	refused := func(want []string, args ...string) {
		t.Helper()
		wantMistake(t, dateline(t, args...), 1, want)
	}
	ok("site.db is backed up in monday.db (", "backup", "--db", "site.db", "monday.db")
	refused([]string{"monday.db", "--force"}, "backup", "--db", "site.db", "monday.db")
	ok("monday.db", "backup", "--db", "site.db", "--force", "monday.db")
	backedUp := position(t, "monday.db") // while the server goes on to note its lists in the journal of site.db
	ok("site.db has no fault; the journal is at ", "check", "--db", "site.db")
	ok(fmt.Sprintf("monday.db has no fault; the journal is at %d", backedUp), "check", "--db", "monday.db")

	process := fmt.Sprint("process ", p.Process.Pid)
	refused([]string{"site.db is served by " + process, "stop that"}, "serve", "--db", "site.db", "--addr", "127.0.0.1:0")
	refused([]string{"site.db", process, "not touched"}, "restore", "--db", "site.db", "monday.db")
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatalf("import beside the server: %+v", r)
	}
	if got := string(ask(t, p.url, `{ search(query: "\"The first article\"") { totalCount } }`).Data["search"]); got != `{"totalCount":1}` {
		t.Errorf("the server does not see what was imported: %s", got)
	}
	p.stop()
	changed := position(t, "site.db")
	ok("site.db is restored from monday.db", "restore", "--db", "site.db", "monday.db")
	kept, err := filepath.Glob("site.db.replaced-*")
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if before, after := position(t, kept[0]), position(t, "site.db"); before != changed || after != backedUp || changed <= backedUp {
		t.Errorf("the journals are at %d and %d, want %d and %d", before, after, changed, backedUp)
	}
	ok("no fault", "check", "--db", "site.db")
	again := serve(t, "--db", "site.db")
	ask(t, again.url, `{ site { name } }`)
	again.stop()
	if exists("site.db-server") {
		t.Error("a server that was stopped leaves its lock")
	}
}

// TestDamagedDatabase: the server answers what it can read, and the other commands say what is wrong.
func TestDamagedDatabase(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article})
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	if r := dateline(t, "backup", "--db", "site.db", "good.db"); r.code != 0 {
		t.Fatal(r)
	}
	text, err := os.ReadFile("site.db")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte("<p>It has some words.</p>")) &^ 4095 // the page of the body
	if at < 4096 {
		t.Fatal("the body is not found in the file")
	}
	copy(text[at:], bytes.Repeat([]byte{0xff}, 4096))
	write(t, "site.db", string(text))

	p := serve(t, "--db", "site.db")
	if got := string(ask(t, p.url, `{ articles(first: 1) { nodes { title } } }`).Data["articles"]); got != `{"nodes":[{"title":"The first article"}]}` {
		t.Errorf("the article's title is %s", got)
	}
	r := dateline(t, "check", "--db", "site.db")
	if r.code != 1 || r.err != "" || !strings.Contains(r.out, "the file is damaged") || !strings.Contains(r.out, "dateline restore") {
		t.Errorf("check: %+v", r)
	}
	for line := range strings.Lines(r.out) {
		if !strings.Contains(line, "; ") {
			t.Errorf("a fault without advice: %s", line)
		}
	}
	wantMistake(t, dateline(t, "backup", "--db", "site.db", "copy.db"), 1, []string{"site.db", "damaged", "dateline check"})
	if exists("copy.db") {
		t.Error("there is a damaged backup")
	}
	response, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(`{"query": "{ articles(first: 1) { nodes { title body { text } } } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || !strings.Contains(string(answer), `"code":"INTERNAL"`) || strings.Contains(string(answer), "site.db") {
		t.Errorf("who asks for the body is told %s (%v)", answer, err)
	}
	p.stop()
	if log := p.errs.String(); !strings.Contains(log, "site.db: the database file is damaged: stop writing to it and restore a backup") {
		t.Errorf("the log says %s", log)
	}
	if r := dateline(t, "restore", "--db", "site.db", "good.db"); r.code != 0 {
		t.Fatal(r)
	}
	again := serve(t, "--db", "site.db")
	if got := string(ask(t, again.url, `{ articles(first: 1) { nodes { body { text } } } }`).Data["articles"]); got != `{"nodes":[{"body":{"text":"It has some words."}}]}` {
		t.Errorf("after the backup was put back, the body is %s", got)
	}
	again.stop()
}

func TestBackupMistakes(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article, "text.db": "This is a letter to the editor, and not a database at all.\n", "empty.db": ""})
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	alter(t, "foreign.db", `CREATE TABLE contacts (name TEXT) STRICT`)
	if r := dateline(t, "import", "jsonl", "--db", "older.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	alter(t, "older.db", `DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)`)
	for _, c := range []struct {
		args string
		code int
		want []string
	}{
		{"backup", 2, []string{"<file>", "dateline backup --help"}},
		{"restore", 2, []string{"<file>", "dateline restore --help"}},
		{"check site.db", 2, []string{"site.db", "dateline check --help"}},
		{"backup --db none.db copy.db", 1, []string{"none.db", "check the file name"}},
		{"backup --db text.db copy.db", 1, []string{"text.db", "not an SQLite database"}},
		{"backup --db empty.db copy.db", 1, []string{"empty.db", "empty"}},
		{"backup --db foreign.db copy.db", 1, []string{"foreign.db", "not made by dateline"}},
		{"backup --db site.db site.db", 1, []string{"site.db", "the database itself"}},
		{"backup --db site.db none/copy.db", 1, []string{"none/", "folder exists"}},
		{"check --db none.db", 1, []string{"none.db", "check the file name"}},
		{"check --db foreign.db", 1, []string{"foreign.db", "not made by dateline"}},
		{"check --db older.db", 1, []string{"older.db", "lacks 1 changes", "dateline serve"}},
		{"restore --db site.db none.db", 1, []string{"none.db", "check the file name", "site.db, which was not touched"}},
		{"restore --db site.db text.db", 1, []string{"text.db cannot be used", "not an SQLite database", "site.db, which was not touched"}},
		{"restore --db site.db foreign.db", 1, []string{"foreign.db cannot be used", "not made by dateline", "site.db, which was not touched"}},
		{"restore --db site.db site.db", 1, []string{"the database itself"}},
	} {
		t.Run(c.args, func(t *testing.T) { wantMistake(t, dateline(t, strings.Fields(c.args)...), c.code, c.want) })
	}
	if exists("copy.db") {
		t.Error("a backup that failed left a file")
	}
	position(t, "site.db") // is as it was
}
