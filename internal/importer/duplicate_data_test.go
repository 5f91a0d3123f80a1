package importer

import (
	"cmp"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// TestRealDuplicates measures the threshold. The demo's events were written by us, the day lists by Wikipedia: all pairs
// found were read by eye and are the same event; of those not found, 44 are, too. In a day list itself hardly any two
// events are the same (of those found, two are). The page of a day is a later version of the day list.
func TestRealDuplicates(t *testing.T) {
	dir := filepath.Join(dataDir(t), "onthisday")
	var lists []*news.HistoricalEvent
	for _, name := range []string{"events", "births", "deaths"} {
		lists = append(lists, eventsOf(t, filepath.Join(dir, "wikipedia-days", name+".jsonl.gz"), DayList)...)
	}
	listed := byDay(lists)
	demo := append(eventsOf(t, "../demo/events-1.jsonl", JSONLines), eventsOf(t, "../demo/events-2.jsonl", JSONLines)...)
	found, pairs := 0, 0
	for _, e := range demo {
		for _, other := range listed[dayKey(e)] {
			pairs++
			if news.SameEvent(e, other) >= news.SameEventFrom {
				found++
			}
		}
	}
	t.Logf("demo and day lists: %d of %d pairs", found, pairs)
	if found < 270 || found > 280 || pairs < 350 {
		t.Errorf("%d of %d pairs are found; read them again", found, pairs)
	}
	found, pairs = 0, 0
	for _, events := range listed {
		for i, e := range events {
			for _, other := range events[:i] {
				pairs++
				if news.SameEvent(e, other) >= news.SameEventFrom {
					found++
				}
			}
		}
	}
	t.Logf("day lists: %d of %d pairs", found, pairs)
	if found > 26 || pairs < 39_000 {
		t.Errorf("%d of %d pairs of different events are found", found, pairs)
	}
	page := pageEvents(t, filepath.Join(dir, "wikipedia-day-pages", "en.December_1.html.gz"))
	found = 0
	for _, e := range page {
		if slices.ContainsFunc(listed[dayKey(e)], func(other *news.HistoricalEvent) bool { return news.SameEvent(e, other) >= news.SameEventFrom }) {
			found++
		}
	}
	t.Logf("page and day list: %d of %d", found, len(page))
	if found < 340 {
		t.Errorf("only %d of %d events of the page are found in the list", found, len(page))
	}
}

// eventsOf is the events of a file.
func eventsOf(t *testing.T, name string, format Format) (events []*news.HistoricalEvent) {
	t.Helper()
	s := &sink{}
	importFile(t, name, format, s)
	for _, r := range s.records {
		if r.Event != nil {
			events = append(events, historical(t, r))
		}
	}
	return events
}

func byDay(events []*news.HistoricalEvent) map[string][]*news.HistoricalEvent {
	listed := map[string][]*news.HistoricalEvent{}
	for _, e := range events {
		listed[dayKey(e)] = append(listed[dayKey(e)], e)
	}
	return listed
}

func dayKey(e *news.HistoricalEvent) string { return string(e.Kind) + " " + string(e.Date.EDTF) }

var (
	listItem = regexp.MustCompile(`(?s)<li[^>]*>(.*?)</li>`)
	htmlTag  = regexp.MustCompile(`(?s)<[^>]*>`)
	section  = regexp.MustCompile(`<h2 id="(\w+)"`)
	yearItem = regexp.MustCompile(`^(\d{1,4}) – (.+)$`)
)

// pageEvents reads a page of a day as an editor would write it into a table.
func pageEvents(t *testing.T, name string) (events []*news.HistoricalEvent) {
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
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]news.HistoricalEventKind{"Events": news.EventHappening, "Births": news.EventBirth, "Deaths": news.EventDeath}
	marks := section.FindAllSubmatchIndex(raw, -1)
	for i, m := range marks {
		kind := kinds[string(raw[m[2]:m[3]])]
		if kind == "" || i+1 == len(marks) {
			continue
		}
		for _, li := range listItem.FindAllSubmatch(raw[m[0]:marks[i+1][0]], -1) {
			text := oneLine(html.UnescapeString(string(htmlTag.ReplaceAll(li[1], nil))))
			if e := yearItem.FindStringSubmatch(text); e != nil {
				rec := newEvent(e[2], kind, "en")
				rec.Date = news.EDTF(fmt.Sprintf("%04s-12-01", e[1]))
				events = append(events, historical(t, news.Record{Event: rec}))
			}
		}
	}
	return events
}

// historical is the event of a record as the store would read it.
func historical(t *testing.T, r news.Record) *news.HistoricalEvent {
	t.Helper()
	e := r.Event.HistoricalEvent
	e.Kind = cmp.Or(e.Kind, news.EventHappening)
	var err error
	if e.Date, err = news.ParseHistoricalDate(string(r.Event.Date), r.Event.Calendar); err != nil {
		t.Fatal(err)
	}
	e.Account.Text = html.UnescapeString(string(htmlTag.ReplaceAll([]byte(r.Event.Description), nil)))
	return &e
}
