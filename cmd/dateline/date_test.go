package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDate(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want []string
	}{
		{"1850~ 1939-09/1945-09", 0, []string{
			`{"input":"1850~","valid":true,"edtf":"1850~","level":1,"precision":"YEAR","certainty":"APPROXIMATE","calendar":"GREGORIAN","gregorian":"1850~","earliest":"1850-01-01","latest":"1850-12-31","text":"c. 1850"}`,
			`{"input":"1939-09/1945-09","valid":true,"edtf":"1939-09/1945-09","level":0,"precision":"MONTH","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"1939-09/1945-09","earliest":"1939-09-01","latest":"1945-09-30","text":"September 1939 to September 1945"}`,
		}},
		{"--calendar julian --locale de -- -0043-03-15", 0, []string{
			`{"input":"-0043-03-15","valid":true,"edtf":"-0043-03-15","level":1,"precision":"DAY","certainty":"EXACT","calendar":"JULIAN","gregorian":"-0043-03-13","earliest":"-0043-03-13","latest":"-0043-03-13","text":"15. März 44 v. Chr."}`,
		}},
		// A mistake stops nothing, the canonical form need not be the input, and either end can be open.
		{"Y1998-ish Y1998 ../1945 1945/..", 1, []string{
			`{"input":"Y1998-ish","valid":false,"error":{"position":5,"message":"unexpected \"-\"","expected":["a digit","E","?","~","%","the end","/"]}}`,
			`{"input":"Y1998","valid":true,"edtf":"1998","level":0,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"1998","earliest":"1998-01-01","latest":"1998-12-31","text":"1998"}`,
			`{"input":"../1945","valid":true,"edtf":"../1945","level":1,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"../1945","earliest":null,"latest":"1945-12-31","text":"until 1945"}`,
			`{"input":"1945/..","valid":true,"edtf":"1945/..","level":1,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"1945/..","earliest":"1945-01-01","latest":null,"text":"from 1945"}`,
		}},
		{"Y-17E7 Y12000 0000 XXXX-12-25", 0, []string{
			`{"input":"Y-17E7","valid":true,"edtf":"Y-17E7","level":2,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"Y-17E7","earliest":"-170000000-01-01","latest":"-170000000-12-31","text":"170000001 BC"}`,
			`{"input":"Y12000","valid":true,"edtf":"Y12000","level":1,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"Y12000","earliest":"+12000-01-01","latest":"+12000-12-31","text":"12000"}`,
			`{"input":"0000","valid":true,"edtf":"0000","level":0,"precision":"YEAR","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"0000","earliest":"0000-01-01","latest":"0000-12-31","text":"1 BC"}`,
			`{"input":"XXXX-12-25","valid":true,"edtf":"XXXX-12-25","level":2,"precision":"DAY","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"XXXX-12-25","earliest":null,"latest":null,"text":"25 December"}`,
		}},
		{"1998-10-05 --locale ar-IQ", 0, []string{
			`{"input":"1998-10-05","valid":true,"edtf":"1998-10-05","level":0,"precision":"DAY","certainty":"EXACT","calendar":"GREGORIAN","gregorian":"1998-10-05","earliest":"1998-10-05","latest":"1998-10-05","text":"٥ تشرين الأول ١٩٩٨"}`,
		}},
	} {
		r := dateline(t, append([]string{"date"}, strings.Fields(c.args)...)...)
		if r.code != c.code || r.err != "" {
			t.Errorf("date %s: code %d, stderr %q", c.args, r.code, r.err)
		}
		if want := strings.Join(c.want, "\n") + "\n"; r.out != want {
			t.Errorf("date %s:\n%swant\n%s", c.args, r.out, want)
		}
	}
}

// One line comes out for each line that goes in, so that the answers can be pasted beside a spreadsheet's column.
func TestDateFromStandardInput(t *testing.T) {
	c := command(t, "date", "2001", "-", "2002")
	c.Stdin = strings.NewReader("\ufeff1998-10-05\r\n\n 1999\n<b>\xff\n1914?")
	out, err := c.Output()
	if c.ProcessState.ExitCode() != 1 {
		t.Errorf("%v, want exit code 1", err)
	}
	got := ""
	for line := range strings.Lines(string(out)) {
		var answer struct {
			Input string
			Valid bool
			Error struct{ Position *int }
		}
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got += answer.Input
		if !answer.Valid && *answer.Error.Position == 0 {
			got += " wrong at 0"
		}
		got += "|"
	}
	if want := "2001|1998-10-05| wrong at 0| 1999 wrong at 0|<b>\ufffd wrong at 0|1914?|2002|"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDateMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"":                       "edtf",
		"--calendar mayan 1998":  "gregorian",
		"--locale 1-x 1998":      "language tag",
		"-0043-03-15":            "dateline date --help",
		"--db site.db 1998-10-0": "unknown flag --db",
	} {
		r := dateline(t, append([]string{"date"}, strings.Fields(args)...)...)
		if r.code != 2 || r.out != "" || !strings.Contains(r.err, want) {
			t.Errorf("date %s: %+v, want code 2 and %q", args, r, want)
		}
	}
	c := command(t, "date", "-")
	c.Stdin = strings.NewReader("1998\n" + strings.Repeat("1", maxLine+1))
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "standard input, line 2") {
		t.Errorf("a line without end: %v, %.300s", err, out)
	}
}
