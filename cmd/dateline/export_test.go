package main

import (
	"strings"
	"testing"
)

const table = "Headline;When;Kind\nAn old date;-0043-03-15;\nA day to keep;XXXX-06-07;holiday\nA draft;1998~;\n"

func TestImportEvents(t *testing.T) {
	inFolder(t, map[string]string{
		"table.csv":  table,
		"days.jsonl": `{"month":3,"day":15,"events":[{"year":"44 BC","description":"A dictator is stabbed."}]}` + "\n",
		"days.ics":   "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240607\nRRULE:FREQ=YEARLY\nSUMMARY:Day of the Union\nEND:VEVENT\nEND:VCALENDAR\n",
	})
	for _, c := range []struct {
		args string
		code int
		want []string
	}{
		{"csv --db a.db --map title=Headline,date=When --bc astronomical table.csv", 0, []string{"row 3 3 0 0 0 0"}},
		{"csv --db a.db --map title=Headline,date=When --bc astronomical table.csv", 0, []string{"row 3 0 0 3 0 0"}},
		{"csv --db b.db --map title=Headline,date=When table.csv", 1, []string{"row 3 2 0 0 0 1", "say --bc astronomical"}},
		{"daylist --db a.db days.jsonl", 0, []string{"events 1 1 0 0 0 0"}},
		{"ical --db a.db --kind HOLIDAY days.ics", 0, []string{"vevent 1 1 0 0 0 0", "the year of its first occurrence was left out"}},
	} {
		r := dateline(t, append([]string{"import"}, strings.Fields(c.args)...)...)
		if r.code != c.code || r.err != "" {
			t.Errorf("import %s: code %d, stderr %q", c.args, r.code, r.err)
		}
		said := strings.Join(strings.Fields(r.out), " ")
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("import %s does not say %q:\n%s", c.args, want, r.out)
			}
		}
	}
	if r := dateline(t, "import", "csv", "--db", "c.db", "table.csv"); r.code != 1 || !strings.Contains(r.err, `--map title="Headline"`) {
		t.Errorf("%+v", r)
	}
	for _, args := range []string{"csv --bc maybe table.csv", "csv --kind WEDDING table.csv", "csv --map title table.csv", "csv --calendar mayan table.csv", "ical --kind x days.ics"} {
		if r := dateline(t, append([]string{"import"}, strings.Fields(args)...)...); r.code != 2 || !strings.Contains(r.err, "--help") {
			t.Errorf("import %s: %+v", args, r)
		}
	}
}

func TestExportEvents(t *testing.T) {
	inFolder(t, map[string]string{"table.csv": table})
	if r := dateline(t, strings.Fields("import csv --db a.db --map title=Headline,date=When --bc astronomical table.csv")...); r.code != 0 {
		t.Fatal(r)
	}
	r := dateline(t, "export", "events", "--db", "a.db")
	if r.code != 0 || strings.Count(r.out, "\n") != 3 || !strings.Contains(r.out, `"date":"-0043-03-15"`) || r.err != "" {
		t.Fatalf("%+v", r)
	}
	if to := dateline(t, "export", "events", "--db", "a.db", "--out", "e.jsonl"); to.code != 0 || to.out != "" || read(t, "e.jsonl") != r.out || !strings.Contains(to.err, "3 events are in e.jsonl") {
		t.Errorf("%+v", to)
	}
	before := position(t, "a.db")
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "e.jsonl"); r.code != 0 || position(t, "a.db") != before {
		t.Errorf("the journal moved from %d to %d: %+v", before, position(t, "a.db"), r)
	}
	if r := dateline(t, "import", "jsonl", "--db", "b.db", "e.jsonl"); r.code != 0 {
		t.Error(r)
	}
	if again := dateline(t, "export", "events", "--db", "b.db"); again.out != r.out {
		t.Errorf("another newsroom exports\n%s\nafter\n%s", again.out, r.out)
	}
	// What cannot be done leaves what was there.
	if r := dateline(t, "export", "events", "--db", "missing.db", "--out", "e.jsonl"); r.code != 1 || !strings.Contains(r.err, "missing.db") || exists("missing.db") {
		t.Errorf("%+v", r)
	}
	if read(t, "e.jsonl") != r.out {
		t.Error("a failed export replaced the file")
	}
	if r := dateline(t, "export", "events", "--db", "a.db", "--out", "no/folder/e.jsonl"); r.code != 1 || !strings.Contains(r.err, "--out") {
		t.Errorf("%+v", r)
	}
}
