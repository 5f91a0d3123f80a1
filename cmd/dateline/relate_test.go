package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/relate"
)

func TestRelateEval(t *testing.T) {
	folder := t.TempDir()
	articles, links := filepath.Join(folder, "articles.jsonl.gz"), filepath.Join(folder, "links.tsv")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(`{"id":"a","title":"A crack in the dam","date":"2024-03-01","tags":["Dams"],"body_markdown":"A crack."}
{"id":"b","title":"Bread is dearer","date":"2024-03-02","body_markdown":"Bakers raise prices."}
{"id":"c","title":"The dam holds","date":"2024-03-03","tags":["Dams"],"body_markdown":"The crack holds, see [there](/a)."}`))
	w.Close()
	for file, content := range map[string][]byte{articles: packed.Bytes(), links: []byte("from\tto\nc\ta\n")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	eval := func(args ...string) (code int, out, problem string) {
		var stdout, stderr bytes.Buffer
		code = run(append([]string{"relate", "eval", "--articles", articles, "--links", links}, args...), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, problem := eval("--json")
	var e relate.Evaluation
	if err := json.Unmarshal([]byte(out), &e); code != 0 || err != nil || e.Articles != 3 || e.Links != 1 || e.Methods[0].OnTheDay.Recall != 1 {
		t.Errorf("%d, %v: %s%s", code, err, out, problem)
	}
	code, out, _ = eval()
	if code != 0 || !strings.Contains(out, "3 articles, 1 of them link to others, 1 links") || !strings.Contains(out, "BM25 of whole texts") {
		t.Errorf("%d: %s", code, out)
	}
	// All four find the one link, so nobody is better.
	if code, _, problem = eval("--least-gain", "15"); code != 1 || problem != "dateline: ours is better by 0.0 %, asked for were 15 %\n" {
		t.Errorf("%d: %s", code, problem)
	}
	if code, _, problem = eval("--links", articles+"x"); code != 1 || !strings.Contains(problem, "articles.jsonl.gzx") {
		t.Errorf("%d: %s", code, problem)
	}
	if err := os.WriteFile(links, []byte("from\tto\nc\tz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, problem = eval(); code != 1 || !strings.Contains(problem, `links.tsv: line 2 of the links: "c" or "z" is no id`) {
		t.Errorf("%d: %s", code, problem)
	}
}
