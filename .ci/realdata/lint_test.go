package main

import (
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (s *site) lint(code news.ContentIssueCode) (found []store.Finding) {
	s.t.Helper()
	err := s.Lint(s.t.Context(), []news.ContentIssueCode{code}, func(f store.Finding) error { found = append(found, f); return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// firstOfJanuary is how an English text names the day; written for this count, not taken from the rule.
var firstOfJanuary = regexp.MustCompile(`(?i)\b(1(st)?( of)? january|first of january|jan(uary|\.) 1(st)?\b|new year)`)

// TestSuspiciousConflicts counts the years disguised as 1 January in the source itself.
func TestSuspiciousConflicts(t *testing.T) {
	name := data(t, "onthisday/conflicts-with-summaries.json.gz")
	var list []conflict
	decodeFile(t, "onthisday/conflicts-with-summaries.json.gz", &list)
	want := map[string]bool{}
	for _, c := range list {
		isFirst := len(c.Date) == len("1899-01-01T00:00:00Z") && strings.HasSuffix(c.Date, "-01-01T00:00:00Z") // one entry is of the year 1899000
		if isFirst && !firstOfJanuary.MatchString(c.Label+"\n"+c.Summary) {
			want[c.Event[strings.LastIndex(c.Event, "/")+1:]] = true
		}
	}
	var lines bytes.Buffer
	if err := reading(name, func(in io.Reader) error { _, err := conflicts(in, &lines); return err }); err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	report := s.twice(func() *importer.Report {
		return s.load(importer.JSONLines, "conflicts", bytes.NewReader(lines.Bytes()))
	})
	items := s.table(`SELECT value, subject FROM external_refs WHERE system = 'wikidata'`)
	found, counted := s.lint(news.IssueSuspiciousDate), len(want)
	for _, f := range found {
		for item, id := range items {
			if news.ID(id) != f.Subject {
				continue
			}
			if !want[item] {
				t.Errorf("%s %s: %s; the source does not look like it", item, f.Title, f.Message)
			}
			delete(want, item)
		}
	}
	t.Logf("%d of %d events have a suspicious date, %d by the source", len(found), report.Created, counted)
	if len(want) > 0 || counted < 250 {
		t.Errorf("%d findings, want %d; missing are %v", len(found), counted, slices.Sorted(maps.Keys(want)))
	}
}

// checkDuplicates brings the demo's events, which we wrote in our own words, to Wikipedia's day lists and Wikimedia's feed,
// which share no day. The groups across sources were read by eye, 40 by chance, and each was one event. Of the 23 within one
// source, all read, 2 were.
func (s *site) checkDuplicates() {
	t := s.t
	t.Helper()
	demo, err := filepath.Glob("../../internal/demo/events-*.jsonl")
	if err != nil || len(demo) == 0 {
		t.Fatal("the demo's events are gone: ", err)
	}
	for _, name := range demo {
		s.loadFile(importer.JSONLines, name)
	}
	var across, within []store.Finding
	for _, f := range s.lint(news.IssueDuplicateEvent) {
		if slices.ContainsFunc(f.Events, func(e store.ListedEvent) bool { return sourceOf(e) != sourceOf(f.Events[0]) }) {
			across = append(across, f)
		} else {
			within = append(within, f)
		}
	}
	t.Logf("%d groups across sources, %d within one", len(across), len(within))
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(across), func(i, j int) { across[i], across[j] = across[j], across[i] })
	for _, f := range slices.Concat(across[:min(20, len(across))], within) {
		t.Log(f.Events[0].Date.EDTF)
		for _, e := range f.Events {
			t.Logf("    %s, %s: %s", sourceOf(e), e.Date.Calendar, e.Title)
		}
	}
	if len(across) < 265 || len(within) > 30 {
		t.Error("read the groups again")
	}
}

func sourceOf(e store.ListedEvent) string {
	system, _, _ := strings.Cut(string(e.Ref), ":")
	return system
}
