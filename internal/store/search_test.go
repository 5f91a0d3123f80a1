package store

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestSearch(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created,
		article("w:title", "Heavy rain in Brest", func(a *news.ArticleRecord) { a.Body = "<p>Nothing else.</p>" }),
		article("w:body", "Weather", func(a *news.ArticleRecord) {
			a.Body = "<p>The rain was heavy. Rainfall broke records: L’été fut humide.</p>"
		}),
		article("w:standfirst", "Report", func(a *news.ArticleRecord) { a.Standfirst, a.Body = new("Rain and floods."), "" }),
		article("w:byline", "Column", func(a *news.ArticleRecord) { a.Byline, a.Body = []news.CreditRecord{{Name: "Rosa Rain"}}, "" }),
		article("w:draft", "Rain", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }),
		article("w:arabic", "أمطار غزيرة", func(a *news.ArticleRecord) { a.Body = "" }),
		page("w:page", "Rain gauge"), event("w:event", "Rain of frogs", "1873"), topic("w:topic", "Rain", func(tp *news.TopicRecord) { tp.Aliases = []string{"Precipitation"} }),
		category("w:category", "Rain", ""), author("w:author", "Rosa Rain", func(a *news.AuthorRecord) { a.Bio = "<p>Writes on hail.</p>" }))
	for _, tt := range []struct {
		typed string
		types []news.SearchType
		want  string
	}{
		{"rain", []news.SearchType{news.SearchArticles}, "body byline standfirst title"},
		{"rain", nil, "author body byline category event page standfirst title topic"},
		{"RAIN", []news.SearchType{news.SearchPages}, "page"}, {"rain", []news.SearchType{news.SearchTopics, news.SearchCategories}, "category topic"},
		{"heavy rain", nil, "body title"}, {`"heavy rain"`, nil, "title"}, {`"rain heavy"`, nil, ""}, {"rainf*", nil, "body"}, {"rainf", nil, ""},
		{"ete", nil, "body"}, {"L'ÉTÉ", nil, "body"}, {"غزيرة", nil, "arabic"}, {"precipitation", nil, "topic"}, {"hail", nil, "author"}, {"frogs", []news.SearchType{news.SearchArticles}, ""},
		{"type2", nil, ""}, {"", nil, ""}, {"\"", nil, ""}, {"nothing at all", nil, ""},
	} {
		var filter *news.SearchFilter
		if tt.types != nil {
			filter = &news.SearchFilter{Types: tt.types}
		}
		for _, by := range []news.SearchOrder{news.SearchByNewest, news.SearchByRelevance} {
			hits, err := n.Search(ctx, tt.typed, filter, by, news.Window{Limit: 20})
			if err != nil {
				t.Errorf("%q: %v", tt.typed, err)
				continue
			}
			var refs []string
			for _, h := range hits.Hits {
				refs = append(refs, n.text(`SELECT value FROM external_refs WHERE subject = ?`, int64(h.ID)))
			}
			slices.Sort(refs)
			count, exact, err := hits.Total(ctx)
			if got := strings.Join(refs, " "); got != tt.want || count != len(refs) || !exact || err != nil {
				t.Errorf("%q: %s, counted %d (%v), want %s", tt.typed, got, count, err, tt.want)
			}
		}
	}
	hits, err := n.Search(ctx, "rain", &news.SearchFilter{Types: []news.SearchType{news.SearchArticles}}, news.SearchByRelevance, news.Window{Limit: 1})
	if err != nil || hits.Hits[0].ID != n.id("w:title") {
		t.Errorf("a word in the title does not count most: %+v (%v)", hits, err)
	}
	if _, err := n.Search(ctx, strings.Repeat("a ", maxSearchTerms+1), nil, news.SearchByNewest, news.Window{}); news.KindOf(err) != news.Invalid {
		t.Errorf("too many words: %v", err)
	}
	if _, err := n.Search(ctx, `"`+strings.Repeat("a ", maxSearchWords+1), nil, news.SearchByNewest, news.Window{}); news.KindOf(err) != news.Invalid {
		t.Errorf("too many words in a phrase: %v", err)
	}
	if _, err := n.Search(ctx, "rain", nil, "ODDEST", news.Window{}); news.KindOf(err) != news.Invalid {
		t.Errorf("no such order: %v", err)
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "Rain": "rain", "Éire": "eire", "ÅNGSTRÖM": "angstrom", "ﬁre": "fire", "ＡＢＣ": "abc", "ÇA": "ca", "Straße": "straße", "İstanbul": "istanbul", "ΆΛΦΑ": "αλφα",
		"e\u0301": "e", "Ёлка": "елка", "مَطَر": "مطر", "한국": "한국", "が": "か", "①": "1", "a\xffb": "a\ufffdb", "日本": "日本",
	} {
		if got := fold(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Éire", "İ", "ﬃ", "\xff", "가", "e\u0301\u0301", "ẞ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := fold(s); fold(once) != once {
			t.Errorf("%q: %q, and again %q", s, once, fold(once))
		}
	})
}
