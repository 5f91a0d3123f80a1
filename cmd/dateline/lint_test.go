package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const lintNewsroom = `{"type":"article","ref":"t:a","title":"What the box said","path":"/box/","publishedAt":"2026-03-09T12:00:00Z","body":"<p>So it said.</p>"}
{"type":"event","ref":"t:vote","title":"The House votes","date":"1998-10-05","dateClaims":[{"date":"1998-07-16","printedIn":"t:a"}]}
{"type":"event","ref":"t:work","title":"A work of 1850","date":"1850-01-01"}
{"type":"event","ref":"t:bridge","title":"A bridge opens in Dresden","date":"1905-06-07","sources":[{"title":"One"}]}
{"type":"event","ref":"t:bridge-2","title":"Dresden: a bridge opens","date":"1905-06-07","sources":[{"title":"Two"},{"title":"Three <3"}],"status":"DRAFT"}
{"type":"event","ref":"t:bridge-3","title":"Bridge in Dresden is opened","date":"1905-06-07","verification":"VERIFIED"}
`

func TestLint(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": lintNewsroom})
	r := dateline(t, "import", "jsonl", "--db", "a.db", "a.jsonl")
	if r.code != 0 || !strings.HasSuffix(r.out, "\nTo find dates that look wrong and events that may be there twice: dateline lint --db a.db\n") {
		t.Fatalf("%+v", r)
	}
	before := position(t, "a.db")
	r = dateline(t, "lint", "--db", "a.db")
	want := []string{
		`ERROR EVENT_DATE_CONFLICT /box/ What the box said: the article dates the event "The House votes" 16 July 1998, the accepted date is 5 October 1998;`,
		`WARNING SUSPICIOUS_DATE /events/a-work-of-1850/ A work of 1850: 1850-01-01 may stand for an unknown day:`,
		`WARNING DUPLICATE_EVENT /events/bridge-in-dresden-is-opened/ Bridge in Dresden is opened: 3 events of 7 June 1905 may be one;`,
		`    keep evt_`, `         Bridge in Dresden is opened`,
		`    also evt_`, `         Dresden: a bridge opens`,
		`    also evt_`, `         A bridge opens in Dresden`,
	}
	lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	if r.code != 1 || r.err != "3 found: 1 EVENT_DATE_CONFLICT, 1 SUSPICIOUS_DATE, 1 DUPLICATE_EVENT\n" || len(lines) != len(want) {
		t.Fatalf("code %d, stderr %q, stdout:\n%s", r.code, r.err, r.out)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %s, want %s", i+1, line, want[i])
		}
	}
	for i, end := range map[int]string{
		3: " 7 June 1905, PUBLISHED, VERIFIED, no source, imported as t:bridge-3",
		5: " 7 June 1905, DRAFT, UNVERIFIED, 2 sources: Two; Three <3, imported as t:bridge-2",
		7: " 7 June 1905, PUBLISHED, UNVERIFIED, source: One, imported as t:bridge",
	} {
		if !strings.HasSuffix(lines[i], end) {
			t.Errorf("line %d is %s, want it to end with %s", i+1, lines[i], end)
		}
	}
	for _, c := range []struct {
		args, counts string
		code         int
	}{
		{"--code SUSPICIOUS_DATE", "1 found: 1 SUSPICIOUS_DATE\n", 0}, // a warning is no failure
		{"--code DUPLICATE_EVENT,SUSPICIOUS_DATE", "2 found: 1 SUSPICIOUS_DATE, 1 DUPLICATE_EVENT\n", 0},
		{"--code DUPLICATE_EVENT --code EVENT_DATE_CONFLICT", "2 found: 1 EVENT_DATE_CONFLICT, 1 DUPLICATE_EVENT\n", 1},
	} {
		if r := dateline(t, append([]string{"lint", "--db", "a.db"}, strings.Fields(c.args)...)...); r.code != c.code || r.err != c.counts {
			t.Errorf("%s: code %d, %s", c.args, r.code, r.err)
		}
	}
	if position(t, "a.db") != before {
		t.Error("lint wrote something")
	}
}

func TestLintJSON(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": lintNewsroom})
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	r := dateline(t, "lint", "--db", "a.db", "--json")
	lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	if r.code != 1 || len(lines) != 3 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []string{
		`{"severity":"ERROR","code":"EVENT_DATE_CONFLICT","id":"art_*","path":"/box/","title":"What the box said","message":"*"}`,
		`{"severity":"WARNING","code":"SUSPICIOUS_DATE","id":"evt_*","path":"/events/a-work-of-1850/","title":"A work of 1850","message":"*"}`,
		`{"severity":"WARNING","code":"DUPLICATE_EVENT","id":"evt_*","path":"/events/bridge-in-dresden-is-opened/","title":"Bridge in Dresden is opened","message":"*","events":[` +
			`{"id":"evt_*","path":"/events/bridge-in-dresden-is-opened/","title":"Bridge in Dresden is opened","date":"1905-06-07","calendar":"GREGORIAN","status":"PUBLISHED","verification":"VERIFIED","sources":[],"ref":"t:bridge-3"},` +
			`{"id":"evt_*","path":"/events/dresden-a-bridge-opens/","title":"Dresden: a bridge opens","date":"1905-06-07","calendar":"GREGORIAN","status":"DRAFT","verification":"UNVERIFIED","sources":["Two","Three <3"],"ref":"t:bridge-2"},` +
			`{"id":"evt_*","path":"/events/a-bridge-opens-in-dresden/","title":"A bridge opens in Dresden","date":"1905-06-07","calendar":"GREGORIAN","status":"PUBLISHED","verification":"UNVERIFIED","sources":["One"],"ref":"t:bridge"}]}`,
	} {
		if !json.Valid([]byte(lines[i])) || !matches(lines[i], want) {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, lines[i], want)
		}
	}
}

// TestLintContent: texts and pictures of everything there is.
func TestLintContent(t *testing.T) {
	text := "Forty words that stand in two articles of this newsroom: "
	for i := range 40 {
		text += fmt.Sprintf("word%d ", i)
	}
	inFolder(t, map[string]string{"a.jsonl": `{"type":"site","ref":"t:site","name":"The Day","url":"https://day.example","about":{"heading":"About","body":"<p>Lorem ipsum dolor sit amet, consectetur.</p>"}}
{"type":"article","ref":"t:first","title":"First","path":"/first/","publishedAt":"2026-03-09T12:00:00Z","body":"<p>` + text + `</p>"}
{"type":"article","ref":"t:second","title":"Second","path":"/second/","status":"DRAFT","body":"<p>` + text + `</p><p><img src=\"/a.png\"><a href=\"/nowhere/\">x</a><a href=\"/first/\">y</a></p>"}
{"type":"page","ref":"t:page","title":"Contact","path":"/contact/","body":"<p>They donâ€™t know.</p>"}
{"type":"page","ref":"t:empty","title":"Imprint","path":"/imprint/"}
{"type":"event","ref":"t:vote","title":"The House votes","path":"/vote/","date":"1998-10-05","description":"<p>This is placeholder text.</p>","dateClaims":[{"date":"1998-07-16","source":{"title":"Annals"}}]}
`})
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "a.jsonl"); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	r := dateline(t, "lint", "--db", "a.db", "--json")
	want := []string{
		`{"severity":"WARNING","code":"EVENT_DATE_CONFLICT","id":"evt_*","path":"/vote/","title":"The House votes","field":["dateClaims"],"message":"the source “Annals” gives 16 July 1998, *"}`,
		`{"severity":"ERROR","code":"FILLER_TEXT","id":"site_*","path":null,"title":"The Day","field":["about","body"],"message":"*"}`,
		`{"severity":"WARNING","code":"MISSING_ALT_TEXT","id":"art_*","path":"/second/","title":"Second","field":["body"],"message":"*"}`,
		`{"severity":"WARNING","code":"DEAD_INTERNAL_LINK","id":"art_*","path":"/second/","title":"Second","field":["body"],"message":"the body links to /nowhere/, *"}`,
		`{"severity":"WARNING","code":"DUPLICATE_TEXT","id":"art_*","path":"/second/","title":"Second","field":["body"],"message":"the text is nearly that of “First” (/first/); *","articles":[{"id":"art_*","path":"/first/","title":"First","status":"PUBLISHED"}]}`,
		`{"severity":"ERROR","code":"ENCODING_DAMAGE","id":"page_*","path":"/contact/","title":"Contact","field":["body"],"message":"*"}`,
		`{"severity":"WARNING","code":"EMPTY_FIELD","id":"page_*","path":"/imprint/","title":"Imprint","field":["body"],"message":"*"}`,
		`{"severity":"ERROR","code":"FILLER_TEXT","id":"evt_*","path":"/vote/","title":"The House votes","field":["description"],"message":"*"}`,
	}
	lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	if r.code != 1 || len(lines) != len(want) {
		t.Fatalf("%+v", r)
	}
	for i, line := range lines {
		if !json.Valid([]byte(line)) || !matches(line, want[i]) {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, line, want[i])
		}
	}
	r = dateline(t, "lint", "--db", "a.db", "--code", "DEAD_INTERNAL_LINK,DUPLICATE_TEXT")
	if r.code != 0 || r.err != "2 found: 1 DUPLICATE_TEXT, 1 DEAD_INTERNAL_LINK\n" || strings.Count(r.out, "\n") != 2 || !strings.HasPrefix(r.out, "WARNING DEAD_INTERNAL_LINK /second/ Second: the body") {
		t.Errorf("%+v", r)
	}
}

// matches compares s with a pattern in which a star stands for anything.
func matches(s, pattern string) bool {
	first, rest, _ := strings.Cut(pattern, "*")
	s, ok := strings.CutPrefix(s, first)
	for part := range strings.SplitSeq(rest, "*") {
		at := strings.Index(s, part)
		if at < 0 || !ok {
			return false
		}
		s = s[at+len(part):]
	}
	return ok && s == ""
}

// TestLintMergeList settles a merge list as docs/lint.md says.
func TestLintMergeList(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": lintNewsroom})
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
	export := dateline(t, "export", "events", "--db", "a.db").out
	settled := ""
	for line := range strings.Lines(export) {
		if strings.Contains(line, `"ref":"t:bridge-2"`) || strings.Contains(line, `"ref":"t:bridge"`) {
			for _, status := range []string{"DRAFT", "PUBLISHED"} {
				line = strings.Replace(line, `"status":"`+status+`"`, `"status":"UNPUBLISHED"`, 1)
			}
			settled += line
		}
	}
	write(t, "b.jsonl", settled)
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "b.jsonl"); r.code != 0 || strings.Count(settled, "\n") != 2 {
		t.Fatalf("%+v\n%s", r, settled)
	}
	if r := dateline(t, "lint", "--db", "a.db", "--code", "DUPLICATE_EVENT"); r.code != 0 || r.out != "" || r.err != "nothing was found\n" {
		t.Errorf("%+v", r)
	}
}

func TestLintMistakes(t *testing.T) {
	inFolder(t, map[string]string{"table.csv": table, "text.db": "This is a letter.\n"})
	for args, want := range map[string]result{
		"lint --db none.db":   {1, "", "none.db"},
		"lint --db text.db":   {1, "", "text.db"},
		"lint --code WRONG":   {2, "", `"EMPTY_FIELD" but got "WRONG" (see dateline lint --help)`},
		"lint extra":          {2, "", "dateline lint --help"},
		"lint --code":         {2, "", "--code"},
		"lint --db none.db -": {2, "", "lint --help"},
	} {
		if r := dateline(t, strings.Fields(args)...); r.code != want.code || r.out != "" || !strings.Contains(r.err, want.err) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	if exists("none.db") {
		t.Error("lint made a database")
	}
	r := dateline(t, strings.Fields("import csv --db a.db --dry-run --map title=Headline,date=When --bc astronomical table.csv")...)
	if r.code != 0 || strings.Contains(r.out, "dateline lint") {
		t.Errorf("a dry run points to lint: %+v", r)
	}
}
