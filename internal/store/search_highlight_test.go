package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// marked are the highlights of a node for a search, as a caller sees them.
func (n *newsroom) marked(caller *news.Caller, typed string, ref news.Ref) string {
	n.t.Helper()
	found, err := n.As(caller).Highlights(context.Background(), typed, []news.ID{n.id(ref)})
	if err != nil {
		n.t.Fatal(err)
	}
	var all []string
	for _, h := range found[n.id(ref)] {
		all = append(all, fmt.Sprintf("%s: %s", h.Field, h.HTML))
	}
	return strings.Join(all, "; ")
}

func reading(scopes ...news.Scope) *news.Caller {
	return &news.Caller{Name: "a key", Grant: news.Grant{Scopes: scopes}}
}

func TestHighlights(t *testing.T) {
	n := newNewsroom(t)
	long := strings.Repeat("Nothing happened here. ", 40)
	n.bring(news.Created,
		author("w:au", "Rosa Rain", func(a *news.AuthorRecord) { a.Bio = "<p>Writes on hail &amp; rain.</p>" }),
		topic("w:t", "Weather", func(tp *news.TopicRecord) { tp.Aliases = []string{"Rain"} }),
		event("w:e", "Rains of frogs", "1873"),
		article("w:a", "Rain & <snow>", func(a *news.ArticleRecord) {
			a.Standfirst, a.Byline = new("It rained."), []news.CreditRecord{{Author: "w:au"}}
			a.Body = news.HTML("<p>" + long + "Then the heavy rains &amp; the <b>snow</b> came. " + long + "</p>")
		}),
		article("w:draft", "Rain in secret", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }),
		article("w:ar", "أمطار", func(a *news.ArticleRecord) { a.Locale, a.Body = "ar", "<p>هَطَلَ المَطَرُ</p>" }),
		article("w:zh", "天气", func(a *news.ArticleRecord) { a.Locale, a.Body = "zh", "<p>今天北京天气很好</p>" }),
		article("w:de", "Häuser", func(a *news.ArticleRecord) { a.Locale, a.Body = "de", "<p>In der Straße</p>" }))
	anyone := news.AnyCaller()
	const title, standfirst, byline = "TITLE: <mark>Rain</mark> &amp; &lt;snow&gt;", "STANDFIRST: It <mark>rained</mark>.", "BYLINE: Rosa <mark>Rain</mark>"
	nothing := func(times int) string { return strings.TrimSpace(strings.Repeat("Nothing happened here. ", times)) }
	body := "BODY: …happened here. " + nothing(1) + " Then the heavy <mark>rains</mark> &amp; the snow came. " + nothing(7) + "…"
	phrase := "BODY: …" + nothing(2) + " Then the <mark>heavy rains</mark> &amp; the snow came. " + nothing(6) + " Nothing happened…"
	for _, tt := range []struct {
		caller           *news.Caller
		typed, ref, want string
	}{
		{anyone, "rain", "w:a", title + "; " + standfirst + "; " + body + "; " + byline},
		{reading(news.ScopeContentRead), "rain", "w:a", title + "; " + standfirst + "; " + byline},
		{anyone, "author:rain", "w:a", byline}, {anyone, "author:rosa rain*", "w:t", "TITLE: Weather, <mark>Rain</mark>"},
		{anyone, "-rain here", "w:ar", ""}, {anyone, "snow OR frogs", "w:e", "TITLE: Rains of <mark>frogs</mark>"},
		{anyone, `"heavy rains" -frogs`, "w:a", phrase},
		{anyone, "rain", "w:au", "TITLE: Rosa <mark>Rain</mark>; BODY: Writes on hail &amp; <mark>rain</mark>."},
		{anyone, "rain", "w:draft", ""}, {reading(news.ScopeContentPreview, news.ScopeContentReadFull), "rain", "w:draft", "TITLE: <mark>Rain</mark> in secret"},
		{anyone, "المطر", "w:ar", "BODY: هَطَلَ <mark>المَطَرُ</mark>"},
		{anyone, "北京天气", "w:zh", "BODY: 今天<mark>北京天气</mark>很好"},
		{anyone, "HAUS strasse", "w:de", "TITLE: <mark>Häuser</mark>; BODY: In der <mark>Straße</mark>"},
		{anyone, "", "w:a", ""}, {anyone, `"`, "w:a", ""},
	} {
		if got := n.marked(tt.caller, tt.typed, news.Ref(tt.ref)); got != tt.want {
			t.Errorf("%q in %s:\n%s, want\n%s", tt.typed, tt.ref, got, tt.want)
		}
	}
}

// TestHighlightStatements: a page of highlights takes as many statements as one.
func TestHighlightStatements(t *testing.T) {
	n, r := recordedNewsroom(t)
	var ids []news.ID
	for i := range 30 {
		ref := news.Ref(fmt.Sprintf("w:%d", i))
		n.bring(news.Created, article(ref, "Rain"))
		ids = append(ids, n.id(ref))
	}
	counts := map[int]int{}
	for _, size := range []int{1, 30} {
		before := r.count
		if found, err := n.As(news.AnyCaller()).Highlights(context.Background(), "rain", ids[:size]); err != nil || len(found) != size {
			t.Fatal(found, err)
		}
		counts[size] = r.count - before
	}
	equal(t, "statements for 1 and 30", counts, map[int]int{1: 2, 30: 2})
}

func TestSuggestion(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	var records []news.Record
	for i := range 6 {
		records = append(records, article(news.Ref(fmt.Sprint("w:", i)), "Ferry delayed at Brückenhafen", func(a *news.ArticleRecord) {
			a.Locale, a.Body = "de", "<p>The parliament voted. Müller spoke on elections.</p>"
		}))
	}
	records = append(records,
		article("w:draft", "Whistleblower found", func(a *news.ArticleRecord) { a.Status, a.Body = news.StatusDraft, "<p>parliamint</p>" }),
		article("w:ar", "المدرسة", func(a *news.ArticleRecord) { a.Locale, a.Body = "ar", "<p>الحكومة العراقية</p>" }),
		article("w:rare", "Ferrx", func(a *news.ArticleRecord) { a.Body = "" }),
		event("w:e", "Avalanche", "1900"))
	n.bring(news.Created, records...)
	anyone, titles, preview := news.AnyCaller(), reading(news.ScopeContentRead), reading(news.ScopeContentPreview, news.ScopeContentReadFull)
	limited := &news.Caller{Name: "a partner", Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentReadFull}, Locales: []news.Locale{"de"}}}
	for _, tt := range []struct {
		caller      *news.Caller
		typed, want string
		types       []news.SearchType
	}{
		{anyone, "parliment", "parliament", nil}, {anyone, "Parlaiment voted", "parliament voted", nil}, {anyone, "the parliament", "", nil},
		{anyone, "xparliament", "parliament", nil}, {anyone, "arliament", "parliament", nil}, {anyone, "aprliament", "parliament", nil},
		{anyone, "Muller", "", nil}, {anyone, "Mulller", "Müller", nil}, {anyone, "bruckenhaven", "Brückenhafen", nil},
		{anyone, "ferrx", "Ferry", nil},                           // found once, but Ferry oftener
		{anyone, "ferr", "Ferry", nil}, {anyone, "xerx", "", nil}, // two slips in a short word
		{anyone, "parliment elektions", "parliament elections", nil},
		{anyone, `parliment "ferry delayed" -avalanche`, `parliament "ferry delayed" -avalanche`, nil},
		{anyone, `"parliment"`, "", nil}, {anyone, "parliment*", "", nil},
		{anyone, "الحكومه العراقيه المدرسه", "", nil},
		{anyone, "الحكومح", "الحكومة", nil},
		{anyone, "parliment", "", []news.SearchType{news.SearchEvents}}, {anyone, "avalnche", "Avalanche", []news.SearchType{news.SearchEvents}},
		// What a caller does not see is not suggested.
		{anyone, "whistleblowr", "", nil}, {preview, "whistleblowr", "Whistleblower", nil},
		{titles, "parliment", "", nil}, {titles, "ferrz", "Ferry", nil},
		{limited, "parliment", "", nil},
		{anyone, "", "", nil}, {anyone, "京都", "", nil}, {anyone, "zzzzzzzz", "", nil},
	} {
		var filter *news.SearchFilter
		if tt.types != nil {
			filter = &news.SearchFilter{Types: tt.types}
		}
		reader := n.As(tt.caller)
		hits, err := reader.Search(ctx, tt.typed, filter, news.SearchByNewest, news.Window{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := reader.Suggestion(ctx, tt.typed, filter, hits); got != tt.want || err != nil {
			t.Errorf("%s: %q: %q, want %q (%v)", tt.caller.Name, tt.typed, got, tt.want, err)
		}
	}
}

func TestReplaceWord(t *testing.T) {
	for _, tt := range [][2]string{{"art", "new"}, {"art party art", "new party art"}, {"party art", "party new"}, {"party", "party"}, {`"art" x`, `"new" x`}} {
		want := tt[1]
		if got := replaceWord(tt[0], "art", "new"); got != want {
			t.Errorf("%q: %q, want %q", tt[0], got, want)
		}
	}
}
