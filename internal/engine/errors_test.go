package engine

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// The messages are those of SQLite 3.54; enginetest proves that they still are.
func TestParseConstraint(t *testing.T) {
	for message, want := range map[string]*ConstraintError{
		"UNIQUE constraint failed: article.slug":                         {Kind: Unique, Table: "article", Columns: []string{"slug"}},
		"UNIQUE constraint failed: article.slug, article.locale":         {Kind: Unique, Table: "article", Columns: []string{"slug", "locale"}},
		"UNIQUE constraint failed: index 'article_lower'":                {Kind: Unique, Name: "article_lower"},
		"NOT NULL constraint failed: article.title":                      {Kind: NotNull, Table: "article", Columns: []string{"title"}},
		"CHECK constraint failed: words_positive":                        {Kind: Check, Name: "words_positive"},
		"CHECK constraint failed: kind IN ('a', 'b')":                    {Kind: Check, Name: "kind IN ('a', 'b')"},
		"FOREIGN KEY constraint failed":                                  {Kind: ForeignKey},
		"cannot store TEXT value in INTEGER column article.id":           {Kind: DataType, Table: "article", Columns: []string{"id"}},
		"datatype mismatch":                                              {Kind: DataType, Name: "an INTEGER PRIMARY KEY"},
		"near \"SELEKT\": syntax error":                                  nil,
		"":                                                               nil,
		"cannot store the file":                                          nil,
		"the author's own constraint failed: in a trigger's RAISE":       nil,
		"unable to delete/modify user-function due to active statements": nil,
	} {
		if got := ParseConstraint(message); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", message, got, want)
		}
	}
}

func FuzzParseConstraint(f *testing.F) {
	f.Add("UNIQUE constraint failed: a.b, a.c")
	f.Add("UNIQUE constraint failed: index 'a'")
	f.Add("cannot store TEXT value in INTEGER column a.b")
	f.Fuzz(func(t *testing.T, message string) {
		c := ParseConstraint(message)
		if c != nil && (c.Kind == "" || !strings.Contains(c.Error(), "it ")) {
			t.Errorf("%q: %+v, %v", message, c, c)
		}
	})
}

func TestShort(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1":                        "SELECT 1",
		"\n  SELECT a,\n\t b\n  FROM c\n": "SELECT a, b FROM c",
		"":                                "",
	} {
		if got := Short(sql); got != want {
			t.Errorf("%q: got %q", sql, got)
		}
	}
	for _, long := range []string{strings.Repeat("a", 119) + "é", strings.Repeat("新", 100)} {
		if got := Short(long); !utf8.ValidString(got) || !strings.HasSuffix(got, "…") || len(got) > 125 {
			t.Errorf("%q", got)
		}
	}
}
