package graph_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// key makes an API key and gives its secret.
func (n *newsroom) key(t testing.TB, g news.Grant) (secret string) {
	t.Helper()
	if g.BodyDepth == "" {
		g.BodyDepth = news.BodyFull
	}
	s := access.NewSecret()
	if _, err := n.store.CreateKey(t.Context(), news.APIKey{Name: "Test", Prefix: s.Prefix(), Grant: g}, s.Hash()); err != nil {
		t.Fatal(err)
	}
	return s.Reveal()
}

// as is the newsroom as the holder of a key asks it.
func (n *newsroom) as(secret string) *newsroom {
	other := *n
	other.authorization = "Bearer " + secret
	return &other
}

// A visitor is a caller of the tests below: what its key allows, and how entries are kept from it. Hide makes the head of an
// entry invisible to it.
type visitor struct {
	name   string
	grant  func(ids map[news.Ref]news.ID) news.Grant // nil for no key
	hide   func(i int, r *news.Record)
	limits bool // whether what it does not see may be published
}

var fullRead = []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}

// secret is a section in which nothing is granted.
const secret news.Ref = "category:secret"

// unpublish hides by a status.
func unpublish(i int, r *news.Record) {
	h := headOf(r)
	if h.Status = hiddenStatuses[i%len(hiddenStatuses)]; h.Status == news.StatusPublished {
		h.PublishedAt = now.AddDate(0, 0, 1)
	}
}

func headOf(r *news.Record) *news.Head {
	switch {
	case r.Article != nil:
		return &r.Article.Head
	case r.Page != nil:
		return &r.Page.Head
	case r.Event != nil:
		return &r.Event.Head
	}
	return nil
}

var visitors = []visitor{
	{name: "anonymous", hide: unpublish},
	{name: "a key for what is published", hide: unpublish, grant: func(map[news.Ref]news.ID) news.Grant { return news.Grant{Scopes: fullRead} }},
	{name: "summaries only", hide: unpublish, grant: func(map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, BodyDepth: news.BodySummary}
	}},
	{name: "titles only", hide: unpublish, grant: func(map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, BodyDepth: news.BodyNone}
	}},
	{name: "a section", limits: true, hide: inSecret, grant: func(ids map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, Categories: []news.ID{ids["category:3"]}}
	}},
	{name: "two sections", limits: true, hide: inSecret, grant: func(ids map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, Categories: []news.ID{ids["category:9"], ids["category:2"]}}
	}},
	{name: "a language", limits: true, hide: inFrench, grant: func(map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, Locales: []news.Locale{"en"}}
	}},
	{name: "what may be syndicated", limits: true, hide: notSyndicated, grant: func(map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, SyndicatableOnly: true}
	}},
	{name: "a section in preview", limits: true, hide: func(i int, r *news.Record) { inSecret(i, r); unpublish(i, r) }, grant: func(ids map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: append([]news.Scope{news.ScopeContentPreview}, fullRead...), Categories: []news.ID{ids["category:3"]}}
	}},
	{name: "everything limited", limits: true, grant: func(ids map[news.Ref]news.ID) news.Grant {
		return news.Grant{Scopes: fullRead, Categories: []news.ID{ids["category:3"], ids["category:5"]}, Locales: []news.Locale{"en", "de"}, SyndicatableOnly: true, BodyDepth: news.BodySummary}
	}, hide: func(i int, r *news.Record) {
		[]func(int, *news.Record){unpublish, inSecret, inFrench, notSyndicated}[i/7%4](i, r)
	}},
}

func inSecret(_ int, r *news.Record) {
	switch {
	case r.Article != nil:
		r.Article.Categories = []news.Ref{secret}
	case r.Event != nil:
		r.Event.Categories = []news.Ref{secret}
	}
}

func inFrench(_ int, r *news.Record) { headOf(r).Locale = "fr" }

func notSyndicated(i int, r *news.Record) {
	if r.Article == nil {
		unpublish(i, r) // only articles have the mark
		return
	}
	r.Article.IsNotSyndicatable = true
}

// twoNewsrooms have the same visible content, and one has hidden siblings of everything. They are asked as the visitor.
func (v visitor) twoNewsrooms(t *testing.T) (with, without *walk) {
	t.Helper()
	hiddenSection := news.Record{Ref: secret, Category: &news.CategoryRecord{Category: news.Category{Name: "Common secret section", Path: "/secret/", Position: 99}}}
	french := news.Record{Ref: "french:0", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Commun", Locale: "fr", PublishedAt: now.AddDate(-3, 0, 0)}}, Body: "<p>Un.</p>"}}
	make := func(drop bool) *walk {
		visible, hidden := visibilityRecords()
		for i := range hidden {
			h := headOf(&hidden[i])
			h.Status, h.PublishedAt = news.StatusPublished, now.Add(-1)
			v.hide(i, &hidden[i])
		}
		records := append([]news.Record{hiddenSection, french}, hidden...)
		if drop {
			records, visible = records[:2], withoutHidden(visible)
		}
		n := newNewsroom(t, noLimits)
		n.write(t, slices.Concat(records, visible)...)
		ids := n.ids(t)
		if v.limits {
			n.giveLists(t, ids)
		} else {
			n.relate(t)
		}
		if v.grant != nil {
			n = n.as(n.key(t, v.grant(ids)))
		}
		return &walk{t: t, newsroom: n, schema: schema(), ids: ids, seen: map[string]bool{}}
	}
	return make(false), make(true)
}

var randomQueryCount = flag.Int("queries", 300, "how many random queries each visitor asks")

// TestNobodySeesATrace asks, as each visitor, for all there is, in random queries: the answers, their errors and the statements
// behind them must be those of a newsroom that has nothing to hide.
func TestNobodySeesATrace(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("asks some thousand queries")
	}
	for i, v := range visitors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			with, without := v.twoNewsrooms(t)
			q := &randomQueries{walk: with, rand: rand.New(rand.NewPCG(uint64(i), 11)), limits: v.limits}
			q.hidden = hiddenRefs(t, with, without)
			withErrors, found := 0, 0
			for range *randomQueryCount {
				query := q.next()
				answers := q.both(query, with, without)
				if bytes.Contains(answers[0].body, []byte(marker)) && !bytes.Contains([]byte(query), []byte(marker)) {
					t.Errorf("hidden text in the answer to %s\n%s", query, answers[0].body)
				}
				if len(answers[0].Errors) > 0 {
					withErrors++
				} else if len(answers[0].Data) > 100 {
					found++
				}
				a, b := readable(t, with.ids, answers[0].body), readable(t, without.ids, answers[1].body)
				if !bytes.Equal(a, b) {
					t.Fatalf("hidden entries change the answer to %s\n%s", query, difference(a, b))
				}
				// After an error fields beside it may or may not be asked for: they run at the same time.
				if x, y := statements(answers[0]), statements(answers[1]); x != y && len(answers[0].Errors) == 0 {
					t.Fatalf("hidden entries change the statements of %s\n%s\nwith\n%s\nwithout\n%s", query, difference([]byte(x), []byte(y)), x, y)
				}
			}
			t.Logf("%d answers with errors, %d with content, %d pairs of cursors", withErrors, found, len(q.cursors))
			if found < *randomQueryCount/5 || len(q.cursors) == 0 {
				t.Error("the queries find too little to show anything")
			}
		})
	}
}

// hiddenRefs are the refs that only the newsroom with hidden entries knows, without those that are retracted: the schema
// promises that their paths say so.
func hiddenRefs(t *testing.T, with, without *walk) (refs []news.Ref) {
	gone := map[news.ID]bool{}
	err := with.newsroom.db.Query(t.Context(), engine.Stmt{SQL: `SELECT subject FROM paths WHERE state = 'GONE' AND subject IS NOT NULL`,
		Scan: func(r *engine.Row) error { gone[news.ID(r.Int64())] = true; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for ref, id := range with.ids {
		if _, ok := without.ids[ref]; !ok && !gone[id] {
			refs = append(refs, ref)
		}
	}
	slices.Sort(refs)
	return refs
}

// statements are the texts of the statements of an answer with the rows they gave, in any order: fields run at the same time.
func statements(a answer) string {
	var texts []string
	for _, s := range a.Extensions.Explain.SQL {
		texts = append(texts, fmt.Sprintf("%d rows: %s", s.Rows, strings.Join(strings.Fields(s.Text), " ")))
	}
	slices.Sort(texts)
	return granted.ReplaceAllString(strings.Join(texts, "\n"), "GRANTED")
}

// granted are the ids of a grant, which differ from newsroom to newsroom.
var granted = regexp.MustCompile(`\b[0-9]{15,}\b`)

// randomQueries makes queries that are right by the schema. Ids stand in them as «REF», cursors as «N».
type randomQueries struct {
	*walk
	rand    *rand.Rand
	hidden  []news.Ref
	limits  bool
	cursors [][2]string // pairs that stood at the same place of two answers
	aliases int
}

var placeholder = regexp.MustCompile(`«([^»]*)»`)

// both asks two newsrooms the same. An id that the second does not know is one that nothing has.
func (q *randomQueries) both(query string, with, without *walk) (answers [2]answer) {
	for i, in := range []*walk{with, without} {
		text := placeholder.ReplaceAllStringFunc(query, func(p string) string {
			name := strings.Trim(p, "«»")
			if n, err := strconv.Atoi(name); err == nil {
				return q.cursors[n][i]
			}
			if id, ok := in.ids[news.Ref(name)]; ok {
				return id.String()
			}
			return (1<<22 | with.ids[news.Ref(name)]&(1<<22-1)).String() // of the same type, made in another year
		})
		answers[i] = in.newsroom.ask(q.t, text, nil)
	}
	found := [2][]string{}
	for i, a := range answers {
		for _, c := range cursorPattern.FindAllString(string(a.body), -1) {
			found[i] = append(found[i], strings.Trim(c, `"`))
		}
	}
	if len(found[0]) == len(found[1]) && len(q.cursors) < 2000 {
		for i := range found[0] {
			q.cursors = append(q.cursors, [2]string{found[0][i], found[1][i]})
		}
	}
	return answers
}

func (q *randomQueries) next() string {
	var roots []string
	// The journal counts what it holds, and says what was taken away; see TestHiddenChanges.
	fields := slices.DeleteFunc(ownFields(q.schema.Query), func(f *ast.FieldDefinition) bool { return f.Name == "changes" })
	for range 1 + q.rand.IntN(2) {
		if s := q.field(fields[q.rand.IntN(len(fields))], 4); s != "" {
			roots = append(roots, s)
		}
	}
	if len(roots) == 0 {
		return q.next()
	}
	return "{ " + strings.Join(roots, " ") + " }"
}

func (q *randomQueries) field(f *ast.FieldDefinition, depth int) string {
	target := q.schema.Types[f.Type.Name()]
	below := ""
	switch {
	case f.Name == "changes": // its cursors count what is hidden, too; see TestHiddenChangesOfEveryCaller
		return ""
	case f.Name == "apiKey" || q.limits && (f.Name == "score" || f.Name == "contribution"): // secrets differ; scores are reckoned over all that is published
		return ""
	case target.IsCompositeType() && depth == 0:
		return ""
	case target.IsCompositeType():
		below = q.selection(target, depth)
	}
	q.aliases++
	return fmt.Sprintf("f%d: %s%s%s", q.aliases, f.Name, q.arguments(f), below)
}

func (q *randomQueries) selection(def *ast.Definition, depth int) string {
	selected := []string{"__typename"}
	for _, possible := range q.possible(def) {
		fields := ownFields(possible)
		var inner []string
		for range 2 + q.rand.IntN(4) {
			d := depth - 1
			if isPaging(possible) {
				d = depth
			}
			if s := q.field(fields[q.rand.IntN(len(fields))], d); s != "" {
				inner = append(inner, s)
			}
		}
		if isPaging(possible) && q.rand.IntN(2) == 0 {
			for _, name := range []string{"totalCount", "cursor"} {
				if f := possible.Fields.ForName(name); f != nil {
					inner = append(inner, q.field(f, 0))
				}
			}
		}
		if len(inner) > 0 {
			selected = append(selected, "... on "+possible.Name+" { "+strings.Join(inner, " ")+" }")
		}
	}
	return " { " + strings.Join(selected, " ") + " }"
}

func (q *randomQueries) arguments(f *ast.FieldDefinition) string {
	var given []string
	paged := q.rand.IntN(3)
	for _, a := range f.Arguments {
		value := ""
		switch a.Name {
		case "first":
			if paged != 0 {
				value = fmt.Sprint(q.rand.IntN(7))
			}
		case "last":
			if paged == 0 {
				value = fmt.Sprint(q.rand.IntN(5))
			}
		case "after", "before":
			if len(q.cursors) > 0 && q.rand.IntN(8) == 0 {
				value = fmt.Sprintf(`"«%d»"`, q.rand.IntN(len(q.cursors)))
			}
		case "orderBy":
			switch {
			case f.Name == "search" && q.limits:
				value = "NEWEST"
			case q.rand.IntN(2) == 0:
				value = q.random(a.Type, 3)
			}
		default:
			if a.Type.NonNull && a.DefaultValue == nil || q.rand.IntN(3) == 0 {
				value = q.random(a.Type, 3)
			}
		}
		if value != "" {
			given = append(given, a.Name+": "+value)
		}
	}
	if given == nil {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// random is a literal of a type; what names an entry names a hidden one half of the time.
func (q *randomQueries) random(t *ast.Type, depth int) string {
	if t.Elem != nil {
		var list []string
		for range q.rand.IntN(4) {
			list = append(list, q.random(t.Elem, depth))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	def := q.schema.Types[t.Name()]
	switch def.Kind {
	case ast.Enum:
		return def.EnumValues[q.rand.IntN(len(def.EnumValues))].Name
	case ast.InputObject:
		return q.object(def, depth)
	}
	choose := func(of ...string) string { return of[q.rand.IntN(len(of))] }
	text := func(of ...string) string { return strconv.Quote(choose(of...)) }
	ref := q.anyRef()
	_, number, _ := strings.Cut(string(ref), ":")
	switch def.Name {
	case "ID":
		return `"«` + string(ref) + `»"`
	case "Path":
		address := strings.ReplaceAll(strings.ReplaceAll(string(ref), marker+":", marker+"-"), ":", "-")
		return text("/"+address, "/"+address+"/", "/old/"+address, "/gone", "/secret/", "/category-9/")
	case "String":
		return text("common", "text", marker, marker[:4]+"*", "secret", "section", "primary", "wp", "other", number, "secret-section",
			strings.ReplaceAll(string(ref), ":", "-"), "common-category-09", "common author*")
	}
	literals := map[string][]string{"Int": {"-1", "0", "1", "3", "50", "99", "1940"}, "Float": {"0", "0.5", "1"}, "Boolean": {"true", "false"},
		"Date": {`"2026-03-01"`, `"2026-02-28"`, `"2025-01-01"`, `"2027-12-31"`, `"2028-02-29"`}, "Locale": {`"en"`, `"de"`, `"fr"`},
		"DateTime": {`"2026-01-01T00:00:00Z"`, `"2026-02-28T12:00:00Z"`, `"2026-03-02T00:00:00Z"`}, "TimeZone": {`"UTC"`, `"Asia/Tokyo"`},
		"MonthDay": {`"03-01"`, `"02-28"`, `"02-29"`, `"12-31"`}}
	return choose(literals[def.Name]...)
}

func (q *randomQueries) object(def *ast.Definition, depth int) string {
	fields := slices.Clone(def.Fields)
	q.rand.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	oneOf := def.Directives.ForName("oneOf") != nil
	var given []string
	for _, f := range fields {
		recurses := q.schema.Types[f.Type.Name()].Kind == ast.InputObject
		switch {
		case recurses && depth == 0 && !f.Type.NonNull:
			continue
		case oneOf && len(given) == 1, !oneOf && !f.Type.NonNull && len(given) >= 2:
			continue
		case f.DefaultValue != nil && q.rand.IntN(2) == 0:
			continue
		}
		given = append(given, f.Name+": "+q.random(f.Type, depth-1))
	}
	return "{" + strings.Join(given, ", ") + "}"
}

func (q *randomQueries) anyRef() news.Ref {
	if q.rand.IntN(2) == 0 {
		return q.hidden[q.rand.IntN(len(q.hidden))]
	}
	kinds := []string{"article", "german", "page", "historicalevent", "category", "topic", "author", "image"}
	return news.Ref(fmt.Sprintf("%s:%d", kinds[q.rand.IntN(len(kinds))], q.rand.IntN(walkSize)))
}
