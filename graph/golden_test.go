package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata; check each difference by hand")

// TestGolden asks the queries of testdata/*.txtar. A file holds what to import (content.jsonl; testdata/newsroom.jsonl
// where it is left out; files named *.update.jsonl follow in further imports), and one or more questions: query.graphql,
// variables.json, answer.json and statements, the next ones in folders 2, 3 and so on, without query.graphql when it is
// the same again.
//
// In variables, "id:REF" stands for the id of what was imported as REF, and "answer:PATH" for what the answer before
// holds at PATH, such as articles.pageInfo.endCursor. Answers show ids as id:REF and cursors as cursor:ORDER@REF.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no files in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g := &golden{t: t, archive: archive}
			g.run()
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// golden is one file.
type golden struct {
	t        *testing.T
	archive  *txtar.Archive
	newsroom *newsroom
	ids      map[news.Ref]news.ID
	query    string
	last     any // the answer before
}

func (g *golden) file(name string) *txtar.File {
	for i := range g.archive.Files {
		if g.archive.Files[i].Name == name {
			return &g.archive.Files[i]
		}
	}
	return nil
}

func (g *golden) run() {
	g.newsroom = newNewsroom(g.t, graph.DefaultLimits)
	if content := g.file("content.jsonl"); content != nil {
		g.newsroom.load(g.t, bytes.NewReader(content.Data))
	} else {
		shared, err := os.ReadFile("testdata/newsroom.jsonl")
		if err != nil {
			g.t.Fatal(err)
		}
		g.newsroom.load(g.t, bytes.NewReader(shared))
	}
	for _, f := range g.archive.Files {
		if strings.HasSuffix(f.Name, ".update.jsonl") {
			g.newsroom.load(g.t, bytes.NewReader(f.Data))
		}
	}
	g.ids = g.newsroom.ids(g.t)
	g.ask("")
	for n := 2; g.file(fmt.Sprintf("%d/answer.json", n)) != nil; n++ {
		g.ask(fmt.Sprintf("%d/", n))
	}
}

func (g *golden) ask(folder string) {
	g.t.Helper()
	if query := g.file(folder + "query.graphql"); query != nil {
		g.query = string(query.Data)
	}
	var variables map[string]any
	if f := g.file(folder + "variables.json"); f != nil {
		if err := json.Unmarshal(f.Data, &variables); err != nil {
			g.t.Fatalf("%svariables.json: %v", folder, err)
		}
	}
	variables, _ = g.fill(variables).(map[string]any)
	a := g.newsroom.ask(g.t, g.query, variables)
	if err := json.Unmarshal(a.Data, &g.last); err != nil && a.Data != nil {
		g.t.Fatal(err)
	}
	g.compare(folder+"answer.json", readable(g.t, g.ids, a.body))
	g.compare(folder+"statements", fmt.Appendf(nil, "%d\n", a.Extensions.Explain.Statements))
}

func (g *golden) compare(name string, got []byte) {
	g.t.Helper()
	f := g.file(name)
	switch {
	case f == nil && *update:
		g.archive.Files = append(g.archive.Files, txtar.File{Name: name, Data: got})
	case f == nil:
		g.t.Errorf("%s is missing; write it, or let -update write it and check it by hand", name)
	case *update:
		f.Data = got
	case !bytes.Equal(f.Data, got):
		g.t.Errorf("%s is\n%s\nwant\n%s", name, got, f.Data)
	}
}

// fill replaces the placeholders in variables.
func (g *golden) fill(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = g.fill(value)
		}
	case []any:
		for i, value := range v {
			v[i] = g.fill(value)
		}
	case string:
		if ref, ok := strings.CutPrefix(v, "id:"); ok {
			id, known := g.ids[news.Ref(ref)]
			if !known {
				g.t.Fatalf("nothing was imported as %s", ref)
			}
			return id.String()
		}
		if path, ok := strings.CutPrefix(v, "answer:"); ok {
			return g.at(path)
		}
	}
	return v
}

// at is what the answer before holds at a path of names and indexes.
func (g *golden) at(path string) any {
	v := g.last
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				g.t.Fatalf("the answer has nothing at %s", path)
			}
			v = in[i]
		}
	}
	if v == nil {
		g.t.Fatalf("the answer has nothing at %s", path)
	}
	return v
}
