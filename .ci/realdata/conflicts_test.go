package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
)

// suspicious counts the events of 1 January, and those among them that lint will report.
func suspicious(t *testing.T, lines *bytes.Buffer) (events, january, flagged int) {
	t.Helper()
	for line := range strings.Lines(lines.String()) {
		rec, _, err := importer.DecodeRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		e := rec.Event.HistoricalEvent
		if e.Date, err = news.ParseHistoricalDate(string(rec.Event.Date), rec.Event.Calendar); err != nil {
			t.Fatalf("%s: %v", rec.Ref, err)
		}
		md := e.Date.MonthDay()
		if events++; md == nil {
			t.Errorf("%s has no day: %s", rec.Ref, e.Date.EDTF)
			continue
		}
		if *md == (news.MonthDay{Month: 1, Day: 1}) {
			january++
		} else if e.Date.Precision != news.PrecisionDay {
			t.Errorf("%s: %s has a time", rec.Ref, e.Date.EDTF)
		}
		if news.SuspiciousDate(&e) != nil {
			flagged++
		}
	}
	return events, january, flagged
}

func TestConflicts(t *testing.T) {
	const list = `[
	 {"event":"http://www.wikidata.org/entity/Q1","eventLabel":"War of the Quays","date":"1940-01-01T00:00:00Z","summary_wikipedia":"It was fought.\n\nIt ended & <was> over.","article_en":"https://en.wikipedia.org/wiki/Quays","image":"http://x.example/1.jpg","participants":["A"," B"]},
	 {"event":"http://www.wikidata.org/entity/Q2","eventLabel":"Siege","date":"1941-04-06T00:00:00Z","summary_wikipedia":""},
	 {"event":"http://www.wikidata.org/entity/Q3","eventLabel":"Raid","date":"t123"},
	 {"event":"http://www.wikidata.org/entity/Q4","eventLabel":" ","date":"1941-04-06T00:00:00Z"},
	 {"event":"nowhere","eventLabel":"X","date":"1941-04-06T00:00:00Z"}]`
	var lines bytes.Buffer
	r, err := conflicts(strings.NewReader(list), &lines)
	if err != nil || r.entries != 5 || r.records != 2 || len(r.rejected) != 3 || len(r.notes) != 2 {
		t.Fatalf("%v %+v", err, r)
	}
	for _, part := range []string{`"ref":"wikidata:Q1"`, `"date":"1940-01-01T00:00:00Z"`, `"date":"1941-04-06"`, `It ended \u0026amp; \u0026lt;was`, `en.wikipedia.org/wiki/Quays`} {
		if !strings.Contains(lines.String(), part) && !strings.Contains(lines.String(), strings.NewReplacer(`\u0026`, "&").Replace(part)) {
			t.Errorf("%s is missing in %s", part, lines.String())
		}
	}
	if events, january, flagged := suspicious(t, &lines); events != 2 || january != 1 || flagged != 1 {
		t.Errorf("%d events, %d of 1 January, %d flagged", events, january, flagged)
	}
}

func TestRealConflicts(t *testing.T) {
	var lines bytes.Buffer
	var r result
	err := reading(data(t, "onthisday/conflicts-with-summaries.json.gz"), func(in io.Reader) (err error) {
		r, err = conflicts(in, &lines)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range r.rejected {
		t.Log(reason)
	}
	events, january, flagged := suspicious(t, &lines)
	t.Logf("%d entries, %d events, %d of 1 January, %d flagged", r.entries, events, january, flagged)
	if r.entries != 575 || events+len(r.rejected) != 575 || january < 270 || flagged < 270 {
		t.Error("these are not the numbers of the set")
	}
}
