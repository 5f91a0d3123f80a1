package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func draft(title string, edits ...func(*news.ArticleRecord)) func(*news.Record) error {
	return func(r *news.Record) error {
		r.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title, Status: news.StatusDraft}}, Body: "<p>Text.</p>"}
		for _, edit := range edits {
			edit(r.Article)
		}
		return nil
	}
}

func (n *newsroom) save(e Edit) Saved {
	n.t.Helper()
	if e.By == "" {
		e.By = "Ada"
	}
	saved, err := n.Save(context.Background(), e)
	if err != nil {
		n.t.Fatal(err)
	}
	return saved
}

// record reads one node.
func (n *newsroom) record(id news.ID) news.Record {
	n.t.Helper()
	records, err := n.Records(context.Background(), []news.ID{id})
	if err != nil {
		n.t.Fatal(err)
	}
	return records[id]
}

func (n *newsroom) journalOf(id news.ID) string {
	return n.text(`SELECT version || ' ' || kind || ' ' || coalesce(fields, '-') || ' ' || coalesce(by, '-') FROM changes WHERE subject = ? ORDER BY version`, int64(id))
}

// TestRecordsComeBackUnchanged imports a newsroom, reads every node as a record and saves it again: nothing changes.
func TestRecordsComeBackUnchanged(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World & more", ""), category("w:d", "Asia", "w:c"), topic("w:t", "Peace"), author("w:au", "Ada <b>Ada</b>"),
		image("w:i", "/media/i.svg"), page("w:p", "About", func(p *news.PageRecord) { p.RedirectsFrom = []news.Path{"/us/"} }),
		page("w:q", "Staff", func(p *news.PageRecord) { p.Parent = "w:p" }),
		event("w:e", "Flood", "1999-01-02", func(e *news.EventRecord) {
			e.Topics, e.Place, e.Categories = []news.Ref{"w:t"}, "w:t", []news.Ref{"w:d"}
		}),
		article("w:b", "Snow"),
		article("w:a", "1 &lt; 2", func(a *news.ArticleRecord) {
			a.Categories, a.Topics, a.Events, a.Related = []news.Ref{"w:d", "w:c"}, []news.TopicLink{{Topic: "w:t"}}, []news.Ref{"w:e"}, news.Pins("w:b", "w:later")
			a.Byline, a.LeadImage = []news.CreditRecord{{Author: "w:au"}, {Name: "Bob", Role: news.RoleEditor}, {Author: "w:nobody"}}, "w:i"
			a.Hidden, a.TranslationOf, a.Locale = news.Hides("w:b"), "w:b", "de"
			a.ExternalRefs = []news.ExternalRef{{System: "old", Value: "7"}}
			a.Corrections = []news.Correction{{Kind: news.CorrectionUpdate, Notice: "More.", At: noon}}
			a.EmbargoUntil, a.ExpiresAt, a.IsNotSyndicatable = noon.AddDate(0, -1, 0), noon.AddDate(1, 0, 0), true
		}))
	site, err := n.Site(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	position, _ := n.Position(context.Background())
	for _, sql := range []string{`SELECT id FROM articles`, `SELECT id FROM pages`, `SELECT id FROM events`, `SELECT id FROM categories`, `SELECT id FROM topics`,
		`SELECT id FROM authors`, `SELECT id FROM images`, fmt.Sprint(`SELECT `, int64(site.ID))} {
		for _, number := range n.numbers(sql) {
			before := n.record(news.ID(number))
			saved := n.save(Edit{ID: news.ID(number), Change: func(*news.Record) error { return nil }})
			if saved.Seq != 0 {
				t.Errorf("%s was changed by an edit that changes nothing", news.ID(number))
			}
			// Written again in full, it is the same but for the time.
			n.save(Edit{ID: news.ID(number), Change: func(r *news.Record) error { r.Ref = before.Ref; bump(r); return nil }})
			n.save(Edit{ID: news.ID(number), Change: func(r *news.Record) error { unbump(r); return nil }})
			if got, want := fmt.Sprint(asFields(n.record(news.ID(number)))), fmt.Sprint(asFields(before)); got != want {
				t.Errorf("%s came back as\n%s\nwas\n%s", news.ID(number), got, want)
			}
		}
	}
	if after, _ := n.Position(context.Background()); after == position {
		t.Error("nothing was written")
	}
	n.check()
}

// bump changes something in any record, and unbump takes it back.
func bump(r *news.Record)   { nudge(r, func(s string) string { return s + "x" }) }
func unbump(r *news.Record) { nudge(r, func(s string) string { return strings.TrimSuffix(s, "x") }) }

func nudge(r *news.Record, f func(string) string) {
	switch {
	case r.Site != nil:
		r.Site.Name = f(r.Site.Name)
	case r.Image != nil:
		r.Image.File = news.URL(f(string(r.Image.File)))
	case r.Author != nil:
		r.Author.Name = f(r.Author.Name)
	case r.Topic != nil:
		r.Topic.Name = f(r.Topic.Name)
	case r.Category != nil:
		r.Category.Name = f(r.Category.Name)
	default:
		h := headOf(r)
		h.Title = f(h.Title)
	}
}

// TestPublishNow has a clock that goes on between any two looks at it, as real ones do.
func TestPublishNow(t *testing.T) {
	n := newNewsroom(t)
	n.Store.now = func() time.Time {
		n.clock.advance(time.Millisecond)
		return n.clock.now()
	}
	made := n.save(Edit{Change: draft("Rain in Basra")})
	if _, err := n.Publish(context.Background(), Step{ID: made.ID, Expected: 1, By: "Bob"}, news.Schedule{}); err != nil {
		t.Fatal(err)
	}
	if a := n.record(made.ID).Article; a.Status != news.StatusPublished {
		t.Errorf("the article is %s, want it published at once", a.Status)
	}
}

func TestLifeOfAnArticle(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	made := n.save(Edit{Change: draft("Rain in Basra", func(a *news.ArticleRecord) { a.Body = "<p>Wet <script>x</script>streets.</p>" }), Note: "first"})
	if made.Revision != 1 || made.ID.Kind() != news.KindArticle {
		t.Fatalf("made %+v", made)
	}
	if found, _ := n.Articles(ctx, []news.ID{made.ID}); len(found) != 0 {
		t.Error("a draft is visible")
	}
	step := func(expected int) Step { return Step{ID: made.ID, Expected: expected, By: "Bob"} }
	n.clock.advance(time.Hour)
	published, err := n.Publish(ctx, step(1), news.Schedule{})
	if err != nil || published.Revision != 2 {
		t.Fatal(published, err)
	}
	a := n.record(made.ID).Article
	if a.Status != news.StatusPublished || !a.PublishedAt.Equal(n.clock.now()) || a.Body != "<p>Wet streets.</p>" || a.Path != "/rain-in-basra/" {
		t.Errorf("published as %+v", a)
	}
	_, err = n.Publish(ctx, step(2), news.Schedule{})
	if refused, ok := errors.AsType[*news.Transition](err); !ok || refused.From != news.StatusPublished {
		t.Errorf("publishing twice: %v", err)
	}
	n.clock.advance(time.Hour)
	n.save(Edit{ID: made.ID, Expected: 2, Change: func(r *news.Record) error { r.Article.Slug = "Basra rain"; return nil }})
	if route, err := n.Route(ctx, "/rain-in-basra/"); err != nil || route.State != RouteMoved || route.Current != "/basra-rain/" {
		t.Errorf("the old path is %+v, %v", route, err)
	}
	if _, err := n.Retract(ctx, step(3), "It was wrong."); err != nil {
		t.Fatal(err)
	}
	if route, err := n.Route(ctx, "/basra-rain/"); err != nil || route.State != RouteGone || *route.Reason != "It was wrong." {
		t.Errorf("the retracted path is %+v, %v", route, err)
	}
	want := "1 CREATED [\"body\",\"createdAt\",\"slug\",\"status\",\"title\"] Ada\n2 PUBLISHED [\"publishedAt\",\"status\"] Bob\n3 MOVED [\"slug\"] Ada\n4 RETRACTED [\"corrections\",\"status\"] Bob"
	got := n.journalOf(made.ID)
	if strings.TrimSpace(got) != strings.ReplaceAll(want, `"body","createdAt","slug","status","title"`, `"body","status","title"`) {
		t.Errorf("the journal has\n%s", got)
	}
	restored, err := n.Restore(ctx, step(4), 1)
	if err != nil {
		t.Fatal(err)
	}
	content, err := n.Revision(ctx, made.ID, 1)
	var first news.Record
	if err != nil || json.Unmarshal(content, &first) != nil || first.Article.Title != "Rain in Basra" || first.Article.Body != "<p>Wet streets.</p>" {
		t.Errorf("the first revision is %s, %v (restored as %+v)", content, err, restored)
	}
	n.check()
}

func TestConflicts(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	id := n.save(Edit{Change: draft("Rain")}).ID
	n.save(Edit{ID: id, Expected: 1, Change: func(r *news.Record) error { r.Article.Title, r.Article.Standfirst = "Snow", new("White."); return nil }})
	_, err := n.Save(ctx, Edit{ID: id, Expected: 1, By: "Bob", Change: func(r *news.Record) error { r.Article.Title, r.Article.Body = "Hail", "<p>Hard.</p>"; return nil }})
	conflict, ok := errors.AsType[*news.RevisionConflict](err)
	if !ok || fmt.Sprint(conflict.Both, conflict.Theirs, conflict.Current) != "[title] [standfirst title] 2" {
		t.Errorf("got %+v (%v)", conflict, err)
	}
	other := n.save(Edit{Change: draft("Rain")}).ID // its slug gets a number
	_, err = n.Save(ctx, Edit{ID: other, By: "Bob", Change: func(r *news.Record) error { r.Article.Slug = "rain"; return nil }})
	if taken, ok := errors.AsType[*news.SlugTaken](err); !ok || taken.Suggestion != "rain-2" {
		t.Errorf("got %v", err)
	}
	if _, err := n.Save(ctx, Edit{ID: other, By: "Bob", Change: func(r *news.Record) error { r.Article.LeadImage = "dateline:img_0000000008000"; return nil }}); news.KindOf(err) != news.NotFound {
		t.Errorf("an image that is not there: %v", err)
	}
	if _, err := n.Save(ctx, Edit{ID: id + 1000, By: "Bob", Change: func(r *news.Record) error { return nil }}); news.KindOf(err) != news.NotFound {
		t.Errorf("an article that is not there: %v", err)
	}
	n.check()
}

// TestConflictsNobodyWroteDown: after an import or a trimming of the journal any field may have changed.
func TestConflictsNobodyWroteDown(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, topic("w:t", "Peace"))
	id := n.id("w:t")
	n.bring(news.Updated, topic("w:t", "Truce"))
	describe := func(r *news.Record) error { r.Topic.Description = new("No shots."); return nil }
	conflictOf := func(err error) *news.RevisionConflict {
		t.Helper()
		conflict, ok := errors.AsType[*news.RevisionConflict](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		return conflict
	}
	_, err := n.Save(ctx, Edit{ID: id, Expected: 1, By: "Ada", Change: describe})
	if c := conflictOf(err); fmt.Sprint(c.Both, c.Theirs) != "[description] [description kind locale name path redirectsFrom slug]" {
		t.Errorf("after an import: %v, %v", c.Both, c.Theirs)
	}
	_, err = n.DeleteCategory(ctx, Step{ID: id, Expected: 1, By: "Ada"})
	if news.KindOf(err) != news.NotFound {
		t.Errorf("a topic as a category: %v", err)
	}
	other := n.save(Edit{Change: draft("Rain")}).ID
	n.save(Edit{ID: other, Change: func(r *news.Record) error { r.Article.Standfirst = new("Wet."); return nil }})
	_, err = n.Delete(ctx, Step{ID: other, Expected: 1, By: "Ada"})
	if c := conflictOf(err); fmt.Sprint(c.Both, c.Theirs) != "[standfirst] [standfirst]" {
		t.Errorf("erasing: %v, %v", c.Both, c.Theirs)
	}
	// What is no longer possible is a conflict too: the reason is what somebody else has done.
	published, err := n.Publish(ctx, Step{ID: other, Expected: 2, By: "Ada"}, news.Schedule{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Publish(ctx, Step{ID: other, Expected: 2, By: "Bob"}, news.Schedule{})
	if c := conflictOf(err); c.Current != published.Revision || fmt.Sprint(c.Both, c.Theirs) != "[] [publishedAt status]" {
		t.Errorf("published by two: %+v", *c)
	}
	n.clock.advance(time.Hour)
	n.save(Edit{ID: id, Change: describe})
	if err := n.Trim(ctx, 0); err != nil {
		t.Fatal(err)
	}
	_, err = n.Save(ctx, Edit{ID: id, Expected: 2, By: "Ada", Change: func(r *news.Record) error { r.Topic.Name = "Calm"; return nil }})
	if c := conflictOf(err); fmt.Sprint(c.Both) != "[]" || fmt.Sprint(c.Theirs) != "[description]" {
		t.Errorf("the last change is kept: %+v", *c)
	}
	_, err = n.Save(ctx, Edit{ID: other, Expected: 1, By: "Ada", Change: func(r *news.Record) error { r.Article.Title = "Hail"; return nil }})
	if c := conflictOf(err); fmt.Sprint(c.Both) != "[title]" {
		t.Errorf("after a trimming: %+v", *c)
	}
}

func TestCreationsWithAKey(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	first := n.save(Edit{Key: "k", Change: draft("Rain")})
	n.clock.advance(time.Minute)
	if again := n.save(Edit{Key: "k", Change: draft("Rain")}); again.ID != first.ID {
		t.Error("a repeated creation made something new")
	}
	if _, err := n.Save(ctx, Edit{Key: "k", By: "Ada", Change: draft("Snow")}); news.KindOf(err) != news.Invalid {
		t.Errorf("the key again for something else: %v", err)
	}
	if other := n.save(Edit{Key: "k", By: "Bob", Change: draft("Rain")}); other.ID == first.ID {
		t.Error("keys of two callers are the same")
	}
}

// TestClock lets entries come and go in the order due, however late.
func TestClock(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	at := func(hours int) time.Time { return n.clock.now().Add(time.Duration(hours) * time.Hour) }
	later, expiring := n.save(Edit{Change: draft("Later")}).ID, n.save(Edit{Change: draft("Expiring")}).ID
	if _, err := n.Publish(ctx, Step{ID: later, By: "Ada"}, news.Schedule{PublishAt: at(2)}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Publish(ctx, Step{ID: expiring, By: "Ada"}, news.Schedule{ExpiresAt: at(1)}); err != nil {
		t.Fatal(err)
	}
	due1, due2 := at(1), at(2)
	if next, ok, err := n.NextDue(ctx, n.clock.now()); err != nil || !ok || !next.Equal(due1) {
		t.Errorf("next due %v %v %v", next, ok, err)
	}
	if due, err := n.DueEntries(ctx, n.clock.now(), 10); err != nil || len(due) != 0 {
		t.Errorf("due already: %v %v", due, err)
	}
	n.clock.advance(10 * time.Hour)
	due, err := n.DueEntries(ctx, n.clock.now(), 10)
	if err != nil || fmt.Sprint(due) != fmt.Sprint([]Due{{expiring, due1}, {later, due2}}) {
		t.Fatalf("due are %v, %v", due, err)
	}
	for range 2 { // the second time does nothing
		for _, d := range due {
			if _, err := n.Tick(ctx, d.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a := n.record(later).Article; a.Status != news.StatusPublished || !a.PublishedAt.Equal(due2) || !a.PublishAt.IsZero() {
		t.Errorf("the scheduled one is %+v", a.Head)
	}
	if a := n.record(expiring).Article; a.Status != news.StatusUnpublished {
		t.Errorf("the expiring one is %+v", a.Head)
	}
	if got := n.number(`SELECT count(*) FROM changes WHERE by = 'schedule'`); got != 2 {
		t.Errorf("the clock wrote %d times", got)
	}
	if _, ok, err := n.NextDue(ctx, n.clock.now()); ok || err != nil {
		t.Errorf("something is due still (%v)", err)
	}
	n.check()
}

// TestPublishNowIsNow: the clock goes on while a batch is made.
func TestPublishNowIsNow(t *testing.T) {
	n := newNewsroom(t)
	saved := n.save(Edit{Change: draft("Flood")})
	ticking := func() time.Time {
		n.clock.advance(time.Millisecond)
		return n.clock.now()
	}
	n.Store.now = ticking
	if _, err := n.Publish(context.Background(), Step{ID: saved.ID, By: "Ada"}, news.Schedule{}); err != nil {
		t.Fatal(err)
	}
	if got, want := n.text(`SELECT kind FROM changes WHERE subject = ? AND version = 2`, int64(saved.ID)), "PUBLISHED"; got != want {
		t.Errorf("the article that was published now is %s; want %s", got, want)
	}
}
