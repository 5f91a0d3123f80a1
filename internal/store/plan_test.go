package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// recorder notes every statement that passes through it, under the label that is set.
type recorder struct {
	engine.Engine
	mu     sync.Mutex
	label  string
	count  int                         // of statements
	writes int                         // batches
	seen   map[string]map[string][]any // arguments by label and SQL
}

func (r *recorder) note(sql string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	if r.seen[r.label] == nil {
		r.seen[r.label] = map[string][]any{}
	}
	r.seen[r.label][sql] = args
}

func (r *recorder) Query(ctx context.Context, stmts ...engine.Stmt) error {
	for _, s := range stmts {
		r.note(s.SQL, s.Args)
	}
	return r.Engine.Query(ctx, stmts...)
}

func (r *recorder) Write(ctx context.Context, opID string, steps []engine.Step) error {
	r.writes++
	for _, s := range steps {
		r.note(s.SQL, s.Args)
	}
	return r.Engine.Write(ctx, opID, steps)
}

func recordedNewsroom(t testing.TB) (*newsroom, *recorder) {
	t.Helper()
	path := t.TempDir() + "/newsroom.db"
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &recorder{Engine: db, label: "open", seen: map[string]map[string][]any{}}
	return newsroomOn(t, r, path), r
}

// Sorting is allowed where the rows to sort are a handful.
var maySort = map[string]string{
	"HeadlineEvent":     "two events of each rank",
	"NeighbourDays":     "the days of the year, for those whom the counters tell too much",
	"Search":            "by rank, which only the matches have",
	"Highlights":        "bylines of the hits of one page",
	"Suggestion":        "the few matches of a word and of a spelling",
	"Bylines":           "credits of the articles of one page",
	"ArticleCategories": "categories of the articles of one page",
	"ArticleTopics":     "topics of the articles of one page",
	"ArticleEvents":     "events of the articles of one page",
	"Translations":      "language versions of the articles of one page",
	"ExternalRefs":      "names of the nodes of one page",
	"EventCitations":    "sources of the events of one page",
	"DateClaims":        "claims of the events of one page",
	"EntryIssues":       "dates printed by the articles of one page, and articles of nearly the same text",
	"EventIssues":       "claims of the events of one page",
	"EventCategories":   "categories of the events of one page",
	"EventTopics":       "topics of the events of one page",
	"CategoryAncestors": "chains of the categories of one page",
	"CategoryChildren":  "children of the categories of one page",
	"PageChildren":      "children of the pages of one page",
	"term by slug":      "terms of one slug: one a language",
	"Route":             "two spellings of one path",
	"articles, by slug": "the term that is filtered by: one a language",
	"events, by slug":   "the term that is filtered by: one a language",
	"lint":              "sources of the events of one merge list",
	"import":            "the entries of one batch",
	"FinishImport":      "missing references of pending records",
}

// Scans that are no scan of a table that grows.
var mayScan = map[string]string{
	"sites":      "one row",
	"locales":    "the languages of articles, which are few",
	"best":       "two events of each rank",
	"below":      "rows of a recursive query",
	"chain":      "rows of a recursive query",
	"x":          "facets of the entries of one batch",
	"p":          "FinishImport looks at every pending record",
	"segments":   "rows of a recursive query",
	"candidates": "the hits that an order by score holds",
	"counted":    "the hits that facets count",
	"CONSTANT":   "no table",

	"related_state":      "one row",
	"related_statistics": "a row for each kind",
	"related_queue":      "a few from the end",
	"related_entries":    "lists that hold what was deleted while nobody followed",
	"n":                  "articles that have much in common with those of one page; profiles and lists of what is not published any more, after all lists were made",
}

var scan = regexp.MustCompile(`^SCAN (\S+)`)

// TestPlans asks SQLite how it runs every statement of the store, in lists of every order with each filter, forwards and
// backwards, from the start and from a cursor.
func TestPlans(t *testing.T) {
	if testing.Short() {
		t.Skip("plans are the same under the race detector")
	}
	n, r := recordedNewsroom(t)
	fillForPlans(n, r)
	everybody := statementsOf(r, func() { askEverything(n, r) })
	for name, caller := range planCallers(n) {
		n.Reader = n.As(caller)
		theirs := statementsOf(r, func() { askEverything(n, r) })
		if name == "without limits" && theirs != everybody {
			t.Errorf("a key without limits takes %d statements, everybody %d", theirs, everybody)
		}
	}

	db, err := sql.Open("sqlite3", n.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n.number(`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'`) != 0 {
		t.Fatal("plans must not rest on ANALYZE")
	}
	sorted, scanned := map[string]bool{}, map[string]bool{}
	statements := 0
	for _, label := range slices.Sorted(maps.Keys(r.seen)) {
		for _, text := range slices.Sorted(maps.Keys(r.seen[label])) {
			if strings.HasPrefix(text, "CREATE") || label == "open" || label == "test" {
				continue
			}
			statements++
			for _, step := range plan(t, db, text, r.seen[label][text]) {
				if m := scan.FindStringSubmatch(step); m != nil && !strings.Contains(step, "VIRTUAL TABLE") && !strings.Contains(step, " USING ") {
					scanned[m[1]] = true
					if _, ok := mayScan[m[1]]; !ok && !strings.HasPrefix(m[1], "(") {
						t.Errorf("%s: %s in\n%s", label, step, text)
					}
				}
				if strings.Contains(step, "TEMP B-TREE") {
					sorted[label] = true
					if _, ok := maySort[label]; !ok {
						t.Errorf("%s: %s in\n%s", label, step, text)
					}
				}
				if strings.Contains(step, "AUTOMATIC") {
					t.Errorf("%s: %s in\n%s", label, step, text)
				}
			}
		}
	}
	t.Logf("%d statements", statements)
	if statements < 300 {
		t.Errorf("only %d statements were seen", statements)
	}
	for label := range maySort {
		if !sorted[label] {
			t.Errorf("%s sorts nothing: take it from the list", label)
		}
	}
	for alias := range mayScan {
		if !scanned[alias] {
			t.Errorf("%s is never scanned: take it from the list", alias)
		}
	}
}

// planCallers are those whose statements differ from everybody's, and one whose do not.
func planCallers(n *newsroom) map[string]*news.Caller {
	published := news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}, BodyDepth: news.BodyFull}
	preview := news.Grant{Scopes: []news.Scope{news.ScopeContentEdit}, BodyDepth: news.BodyFull}
	inSection, inLanguage, limited := published, published, preview
	inSection.Categories = []news.ID{n.id("w:c")}
	inLanguage.Locales, inLanguage.SyndicatableOnly = []news.Locale{"en", "de"}, true
	limited.Categories, limited.Locales, limited.SyndicatableOnly = []news.ID{n.id("w:c"), n.id("w:c1")}, []news.Locale{"en"}, true
	callers := map[string]*news.Caller{"preview token": {Name: "t", Preview: n.id("w:a0"), Grant: published}}
	for name, g := range map[string]news.Grant{"without limits": published, "preview": preview, "in a section": inSection, "in a language": inLanguage, "limited preview": limited} {
		callers[name] = &news.Caller{Name: name, Grant: g}
	}
	return callers
}

func statementsOf(r *recorder, ask func()) int {
	before := r.count
	ask()
	return r.count - before
}

func plan(t *testing.T, db *sql.DB, text string, args []any) (steps []string) {
	t.Helper()
	plain := make([]any, len(args))
	for i, a := range args {
		plain[i], _ = engine.Arg(a)
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+text, plain...)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	return steps
}

const planEntries = 12

// fillForPlans makes every list that is asked for longer than a page of two.
func fillForPlans(n *newsroom, r *recorder) {
	r.label = "import"
	records := []news.Record{
		category("w:c", "World", "", func(c *news.CategoryRecord) { c.RedirectsFrom = []news.Path{"/old-world/"} }),
		topic("w:t", "Peace"), author("w:au", "Ada"), image("w:i", "/media/i.svg"), page("w:p", "Pages"),
	}
	for i := range planEntries {
		number := fmt.Sprint(i)
		at := noon.Add(-time.Duration(i) * time.Hour)
		records = append(records,
			category(news.Ref("w:c"+number), "World "+number, "w:c"), topic(news.Ref("w:t"+number), "Peace "+number), author(news.Ref("w:au"+number), "Ada "+number),
			page(news.Ref("w:p"+number), "Page "+number, func(p *news.PageRecord) { p.Parent = "w:p" }),
			event(news.Ref("w:e"+number), "Treaty "+number, news.EDTF(fmt.Sprintf("19%02d-03-09", 10+i)), func(e *news.EventRecord) {
				e.IsSelected, e.Topics, e.Categories = true, []news.Ref{"w:t"}, []news.Ref{"w:c"}
				e.Sources = []news.Citation{{Title: "Book"}}
			}),
			article(news.Ref("w:a"+number), "Rain "+number, func(a *news.ArticleRecord) {
				a.PublishedAt, a.IsSticky, a.LeadImage, a.Categories = at, i%2 == 0, "w:i", []news.Ref{"w:c"}
				if i%2 == 0 {
					a.LeadImage = ""
				}
				a.Topics, a.Byline = []news.TopicLink{{Topic: "w:t"}}, []news.CreditRecord{{Author: "w:au"}}
				a.Related, a.Events = news.Pins("w:a0", "w:a1"), []news.Ref{"w:e0", "w:e1"}
				a.TranslationOf, a.ExternalRefs = "w:a0", []news.ExternalRef{{System: "old", Value: number}}
			}))
	}
	// What lint finds, in two calendars.
	winter := func(e *news.EventRecord) { e.DateClaims = []news.DateClaimRecord{{Date: "1917", PrintedIn: "w:a0"}} }
	records = append(records, event("w:gregorian", "Winter Palace falls", "1917-11-07", winter), event("w:gregorian-2", "Winter Palace falls", "1917-11-07"),
		event("w:julian", "Winter Palace falls", "1917-10-25", func(e *news.EventRecord) { e.Calendar = news.CalendarJulian }))
	n.bring(news.Created, records...)
	n.bring(news.Created, redirect("w:r", "/away", "w:a0"), redirect("w:gone", "/gone", ""))
	// Changes run other statements than first imports.
	for i := range records {
		switch rec := &records[i]; {
		case rec.Category != nil && rec.Ref != "w:c":
			rec.Category.Parent = ""
		case rec.Topic != nil:
			rec.Topic.Name += "!"
		case rec.Author != nil:
			rec.Author.Name += "!"
		case rec.Page != nil:
			rec.Page.Title += "!"
		case rec.Event != nil:
			rec.Event.Title += "!"
		case rec.Article != nil:
			rec.Article.Title += "!"
		case rec.Image != nil:
			rec.Image.Credit = new("Ada")
		default:
			rec.Category.Name += "!"
		}
	}
	n.bring(news.Updated, records...)
	n.bring(news.Updated, redirect("w:r", "/away", "w:a1"))
	n.bring(news.Created, article("w:pending", "Later", func(a *news.ArticleRecord) { a.Related = news.Pins("w:late", "w:never") }), article("w:late", "Late"))
	n.bring(news.Created, article("w:pending-2", "Later", func(a *news.ArticleRecord) { a.Related = news.Pins("w:late-2", "w:never") }))
	n.bring(news.Created, article("w:late-2", "Late"))
	r.label = "FinishImport"
	n.finish()
	r.label = "test"
}

var windows = func() (all []news.Window) {
	for _, backward := range []bool{false, true} {
		for _, marks := range []int{0, 1, 2} { // no cursor, a cursor, two
			w := news.Window{Limit: 2, Backward: backward}
			if marks > 0 {
				w.Cursor = "start"
			}
			if marks > 1 {
				w.Bound = "end"
			}
			all = append(all, w)
		}
	}
	return all
}()

// eachWindow asks for a list through all windows, with real cursors in place of the words.
func eachWindow(n *newsroom, what string, list func(news.Window) (news.PageInfo, error)) {
	n.t.Helper()
	for _, w := range windows {
		if w.Cursor != "" {
			info, err := list(news.Window{Limit: 100})
			if err != nil || info.StartCursor == nil {
				n.t.Fatalf("%s: no cursor: %v", what, err)
			}
			w.Cursor = *info.StartCursor
			if w.Bound != "" {
				w.Bound = *info.EndCursor
			}
			if w.Backward {
				w.Cursor = *info.EndCursor
				if w.Bound != "" {
					w.Bound = *info.StartCursor
				}
			}
		}
		if _, err := list(w); err != nil {
			n.t.Fatalf("%s: %v", what, err)
		}
	}
}

var directions = []news.OrderDirection{news.Ascending, news.Descending}

func allArticleOrders() (all []news.ArticleOrder) {
	for field := range articleListing.orders {
		for _, d := range directions {
			all = append(all, news.ArticleOrder{Field: news.ArticleOrderField(field), Direction: d})
		}
	}
	return all
}

func allEventOrders() (all []news.HistoricalEventOrder) {
	for field := range eventListing.orders {
		for _, d := range directions {
			all = append(all, news.HistoricalEventOrder{Field: news.HistoricalEventOrderField(field), Direction: d})
		}
	}
	return all
}

func askEverything(n *newsroom, r *recorder) {
	ctx := context.Background()
	must := func(err error) {
		n.t.Helper()
		if err != nil {
			n.t.Fatal(err)
		}
	}
	anyOf := func(refs ...*news.TermRef) *news.TermFilter { return &news.TermFilter{AnyOf: refs} }
	below := func(refs ...*news.TermRef) *news.TermFilter {
		return &news.TermFilter{AnyOf: refs, IncludeDescendants: true}
	}
	ids := map[string]news.ID{}
	for _, ref := range []string{"a0", "a1", "c", "t", "au", "i", "p", "e0", "e1"} {
		ids[ref] = n.id(news.Ref("w:" + ref))
	}
	c, topicID, authorID := &news.TermRef{ID: new(ids["c"])}, &news.TermRef{ID: new(ids["t"])}, &news.TermRef{ID: new(ids["au"])}
	early, late := noon.Add(-1000*time.Hour), noon.Add(1000*time.Hour)
	articleFilters := map[string]*news.ArticleFilter{
		"articles":           nil,
		"articles, category": {Categories: anyOf(c)}, "articles, subtree": {Categories: below(c)},
		"articles, topic": {Topics: anyOf(topicID)}, "articles, author": {Authors: anyOf(authorID)},
		"articles, kind": {Kinds: []news.ArticleKind{news.ArticleNews}}, "articles, locale": {Locales: []news.Locale{"en"}},
		"articles, event": {MentionsEvent: new(ids["e0"])}, "articles, sticky": {IsSticky: new(true)}, "articles, not sticky": {IsSticky: new(false)},
		"articles, lead image": {HasLeadImage: new(true)}, "articles, no lead image": {HasLeadImage: new(false)}, "articles, ids": {Ids: n.articleIDs()},
		"articles, from": {PublishedAt: &news.DateTimeRange{From: &early}}, "articles, to": {PublishedAt: &news.DateTimeRange{To: &late}},
		"articles, from to": {PublishedAt: &news.DateTimeRange{From: &early, To: &late}}, "articles, updated": {UpdatedAt: &news.DateTimeRange{From: &early, To: &late}},
		"articles, topic from to": {Topics: anyOf(topicID), PublishedAt: &news.DateTimeRange{From: &early, To: &late}},
		"articles, two topics":    {Topics: &news.TermFilter{AllOf: []*news.TermRef{topicID}, AnyOf: []*news.TermRef{topicID}}},
		"articles, or":            {Or: []*news.ArticleFilter{{Topics: anyOf(topicID)}, {Authors: anyOf(authorID)}}},
		"articles, not":           {Not: &news.ArticleFilter{Kinds: []news.ArticleKind{news.ArticleVideo}}},
		"articles, by slug":       {Categories: below(&news.TermRef{Slug: new("world")})},
		"articles, by path":       {Topics: anyOf(&news.TermRef{Path: new(news.Path("/topics/peace/"))})},
		"articles, author slug":   {Authors: anyOf(&news.TermRef{Slug: new("ada")})},
	}
	for name, filter := range articleFilters {
		for _, by := range allArticleOrders() {
			r.label = name
			eachWindow(n, name, func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindArticles(ctx, filter, by, w)
				if err != nil {
					return news.PageInfo{}, err
				}
				_, err = page.TotalCount(ctx)
				return page.PageInfo, err
			})
			r.label = map[bool]string{true: "articles, by slug", false: "articles of facets"}[name == "articles, by slug"]
			facets := []Facet{In(ids["c"]), DirectlyIn(ids["c"]), In(ids["t"])}
			eachWindow(n, name+" of facets", func(w news.Window) (news.PageInfo, error) {
				pages, err := n.FindArticlesIn(ctx, facets, filter, by, w)
				must(err)
				_, err = pages[In(ids["t"])].TotalCount(ctx)
				return pages[In(ids["t"])].PageInfo, err
			})
		}
	}
	eventFilters := map[string]*news.HistoricalEventFilter{
		"events": nil, "events, kind": {Kinds: []news.HistoricalEventKind{news.EventHappening}}, "events, day": {MonthDay: &news.MonthDay{Month: 3, Day: 9}},
		"events, selected": {SelectedOnly: new(true)}, "events, topic": {Topics: anyOf(topicID)},
		"events, category": {Categories: anyOf(c)}, "events, subtree": {Categories: below(c)},
		"events, from": {AstronomicalYear: &news.IntRange{From: new(1900)}}, "events, to": {AstronomicalYear: &news.IntRange{To: new(1999)}},
		"events, from to": {AstronomicalYear: &news.IntRange{From: new(1900), To: new(1999)}}, "events, significance": {MinSignificance: new(10)},
		"events, day from": {MonthDay: &news.MonthDay{Month: 3, Day: 9}, AstronomicalYear: &news.IntRange{From: new(1900)}},
		"events, by slug":  {Topics: anyOf(&news.TermRef{Slug: new("peace")})}, "events, text": {Text: new("treaty")},
		"events, precise": {Precision: []news.DatePrecision{news.PrecisionDay}}, "events, checked": {Verification: []news.VerificationState{news.Unverified, news.Verified}},
	}
	for name, filter := range eventFilters {
		for _, by := range allEventOrders() {
			r.label = name
			eachWindow(n, name, func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindEvents(ctx, filter, by, w)
				if err != nil {
					return news.PageInfo{}, err
				}
				_, err = page.TotalCount(ctx)
				return page.PageInfo, err
			})
		}
	}
	askCalendar(n, r, ids)
	facets := []Facet{In(ids["t"]), In(ids["c"])}
	for _, by := range allEventOrders() {
		r.label = "articles of facets"
		eachWindow(n, "events of facets", func(w news.Window) (news.PageInfo, error) {
			pages, err := n.FindEventsIn(ctx, facets, by, w)
			must(err)
			_, err = pages[In(ids["t"])].TotalCount(ctx)
			return pages[In(ids["t"])].PageInfo, err
		})
	}
	for _, field := range []news.CategoryOrderField{news.CategoryByPosition, news.CategoryByName, news.CategoryByArticleCount} {
		for _, d := range directions {
			r.label = "categories"
			if field == news.CategoryByArticleCount && !n.countsAllOfCategory() {
				continue // refused
			}
			eachWindow(n, "categories", func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindCategories(ctx, 0, true, news.CategoryOrder{Field: field, Direction: d}, w)
				must(err)
				_, err = page.TotalCount(ctx)
				return page.PageInfo, err
			})
			eachWindow(n, "categories at the top", func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindCategories(ctx, 0, false, news.CategoryOrder{Field: field, Direction: d}, w)
				must(err)
				_, err = page.TotalCount(ctx)
				return page.PageInfo, err
			})
			page, err := n.FindCategories(ctx, ids["c"], false, news.CategoryOrder{Field: field, Direction: d}, news.Window{Limit: 2})
			must(err)
			_, err = page.TotalCount(ctx)
			must(err)
		}
	}
	for _, by := range []news.TopicOrder{news.TopicByName, news.TopicByArticleCount} {
		if by == news.TopicByArticleCount && n.limited() {
			continue // refused
		}
		for _, kinds := range [][]news.TopicKind{nil, {news.TopicTag}, {news.TopicTag, news.TopicPlace}} {
			r.label = "topics"
			eachWindow(n, "topics", func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindTopics(ctx, &news.TopicFilter{Kinds: kinds}, by, w)
				must(err)
				_, err = page.TotalCount(ctx)
				return page.PageInfo, err
			})
		}
	}
	r.label = "authors"
	eachWindow(n, "authors", func(w news.Window) (news.PageInfo, error) {
		page, err := n.FindAuthors(ctx, w)
		must(err)
		_, err = page.TotalCount(ctx)
		return page.PageInfo, err
	})
	askSearches(n, r, ids)
	r.label = "Highlights"
	_, err := n.Highlights(ctx, "rain", n.articleIDs())
	must(err)
	r.label = "Suggestion"
	hits, err := n.Search(ctx, "raine", nil, news.SearchByNewest, news.Window{Limit: 1})
	must(err)
	_, err = n.Suggestion(ctx, "raine", nil, hits)
	must(err)
	r.label = "lint"
	found := 0
	must(n.Lint(ctx, nil, func(Finding) error { found++; return nil }))
	if found == 0 {
		n.t.Error("lint finds nothing")
	}
	askLoaders(n, r, ids)
	filters := map[string]*news.RelatedFilter{"related": nil, "related, any": {AnyLocale: true, MinScore: .1, ExcludeIds: []news.ID{ids["a2"]}},
		"related, category from to": {Categories: below(c), PublishedAt: &news.DateTimeRange{From: &early, To: &late}}}
	for name, filter := range filters {
		r.label = name
		eachWindow(n, name, func(w news.Window) (news.PageInfo, error) {
			found, err := n.RelatedArticles(ctx, []news.ID{ids["a0"], ids["a1"]}, filter, w)
			if err != nil {
				return news.PageInfo{}, err
			}
			_, err1 := found[ids["a1"]].TotalCount(ctx)
			_, err2 := found[ids["a1"]].ComputedAt(ctx)
			return found[ids["a1"]].PageInfo, errors.Join(err1, err2)
		})
	}
	askCurator(n, r)
}

// askCurator calls what keeps the lists of related nodes.
func askCurator(n *newsroom, r *recorder) {
	ctx := context.Background()
	must := func(err error) {
		n.t.Helper()
		if err != nil {
			n.t.Fatal(err)
		}
	}
	r.label = "curator"
	defer func() { r.label = "test" }()
	nodes := []news.ID{n.id("w:a0"), n.id("w:a1"), n.id("w:e0")}
	must(n.OwnRelated(ctx, "plan"))
	must(n.Rank(ctx, "plan", RelatedState{Algorithm: 1, Number: 1}, map[news.IDKind][]byte{news.KindArticle: {1}, news.KindHistoricalEvent: {1}}))
	sources, err := n.RelatedSources(ctx, nodes)
	must(err)
	if len(sources) != 3 {
		n.t.Fatalf("%d sources", len(sources))
	}
	list := relate.List{Own: []relate.Related{{ID: nodes[1], Score: 100}}}
	for range 2 { // the second time there is something to replace
		list.Own[0].Score++
		must(n.WriteRelated(ctx, "plan", RelatedWrite{Profiles: []RelatedProfile{{ID: nodes[0], Paths: []string{"/x/"}, Profile: []byte{1}}}, Queue: nodes, Done: nodes,
			Lists: []RelatedList{{ID: nodes[0], Ranking: "1.1", List: list}}, Sweep: new(news.ID)}))
	}
	for _, kind := range RelatedKinds {
		_, err := n.PublishedAfter(ctx, kind, 0, 10)
		must(err)
	}
	changes, err := n.AllChanges(ctx, 0, 100)
	must(err)
	_, err = n.RelatedConcern(ctx, changes)
	must(err)
	for _, ask := range []func() error{
		func() error { _, err := n.PublishedBefore(ctx, 1<<62, 10); return err },
		func() error { _, err := n.RelatedTotal(ctx); return err },
		func() error { _, err := n.RelatedBacklog(ctx, 0, 10); return err },
		func() error { _, err := n.RelatedStatistics(ctx); return err },
		func() error { _, err := n.StoredProfilesAfter(ctx, 0, 10); return err },
		func() error { _, err := n.StoredProfiles(ctx, nodes); return err },
		func() error { _, err := n.RelatedQueue(ctx, 10); return err },
		func() error { _, err := n.HiddenRelated(ctx, nodes); return err },
		func() error { return n.WriteRelated(ctx, "plan", RelatedWrite{Gone: nodes[:1]}) },
		func() error { return n.LeaveRelated(ctx, "plan") },
	} {
		must(ask())
	}
	_, err = n.ListsWith(ctx, nodes)
	must(err)
	_, err = n.Unrelated(ctx, 0, 10)
	must(err)
}

// askSearches asks in every order, with each filter, for what matches little and for what matches more than can be looked at.
func askSearches(n *newsroom, r *recorder, ids map[string]news.ID) {
	term := &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(ids["t"])}}, NoneOf: []*news.TermRef{{Slug: new("none")}}}
	filters := []*news.SearchFilter{nil, {Categories: term}, {Topics: term}, {Authors: term}, {Locales: []news.Locale{"en"}}, {PublishedAt: &news.DateTimeRange{From: &noon}}, {Types: []news.SearchType{news.SearchTopics}}}
	defer func(usual searchBounds) { n.Store.bounds = usual }(n.Store.bounds)
	for _, broad := range []bool{false, true} {
		if broad {
			n.Store.bounds = searchBounds{broadPages: -1, prefixPages: -1, titlePages: 9, ranked: 2, counted: 2, faceted: 2, stretch: 2}
		}
		for _, typed := range []string{"rain", "rain -snow", "ra* author:ada category:asia -topic:trade after:2001"} {
			for i, filter := range filters {
				for _, by := range searchOrders {
					if (i > 0 || typed != "rain") && by != news.SearchByRelevance {
						continue
					}
					r.label = "Search"
					searchWindows(n, typed, filter, by)
				}
			}
		}
	}
}

// searchWindows asks for a page from each end and from a cursor, and for all that is counted.
func searchWindows(n *newsroom, typed string, filter *news.SearchFilter, by news.SearchOrder) {
	ctx := context.Background()
	for _, backward := range []bool{false, true} {
		w := news.Window{Limit: 1, Backward: backward}
		for range 2 {
			hits, err := n.Search(ctx, typed, filter, by, w)
			if err == nil {
				_, _, err = hits.Total(ctx)
			}
			if err == nil {
				_, err = hits.Facets(ctx, []news.SearchFacetField{news.FacetType, news.FacetCategory, news.FacetTopic, news.FacetAuthor, news.FacetYear, news.FacetLocale}, 5)
			}
			if err != nil {
				n.t.Fatal(err)
			}
			if hits.PageInfo.EndCursor == nil {
				break
			}
			w.Cursor = *hits.PageInfo.EndCursor
		}
	}
}

// askCalendar asks for the lists of a day, of its archive and of anniversaries.
func askCalendar(n *newsroom, r *recorder, ids map[string]news.ID) {
	ctx := context.Background()
	day := news.Date{Year: 2026, Month: 3, Day: 9}
	filters := map[string]*news.HistoricalEventFilter{
		"events of a day": nil, "events of a day, topic": {Topics: &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(ids["t"])}}}},
		"events of a day, checked": {Verification: []news.VerificationState{news.Unverified}}, "events of a day, from": {AstronomicalYear: &news.IntRange{From: new(1900)}},
		"events of a day, text": {Text: new("treaty")},
	}
	for name, filter := range filters {
		r.label = name
		for _, by := range allEventOrders() {
			eachWindow(n, name, func(w news.Window) (news.PageInfo, error) {
				page, err := n.FindEventsOn(ctx, day, news.LeapFeb28, filter, by, w)
				return counted(ctx, page, err)
			})
		}
		r.label = "anniversaries"
		for _, uncovered := range []bool{false, true} {
			for _, roundness := range []news.Roundness{news.RoundAny, news.RoundMultipleOf5} {
				eachWindow(n, name+" as anniversaries", func(w news.Window) (news.PageInfo, error) {
					page, err := n.FindAnniversaries(ctx, AnniversaryQuery{From: day, To: news.Date{Year: 2031, Month: 3, Day: 9}, Roundness: roundness,
						WithoutCoverageOnly: uncovered, Filter: filter, Today: day, Zone: time.UTC}, w)
					return counted(ctx, page, err)
				})
			}
		}
	}
	r.label = "archive"
	eachWindow(n, "archive", func(w news.Window) (news.PageInfo, error) {
		published := news.DateOf(noon)
		published.Year += 3
		page, err := n.FindArchive(ctx, published, time.UTC, news.LeapFeb28, 1, nil, w)
		return counted(ctx, page, err)
	})
	r.label = "test"
}

func counted[E interface{ GetNode() N }, N any](ctx context.Context, page *news.Connection[E, N], err error) (news.PageInfo, error) {
	if err != nil {
		return news.PageInfo{}, err
	}
	_, err = page.TotalCount(ctx)
	return page.PageInfo, err
}

func (n *newsroom) articleIDs() (ids []news.ID) {
	for _, id := range n.numbers(`SELECT id FROM articles`) {
		ids = append(ids, news.ID(id))
	}
	return ids
}

// askLoaders calls what reads for a list of parents, and every look-up of one thing.
func askLoaders(n *newsroom, r *recorder, ids map[string]news.ID) {
	ctx := context.Background()
	articles, events, w := []news.ID{ids["a0"], ids["a1"]}, []news.ID{ids["e0"], ids["e1"]}, news.Window{Limit: 2}
	for name, ask := range map[string]func() (int, error){
		"Articles":          func() (int, error) { m, err := n.Articles(ctx, articles); return len(m), err },
		"Bodies":            func() (int, error) { m, err := n.Bodies(ctx, articles); return len(m), err },
		"Bylines":           func() (int, error) { m, err := n.Bylines(ctx, articles); return len(m), err },
		"ArticleCategories": func() (int, error) { m, err := n.ArticleCategories(ctx, articles); return len(m), err },
		"ArticleTopics":     func() (int, error) { m, err := n.ArticleTopics(ctx, articles); return len(m), err },
		"ArticleEvents":     func() (int, error) { m, err := n.ArticleEvents(ctx, articles, w); return len(m), err },
		"RelatedArticles":   func() (int, error) { m, err := n.RelatedArticles(ctx, articles, nil, w); return len(m), err },
		"RelatedEvents": func() (int, error) {
			m, err := n.RelatedEvents(ctx, events, w)
			if err == nil {
				_, err = m[events[0]].TotalCount(ctx)
			}
			return len(m), err
		},
		"ShownReasons": func() (int, error) {
			m, err := n.ShownReasons(ctx, []*news.RelatedArticleEdge{{Parts: []news.RelatedReason{{Kind: news.ReasonSharedTopics, IDs: []news.ID{ids["t"]}}}}})
			return len(m), err
		},
		"Translations":    func() (int, error) { m, err := n.Translations(ctx, articles); return len(m), err },
		"ExternalRefs":    func() (int, error) { m, err := n.ExternalRefs(ctx, articles); return len(m), err },
		"Events":          func() (int, error) { m, err := n.Events(ctx, events); return len(m), err },
		"EventCitations":  func() (int, error) { m, err := n.EventCitations(ctx, events); return len(m), err },
		"EventCategories": func() (int, error) { m, err := n.EventCategories(ctx, events); return len(m), err },
		"EventTopics":     func() (int, error) { m, err := n.EventTopics(ctx, events); return len(m), err },
		"HeadlineEvent": func() (int, error) {
			_, err := n.HeadlineEvent(ctx, news.Date{Year: 2026, Month: 3, Day: 9}, news.LeapFeb28)
			return 1, err
		},
		"NeighbourDays": func() (int, error) {
			_, _, err := n.NeighbourDays(ctx, news.Date{Year: 2026, Month: 3, Day: 9}, news.LeapFeb28)
			return 1, err
		},
		"Revisions": func() (int, error) {
			m, err := n.Revisions(ctx, articles, w)
			if err == nil {
				_, err = m[ids["a0"]].TotalCount(ctx)
			}
			return len(m), err
		},
		"RevisionContents": func() (int, error) {
			_, err := n.RevisionContents(ctx, []RevisionKey{{Subject: ids["a0"], Number: 1}, {Subject: ids["a0"], Number: 2, Before: true}})
			return 1, err
		},
		"EntryIssues": func() (int, error) { _, err := n.EntryIssues(ctx, append(articles, ids["p"])); return 1, err },
		"EventIssues": func() (int, error) { _, err := n.EventIssues(ctx, events); return 1, err },
		"DateClaims":  func() (int, error) { m, err := n.DateClaims(ctx, events); return len(m), err },
		"FindCoverage": func() (int, error) {
			m, err := n.FindCoverage(ctx, []Coverage{{Event: ids["e0"], Until: noon.UnixMilli() + 1}}, w)
			if err != nil {
				return 0, err
			}
			_, err = m[Coverage{Event: ids["e0"], Until: noon.UnixMilli() + 1}].TotalCount(ctx)
			return len(m), err
		},
		"Categories": func() (int, error) { m, err := n.Categories(ctx, []news.ID{ids["c"]}); return len(m), err },
		"CategoryAncestors": func() (int, error) {
			_, err := n.CategoryAncestors(ctx, []news.ID{ids["c"]})
			return 1, err
		},
		"CategoryChildren": func() (int, error) { m, err := n.CategoryChildren(ctx, []news.ID{ids["c"]}, w); return len(m), err },
		"Topics":           func() (int, error) { m, err := n.Topics(ctx, []news.ID{ids["t"]}); return len(m), err },
		"Authors":          func() (int, error) { m, err := n.Authors(ctx, []news.ID{ids["au"]}); return len(m), err },
		"Images":           func() (int, error) { m, err := n.Images(ctx, []news.ID{ids["i"]}); return len(m), err },
		"Pages":            func() (int, error) { m, err := n.Pages(ctx, []news.ID{ids["p"]}); return len(m), err },
		"PageChildren":     func() (int, error) { m, err := n.PageChildren(ctx, []news.ID{ids["p"]}); return len(m), err },
		"Page":             func() (int, error) { _, err := n.Page(ctx, news.SlugRef{Slug: "pages"}); return 1, err },
		"Page of a locale": func() (int, error) {
			_, err := n.Page(ctx, news.SlugRef{Slug: "pages", Locale: new(news.Locale("en"))})
			return 1, err
		},
		"Site":          func() (int, error) { _, err := n.Site(ctx); return 1, err },
		"Route":         func() (int, error) { _, err := n.Route(ctx, "/away"); return 1, err },
		"Position":      func() (int, error) { _, err := n.Position(ctx); return 1, err },
		"Article by id": func() (int, error) { _, err := n.Article(ctx, news.ArticleRef{ID: new(ids["a0"])}); return 1, err },
		"Article by path": func() (int, error) {
			_, err := n.Article(ctx, news.ArticleRef{Path: new(news.Path("/world/rain-0/"))})
			return 1, err
		},
		"Article by slug": func() (int, error) {
			_, err := n.Article(ctx, news.ArticleRef{Slug: &news.SlugRef{Slug: "rain-0"}})
			return 1, err
		},
		"Article by external ref": func() (int, error) {
			_, err := n.Article(ctx, news.ArticleRef{ExternalRef: &news.ExternalRefInput{System: "w", Value: "a0"}})
			return 1, err
		},
		"Category by id": func() (int, error) { _, err := n.Category(ctx, news.TermRef{ID: new(ids["c"])}); return 1, err },
		"Category by path": func() (int, error) {
			_, err := n.Category(ctx, news.TermRef{Path: new(news.Path("/world/"))})
			return 1, err
		},
		"term by slug":   func() (int, error) { _, err := n.Category(ctx, news.TermRef{Slug: new("world")}); return 1, err },
		"Author by slug": func() (int, error) { _, err := n.Author(ctx, news.TermRef{Slug: new("ada")}); return 1, err },
		"Topic by path": func() (int, error) {
			_, err := n.Topic(ctx, news.TermRef{Path: new(news.Path("/topics/peace/"))})
			return 1, err
		},
	} {
		r.label = name
		if len(n.caller.Categories) > 0 && strings.HasPrefix(name, "Page") {
			continue // filed nowhere
		}
		if found, err := ask(); err != nil || found == 0 {
			n.t.Errorf("%s: %d found, %v", name, found, err)
		}
	}
	r.label = "test"
}
