package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	trigger := "CREATE TRIGGER a AFTER INSERT ON b BEGIN\n\tSELECT CASE WHEN 1 THEN 2 END;\n\tDELETE FROM c;\nEND"
	for _, test := range []struct {
		sql  string
		want []string
	}{
		{"", nil},
		{" ;; -- nothing\n/* ; */ ;", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"\n-- one; first\n SELECT 1 ; SELECT 2;\n", []string{"SELECT 1", "SELECT 2"}},
		{"\ufeffSELECT 1", []string{"SELECT 1"}},
		{"SELECT ';' ; SELECT 'it''s; fine'", []string{"SELECT ';'", "SELECT 'it''s; fine'"}},
		{"SELECT \"a;\"\";b\", `c;`, [d;'] ; SELECT 2", []string{"SELECT \"a;\"\";b\", `c;`, [d;']", "SELECT 2"}},
		{"SELECT 1 -- '; not a string\n + 2; SELECT 3", []string{"SELECT 1 -- '; not a string\n + 2", "SELECT 3"}},
		{"SELECT 1 /* '; */ + 2; SELECT 3 -- end", []string{"SELECT 1 /* '; */ + 2", "SELECT 3"}},
		{"SELECT 1 - - 2; SELECT 4 / 2; SELECT x'3b'", []string{"SELECT 1 - - 2", "SELECT 4 / 2", "SELECT x'3b'"}},
		{"SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3", []string{"SELECT CASE 1 WHEN 1 THEN 2 END", "SELECT 3"}},
		{trigger, []string{trigger}},
		{trigger + ";\nSELECT 1;", []string{trigger, "SELECT 1"}},
		{"create /* x */ temp trigger a BEGIN SELECT 1;end; SELECT 2", []string{"create /* x */ temp trigger a BEGIN SELECT 1;end", "SELECT 2"}},
		{"CREATE TEMPORARY TRIGGER a BEGIN SELECT ';END;'; -- ;END;\n END", []string{"CREATE TEMPORARY TRIGGER a BEGIN SELECT ';END;'; -- ;END;\n END"}},
		{"CREATE TRIGGER a BEGIN UPDATE b SET \"end\" = 1; END_ ; SELECT ends; END", []string{"CREATE TRIGGER a BEGIN UPDATE b SET \"end\" = 1; END_ ; SELECT ends; END"}},
		{"CREATE TABLE trigger_log (a TEXT); SELECT 1", []string{"CREATE TABLE trigger_log (a TEXT)", "SELECT 1"}},
		{"CREATE TABLE \"TRIGGER\" (a TEXT); SELECT 1", []string{"CREATE TABLE \"TRIGGER\" (a TEXT)", "SELECT 1"}},
		{"SELECT 'نص؛'; SELECT 新闻;", []string{"SELECT 'نص؛'", "SELECT 新闻"}},
	} {
		got, err := split(test.sql)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q:\ngot  %q, error %v\nwant %q", test.sql, got, err, test.want)
		}
	}
	for sql, want := range map[string]string{
		"SELECT 1;\nSELECT 'open":                    "line 2: a string does not end",
		"SELECT \"open":                              "line 1: a quoted name does not end: close it with \"",
		"SELECT [open":                               "close it with ]",
		"\n\nSELECT 1 /* open":                       "line 3: a comment does not end",
		"SELECT 0;\nCREATE TRIGGER a BEGIN SELECT 1": "line 2: the trigger does not end",
		"CREATE TRIGGER a BEGIN SELECT 1; END x":     "the trigger does not end",
		"SELECT 1\x00; SELECT 2":                     "NUL",
	} {
		if got, err := split(sql); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, error %v, want %q", sql, got, err, want)
		}
	}
}

// FuzzSplit: each piece is in the text, in order, and is one statement; no
// token but white space, comments and semicolons is lost.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "SELECT 1; -- x\nSELECT ';'", "CREATE TRIGGER a BEGIN SELECT 1; END; SELECT 2", "/**/;[a];`b`;\"c\"", "\ufeff;'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		stmts, err := split(sql)
		if err != nil {
			return
		}
		rest, n := sql, 0
		for _, stmt := range stmts {
			_, after, found := strings.Cut(rest, stmt)
			if !found || stmt == "" {
				t.Fatalf("%q is not in %q", stmt, rest)
			}
			rest = after
			n += tokens(t, stmt)
			if again, err := split(stmt); err != nil || len(again) != 1 || again[0] != stmt {
				t.Errorf("%q is not one statement: %q, %v", stmt, again, err)
			}
		}
		if want := tokens(t, sql); n != want {
			t.Errorf("%q has %d tokens of %d: %q", sql, n, want, stmts)
		}
		joined, err := split(strings.Join(stmts, "\n;\n"))
		if err != nil || !slices.Equal(joined, stmts) {
			t.Errorf("%q became %q, %v", stmts, joined, err)
		}
	})
}

func tokens(t *testing.T, sql string) (n int) {
	s := scanner{sql: sql}
	for {
		kind, err := s.next()
		if err != nil {
			t.Fatalf("%q: %v", sql, err)
		}
		if kind == nothing {
			return n
		}
		if kind == other || kind == endWord {
			n++
		}
	}
}
