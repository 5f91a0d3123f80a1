package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// unasked are the mutations of something that exists which ask for no revision, and why.
var unasked = map[string]string{
	"createPreviewToken": "the entry stays as it is",
	"createApiKey":       "makes something new, whose secret is shown once: a second call must not show it again",
	"revokeApiKey":       "ends a key for good, whatever it was",
}

// staleChange is a mutation that two people make at a time.
type staleChange struct {
	node      news.Ref // what the other one changes meanwhile; empty for the site
	meanwhile func(*news.Record)
	input     func(id func(news.Ref) string) m
	theirs    string // fields that the other one has changed
	both      string // and of these, those that the mutation would overwrite
}

func retitle(r *news.Record) {
	switch {
	case r.Site != nil:
		r.Site.Name = "Other"
	case r.Image != nil:
		r.Image.Credit = new("Other")
	case r.Author != nil:
		r.Author.Name = "Other"
	case r.Topic != nil:
		r.Topic.Name = "Other"
	case r.Category != nil:
		r.Category.Name = "Other"
	case r.Page != nil:
		r.Page.Title = "Other"
	case r.Article != nil:
		r.Article.Title = "Other"
	case r.Event != nil:
		r.Event.Title = "Other"
	}
}

// staleChanges are all mutations that ask for a revision.
var staleChanges = map[string]staleChange{
	"updateArticle":  {"w:a", retitle, of("w:a", m{"title": "Mine", "standfirst": "Mine"}), "title", "title"},
	"correctArticle": {"w:a", retitle, of("w:a", m{"kind": "CORRECTION", "notice": "Wrong.", "summary": "Mine"}), "title", ""},
	"updatePage":     {"w:p", retitle, of("w:p", m{"title": "Mine"}), "title", "title"},
	"submitEntry":    {"w:draft", retitle, of("w:draft", m{}), "title", ""},
	"returnEntry":    {"w:review", retitle, of("w:review", m{}), "title", ""},
	"publishEntry":   {"w:draft", retitle, of("w:draft", m{}), "title", ""},
	"unpublishEntry": {"w:a", retitle, of("w:a", m{}), "title", ""},
	"retractEntry": {"w:a", func(r *news.Record) {
		r.Article.Corrections = []news.Correction{{Kind: news.CorrectionUpdate, Notice: "More.", At: now}}
	},
		of("w:a", m{"notice": "Wrong."}), "corrections", "corrections"},
	"restoreRevision": {"w:a", retitle, of("w:a", m{"revision": 1}), "title", "title"},
	"deleteEntry":     {"w:a", retitle, of("w:a", m{}), "title", "title"},
	"pinRelated":      {"w:a", func(r *news.Record) { r.Article.Related = news.Pins("w:review") }, related, "related", "related"},
	"unpinRelated":    {"w:a", func(r *news.Record) { r.Article.Related = news.Pins("w:b", "w:review") }, related, "related", "related"},
	"hideRelated":     {"w:a", retitle, related, "title", ""},
	"updateCategory":  {"w:c", retitle, of("w:c", m{"name": "Mine"}), "name", "name"},
	"moveCategory":    {"w:d", func(r *news.Record) { r.Category.Parent = "w:c" }, of("w:d", m{"parentId": news.Ref("w:f")}), "parent", "parent"},
	"mergeCategories": {"w:c", retitle, merging("w:d", "w:c"), "name", ""},
	"deleteCategory":  {"w:d", retitle, of("w:d", m{}), "name", "name"},
	"updateTopic":     {"w:t", retitle, of("w:t", m{"name": "Mine", "description": "Mine"}), "name", "name"},
	"mergeTopics":     {"w:t", func(r *news.Record) { r.Topic.Aliases = []string{"Other"} }, merging("w:s", "w:t"), "aliases", "aliases"},
	"updateAuthor":    {"w:au", retitle, of("w:au", m{"name": "Mine"}), "name", "name"},
	"updateImage":     {"w:i", retitle, of("w:i", m{"credit": "Mine", "title": "Mine"}), "credit", "credit"},
	"updateSite":      {"", retitle, of("", m{"name": "Mine"}), "name", "name"},
	"updateMenu": {"", func(r *news.Record) {
		r.Site.AllMenus = []news.Menu{{Location: "foot", Items: []news.MenuItem{{Label: "A", Target: "/a/"}}}}
	}, of("", m{"location": "main", "items": []m{{"label": "B", "url": "/b/"}}}), "menus", "menus"},
	"updateHistoricalEvent": {"w:e", retitle, of("w:e", m{"title": "Mine", "significance": 9}), "title", "title"},
	"addDateClaim": {"w:e", func(r *news.Record) {
		if err := r.Event.Claim(news.DateClaimRecord{Date: "1998-01-01"}, false); err != nil {
			panic(err)
		}
	}, of("", m{"eventId": news.Ref("w:e"), "date": "1998-02-02"}), "dateClaims", "dateClaims"},
	"acceptDateClaim":       {"w:e", retitle, of("claim", m{}), "title", ""},
	"removeDateClaim":       {"w:e", retitle, of("claim", m{}), "title", ""},
	"mergeHistoricalEvents": {"w:e", retitle, merging("w:g", "w:e"), "title", ""},
}

// of is an input about one node.
func of(node news.Ref, in m) func(func(news.Ref) string) m {
	return func(id func(news.Ref) string) m {
		with := maps.Clone(in)
		for name, v := range in {
			if ref, ok := v.(news.Ref); ok {
				with[name] = id(ref)
			}
		}
		if node != "" {
			with["id"] = id(node)
		}
		return with
	}
}

func related(id func(news.Ref) string) m { return m{"articleId": id("w:a"), "relatedId": id("w:b")} }

func merging(source, target news.Ref) func(func(news.Ref) string) m {
	return func(id func(news.Ref) string) m {
		return m{"sources": []m{{"id": id(source), "expectedRevision": 1}}, "targetId": id(target)}
	}
}

func newRevisionNewsroom(t *testing.T) (*newsroom, func(news.Ref) string) {
	t.Helper()
	n := newNewsroom(t, graph.DefaultLimits)
	entry := func(ref news.Ref, title string, status news.EntryStatus) news.Record {
		return news.Record{Ref: ref, Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title, Status: status}}}}
	}
	happened := func(ref news.Ref, title string) news.Record {
		return news.Record{Ref: ref, Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: title}}, Date: "1999-01-02",
			DateClaims: []news.DateClaimRecord{{Date: "1999-01-03", Source: &news.Citation{Title: "Diary"}}}}}
	}
	section := func(ref news.Ref, name string) news.Record {
		return news.Record{Ref: ref, Category: &news.CategoryRecord{Category: news.Category{Name: name}}}
	}
	n.write(t, section("w:c", "World"), section("w:d", "Asia"), section("w:f", "Home"),
		news.Record{Ref: "w:t", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Peace"}}}, news.Record{Ref: "w:s", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Truce"}}},
		news.Record{Ref: "w:au", Author: &news.AuthorRecord{Author: news.Author{Name: "Ada"}}},
		news.Record{Ref: "w:i", Image: &news.ImageRecord{Image: news.Image{File: "/i.png", MimeType: "image/png"}}},
		news.Record{Ref: "w:p", Page: &news.PageRecord{Page: news.Page{Head: news.Head{Title: "About"}}}},
		entry("w:a", "Rain", news.StatusPublished), entry("w:b", "Snow", news.StatusPublished), entry("w:draft", "Hail", news.StatusDraft), entry("w:review", "Fog", news.StatusInReview),
		happened("w:e", "Flood"), happened("w:g", "Fire"))
	ids := n.ids(t)
	id := func(ref news.Ref) string {
		if ref != "claim" {
			return ids[ref].String()
		}
		var claim news.ID
		err := n.db.Query(t.Context(), engine.Stmt{SQL: `SELECT id FROM date_claims WHERE event_id = ? AND NOT is_accepted`, Args: []any{int64(ids["w:e"])},
			Scan: func(r *engine.Row) error { claim = news.ID(r.Int64()); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return claim.String()
	}
	return n.askedBy(t, editors), id
}

// inputOf is the input type of a mutation.
func inputOf(f *ast.FieldDefinition) *ast.Definition {
	a := f.Arguments.ForName("input")
	if a == nil || len(f.Arguments) != 1 {
		return nil
	}
	return schema().Types[a.Type.Name()]
}

func TestEveryChangeAsksForARevision(t *testing.T) {
	for _, f := range ownFields(schema().Mutation) {
		in := inputOf(f)
		if in == nil {
			t.Errorf("%s takes something else than an input", f.Name)
			continue
		}
		revision := in.Fields.ForName("expectedRevision")
		_, isTested := staleChanges[f.Name]
		switch {
		case revision != nil && revision.Type.String() != "Int!":
			t.Errorf("%s.expectedRevision may be left out", in.Name)
		case revision != nil && !isTested:
			t.Errorf("%s asks for a revision; say in staleChanges what happens when it is stale", f.Name)
		case revision == nil && in.Fields.ForName("idempotencyKey") == nil && unasked[f.Name] == "":
			t.Errorf("%s changes something that exists and asks for no revision (nor is it a creation with an idempotencyKey)", f.Name)
		}
	}
	for name := range staleChanges {
		if schema().Mutation.Fields.ForName(name) == nil {
			t.Errorf("there is no mutation %s", name)
		}
	}
}

// whatBecame selects all of a payload.
func whatBecame(f *ast.FieldDefinition) string {
	var selected []string
	for _, p := range ownFields(schema().Types[f.Type.Name()]) {
		switch {
		case p.Name == "userErrors":
			selected = append(selected, `userErrors { code path message ... on RevisionConflictError { currentRevision changedFields conflictingFields } }`)
		case schema().Types[p.Type.Name()].IsCompositeType():
			selected = append(selected, p.Name+` { __typename }`)
		default:
			selected = append(selected, p.Name)
		}
	}
	return strings.Join(selected, " ")
}

type conflictPayload struct {
	UserErrors []struct {
		Code, Message                    string
		Path                             []string
		CurrentRevision                  int
		ChangedFields, ConflictingFields []string
	}
}

// asked makes a mutation and gives what became of it, and whether anything was written.
func (n *newsroom) asked(t *testing.T, f *ast.FieldDefinition, in m) (p conflictPayload, wrote bool) {
	t.Helper()
	before, err := n.store.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	payload := n.changed(t, fmt.Sprintf(`mutation ($input: %s) { payload: %s(input: $input) { %s } }`, f.Arguments[0].Type, f.Name, whatBecame(f)), m{"input": in})
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.UserErrors) > 1 {
		t.Errorf("got %s", payload)
	}
	after, err := n.store.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, after != before
}

// TestStaleChanges: somebody else has changed the node since. Nothing is written, the fields are named, and the change goes
// through when it is made on the revision that is stored.
func TestStaleChanges(t *testing.T) {
	for name, c := range staleChanges {
		t.Run(name, func(t *testing.T) {
			n, id := newRevisionNewsroom(t)
			f := schema().Mutation.Fields.ForName(name)
			node := n.ids(t)[c.node]
			if c.node == "" {
				site, err := n.store.Site(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				node = site.ID
			}
			seen := n.revision(t, node.String())
			_, err := n.store.Save(t.Context(), store.Edit{ID: node, By: "Other", Change: func(r *news.Record) error { c.meanwhile(r); return nil }})
			if err != nil {
				t.Fatal(err)
			}
			in := c.input(id)
			for _, stale := range []int{seen, 0} {
				in["expectedRevision"] = stale
				p, wrote := n.asked(t, f, in)
				if wrote || len(p.UserErrors) != 1 {
					t.Fatalf("on revision %d: %+v, something was written: %t", stale, p, wrote)
				}
				e := p.UserErrors[0]
				if e.Code != "REVISION_CONFLICT" || strings.Join(e.Path, ".") != "input.expectedRevision" || e.CurrentRevision != seen+1 {
					t.Errorf("on revision %d: %+v", stale, e)
				}
				if stale > 0 && (strings.Join(e.ChangedFields, " ") != c.theirs || strings.Join(e.ConflictingFields, " ") != c.both) {
					t.Errorf("changed %q, conflicting %q; want %q and %q", e.ChangedFields, e.ConflictingFields, c.theirs, c.both)
				}
			}
			in["expectedRevision"] = seen + 1
			if p, wrote := n.asked(t, f, in); len(p.UserErrors) > 0 || !wrote {
				t.Errorf("on the revision that is stored: %+v, something was written: %t", p, wrote)
			}
		})
	}
}

// TestStaleSources: what a merge erases is as whoever merges has seen it.
func TestStaleSources(t *testing.T) {
	for name, refs := range map[string][2]news.Ref{"mergeCategories": {"w:c", "w:d"}, "mergeTopics": {"w:t", "w:s"}, "mergeHistoricalEvents": {"w:e", "w:g"}} {
		t.Run(name, func(t *testing.T) {
			n, id := newRevisionNewsroom(t)
			source := n.ids(t)[refs[1]]
			if _, err := n.store.Save(t.Context(), store.Edit{ID: source, By: "Other", Change: func(r *news.Record) error { retitle(r); return nil }}); err != nil {
				t.Fatal(err)
			}
			f := schema().Mutation.Fields.ForName(name)
			in := m{"targetId": id(refs[0]), "expectedRevision": 1, "sources": []m{{"id": id(refs[1]), "expectedRevision": 1}}}
			p, wrote := n.asked(t, f, in)
			if wrote || len(p.UserErrors) != 1 {
				t.Fatalf("got %+v, something was written: %t", p, wrote)
			}
			e := p.UserErrors[0]
			if e.Code != "REVISION_CONFLICT" || strings.Join(e.Path, ".") != "input.sources.0.expectedRevision" || e.CurrentRevision != 2 || len(e.ConflictingFields) != 1 {
				t.Errorf("got %+v", e)
			}
			in["sources"] = []m{{"id": id(refs[1]), "expectedRevision": 2}}
			if p, wrote := n.asked(t, f, in); len(p.UserErrors) > 0 || !wrote {
				t.Errorf("on the revision that is stored: %+v, something was written: %t", p, wrote)
			}
		})
	}
}

// TestRevisionsRise: the revision that a node shows is the one that its changes ask for.
func TestRevisionsRise(t *testing.T) {
	n, id := newRevisionNewsroom(t)
	const query = `query ($c: ID!, $t: ID!, $a: ID!, $i: ID!) { site { revision } category(ref: {id: $c}) { revision } topic(ref: {id: $t}) { revision } author(ref: {id: $a}) { revision }
		node(id: $i) { ... on Image { revision } } }`
	variables := m{"c": id("w:c"), "t": id("w:t"), "a": id("w:au"), "i": id("w:i")}
	shown := func() string { return string(n.ask(t, query, variables).must(t).Data) }
	want := func(revision int) string {
		return fmt.Sprintf(`{"site":{"revision":%[1]d},"category":{"revision":%[1]d},"topic":{"revision":%[1]d},"author":{"revision":%[1]d},"node":{"revision":%[1]d}}`, revision)
	}
	expect(t, shown(), want(1))
	for revision := range 2 {
		for mutation, in := range map[string]m{"updateSite": {}, "updateCategory": {"id": id("w:c")}, "updateTopic": {"id": id("w:t")}, "updateAuthor": {"id": id("w:au")}, "updateImage": {"id": id("w:i")}} {
			in["expectedRevision"] = revision + 1
			if mutation == "updateImage" {
				in["credit"] = fmt.Sprint("Name ", revision)
			} else {
				in["name"] = fmt.Sprint("Name ", revision)
			}
			if p, wrote := n.asked(t, schema().Mutation.Fields.ForName(mutation), in); len(p.UserErrors) > 0 || !wrote {
				t.Errorf("%s: %+v", mutation, p)
			}
		}
		expect(t, shown(), want(revision+2))
	}
}

// keepsNothing are fields of changes where null is the same as left out, because there is nothing stored that leaving out could keep.
var keepsNothing = []string{
	"UpdateArticleInput.revisionNote", "UpdatePageInput.revisionNote", "UpdateHistoricalEventInput.revisionNote", // of this revision alone
	"PublishEntryInput.publishAt",    // now, unless the caller says when
	"UnpublishEntryInput.redirectTo", // from now on
	"PinRelatedInput.position",       // of a pin that is made anew
	"AddDateClaimInput.source",       // of a claim that is new
	"AddDateClaimInput.note",         // likewise
	"AddDateClaimInput.printedInId",  // likewise
}

// TestLeftOutAndNullDiffer: a change tells what was left out from what was sent as null.
func TestLeftOutAndNullDiffer(t *testing.T) {
	bound := map[string]reflect.Type{}
	for _, in := range []any{input.UpdateArticleInput{}, input.CorrectArticleInput{}, input.UpdatePageInput{}, input.EntryStepInput{}, input.PublishEntryInput{}, input.UnpublishEntryInput{},
		input.RetractEntryInput{}, input.RestoreRevisionInput{}, input.PinRelatedInput{}, input.HideRelatedInput{}, input.RelatedInput{}, input.UpdateCategoryInput{}, input.MoveCategoryInput{}, input.MergeInput{},
		input.DeleteCategoryInput{}, input.UpdateTopicInput{}, input.UpdateAuthorInput{}, input.UpdateImageInput{}, input.UpdateSiteInput{}, input.UpdateMenuInput{},
		input.UpdateHistoricalEventInput{}, input.AddDateClaimInput{}, input.DateClaimInput{}} {
		bound[reflect.TypeOf(in).Name()] = reflect.TypeOf(in)
	}
	for _, f := range ownFields(schema().Mutation) {
		in := inputOf(f)
		if in == nil || in.Fields.ForName("expectedRevision") == nil {
			continue
		}
		of, ok := bound[in.Name]
		if !ok {
			t.Errorf("this test does not know the Go type of %s", in.Name)
			continue
		}
		for _, field := range in.Fields {
			name := in.Name + "." + field.Name
			if field.Type.NonNull || slices.Contains(keepsNothing, name) {
				continue
			}
			member, ok := of.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, field.Name) })
			if !ok || !strings.HasPrefix(member.Type.Name(), "Omittable[") {
				t.Errorf("%s does not tell null from left out: %v", name, member.Type)
			}
		}
	}
	for _, name := range keepsNothing {
		in, field, _ := strings.Cut(name, ".")
		if def := schema().Types[in]; def == nil || def.Fields.ForName(field) == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestWhatPublishingAndCorrectingKeep: an embargo is not lost because somebody left it out.
func TestWhatPublishingAndCorrectingKeep(t *testing.T) {
	n, id := newRevisionNewsroom(t)
	const entry = "entry { status } "
	later, end := now.AddDate(0, 0, 1), now.AddDate(0, 0, 9)
	expect(t, n.change(t, "publishEntry", "PublishEntryInput", entry, m{"id": id("w:draft"), "publishAt": later, "embargoUntil": later, "expiresAt": end}), `{"entry":{"status":"SCHEDULED"},"userErrors":[]}`)
	refusal(t, n.change(t, "publishEntry", "PublishEntryInput", entry, m{"id": id("w:draft")}), "INVALID", "input", "embargoUntil")
	expect(t, n.change(t, "publishEntry", "PublishEntryInput", entry, m{"id": id("w:draft"), "embargoUntil": nil}), `{"entry":{"status":"PUBLISHED"},"userErrors":[]}`)
	stored := func(ref news.Ref) *news.ArticleRecord {
		t.Helper()
		records, err := n.store.Records(t.Context(), []news.ID{n.ids(t)[ref]})
		if err != nil {
			t.Fatal(err)
		}
		return records[n.ids(t)[ref]].Article
	}
	if a := stored("w:draft"); !a.EmbargoUntil.IsZero() || !a.ExpiresAt.Equal(end) {
		t.Errorf("the schedule is %+v", a.Schedule)
	}
	correction := func(more m) m {
		in := m{"id": id("w:a"), "kind": "CORRECTION", "notice": "Wrong."}
		maps.Copy(in, more)
		return in
	}
	const article = "article { title standfirst } "
	expect(t, n.change(t, "correctArticle", "CorrectArticleInput", article, correction(m{"standfirst": "Wet.", "title": "Rain & wind"})), `{"article":{"title":"Rain & wind","standfirst":"Wet."},"userErrors":[]}`)
	expect(t, n.change(t, "correctArticle", "CorrectArticleInput", article, correction(m{})), `{"article":{"title":"Rain & wind","standfirst":"Wet."},"userErrors":[]}`)
	expect(t, n.change(t, "correctArticle", "CorrectArticleInput", article, correction(m{"standfirst": nil})), `{"article":{"title":"Rain & wind","standfirst":null},"userErrors":[]}`)
	refusal(t, n.change(t, "correctArticle", "CorrectArticleInput", article, correction(m{"title": nil})), "INVALID", "input.title", "cannot be cleared")
}

// filled are nodes that lack nothing that can be cleared.
func filled() []news.Record {
	text := func(s string) *string { return &s }
	return []news.Record{
		{Ref: "w:site", Site: &news.SiteRecord{Site: news.Site{Name: "Paper", Tagline: text("All of it"), URL: "https://paper.example", TimeZone: "Asia/Tokyo", DefaultLocale: "en", RelatedHalfLife: new(30),
			Locales: []news.Locale{"en", "de"}, SocialLinks: []news.URL{"https://social.example/p"}}, About: &news.AboutRecord{Heading: "Us", Body: "<p>We.</p>"}}},
		{Ref: "w:i", Image: &news.ImageRecord{Image: news.Image{File: "/i.png", MimeType: "image/webp", SizeInBytes: new(9), Width: new(8), Height: new(7), Title: text("Doves"),
			Credit: text("Ada"), AltText: text("Two doves")}, Caption: "<p>Doves.</p>"}},
		{Ref: "w:c", Category: &news.CategoryRecord{Category: news.Category{Name: "World"}}},
		{Ref: "w:d", Category: &news.CategoryRecord{Category: news.Category{Name: "Asia", Slug: "far", Description: text("Far."), Position: 3}, Parent: "w:c"}},
		{Ref: "w:t", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Peace", Slug: "calm", Kind: news.TopicSubject, Aliases: []string{"Calm"}, Description: text("No war."),
			SameAs: []news.URL{"https://www.wikidata.org/wiki/Q454"}}, Image: "w:i"}},
		{Ref: "w:au", Author: &news.AuthorRecord{Author: news.Author{Name: "Ada", Slug: "lady", JobTitle: text("Editor"), Links: []news.URL{"https://ada.example/"}}, Bio: "<p>Counts.</p>", Portrait: "w:i"}},
		{Ref: "w:p", Page: &news.PageRecord{Page: news.Page{Head: news.Head{Title: "About"}}, Body: "<p>Us.</p>"}},
		{Ref: "w:q", Page: &news.PageRecord{Page: news.Page{Head: news.Head{Title: "Staff", Slug: "people"}}, Body: "<p>Ada.</p>", Parent: "w:p"}},
		{Ref: "w:e", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Flood", Slug: "water"}, Kind: news.EventBirth, Verification: news.Verified, IsSelected: true},
			Date: "1999-01-02", Description: "<p>Wet.</p>", Significance: new(80), Sources: []news.Citation{{Title: "Gazette"}}, Place: "w:t", Image: "w:i", Topics: []news.Ref{"w:t"}, Categories: []news.Ref{"w:d"}}},
		{Ref: "w:b", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Regen", Locale: "de"}}}},
		{Ref: "w:a", Article: &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: "Rain", Slug: "wet"}, Kind: news.ArticleAnalysis, Standfirst: text("Wet."), EditorSummary: text("It rained."), IsSticky: true,
			Dateline: &news.Dateline{Text: "BASRA"}}, Body: "<p>It rained.</p>", Byline: []news.CreditRecord{{Name: "Ada"}}, PrimaryCategory: "w:d", Categories: []news.Ref{"w:c"}, Topics: []news.TopicLink{{Topic: "w:t"}},
			LeadImage: "w:i", Events: []news.Ref{"w:e"}, TranslationOf: "w:b", IsNotSyndicatable: true}},
	}
}

// TestNullClears: a change that names no field changes nothing; a field sent as null is cleared, or refused where nothing can be without it.
func TestNullClears(t *testing.T) {
	refused := []string{"title", "name", "url", "timeZone", "defaultLocale"}
	for mutation, node := range map[string]news.Ref{"updateSite": "", "updateImage": "w:i", "updateCategory": "w:d", "moveCategory": "w:d", "updateTopic": "w:t", "updateAuthor": "w:au", "updatePage": "w:q",
		"updateHistoricalEvent": "w:e", "updateArticle": "w:a", "correctArticle": "w:a"} {
		t.Run(mutation, func(t *testing.T) {
			n := newNewsroom(t, graph.DefaultLimits)
			n.write(t, filled()...)
			n = n.askedBy(t, editors)
			id := n.ids(t)[node].String()
			f := schema().Mutation.Fields.ForName(mutation)
			ask := func(more m) (conflictPayload, bool) {
				if node != "" {
					more["id"] = id
				}
				if mutation == "correctArticle" {
					more["kind"], more["notice"] = "UPDATE", "More."
				}
				more["expectedRevision"] = n.revision(t, changedBy(more))
				return n.asked(t, f, more)
			}
			if p, wrote := ask(m{}); len(p.UserErrors) > 0 || wrote != (mutation == "correctArticle") {
				t.Errorf("without fields: %+v, something was written: %t", p, wrote)
			}
			for _, field := range inputOf(f).Fields {
				if field.Type.NonNull || field.Name == "revisionNote" {
					continue
				}
				p, wrote := ask(m{field.Name: nil})
				told := len(p.UserErrors) == 1 && strings.Join(p.UserErrors[0].Path, ".") == "input."+field.Name
				mustTell := slices.Contains(refused, field.Name) && mutation+field.Name != "updateImagetitle"
				if told != mustTell || wrote == mustTell || !told && len(p.UserErrors) > 0 {
					t.Errorf("%s: null: %+v, something was written: %t", field.Name, p, wrote)
				}
			}
		})
	}
}
