package news_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestWindow(t *testing.T) {
	n, s := func(n int) *int { return &n }, func(s string) *string { return &s }
	for _, tt := range []struct {
		p    news.Paging
		want news.Window
		bad  bool
	}{
		{p: news.Paging{}, want: news.Window{Limit: 20}},
		{p: news.Paging{First: n(5)}, want: news.Window{Limit: 5}},
		{p: news.Paging{First: n(0)}, want: news.Window{Limit: 0}},
		{p: news.Paging{First: n(100)}, want: news.Window{Limit: 100}},
		{p: news.Paging{Last: n(5)}, want: news.Window{Limit: 5, Backward: true}},
		{p: news.Paging{After: s("a")}, want: news.Window{Limit: 20, Cursor: "a"}},
		{p: news.Paging{Before: s("b")}, want: news.Window{Limit: 20, Cursor: "b", Backward: true}},
		{p: news.Paging{First: n(5), Before: s("b")}, want: news.Window{Limit: 5, Bound: "b"}},
		{p: news.Paging{Last: n(5), After: s("a")}, want: news.Window{Limit: 5, Bound: "a", Backward: true}},
		{p: news.Paging{First: n(5), After: s("a"), Before: s("b")}, want: news.Window{Limit: 5, Cursor: "a", Bound: "b"}},
		{p: news.Paging{Last: n(5), After: s("a"), Before: s("b")}, want: news.Window{Limit: 5, Cursor: "b", Bound: "a", Backward: true}},
		{p: news.Paging{After: s("a"), Before: s("b")}, want: news.Window{Limit: 20, Cursor: "b", Bound: "a", Backward: true}},
		{p: news.Paging{First: n(5), Last: n(5)}, bad: true},
		{p: news.Paging{First: n(-1)}, bad: true},
		{p: news.Paging{Last: n(-1)}, bad: true},
		{p: news.Paging{First: n(101)}, bad: true},
		{p: news.Paging{Last: n(1 << 31)}, bad: true},
		{p: news.Paging{After: s("")}, bad: true},
		{p: news.Paging{Last: n(1), Before: s("")}, bad: true},
		{p: news.Paging{First: n(1), Before: s("")}, bad: true},
	} {
		name := fmt.Sprintf("%+v", tt.want)
		got, err := tt.p.Window(20)
		if tt.bad {
			if news.KindOf(err) != news.Invalid || err == nil {
				t.Errorf("%+v was taken for %+v (%v)", tt.p, got, err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%+v (%v), want %s", got, err, name)
		}
	}
}

func TestConnection(t *testing.T) {
	a, b := &news.Article{}, &news.Article{IsSticky: true}
	failed := errors.New("no")
	c := &news.ArticleConnection{Edges: []*news.ArticleEdge{{Cursor: "1", Node: a}, {Cursor: "2", Node: b}},
		Count: func(context.Context) (int, error) { return 7, failed }}
	if nodes := c.Nodes(); len(nodes) != 2 || nodes[0] != a || nodes[1] != b {
		t.Errorf("%v", nodes)
	}
	var seen []any
	c.Each(func(n any) { seen = append(seen, n) })
	if len(seen) != 2 || seen[0] != any(a) || seen[1] != any(b) {
		t.Errorf("%v", seen)
	}
	if n, err := c.TotalCount(t.Context()); n != 7 || err != failed {
		t.Errorf("%d %v", n, err)
	}
	if nodes := new(news.ArticleConnection).Nodes(); nodes == nil || len(nodes) != 0 {
		t.Error("the nodes of an empty page are not an empty list")
	}
}

func TestErrors(t *testing.T) {
	for err, want := range map[error]news.Kind{
		news.Invalidf("%q is no day", "x"):                            news.Invalid,
		fmt.Errorf("import: %w", news.NotFoundf("no page %d", 7)):     news.NotFound,
		errors.Join(errors.New("a"), &news.Error{Kind: news.Limited}): news.Limited,
		errors.New("disk"): news.Internal,
	} {
		if got := news.KindOf(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
	if err := news.Invalidf("%q is no day", "x"); err.Error() != `"x" is no day` {
		t.Error(err)
	}
	if news.KindOf(nil) != news.Internal {
		t.Error("no error has a kind of its own: callers must look at it first")
	}
}

func TestEntries(t *testing.T) {
	for _, e := range []news.Entry{&news.Article{}, &news.Page{}, &news.HistoricalEvent{}} {
		h := e.GetHead()
		h.ID, h.Path = 7, "/a/"
		if e.NodeID() != 7 || e.Address() != "/a/" {
			t.Errorf("%T: %v %v", e, e.NodeID(), e.Address())
		}
	}
	for _, s := range []news.EntryStatus{news.StatusDraft, news.StatusInReview, news.StatusScheduled, news.StatusPublished, news.StatusUnpublished, news.StatusRetracted} {
		if !s.Known() {
			t.Errorf("%s is unknown", s)
		}
	}
	for _, s := range []news.EntryStatus{"", "published", "DELETED"} {
		if s.Known() {
			t.Errorf("%q is known", s)
		}
	}
}

func TestRecordCheck(t *testing.T) {
	article := func(edit func(*news.ArticleRecord)) news.Record {
		a := &news.ArticleRecord{}
		edit(a)
		return news.Record{Ref: "w:a", Article: a}
	}
	event := func(edit func(*news.EventRecord)) news.Record {
		e := &news.EventRecord{}
		edit(e)
		return news.Record{Ref: "w:e", Event: e}
	}
	for name, r := range map[string]news.Record{
		"nothing":     {Ref: "w:a"},
		"two things":  {Ref: "w:a", Image: &news.ImageRecord{}, Redirect: &news.RedirectRecord{}},
		"zone":        {Ref: "w:a", Site: &news.SiteRecord{Site: news.Site{TimeZone: "Mars/Olympus"}}},
		"page status": {Ref: "w:a", Page: &news.PageRecord{Page: news.Page{Head: news.Head{Status: "LIVE"}}}},
		"topic kind":  {Ref: "w:a", Topic: &news.TopicRecord{Topic: news.Topic{Kind: "X"}}},
		"kind":        article(func(a *news.ArticleRecord) { a.Kind = "POEM" }), "status": article(func(a *news.ArticleRecord) { a.Status = "LIVE" }),
		"role": article(func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{Name: "A", Role: "KING"}} }), "no name": article(func(a *news.ArticleRecord) { a.Byline = []news.CreditRecord{{}} }),
		"source": article(func(a *news.ArticleRecord) { a.Topics = []news.TopicLink{{Topic: "w:t", Source: "X"}} }), "no topic": article(func(a *news.ArticleRecord) { a.Topics = []news.TopicLink{{}} }),
		"event kind": event(func(e *news.EventRecord) { e.Kind = "X" }), "verification": event(func(e *news.EventRecord) { e.Verification = "X" }), "event status": event(func(e *news.EventRecord) { e.Status = "X" }),
	} {
		if err := r.Check(); news.KindOf(err) != news.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]news.Record{
		"image": {Image: &news.ImageRecord{}}, "author": {Author: &news.AuthorRecord{}}, "topic": {Topic: &news.TopicRecord{}}, "category": {Category: &news.CategoryRecord{}}, "page": {Page: &news.PageRecord{}},
		"site": {Site: &news.SiteRecord{}}, "redirect": {Redirect: &news.RedirectRecord{}}, "event": event(func(*news.EventRecord) {}),
		"article": article(func(a *news.ArticleRecord) {
			a.Kind, a.Status, a.Byline, a.Topics = news.ArticleVideo, news.StatusDraft, []news.CreditRecord{{Author: "w:au"}}, []news.TopicLink{{Topic: "w:t"}}
		}),
	} {
		if err := r.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
