package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/graph/generated"
	"github.com/dateline-cms/dateline/internal/news"
)

// few and many are the sizes of the lists of parents that a walk compares.
const few, many = 2, 50

// TestStatementsDoNotGrowWithParents asks every field of every type of few parents and of many, alone and below other
// fields: the number of SQL statements must be the same.
func TestStatementsDoNotGrowWithParents(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("asks some hundred large queries, one after the other")
	}
	n := newNewsroom(t, noLimits)
	n.write(t, walkRecords()...)
	n.relate(t)
	var key string
	for range many {
		key = n.key(t, news.Grant{Scopes: append([]news.Scope{news.ScopeKeysManage, news.ScopeContentEdit}, fullRead...)})
	}
	w := &walk{t: t, isEditor: true, newsroom: n.as(key), schema: schema(), ids: n.ids(t), seen: map[string]bool{}}
	for _, root := range w.roots() {
		w.root(root)
	}
	readable := map[string]bool{}
	reach(w.schema, "Query", readable)
	for name, def := range w.schema.Types {
		if def.Kind == ast.Object && readable[name] && name != "Query" && !w.seen[name] {
			t.Errorf("no query reached the type %s; give it a parent in roots", name)
		}
	}
	t.Logf("%d queries", w.queries)
}

// reach notes the types that a query can answer with.
func reach(s *ast.Schema, name string, seen map[string]bool) {
	if seen[name] || strings.HasPrefix(name, "__") {
		return
	}
	seen[name] = true
	for _, possible := range s.GetPossibleTypes(s.Types[name]) {
		reach(s, possible.Name, seen)
	}
	for _, f := range s.Types[name].Fields {
		reach(s, f.Type.Name(), seen)
	}
}

func schema() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// walk compares the numbers of statements.
type walk struct {
	t        *testing.T
	newsroom *newsroom
	schema   *ast.Schema
	ids      map[news.Ref]news.ID
	isEditor bool            // who is also asked for what strangers are refused
	seen     map[string]bool // types
	queries  int
}

// walkRoot is a way to parents of one type. The format has a verb for the number of parents or, with ids, for the list
// of their ids, and another for the selection.
type walkRoot struct {
	field, format string
	typeName      string
	ids           string // prefix of the refs
}

// roots lead to lists of every type that can be in one, and to the types that a response has only one of.
func (w *walk) roots() []walkRoot {
	const list = `articles(first: %d) { totalCount } `
	roots := []walkRoot{
		{field: "articles", format: `articles(first: %d) { %s }`},
		{field: "categories", format: `categories(flat: true, first: %d) { %s }`},
		{field: "topics", format: `topics(first: %d) { %s }`},
		{field: "authors", format: `authors(first: %d) { %s }`},
		{field: "historicalEvents", format: `historicalEvents(first: %d) { %s }`},
		{field: "changes", format: `changes(first: %d, filter: {types: [ARTICLE]}) { %s }`}, // a type has its statement
		{field: "onThisDay", format: list + `onThisDay { %s }`},
		{field: "onThisDay", format: `onThisDay { events(first: %d) { %s } }`, typeName: "HistoricalEventConnection"},
		{field: "onThisDay", format: `onThisDay { archive(first: %d) { %s } }`, typeName: "ArchiveArticleConnection"},
		{field: "apiKeys", format: `apiKeys(first: %d) { %s }`},
		{field: "viewer", format: list + `viewer { %s }`},
		{field: "anniversaries", format: `anniversaries(roundness: ANY, first: %d) { %s }`},
		{field: "resolvePath", format: list + `resolvePath(path: "/article-1") { ... on PathFound { %s } }`, typeName: "PathFound"},
		{field: "resolvePath", format: list + `resolvePath(path: "/old-article-1") { ... on PathMoved { %s } }`, typeName: "PathMoved"},
		{field: "resolvePath", format: list + `resolvePath(path: "/gone") { ... on PathGone { %s } }`, typeName: "PathGone"},
	}
	for _, kind := range w.schema.Types["SearchType"].EnumValues {
		roots = append(roots, walkRoot{field: "search", format: `search(query: "common", orderBy: NEWEST, filter: {types: [` + kind.Name + `]}, first: %d) { %s }`})
	}
	for i, root := range roots {
		if root.typeName == "" {
			roots[i].typeName = w.schema.Query.Fields.ForName(root.field).Type.Name()
		}
	}
	for _, def := range w.possible(w.schema.Types["Node"]) {
		roots = append(roots, walkRoot{field: "nodes", format: `nodes(ids: %s) { ... on ` + def.Name + ` { %s } }`, typeName: def.Name, ids: strings.ToLower(def.Name)})
	}
	for _, f := range w.schema.Query.Fields {
		isList := f.Type.Elem != nil || strings.HasSuffix(f.Type.Name(), "Connection")
		if isList && !slices.ContainsFunc(roots, func(r walkRoot) bool { return r.field == f.Name }) {
			w.t.Errorf("Query.%s is a list that this test does not know; add it to roots", f.Name)
		}
	}
	return roots
}

func (w *walk) root(root walkRoot) {
	def := w.schema.Types[root.typeName]
	everything := w.everything(def, 1)
	w.compare(root, everything)
	if isPaging(def) {
		return
	}
	for _, f := range def.Fields {
		for _, selection := range w.field(f, 1) {
			w.compare(root, selection)
		}
	}
	w.compare(root, everything) // a batch must not depend on which field happens to ask first
}

func (w *walk) compare(root walkRoot, selection string) {
	w.queries++
	var statements [2]map[string]int
	for i, parents := range []int{few, many} {
		query := w.query(root, selection, parents)
		a := w.newsroom.ask(w.t, query, nil)
		if len(a.Errors) > 0 {
			w.t.Fatalf("%s\n%+v", query, a.Errors[0])
		}
		statements[i] = map[string]int{}
		for _, s := range a.Extensions.Explain.SQL {
			statements[i][s.Text]++
		}
	}
	for sql, times := range statements[1] {
		if times != statements[0][sql] {
			w.t.Errorf("%d parents take %d, %d parents take %d times %s\nin %s", few, statements[0][sql], many, times,
				strings.Join(strings.Fields(sql), " "), w.query(root, selection, few))
		}
	}
	if len(statements[0]) > len(statements[1]) {
		w.t.Errorf("%d parents take more sorts of statements than %d in %s", few, many, w.query(root, selection, few))
	}
}

func (w *walk) query(root walkRoot, selection string, parents int) string {
	if root.ids == "" {
		return "{ " + fmt.Sprintf(root.format, parents, selection) + " }"
	}
	indexes := make([]int, parents)
	for i := range indexes {
		indexes[i] = middle(i)
		if root.ids == "site" {
			indexes[i] = 0 // there is one
		}
	}
	return "{ " + fmt.Sprintf(root.format, fmt.Sprintf("%q", idTexts(w.ids, root.ids, indexes...)), selection) + " }"
}

// field selects a field with each of its sets of arguments, and all that lies at most depth relations below it.
func (w *walk) field(f *ast.FieldDefinition, depth int) []string {
	var selections []string
	target := w.schema.Types[f.Type.Name()]
	for i, arguments := range w.arguments(f) {
		below := ""
		if i > 0 {
			depth = 0 // arguments change the list, not what lies below
		}
		if target.IsCompositeType() {
			for _, possible := range w.possible(target) {
				below += " ... on " + possible.Name + " { " + w.everything(possible, depth) + " }"
			}
			below = " {" + below + " }"
		}
		// The alias keeps fields of different types apart.
		selections = append(selections, fmt.Sprintf("%s_%d: %s%s%s", f.Name, i, f.Name, arguments, below))
	}
	return selections
}

// everything selects all fields of a type and all that lies at most depth relations below. Connections and edges are
// part of the way to what they hold.
func (w *walk) everything(def *ast.Definition, depth int) string {
	w.seen[def.Name] = true
	selected := []string{"__typename"}
	for _, f := range def.Fields {
		below := depth - 1
		if isPaging(def) {
			below = depth
		}
		if strings.HasPrefix(f.Name, "__") || !w.isEditor && strings.Contains(f.Description, "Needs CONTENT_") || below < 0 && w.schema.Types[f.Type.Name()].IsCompositeType() {
			continue
		}
		for _, selection := range w.field(f, below) {
			selected = append(selected, def.Name+"_"+selection)
		}
	}
	return strings.Join(selected, " ")
}

func isPaging(def *ast.Definition) bool {
	return strings.HasSuffix(def.Name, "Connection") || strings.HasSuffix(def.Name, "Edge")
}

// possible are the object types of a composite type.
func (w *walk) possible(def *ast.Definition) []*ast.Definition {
	if def.Kind == ast.Object {
		return []*ast.Definition{def}
	}
	return slices.DeleteFunc(slices.Clone(w.schema.GetPossibleTypes(def)), func(d *ast.Definition) bool { return d.Kind != ast.Object })
}

// arguments are the sets of arguments that a field is asked with: none but the required ones, then each optional one.
// Cursors are left out: they move along the same list.
func (w *walk) arguments(f *ast.FieldDefinition) []string {
	if len(f.Arguments) == 0 {
		return []string{""}
	}
	required := ""
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			required += ", " + a.Name + ": " + w.value(a.Type)
		}
	}
	given := func(argument string) string { return "(" + strings.TrimPrefix(argument+required, ", ") + ")" }
	sets, paged := []string{strings.TrimSuffix(given(""), "()")}, ""
	if f.Arguments.ForName("first") != nil {
		paged = "first: 2" // keeps what lies below small
		sets = []string{given(paged)}
	}
	for _, a := range f.Arguments {
		switch {
		case a.Name == "after" || a.Name == "before" || a.Name == "first" || a.Type.NonNull && a.DefaultValue == nil:
		case a.Name == "last":
			sets = append(sets, given("last: 2"))
		case paged != "":
			sets = append(sets, given(paged+", "+a.Name+": "+w.value(a.Type)))
		default:
			sets = append(sets, given(a.Name+": "+w.value(a.Type)))
		}
	}
	return sets
}

// value is a literal of a type that changes little of what is found.
func (w *walk) value(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + w.value(t.Elem) + "]"
	}
	def := w.schema.Types[t.Name()]
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			if f.Type.NonNull || len(fields) == 0 && w.schema.Types[f.Type.Name()].Kind != ast.InputObject && f.Type.Name() != "ID" {
				fields = append(fields, f.Name+": "+w.value(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	literals := map[string]string{"Int": "1", "Float": "0.1", "Boolean": "true", "String": `"primary"`, "Date": `"2026-03-01"`, "Locale": `"en"`,
		"DateTime": `"2026-01-01T00:00:00Z"`, "TimeZone": `"UTC"`, "MonthDay": `"03-01"`}
	literal, ok := literals[def.Name]
	if !ok {
		w.t.Fatalf("this test has no literal of the type %s; give it one", def.Name)
	}
	return literal
}

// walkSize is how many nodes of each type there are.
const walkSize = 60

// middle numbers the nodes from the middle of the trees outwards, so that the first ones have ancestors and
// descendants at any depth that is asked for.
func middle(i int) int {
	if i%2 == 0 {
		return walkSize/2 - i/2 - 1
	}
	return walkSize/2 + i/2
}

// walkText is the same in every other article: issues name those that repeat another, and related are those that do not.
func walkText(i int) news.HTML {
	if i%2 == 0 {
		return news.HTML("<p>" + strings.Repeat("A common text of some words that stand in all of them. ", 5) + "</p>")
	}
	return news.HTML(fmt.Sprintf("<p>A text of its own, which no other has: number %d.</p>", i))
}

// walkRecords are nodes that have all relations to several others.
func walkRecords() []news.Record {
	ref := func(kind string, i int) news.Ref { return news.Ref(fmt.Sprintf("%s:%d", kind, (i+walkSize)%walkSize)) }
	refs := func(kind string, indexes ...int) (list []news.Ref) {
		for _, i := range indexes {
			list = append(list, ref(kind, i))
		}
		return list
	}
	text, place := "A common text.", "LISBON"
	records := []news.Record{
		{Ref: "site:0", Site: &news.SiteRecord{
			Site: news.Site{Name: "Walk", URL: "https://walk.example", TimeZone: "Asia/Tokyo", DefaultLocale: "en",
				AllMenus: []news.Menu{{Location: "primary", Items: []news.MenuItem{{Label: "A", Target: "/a"}, {Label: "B", Target: "/b"}}}}},
			About: &news.AboutRecord{Heading: "About", Body: "<p>Us.</p>", Page: "page:30"}}},
		{Ref: "gone:0", Redirect: &news.RedirectRecord{From: "/gone"}},
	}
	for at := range walkSize {
		i := middle(at)
		head := func(kind string) news.Head {
			return news.Head{Title: fmt.Sprintf("Common %s %d", kind, i), Path: news.Path(fmt.Sprintf("/%s-%d", kind, i)),
				PublishedAt: now.Add(-time.Duration(at+1) * time.Hour)}
		}
		also := []news.ExternalRef{{System: "other", Value: fmt.Sprint(i)}}
		var category, page news.Ref // the parents
		if i >= 6 {
			category, page = ref("category", i-6), ref("page", i-6)
		}
		article := news.ArticleRecord{
			Article: news.Article{Head: head("article"), Kind: news.ArticleNews, Standfirst: &text, Dateline: &news.Dateline{Text: place, Place: &place}},
			Body:    walkText(i), Byline: []news.CreditRecord{{Author: ref("author", i)}, {Author: ref("author", i+1)}, {Name: "Nobody"}},
			Categories: refs("category", i, i+1, i+7), Topics: []news.TopicLink{{Topic: ref("topic", i)}, {Topic: ref("topic", i+1)}},
			LeadImage: ref("image", i), Related: news.Pins(refs("article", i+1, i+2, i+3)...), Events: refs("historicalevent", i, i+1),
			RedirectsFrom: []news.Path{news.Path(fmt.Sprintf("/old-article-%d", i))}, ExternalRefs: also,
		}
		german := article
		german.Head, german.TranslationOf, german.RedirectsFrom, german.ExternalRefs = head("artikel"), ref("article", i), nil, nil
		german.Locale, german.PublishedAt = "de", now.AddDate(-1, 0, 0)
		records = append(records,
			news.Record{Ref: ref("image", i), Image: &news.ImageRecord{Image: news.Image{File: "/media/x.png", MimeType: "image/png"}, Caption: "<p>Caption.</p>"}},
			news.Record{Ref: ref("author", i), Author: &news.AuthorRecord{Author: news.Author{Name: fmt.Sprintf("Common Author %02d", i)}, Bio: "<p>Bio.</p>", Portrait: ref("image", i)}},
			news.Record{Ref: ref("topic", i), Topic: &news.TopicRecord{Topic: news.Topic{Name: fmt.Sprintf("Common topic %02d", i), Kind: news.TopicSubject}, Image: ref("image", i)}},
			news.Record{Ref: ref("category", i), Category: &news.CategoryRecord{Category: news.Category{Name: fmt.Sprintf("Common category %02d", i), Path: news.Path(fmt.Sprintf("/category-%d/", i)), Position: at}, Parent: category}},
			news.Record{Ref: ref("page", i), Page: &news.PageRecord{Page: news.Page{Head: head("page")}, Body: "<p>Common.</p>", Parent: page, ExternalRefs: also}},
			news.Record{Ref: ref("historicalevent", i), Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: head("event"), IsSelected: true},
				Date: news.EDTF(fmt.Sprintf("%d-03-01", 1900+at)), Description: "<p>Common.</p>", Sources: []news.Citation{{Title: "One"}, {Title: "Two"}},
				Image: ref("image", i), Place: ref("topic", i+2), Topics: refs("topic", i, i+1), Categories: refs("category", i, i+1), ExternalRefs: also,
				DateClaims: []news.DateClaimRecord{{Date: "1890-03-02", PrintedIn: ref("article", i)}, {Date: "1891", Source: &news.Citation{Title: "Three"}}}}},
			news.Record{Ref: ref("article", i), Article: &article},
			news.Record{Ref: ref("german", i), Article: &german},
		)
	}
	return records
}
