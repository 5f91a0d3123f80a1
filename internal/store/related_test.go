package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// relatedNewsroom has articles with random pins, hides and computed lists.
type relatedNewsroom struct {
	*newsroom
	*rand.Rand
	ids      []news.ID
	records  map[news.ID]*news.ArticleRecord
	computed map[news.ID]relate.List
}

const relatedArticles = 14

func newRelatedNewsroom(t *testing.T, seed uint64) *relatedNewsroom {
	n := &relatedNewsroom{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(seed, 3)), records: map[news.ID]*news.ArticleRecord{}, computed: map[news.ID]relate.List{}}
	name := func(i int) news.Ref { return news.Ref(fmt.Sprint("w:", i)) }
	records := []news.Record{category("w:c", "World", "")}
	for i := range relatedArticles {
		records = append(records, article(name(i), fmt.Sprint("Article ", i), func(a *news.ArticleRecord) {
			a.PublishedAt = noon.Add(-time.Duration(i) * time.Hour)
			a.Locale = []news.Locale{"en", "en", "de"}[i%3]
			if i%5 == 4 {
				a.Status = news.StatusDraft
			}
			if i%2 == 0 {
				a.Categories = []news.Ref{"w:c"}
			}
			for _, j := range n.Perm(relatedArticles)[:n.IntN(4)] {
				p := news.Pin{Article: name(j), IsMutual: n.IntN(2) == 0}
				if n.IntN(4) == 0 {
					p.ExpiresAt = noon.Add(time.Duration(n.IntN(3)-1) * time.Hour)
				}
				if n.IntN(3) == 0 {
					p.Note = fmt.Sprint("Because of ", j)
				}
				a.Related = append(a.Related, p)
			}
			for _, j := range n.Perm(relatedArticles)[:n.IntN(3)] {
				a.Hidden = append(a.Hidden, news.Hide{Article: name(j), IsMutual: n.IntN(2) == 0})
			}
		}))
	}
	n.bring(news.Created, records...)
	n.finish()
	for i := range relatedArticles {
		n.ids = append(n.ids, n.id(name(i)))
	}
	all, err := n.Records(context.Background(), n.ids)
	if err != nil {
		t.Fatal(err)
	}
	for id, r := range all {
		n.records[id] = r.Article
	}
	n.compute()
	return n
}

// compute stores random lists.
func (n *relatedNewsroom) compute() {
	ctx := context.Background()
	if err := n.OwnRelated(ctx, "test"); err != nil {
		n.t.Fatal(err)
	}
	var w RelatedWrite
	for i, id := range n.ids {
		var list relate.List
		score := 9000
		for _, j := range n.Perm(relatedArticles) {
			if j == i || n.IntN(3) == 0 {
				continue
			}
			score -= n.IntN(3) * 500 // some are equal
			r := relate.Related{ID: n.ids[j], Score: max(score, 1), Reasons: []news.RelatedReason{{Kind: news.ReasonTextSimilarity, Contribution: max(score, 1), Terms: []string{"rain", "雨"}}}}
			if n.records[n.ids[j]].Locale == n.records[id].Locale {
				list.Own = append(list.Own, r)
			} else {
				list.Other = append(list.Other, r)
			}
		}
		n.computed[id] = list
		w.Lists = append(w.Lists, RelatedList{ID: id, Ranking: "1.1", List: list})
	}
	if err := n.WriteRelated(ctx, "test", w); err != nil {
		n.t.Fatal(err)
	}
}

// hides says whether an article's editors do not want another beside it; both asks for mutual hides only.
func (n *relatedNewsroom) hides(a, b news.ID, mutual bool) bool {
	for _, h := range n.records[a].Hidden {
		if n.id(h.Article) == b && (h.IsMutual || !mutual) {
			return true
		}
	}
	return false
}

// entry is what a reader sees of one.
type entry struct {
	ID     news.ID
	Score  float64
	Pinned bool
	Note   string
}

// want is a list by a plain look at everything.
func (n *relatedNewsroom) want(of news.ID, preview bool, f *news.RelatedFilter) (list []entry) {
	now := n.clock.now()
	seen := map[news.ID]bool{of: true}
	shows := func(id news.ID) bool {
		r := n.records[id]
		if !preview && r.Status != news.StatusPublished {
			return false
		}
		if f == nil {
			return true
		}
		inWorld := slices.ContainsFunc(r.Categories, func(c news.Ref) bool { return c == "w:c" })
		at := cmp.Or(r.PublishedAt.UnixMilli(), r.PublishAt.UnixMilli())
		if r.PublishedAt.IsZero() {
			at = r.UpdatedAt.UnixMilli()
		}
		return (f.Categories == nil || inWorld) && !slices.Contains(f.ExcludeIds, id) && (f.PublishedAt == nil || at >= f.PublishedAt.From.UnixMilli())
	}
	pin := func(other news.ID, p news.Pin, hidden bool) {
		if !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(now) {
			return
		}
		if !hidden && !seen[other] && shows(other) {
			list = append(list, entry{other, 1, true, p.Note})
		}
		seen[other] = true // a pin that is void does not come back as something else
	}
	for _, p := range n.records[of].Related {
		other := n.id(p.Article)
		pin(other, p, n.hides(of, other, false) || n.hides(other, of, !p.IsMutual))
	}
	type mutual struct {
		position int
		from     news.ID
		pin      news.Pin
	}
	var others []mutual
	for from, r := range n.records {
		for i, p := range r.Related {
			if p.IsMutual && n.id(p.Article) == of {
				others = append(others, mutual{i, from, p})
			}
		}
	}
	slices.SortFunc(others, func(a, b mutual) int { return cmp.Or(a.position-b.position, int(a.from-b.from)) })
	for _, m := range others {
		pin(m.from, m.pin, n.hides(of, m.from, false) || n.hides(m.from, of, false))
	}
	var computed []relate.Related
	computed = append(computed, n.computed[of].Own...)
	if f != nil && f.AnyLocale {
		computed = append(computed, n.computed[of].Other...)
	}
	slices.SortStableFunc(computed, func(a, b relate.Related) int { return b.Score - a.Score })
	for _, r := range computed {
		score := float64(r.Score) / 10_000
		if !seen[r.ID] && !n.hides(of, r.ID, false) && !n.hides(r.ID, of, true) && shows(r.ID) && (f == nil || score >= f.MinScore) {
			list = append(list, entry{r.ID, score, false, ""})
		}
	}
	return list
}

// TestRelatedLists compares what readers see, page by page and in both directions, with a plain look at everything, and looks
// for mutual pins that only one of both shows.
func TestRelatedLists(t *testing.T) {
	ctx := context.Background()
	mutual, filtered := 0, 0
	for seed := range uint64(12) {
		n := newRelatedNewsroom(t, seed)
		preview := n.As(&news.Caller{Name: "Ada", Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentEdit}, BodyDepth: news.BodyFull}})
		for _, f := range []*news.RelatedFilter{nil, {AnyLocale: true}, {MinScore: .7}, {MinScore: 1}, {Categories: &news.TermFilter{AnyOf: []*news.TermRef{{ID: new(n.id("w:c"))}}}},
			{AnyLocale: true, ExcludeIds: n.ids[:5]}, {PublishedAt: &news.DateTimeRange{From: new(noon.Add(-6 * time.Hour))}, MinScore: .2}} {
			for name, reader := range map[string]*Reader{"published": n.Reader, "preview": preview} {
				for _, of := range n.ids {
					want := n.want(of, name == "preview", f)
					for _, backward := range []bool{false, true} {
						got := walkRelated(t, reader, of, f, news.Window{Limit: 1 + n.IntN(4), Backward: backward}, len(want))
						if !reflect.DeepEqual(got, want) {
							t.Fatalf("seed %d, %s, %s, filter %+v, backward %v:\n%+v\nwant\n%+v", seed, name, of, f, backward, got, want)
						}
						filtered += len(got)
					}
				}
			}
		}
		found, err := preview.RelatedArticles(ctx, n.ids, nil, news.Window{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		shows := func(a, b news.ID) bool {
			return slices.ContainsFunc(found[a].Edges, func(e *news.RelatedArticleEdge) bool { return e.Node.ID == b && e.IsPinned })
		}
		for id, r := range n.records {
			for _, p := range r.Related {
				if other := n.id(p.Article); p.IsMutual && shows(id, other) != shows(other, id) && p.ExpiresAt.IsZero() {
					if own := slices.ContainsFunc(n.records[other].Related, func(q news.Pin) bool { return n.id(q.Article) == id }); !own { // which stands for itself
						t.Errorf("seed %d: only one of %s and %s shows the other", seed, id, other)
					}
				} else if p.IsMutual && shows(id, other) {
					mutual++
				}
			}
		}
	}
	if mutual < 20 || filtered < 1000 {
		t.Errorf("only %d mutual pins and %d entries", mutual, filtered)
	}
}

// walkRelated reads a list page by page.
func walkRelated(t *testing.T, reader *Reader, of news.ID, f *news.RelatedFilter, w news.Window, total int) (list []entry) {
	t.Helper()
	for {
		found, err := reader.RelatedArticles(context.Background(), []news.ID{of}, f, w)
		if err != nil {
			t.Fatal(err)
		}
		c := found[of]
		var page []entry
		for i, e := range c.Edges {
			page = append(page, entry{e.Node.ID, e.Score, e.IsPinned, ""})
			if e.Note != nil {
				page[i].Note = *e.Note
			}
			if e.IsPinned != (e.Position != nil) || len(e.Parts) == 0 || e.Cursor == "" {
				t.Fatalf("%+v", e)
			}
		}
		if n, err := c.TotalCount(context.Background()); err != nil || n != total {
			t.Fatalf("totalCount is %d, %v, want %d", n, err, total)
		}
		more, next := c.PageInfo.HasNextPage, c.PageInfo.EndCursor
		if w.Backward {
			list, more, next = append(page, list...), c.PageInfo.HasPreviousPage, c.PageInfo.StartCursor
		} else {
			list = append(list, page...)
		}
		if !more {
			return list
		}
		w.Cursor = *next
	}
}

func TestPinsComeBackUnchanged(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	at := noon.Add(time.Hour)
	pins := []news.Pin{{Article: "w:b", Note: "Both sides", ExpiresAt: at, IsMutual: true}, {Article: "w:c"}, {Article: "w:late", Note: "Not there yet", IsMutual: true}}
	hides := []news.Hide{{Article: "w:d", IsMutual: true}, {Article: "w:later", IsMutual: true}}
	n.bring(news.Created, article("w:b", "B"), article("w:c", "C"), article("w:d", "D"), article("w:a", "A", func(a *news.ArticleRecord) { a.Related, a.Hidden = pins, hides }))
	a := n.id("w:a")
	compare := func(when string) {
		t.Helper()
		records, err := n.Records(ctx, []news.ID{a})
		if err != nil {
			t.Fatal(err)
		}
		if r := records[a].Article; !reflect.DeepEqual(r.Related, pins) || !reflect.DeepEqual(r.Hidden, hides) {
			t.Errorf("%s: %+v %+v", when, r.Related, r.Hidden)
		}
	}
	compare("imported")
	edit := func(change func(*news.ArticleRecord)) Saved {
		t.Helper()
		saved, err := n.Save(ctx, Edit{ID: a, By: "Ada", Change: func(r *news.Record) error { change(r.Article); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	edit(func(r *news.ArticleRecord) { r.Title = "A2" })
	compare("saved while two have not come")
	n.bring(news.Created, article("w:late", "Late"), article("w:later", "Later"))
	n.finish()
	pins[2].Article, hides[1].Article = "w:late", "w:later"
	if saved := edit(func(*news.ArticleRecord) {}); saved.Seq != 0 {
		t.Error("nothing was changed and something was saved")
	}
	before := edit(func(r *news.ArticleRecord) { r.Related = nil }).Revision
	if _, err := n.Restore(ctx, Step{ID: a, By: "Ada"}, before-1); err != nil {
		t.Fatal(err)
	}
	compare("restored")
	changes, err := n.AllChanges(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := changes[len(changes)-1]
	if !slices.Contains(last.Tags, n.id("w:b")) || !slices.Contains(last.ChangedFields, "related") {
		t.Errorf("the journal does not say whose lists changed: %+v", last)
	}
	removed := edit(func(r *news.ArticleRecord) { r.Related, r.Hidden = nil, nil })
	changes, err = n.AllChanges(ctx, removed.Seq-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if tags := changes[0].Tags; !slices.Contains(tags, n.id("w:b")) || !slices.Contains(tags, n.id("w:d")) {
		t.Errorf("the journal does not say whose lists lost something: %v", tags)
	}
	n.check()
}

func TestReasonsAreStored(t *testing.T) {
	reasons := []news.RelatedReason{
		{Kind: news.ReasonSharedTopics, Contribution: 4321, IDs: []news.ID{1 << 62, 7}}, {Kind: news.ReasonTextSimilarity, Contribution: 100, Terms: []string{"", "جسر", "bridge"}},
		{Kind: news.ReasonInTextLink, Contribution: 1},
	}
	packed := packReasons(reasons)
	got, err := unpackReasons(packed)
	if err != nil || !reflect.DeepEqual(got, reasons) {
		t.Fatalf("%+v, %v", got, err)
	}
	whole := map[int]bool{0: true} // a reason ends there
	for i := range reasons {
		whole[len(packReasons(reasons[:i+1]))] = true
	}
	for i := range packed {
		if _, err := unpackReasons(packed[:i]); (err == nil) != whole[i] {
			t.Errorf("the first %d bytes: %v", i, err)
		}
	}
	if _, err := unpackReasons([]byte{200, 1, 0, 0}); err == nil {
		t.Error("an unknown reason was read")
	}
	for _, place := range []struct {
		score, rank int
		other       bool
	}{{10_000, 0, false}, {10_000, 19, true}, {9_999, 0, false}, {1, 127, true}, {0, 0, false}} {
		if got := scoreOf(relatedPlace(place.score, place.rank, place.other)); got != place.score {
			t.Errorf("%+v has the score %d", place, got)
		}
	}
}

// TestOneOwner: who was deposed writes nothing, and equal lists are not written again.
func TestOneOwner(t *testing.T) {
	ctx := context.Background()
	n := newRelatedNewsroom(t, 1)
	at := n.number(`SELECT max(seq) FROM changes`)
	w := RelatedWrite{Lists: []RelatedList{{ID: n.ids[0], Ranking: "1.1", List: n.computed[n.ids[0]]}}}
	if err := n.WriteRelated(ctx, "test", w); err != nil || n.number(`SELECT max(seq) FROM changes`) != at {
		t.Errorf("an equal list is told of: %v", err)
	}
	w.Lists[0].Own = nil
	if err := n.WriteRelated(ctx, "test", w); err != nil {
		t.Fatal(err)
	}
	changes, err := n.AllChanges(ctx, at, 10)
	if err != nil || len(changes) != 1 || changes[0].IsPublic || !slices.Equal(changes[0].Tags, n.ids[:1]) {
		t.Errorf("%+v, %v", changes, err)
	}
	public, err := n.As(&news.Caller{Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentEdit, news.ScopeKeysManage}}}).Changes(ctx, at, nil, 10)
	if err != nil || len(public.Changes) != 0 {
		t.Errorf("editors are told of it: %v, %v", public, err)
	}
	if err := n.OwnRelated(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	w.Lists[0].Other = nil
	if err := n.WriteRelated(ctx, "test", w); !errors.Is(err, ErrDeposed) {
		t.Errorf("a deposed owner writes: %v", err)
	}
	n.check()
}
