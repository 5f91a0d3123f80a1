package main

import (
	"regexp"
	"strings"
	"testing"
)

const relatedNewsroom = `{"type":"article","ref":"t:a","title":"Ferry to the island","body":"<p>The ferry crosses the strait to the lighthouse island twice a day.</p>","related":[{"article":"t:c","note":"For the way back"}],"publishedAt":"2026-03-09T12:00:00Z"}
{"type":"article","ref":"t:b","title":"The island's lighthouse","body":"<p>The lighthouse on the island across the strait is lit again; the ferry brings lamps.</p>","publishedAt":"2026-03-08T12:00:00Z"}
{"type":"article","ref":"t:c","title":"Budget passed","body":"<p>The council passed its budget after nine hours.</p>","publishedAt":"2026-03-07T12:00:00Z"}
`

func TestRelatedLists(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": relatedNewsroom})
	if r := dateline(t, "import", "jsonl", "--db", "a.db", "a.jsonl"); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	ferry := regexp.MustCompile(`art_[0-9a-z]{13}`).FindString(dateline(t, "changes", "tail", "--db", "a.db", "--after", "0").out)
	if r := dateline(t, "relate", "show", "--db", "a.db", ferry); r.code != 0 || !strings.HasSuffix(r.out, "1 articles; nothing was computed yet: run dateline serve or dateline relate rebuild\n") {
		t.Errorf("%+v", r)
	}
	r := dateline(t, "relate", "rebuild", "--db", "a.db")
	if r.code != 0 || !strings.HasPrefix(r.out, "the lists of 3 articles and events are of ranking 1.1 now; it took ") {
		t.Errorf("%+v", r)
	}
	r = dateline(t, "relate", "show", "--db", "a.db", ferry)
	for _, want := range []string{"1.0000  art_", "Budget passed\n        1.0000  EDITORIAL  Chosen by the editors.\n", "The island's lighthouse\n        0.", "TEXT_SIMILARITY  Both texts mention: ", "\n2 articles; computed 20", "by ranking 1.1\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is not in %+v", want, r)
		}
	}
	if r := dateline(t, "check", "--db", "a.db"); r.code != 0 {
		t.Errorf("%+v", r)
	}
	for _, wrong := range [][]string{{"relate", "show", "--db", "a.db", "art_0000000000000"}, {"relate", "show", "--db", "a.db", strings.Replace(ferry, "art_", "evt_", 1)}} {
		if r := dateline(t, wrong...); r.code == 0 {
			t.Errorf("%v: %+v", wrong, r)
		}
	}
}
