package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// story is a text of some hundred words that shares none with those of other numbers; of it, the first ones can be others.
func story(number, changed int) news.HTML {
	words := make([]string, 200)
	for i := range words {
		words[i] = fmt.Sprintf("w%dx%d", number, i)
		if i < changed {
			words[i] = fmt.Sprintf("c%dx%d", changed, i)
		}
	}
	return news.HTML("<p>" + strings.Join(words, " ") + "</p>")
}

func retold(number, changed int, status news.EntryStatus, categories ...news.Ref) func(*news.ArticleRecord) {
	return func(a *news.ArticleRecord) {
		a.Body, a.Status, a.Categories = story(number, changed), status, categories
	}
}

// TestFingerprintsFollowTexts: each way in which a text changes.
func TestFingerprintsFollowTexts(t *testing.T) {
	n := newNewsroom(t)
	keys := func() []int64 { return n.numbers(`SELECT key FROM fingerprints ORDER BY key`) }
	n.bring(news.Created, article("w:a", "Rain", retold(1, 0, news.StatusPublished)))
	first := keys()
	if len(first) != 8 {
		t.Fatalf("%d keys", len(first))
	}
	n.bring(news.Updated, article("w:a", "Rain again", retold(1, 0, news.StatusDraft)))
	equal(t, "keys of the same text", keys(), first)
	n.bring(news.Updated, article("w:a", "Rain", retold(2, 0, news.StatusDraft)))
	if second := keys(); len(second) != 8 || slices.ContainsFunc(second, func(k int64) bool { return slices.Contains(first, k) }) {
		t.Errorf("%d keys of another text, after %d", second, first)
	}
	edit := func(body news.HTML) {
		t.Helper()
		if _, err := n.Save(t.Context(), Edit{ID: n.id("w:a"), By: "Ada", Change: func(r *news.Record) error { r.Article.Body = body; return nil }}); err != nil {
			t.Fatal(err)
		}
		n.check()
	}
	edit(story(1, 0))
	equal(t, "keys of the first text, saved by a person", keys(), first)
	edit("<p>Too short.</p>")
	equal(t, "keys of a short text", keys(), nil)
	edit(story(1, 0))
	if _, err := n.Delete(t.Context(), Step{ID: n.id("w:a"), By: "Ada"}); err != nil {
		t.Fatal(err)
	}
	equal(t, "keys of a deleted article", keys(), nil)
	n.check()
}

// TestFingerprintsAreMadeAnew for articles that came before there were any, and not by a change of the zone.
func TestFingerprintsAreMadeAnew(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range 250 {
		records = append(records, article(news.Ref(fmt.Sprintf("w:%d", i)), "Rain", retold(i%200, 0, news.StatusPublished)))
	}
	n.bring(news.Created, append(records, article("w:short", "Short"))...)
	n.write(`DELETE FROM fingerprints`)
	if err := n.setZone("Asia/Baghdad"); err != nil {
		t.Fatal(err)
	}
	if rows := n.number(`SELECT count(*) FROM fingerprints`); rows != 0 {
		t.Errorf("a change of the zone made %d keys", rows)
	}
	n.write(`INSERT INTO fingerprints SELECT id, 7 FROM articles`)
	n.write(`UPDATE sites SET derived_by = '4 Asia/Baghdad'`)
	again := openNewsroom(t, n.path)
	again.check()
	if rows := again.number(`SELECT count(*) FROM fingerprints`); rows != 8*250 {
		t.Errorf("%d keys of 250 articles", rows)
	}
}

func TestNearlyIdenticalArticles(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""), category("w:d", "Sport", ""), page("w:page", "About", func(p *news.PageRecord) { p.Body = story(1, 0) }),
		article("w:first", "First", retold(1, 0, news.StatusPublished, "w:c")),
		article("w:near", "Near", retold(1, 14, news.StatusPublished, "w:d")),
		article("w:same", "Same", retold(1, 0, news.StatusPublished, "w:c")),
		article("w:draft", "Draft", retold(1, 0, news.StatusDraft, "w:c")),
		article("w:off", "Off", retold(1, 0, news.StatusUnpublished, "w:c")),
		article("w:gone", "Gone", retold(1, 0, news.StatusRetracted, "w:c")),
		article("w:half", "Half", retold(1, 100, news.StatusPublished, "w:c")),
		article("w:other", "Other", retold(2, 0, news.StatusPublished, "w:c")))
	everything := news.Operator()
	inWorld := &news.Caller{Grant: news.Grant{Scopes: everything.Scopes, BodyDepth: news.BodyFull, Categories: []news.ID{n.id("w:c")}}}
	for _, tt := range []struct {
		of      news.Ref
		by      *news.Caller
		earlier bool
		want    string
	}{
		{"w:first", everything, false, "[Same Draft Near]"},
		{"w:first", inWorld, false, "[Same Draft]"},
		{"w:first", news.AnyCaller(), false, "[Same Near]"},
		{"w:first", everything, true, "[]"},
		{"w:near", everything, false, "[First Same Draft]"},
		{"w:same", everything, true, "[First Near]"},
		{"w:draft", everything, true, "[First Same Near]"},
		{"w:off", everything, false, "[]"}, // that is settled
		{"w:gone", everything, false, "[]"},
		{"w:half", everything, false, "[]"},
		{"w:other", everything, false, "[]"},
		{"w:page", everything, false, "[]"},
	} {
		found, err := n.As(tt.by).nearIdentical(t.Context(), []news.ID{n.id(tt.of)}, tt.earlier)
		if err != nil {
			t.Fatal(err)
		}
		titles := []string{}
		for _, a := range found[n.id(tt.of)] {
			titles = append(titles, a.Title)
		}
		if got := fmt.Sprint(titles); got != tt.want {
			t.Errorf("%s for %s (earlier: %v): %s, want %s", tt.of, tt.by.Name, tt.earlier, got, tt.want)
		}
	}
	issues, err := n.As(everything).EntryIssues(t.Context(), []news.ID{n.id("w:first"), n.id("w:other")})
	if err != nil {
		t.Fatal(err)
	}
	first := issues[n.id("w:first")]
	if len(issues) != 1 || len(first) != 1 || first[0].Code != news.IssueDuplicateText || len(first[0].Duplicates) != 3 || first[0].Message !=
		"the text is nearly that of “Same” (/world/same/), “Draft” (/world/draft/), “Near” (/sport/near/); keep one and let the others redirect to it, or write what is new in each" {
		t.Errorf("%+v", issues)
	}
}

// TestManyIdenticalArticles: of a text that stands everywhere, few are named.
func TestManyIdenticalArticles(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range maxPerKey + 50 {
		records = append(records, article(news.Ref(fmt.Sprintf("w:%d", i)), fmt.Sprintf("Notice %d", i), retold(1, 0, news.StatusPublished)))
	}
	n.bring(news.Created, records...)
	last := n.id(records[len(records)-1].Ref)
	issues, err := n.As(news.Operator()).EntryIssues(t.Context(), []news.ID{last})
	if err != nil {
		t.Fatal(err)
	}
	if got := issues[last]; len(got) != 1 || len(got[0].Duplicates) != maxDuplicates || got[0].Duplicates[0].Title != "Notice 0" || !strings.Contains(got[0].Message, " and 17 more;") {
		t.Errorf("%+v", got)
	}
}
