package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestRepeatedNews compares what lint says of articles of nearly the same text with a look at every pair.
func TestRepeatedNews(t *testing.T) {
	var lines bytes.Buffer
	if _, err := convertArticles(openSUSE, data(t, "news/opensuse-news/articles.jsonl.gz"), data(t, "news/opensuse-news/links.tsv"), &lines); err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.load(importer.JSONLines, "opensuse-news", bytes.NewReader(lines.Bytes()))
	type print struct {
		id   news.ID
		keys news.Fingerprint
	}
	var all []print
	err := s.db.Query(t.Context(), engine.Stmt{SQL: `SELECT a.id, b.text FROM articles a JOIN bodies b ON b.entry_id = a.id ORDER BY a.id`, Scan: func(r *engine.Row) error {
		id := news.ID(r.Int64())
		if keys, ok := news.FingerprintOf(r.Text()); ok {
			all = append(all, print{id, keys})
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	want, pairs := map[news.ID][]news.ID{}, 0
	for i, a := range all {
		var near []print
		for _, b := range all[:i] {
			if a.keys.Common(b.keys) >= news.NearIdentical {
				near = append(near, b)
			}
		}
		pairs += len(near)
		slices.SortStableFunc(near, func(b, c print) int { return cmp.Compare(c.keys.Common(a.keys), b.keys.Common(a.keys)) })
		for _, b := range near[:min(20, len(near))] {
			want[a.id] = append(want[a.id], b.id)
		}
	}
	articles := 0
	for _, f := range s.lint(news.IssueDuplicateText) {
		if f.Duplicates == nil {
			continue // within one text
		}
		articles++
		var got []news.ID
		for _, d := range f.Duplicates {
			got = append(got, d.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want[f.Subject]) {
			t.Errorf("%s %s is like %v, want %v", f.Subject, f.Title, got, want[f.Subject])
		}
	}
	t.Logf("%d of %d articles repeat one of %d pairs", articles, len(all), pairs)
	if articles != len(want) || articles < 60 {
		t.Errorf("%d articles repeat another, want %d", articles, len(want))
	}
}
