package importer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// dataDir is the folder of real files beside the repository; the test is skipped where there is none.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the real files are not here: ", err)
	}
	return dir
}

// sink keeps what it is given; a ref that comes again is unchanged or updated, like in the store.
type sink struct {
	records []news.Record
	last    map[news.Ref]string
}

func (s *sink) write(_ context.Context, batch []news.Record) ([]news.Outcome, error) {
	if s.last == nil {
		s.last = map[news.Ref]string{}
	}
	out := make([]news.Outcome, len(batch))
	for i, rec := range batch {
		line, err := EncodeRecord(rec)
		if err != nil {
			return nil, err
		}
		before, known := s.last[rec.Ref]
		switch {
		case !known:
			out[i].Result = news.Created
		case before == string(line):
			out[i].Result = news.Unchanged
		default:
			out[i].Result = news.Updated
		}
		s.last[rec.Ref] = string(line)
		s.records = append(s.records, rec)
	}
	return out, nil
}

func checkSums(t *testing.T, rep *Report) {
	t.Helper()
	total := Counts{}
	for kind, c := range rep.ByType {
		if c.Source != c.Created+c.Updated+c.Unchanged+c.Skipped+c.Failed {
			t.Errorf("%s: the outcomes do not add up: %+v", kind, *c)
		}
		total.Source += c.Source
		total.Created += c.Created
		total.Updated += c.Updated
		total.Unchanged += c.Unchanged
		total.Skipped += c.Skipped
		total.Failed += c.Failed
	}
	if total != rep.Counts {
		t.Errorf("the types add up to %+v, the report says %+v", total, rep.Counts)
	}
}

func inSource(rep *Report, kind string) int {
	if c := rep.ByType[kind]; c != nil {
		return c.Source
	}
	return 0
}

// TestRealExports compares every number with what an independent XML parser counted.
func TestRealExports(t *testing.T) {
	dir := filepath.Join(dataDir(t), "wxr")
	raw, err := os.ReadFile(filepath.Join(dir, "counts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]struct {
		Authors, Categories, Tags, Terms, Items, Comments int
		PostTypes                                         map[string]int `json:"post_types"`
		Statuses                                          map[string]int
	}
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	if len(files) != 8 {
		t.Fatalf("counts.json names %d files, not 8", len(files))
	}
	for name, want := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := &sink{}
			rep := importFile(t, filepath.Join(dir, name), WXR, s)
			checkSums(t, rep)
			for kind, n := range map[string]int{
				"author": want.Authors, "category": want.Categories, "tag": want.Tags, "term": want.Terms, "comment": want.Comments,
			} {
				if inSource(rep, kind) != n {
					t.Errorf("%s: %d in the report, %d in the file", kind, inSource(rep, kind), n)
				}
			}
			items := 0
			for kind, n := range want.PostTypes {
				items += inSource(rep, kind)
				if inSource(rep, kind) != n {
					t.Errorf("%s: %d in the report, %d in the file", kind, inSource(rep, kind), n)
				}
			}
			if items != want.Items {
				t.Errorf("%d items, want %d", items, want.Items)
			}
			if !rep.OK() {
				t.Errorf("failed %d, incomplete %q: %+v", rep.Failed, rep.Incomplete, rep.Records)
			}
			statuses := map[string]int{}
			for _, r := range s.records {
				if r.Article != nil {
					statuses["post/"+string(r.Article.Status)]++
				}
				if r.Page != nil {
					statuses["page/"+string(r.Page.Status)]++
				}
			}
			// The password-protected posts count as published in the file.
			published := statuses["post/PUBLISHED"] + statuses["post/UNPUBLISHED"]
			if published != want.Statuses["post/publish"]+want.Statuses["post/private"] ||
				statuses["post/DRAFT"] != want.Statuses["post/draft"] || statuses["post/SCHEDULED"] != want.Statuses["post/future"] ||
				statuses["page/PUBLISHED"] != want.Statuses["page/publish"] || statuses["page/DRAFT"] != want.Statuses["page/draft"] {
				t.Errorf("statuses %v, want %v", statuses, want.Statuses)
			}
			again := importFile(t, filepath.Join(dir, name), WXR, s)
			if again.Created != 0 || again.Updated != 0 || again.Source != rep.Source {
				t.Errorf("the second run: %+v after %+v", again.Counts, rep.Counts)
			}
			t.Logf("%+v, statuses %v", rep.Counts, statuses)
			if testing.Verbose() {
				var text strings.Builder
				rep.WriteText(&text)
				t.Log(text.String())
			}
		})
	}
}

func importFile(t *testing.T, name string, format Format, s *sink) *Report {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rep, err := Run(t.Context(), format, f, Options{Input: name, Sink: s.write})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// TestRealFeed reads the one day the data holds, and refuses the feed's other answers.
func TestRealFeed(t *testing.T) {
	dir := filepath.Join(dataDir(t), "onthisday")
	s := &sink{}
	rep := importFile(t, filepath.Join(dir, "wikimedia-feed-02-06.json.gz"), OnThisDay, s)
	checkSums(t, rep)
	for kind, n := range map[string]int{"selected": 5, "events": 48, "births": 229, "deaths": 96, "holidays": 17} {
		if inSource(rep, kind) != n {
			t.Errorf("%s: %d, want %d", kind, inSource(rep, kind), n)
		}
	}
	if rep.Failed != 0 {
		t.Errorf("failed: %+v", rep.Records)
	}
	selected := 0
	for _, r := range s.records {
		if r.Event.IsSelected {
			selected++
			t.Log(r.Event.Date, r.Event.Title)
		}
	}
	if selected != 5 {
		t.Errorf("%d events are selected, want 5", selected)
	}
	others, _ := filepath.Glob(filepath.Join(dir, "wikimedia-feed-*_*.json.gz"))
	if len(others) != 4 {
		t.Fatalf("%d other answers, want 4", len(others))
	}
	for _, name := range others {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Run(t.Context(), OnThisDay, f, Options{Input: name, DryRun: true})
		f.Close()
		if news.KindOf(err) != news.Invalid || rep.Source != 0 {
			t.Errorf("%s: error %v, %d records", filepath.Base(name), err, rep.Source)
		}
		t.Log(err)
	}
}

// TestHostileFiles feeds every format what was made to break parsers.
func TestHostileFiles(t *testing.T) {
	dir := filepath.Join(dataDir(t), "hostile")
	inputs := map[string][]byte{}
	for _, name := range []string{"blns.txt", "blns.json", "dompurify-expect.json", "whatwg-url-tests.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		inputs[name] = raw
	}
	for _, name := range []string{"xml-malformed.tar.gz", "json-test-suite.tar.gz"} {
		readTar(t, filepath.Join(dir, name), inputs)
	}
	if len(inputs) < 200 {
		t.Fatalf("only %d inputs", len(inputs))
	}
	for name, raw := range inputs {
		for _, format := range []Format{WXR, JSONLines, OnThisDay, DayList, CSV, ICalendar} {
			s := &sink{}
			rep, err := Run(t.Context(), format, bytes.NewReader(raw), Options{Sink: s.write, Day: &news.MonthDay{Month: 2, Day: 6}})
			checkSums(t, rep)
			if err != nil && news.KindOf(err) != news.Invalid {
				t.Errorf("%s as %s: %v", name, format, err)
			}
			if err == nil && format == WXR && len(s.records) > 0 {
				t.Errorf("%s: read as a WordPress export: %+v", name, s.records[0])
			}
		}
	}
}

func readTar(t *testing.T, name string, into map[string][]byte) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if into[h.Name], err = io.ReadAll(tr); err != nil {
			t.Fatal(err)
		}
	}
}
