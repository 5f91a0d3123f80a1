package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

// An author has a key and writes articles at a server.
type author struct{ url, key string }

func newAuthor(t *testing.T, p *process, db string) author {
	t.Helper()
	made := dateline(t, "key", "create", "--db", db, "--name", "Ada", "--scope", "CONTENT_EDIT")
	if made.code != 0 {
		t.Fatal(made)
	}
	return author{p.url, strings.TrimSpace(made.out)}
}

// send creates an article of so many sentences, with its title as the idempotency key.
func (a author) send(ctx context.Context, title string, sentences int) (confirmed bool, answer string, err error) {
	body, err := json.Marshal(map[string]any{
		"query": `mutation ($a: CreateArticleInput!) { createArticle(input: $a) { article { title } userErrors { message } } }`,
		"variables": map[string]any{"a": map[string]any{"title": title, "idempotencyKey": title,
			"body": map[string]any{"markdown": strings.Repeat(title+" came in the night. ", sentences)}}},
	})
	if err != nil {
		return false, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return false, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+a.key)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false, "", err
	}
	text, err := io.ReadAll(response.Body)
	return strings.Contains(string(text), fmt.Sprintf(`{"article":{"title":%q}`, title)), string(text), errors.Join(err, response.Body.Close())
}

const (
	killedEditors = 16
	wireArticles  = 1000
)

// A killedNewsroom is what those have who work at a server that is killed again and again.
type killedNewsroom struct {
	key   string
	saved [killedEditors]int // articles that were confirmed, by editor
	heard []seenChange       // by the subscriber
}

// TestKilledServer kills the server and an import beside it, under 16 editors and a subscriber. Each time editors send what was
// not confirmed again with the same key, the import is started again, and the subscriber goes on after its last cursor. In the
// end everything is there once, and was told once. The crash test (internal/crash) looks closer.
func TestKilledServer(t *testing.T) {
	var wire strings.Builder
	for i := range wireArticles {
		wire.WriteString(strings.NewReplacer("test:a1", fmt.Sprint("test:", i), "The first article", fmt.Sprint("Wire ", i)).Replace(article))
	}
	inFolder(t, map[string]string{"wire.jsonl": wire.String()})
	p := serve(t, "--db", "site.db")
	n := &killedNewsroom{key: newAuthor(t, p, "site.db").key, heard: []seenChange{{Cursor: latest(t, p.url)}}}
	p.stop()
	for round := range 4 {
		n.kill(t, killedEditors*(round+1)/2)
	}
	n.finish(t)
}

// kill kills the server and the import after so many articles were confirmed.
func (n *killedNewsroom) kill(t *testing.T, after int) {
	t.Helper()
	p := serve(t, "--db", "site.db")
	wire := n.importWire(t)
	var working sync.WaitGroup
	working.Go(func() { n.follow(t, p, nil) })
	confirmed := make(chan bool)
	killed := make(chan struct{})
	for editor := range killedEditors {
		working.Go(func() {
			for {
				ok, answer, err := author{p.url, n.key}.send(t.Context(), n.title(editor), 20)
				if !ok {
					if err == nil {
						t.Errorf("an editor is told %s", answer)
					}
					return
				}
				n.saved[editor]++
				select {
				case confirmed <- true:
				case <-killed:
				}
			}
		})
	}
	for range after {
		<-confirmed
	}
	_ = wire.Process.Kill() // which may have ended
	err := p.Process.Kill()
	close(killed)
	working.Wait()
	_, _ = p.Wait(), wire.Wait() // killed
	if p.ended = true; err != nil {
		t.Fatalf("the server ended by itself: %v, %s", err, p.errs.String())
	}
}

// title is that of an editor's next article.
func (n *killedNewsroom) title(editor int) string {
	return fmt.Sprintf("Rain %d of %d", n.saved[editor], editor)
}

func (n *killedNewsroom) importWire(t *testing.T) *exec.Cmd {
	t.Helper()
	c := command(t, "import", "jsonl", "--db", "site.db", "wire.jsonl")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// follow reads what readers are told until the stream ends, or enough was heard.
func (n *killedNewsroom) follow(t *testing.T, p *process, enough func() bool) {
	s, err := subscribeTo(p.url, n.heard[len(n.heard)-1].Cursor)
	if err != nil {
		return // killed before
	}
	defer s.Close()
	for enough == nil || !enough() {
		change, ok := s.next(t)
		if !ok {
			return
		}
		n.heard = append(n.heard, change)
	}
}

// finish lets everybody come to the end, and looks whether everything is there once.
func (n *killedNewsroom) finish(t *testing.T) {
	t.Helper()
	p := serve(t, "--db", "site.db")
	if err := n.importWire(t).Wait(); err != nil {
		t.Errorf("the import: %v", err)
	}
	var want []string
	for editor := range killedEditors {
		if ok, answer, err := (author{p.url, n.key}).send(t.Context(), n.title(editor), 20); !ok {
			t.Errorf("an article that was perhaps not confirmed is refused: %s (%v)", answer, err)
		}
		for i := range n.saved[editor] + 1 {
			want = append(want, fmt.Sprintf("Rain %d of %d", i, editor))
		}
	}
	n.follow(t, p, func() bool { return len(n.heard) > wireArticles })
	p.stop()
	for i := range wireArticles {
		want = append(want, fmt.Sprint("Wire ", i))
	}
	slices.Sort(want)
	if got := titles(t, "site.db"); !slices.Equal(got, want) {
		t.Errorf("there are %d articles, want %d", len(got), len(want))
	}
	told := map[string]bool{}
	for _, c := range n.heard[1:] {
		if told[c.SubjectID] || c.Revision != 1 {
			t.Errorf("the subscriber was told of %s twice, or of its revision %d", c.SubjectID, c.Revision)
		}
		told[c.SubjectID] = true
	}
	if len(told) != wireArticles {
		t.Errorf("the subscriber was told of %d articles, want %d", len(told), wireArticles)
	}
	if r := dateline(t, "check", "--db", "site.db"); r.code != 0 {
		t.Errorf("check: %+v", r)
	}
}

// titles are those of all articles, sorted.
func titles(t *testing.T, file string) (all []string) {
	t.Helper()
	db, err := sqlite.Open(file, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Query(t.Context(), engine.Stmt{SQL: `SELECT title FROM articles ORDER BY title`, Scan: func(r *engine.Row) error { all = append(all, r.Text()); return nil }})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}
