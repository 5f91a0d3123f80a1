//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine/enginetest"
)

// write saves an article of some 20 kB, and says whether it was confirmed. Otherwise the answer is what it was told.
func (a author) write(t *testing.T, title string) (confirmed bool, answer string) {
	t.Helper()
	confirmed, answer, err := a.send(t.Context(), title, 700)
	if err != nil {
		t.Error(err)
	}
	return confirmed, answer
}

// count counts all articles, drafts too.
func (a author) count(t *testing.T) string {
	t.Helper()
	return string(ask(t, a.url, `{ articles(first: 1) { totalCount } }`, "Authorization", "Bearer "+a.key).Data["articles"])
}

// TestServeOnFullDisk: editors are told that their save failed and the log says why, readers are served, nothing that was
// confirmed is lost, and saving goes on when there is room again.
func TestServeOnFullDisk(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	inFolder(t, map[string]string{"a.jsonl": strings.Replace(article, "some words", strings.Repeat("some words ", 1<<17), 1)})
	if err := os.Mkdir("disk", 0o755); err != nil {
		t.Fatal(err)
	}
	enginetest.SmallDisk(t, "disk", 12<<20)
	write(t, "disk/ballast", strings.Repeat("x", 4<<20))
	p := serve(t, "--db", "disk/site.db")
	a := newAuthor(t, p, "disk/site.db")
	confirmed := fill(t, a)
	if confirmed < 10 {
		t.Fatalf("%d articles were saved before the disk was full: that shows nothing", confirmed)
	}
	if got, want := a.count(t), fmt.Sprintf(`{"totalCount":%d}`, confirmed); got != want {
		t.Errorf("on the full disk there is %s; want %s", got, want)
	}
	wantMistake(t, dateline(t, "backup", "--db", "disk/site.db", "disk/copy.db"), 1, []string{"disk/", "the disk is full", "make room"})
	if exists("disk/copy.db") {
		t.Error("half a backup is left")
	}
	if r := dateline(t, "backup", "--db", "disk/site.db", "copy.db"); r.code != 0 {
		t.Errorf("a backup to another disk: %+v", r)
	}
	if r := dateline(t, "import", "jsonl", "--db", "disk/site.db", "a.jsonl"); r.code != 1 || !strings.Contains(r.err, "the disk is full: make room") {
		t.Errorf("an import: %+v", r)
	}
	if err := os.Remove("disk/ballast"); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if ok, answer := a.write(t, fmt.Sprint("Later ", i)); !ok {
			t.Errorf("there is room again: %s", answer)
		}
	}
	if got, want := a.count(t), fmt.Sprintf(`{"totalCount":%d}`, confirmed+10); got != want {
		t.Errorf("when there is room again there is %s; want %s", got, want)
	}
	p.stop()
	if log := p.errs.String(); !strings.Contains(log, "site.db: the disk is full: make room, then try again") {
		t.Errorf("the log says %s", log)
	}
	if r := dateline(t, "check", "--db", "disk/site.db"); r.code != 0 {
		t.Errorf("check: %+v", r)
	}
}

// fill lets four write until their saves fail, and counts those that were confirmed.
func fill(t *testing.T, a author) (confirmed int) {
	t.Helper()
	var mu sync.Mutex
	var writing sync.WaitGroup
	for writer := range 4 {
		writing.Go(func() {
			for i := range 1000 {
				ok, answer := a.write(t, fmt.Sprintf("Rain %d of %d", i, writer))
				if !ok {
					if !strings.Contains(answer, `"code":"UNAVAILABLE"`) || !strings.Contains(answer, "the disk of the server is full") || strings.Contains(answer, "site.db") {
						t.Errorf("the editor is told %s", answer)
					}
					return
				}
				mu.Lock()
				confirmed++
				mu.Unlock()
			}
			t.Error("the disk is never full")
		})
	}
	writing.Wait()
	return confirmed
}

// TestServeReadOnlyFile: readers are served, and whoever writes is told why it cannot be done.
func TestServeReadOnlyFile(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	inFolder(t, map[string]string{"a.jsonl": article, "b.jsonl": strings.ReplaceAll(article, "a1", "b1")})
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	key := strings.TrimSpace(dateline(t, "key", "create", "--db", "site.db", "--name", "Ada", "--scope", "CONTENT_EDIT").out)
	before := read(t, "site.db")
	enginetest.ReadOnly(t, "site.db")
	p := serve(t, "--db", "site.db")
	a := author{p.url, key}
	if got := string(ask(t, p.url, `{ articles(first: 1) { nodes { title body { text } } } }`).Data["articles"]); got != `{"nodes":[{"title":"The first article","body":{"text":"It has some words."}}]}` {
		t.Errorf("readers get %s", got)
	}
	if ok, answer := a.write(t, "Rain"); ok || !strings.Contains(answer, `"code":"UNAVAILABLE"`) || !strings.Contains(answer, "the server may only read its database") {
		t.Errorf("the editor is told %s", answer)
	}
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "b.jsonl"); r.code != 1 || !strings.Contains(r.err, "the database is read-only") || !strings.Contains(r.err, "check the permissions") {
		t.Errorf("an import: %+v", r)
	}
	wantMistake(t, dateline(t, "key", "create", "--db", "site.db", "--name", "Bob", "--scope", "CONTENT_READ"), 1, []string{"site.db", "read-only", "check the permissions"})
	if r := dateline(t, "check", "--db", "site.db"); r.code != 0 {
		t.Errorf("check: %+v", r)
	}
	if r := dateline(t, "backup", "--db", "site.db", "copy.db"); r.code != 0 {
		t.Errorf("backup: %+v", r)
	}
	p.stop()
	if log := p.errs.String(); !strings.Contains(log, "site.db: the database is read-only") || !strings.Contains(log, "check the permissions") {
		t.Errorf("the log says %s", log)
	}
	if read(t, "site.db") != before {
		t.Error("the file was changed")
	}
}

// TestServeInReadOnlyFolder: a database needs files beside it, so nothing is begun.
func TestServeInReadOnlyFolder(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	inFolder(t, map[string]string{"a.jsonl": article})
	if err := os.Mkdir("data", 0o755); err != nil {
		t.Fatal(err)
	}
	if r := dateline(t, "import", "jsonl", "--db", "data/site.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	enginetest.ReadOnly(t, "data")
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"import", "jsonl", "a.jsonl"}, {"check"}} {
		wantMistake(t, dateline(t, append(args, "--db", "data/site.db")...), 1, []string{"data/site.db", "may write in its folder"})
	}
}
