package curator

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
	"github.com/dateline-cms/dateline/internal/store"
)

// newsroom is a database with the curator of a server, led by hand.
type newsroom struct {
	*store.Store
	t        testing.TB
	db       *sqlite.DB
	file     string
	curator  *Curator
	position int64 // to which the curator was led
}

func clock() time.Time { return time.Now() }

func newNewsroom(t testing.TB) *newsroom {
	t.Helper()
	return openNewsroom(t, filepath.Join(t.TempDir(), "site.db"))
}

func openNewsroom(t testing.TB, file string) *newsroom {
	t.Helper()
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(context.Background(), db, clock)
	if err != nil {
		t.Fatal(err)
	}
	return &newsroom{Store: s, t: t, db: db, file: file}
}

func (n *newsroom) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// begin starts a curator, as a server does that was started just now.
func (n *newsroom) begin() {
	n.t.Helper()
	n.curator = New(n.Store, slog.New(slog.NewTextHandler(failLog{n.t}, nil)), clock)
	ctx := context.Background()
	n.must(n.curator.own(ctx))
	n.must(n.curator.start(ctx))
	followed, err := n.Followed(ctx, Follower)
	n.must(err)
	n.position = followed
}

type failLog struct{ t testing.TB }

func (l failLog) Write(line []byte) (int, error) {
	l.t.Errorf("logged: %s", line)
	return len(line), nil
}

// follow leads the curator to the end of the journal.
func (n *newsroom) follow() {
	n.t.Helper()
	ctx := context.Background()
	for {
		changes, err := n.AllChanges(ctx, n.position, 100)
		n.must(err)
		if len(changes) == 0 {
			return
		}
		n.must(n.curator.handle(ctx, changes))
		n.position = changes[len(changes)-1].Seq
		n.must(n.Follow(ctx, Follower, n.position))
	}
}

// settled leads the curator to the end, and lets it do what it does in the background.
func (n *newsroom) settled() {
	n.t.Helper()
	for did := true; did; {
		n.follow()
		var err error
		did, err = n.curator.step(context.Background())
		n.must(err)
	}
}

// list is a stored list as text: score and reasons of each entry.
func (n *newsroom) lists() map[news.ID][]string {
	n.t.Helper()
	found := map[news.ID][]string{}
	n.must(n.db.Query(context.Background(), engine.Stmt{SQL: `SELECT node_id, place, related_id, hex(reasons) FROM related_entries ORDER BY node_id, place`,
		Scan: func(r *engine.Row) error {
			id := news.ID(r.Int64())
			found[id] = append(found[id], fmt.Sprintf("%d %s %s", r.Int64(), news.ID(r.Int64()), r.Text()))
			return nil
		}}))
	return found
}

// rebuilt are the lists of the content as it is now, by the statistics in use.
func (n *newsroom) rebuilt() map[news.ID][]string {
	n.t.Helper()
	ctx := context.Background()
	st, err := n.RelatedState(ctx)
	n.must(err)
	stored, err := n.RelatedStatistics(ctx)
	n.must(err)
	statistics := map[news.IDKind]*relate.Statistics{}
	for kind, content := range stored {
		statistics[kind] = &relate.Statistics{}
		n.must(statistics[kind].UnmarshalBinary(content))
	}
	e := newEdition(st.Number, st.HalfLife, statistics)
	fresh := newCurator(n.Store, n.curator.log, clock, servers, 1)
	var all []news.ID
	for _, kind := range store.RelatedKinds {
		n.must(fresh.eachPage(ctx, kind, func(ids []news.ID) error {
			all = append(all, ids...)
			return e.loadSources(ctx, fresh, ids)
		}))
	}
	found := map[news.ID][]string{}
	profiles, err := e.profiles(ctx, fresh, all)
	n.must(err)
	hidden, err := n.HiddenRelated(ctx, all)
	n.must(err)
	for _, id := range all {
		list := e.indexes[id.Kind()].Related(profiles[id].profile, hidden[id])
		for _, part := range [][]relate.Related{list.Own, list.Other} {
			for _, r := range part {
				found[id] = append(found[id], r.ID.String())
			}
		}
	}
	return found
}

// same compares what following gave with what rebuilding gives.
func (n *newsroom) same() {
	n.t.Helper()
	stored, want := n.lists(), n.rebuilt()
	got := map[news.ID][]string{}
	for id, list := range stored {
		for _, entry := range list {
			got[id] = append(got[id], strings.Fields(entry)[1])
		}
	}
	for _, m := range []map[news.ID][]string{got, want} {
		for _, list := range m {
			slices.Sort(list) // the stored order is by place, which the store tests
		}
	}
	if !reflect.DeepEqual(got, want) {
		for id := range want {
			if !slices.Equal(got[id], want[id]) {
				n.t.Errorf("%s: following gave\n%v\nrebuilding\n%v", id, got[id], want[id])
			}
		}
		for id := range got {
			if want[id] == nil {
				n.t.Errorf("%s has a list and should have none", id)
			}
		}
		n.t.FailNow()
	}
}

// writer makes random changes of a newsroom, as editors would.
type writer struct {
	*newsroom
	*rand.Rand
	articles, events, topics, categories, authors []news.ID
}

var vocabulary = strings.Fields(`harbour ferry bridge council budget school river flood storm market election mayor museum theatre concert league final coach
	vaccine hospital nurse strike union railway station tunnel airport runway forest fire drought harvest wheat orchard wine festival museum archive treaty border`)

func (w *writer) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = vocabulary[int(w.ExpFloat64()*8)%len(vocabulary)]
	}
	return strings.Join(words, " ")
}

func (w *writer) some(of []news.ID, most int) (refs []news.Ref) {
	for range w.IntN(most + 1) {
		if len(of) > 0 {
			refs = append(refs, news.RefOf(of[w.IntN(len(of))]))
		}
	}
	return refs
}

func (w *writer) save(e store.Edit) news.ID {
	w.t.Helper()
	e.By = "Ada"
	saved, err := w.Save(context.Background(), e)
	w.must(err)
	return saved.ID
}

func (w *writer) found() {
	for i := range 6 {
		w.topics = append(w.topics, w.save(store.Edit{Change: func(r *news.Record) error {
			r.Topic = &news.TopicRecord{Topic: news.Topic{Name: fmt.Sprint("Topic ", i), Kind: news.TopicSubject}}
			return nil
		}}))
		w.categories = append(w.categories, w.save(store.Edit{Change: func(r *news.Record) error {
			r.Category = &news.CategoryRecord{Category: news.Category{Name: fmt.Sprint("Category ", i)}}
			return nil
		}}))
		w.authors = append(w.authors, w.save(store.Edit{Change: func(r *news.Record) error {
			r.Author = &news.AuthorRecord{Author: news.Author{Name: fmt.Sprint("Author ", i)}}
			return nil
		}}))
	}
}

func (w *writer) fill(a *news.ArticleRecord) {
	a.Title = strings.ToUpper(w.text(1)) + " " + w.text(3)
	a.Body = news.HTML("<p>" + w.text(20+w.IntN(60)) + ".</p>")
	for range w.IntN(3) { // links to what is there, and to what will be
		a.Body += news.HTML(fmt.Sprintf(`<p><a href="/a%d/">more</a></p>`, w.IntN(50)))
	}
	a.Categories, a.Events, a.Topics = w.some(w.categories, 2), w.some(w.events, 1), nil
	for _, t := range w.some(w.topics, 3) {
		a.Topics = append(a.Topics, news.TopicLink{Topic: t})
	}
	a.Byline = nil
	for _, by := range w.some(w.authors, 1) {
		a.Byline = append(a.Byline, news.CreditRecord{Author: by})
	}
	a.PrimaryCategory = ""
	a.Locale = []news.Locale{"en", "en", "en", "de"}[w.IntN(4)]
}

// change makes one change.
func (w *writer) change() {
	w.t.Helper()
	ctx := context.Background()
	article := func() news.ID { return w.articles[w.IntN(len(w.articles))] }
	step := func(id news.ID) store.Step { return store.Step{ID: id, By: "Ada"} }
	try := func(_ store.Saved, err error) {
		if err != nil && news.UserErrorOf(err) == nil {
			w.t.Fatal(err)
		}
	}
	if len(w.articles) < 5 || w.IntN(4) == 0 {
		number := len(w.articles)
		id := w.save(store.Edit{Change: func(r *news.Record) error {
			r.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Status: news.StatusDraft, Path: news.Path(fmt.Sprintf("/a%d/", number))}}}
			w.fill(r.Article)
			return nil
		}})
		w.articles = append(w.articles, id)
		try(w.Publish(ctx, step(id), news.Schedule{}))
		return
	}
	edit := func(id news.ID, change func(*news.ArticleRecord)) {
		try(w.Save(ctx, store.Edit{ID: id, By: "Ada", Change: func(r *news.Record) error { change(r.Article); return nil }}))
	}
	switch w.IntN(16) {
	case 0, 1, 2:
		edit(article(), w.fill)
	case 3:
		try(w.Unpublish(ctx, step(article()), 0))
	case 4:
		try(w.Retract(ctx, step(article()), "Wrong."))
	case 5, 6:
		try(w.Publish(ctx, step(article()), news.Schedule{}))
	case 7:
		if at := w.IntN(len(w.articles)); w.IntN(2) == 0 {
			try(w.Delete(ctx, step(w.articles[at])))
			w.articles = slices.Delete(w.articles, at, at+1)
		}
	case 8:
		other := news.RefOf(article())
		mutual := w.IntN(2) == 0
		edit(article(), func(a *news.ArticleRecord) {
			a.Hidden = append(slices.Clone(a.Hidden), news.Hide{Article: other, IsMutual: mutual})
		})
	case 9:
		edit(article(), func(a *news.ArticleRecord) { a.Hidden = nil })
	case 10:
		other := news.RefOf(article())
		edit(article(), func(a *news.ArticleRecord) { a.TranslationOf = other })
	case 11:
		edit(article(), func(a *news.ArticleRecord) { a.TranslationOf = "" })
	case 12:
		path := news.Path(fmt.Sprintf("/a%d/", w.IntN(50)))
		edit(article(), func(a *news.ArticleRecord) { a.Path = path })
	case 13:
		text, topics, categories := w.text(12), w.some(w.topics, 3), w.some(w.categories, 2)
		w.events = append(w.events, w.save(store.Edit{Change: func(r *news.Record) error {
			r.Event = &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: text, Status: news.StatusPublished}}, Date: "1910-05-06",
				Description: news.HTML(text), Topics: topics, Categories: categories}
			return nil
		}}))
	case 14:
		if len(w.events) > 2 {
			id := w.events[w.IntN(len(w.events))]
			if w.IntN(2) == 0 {
				try(w.Unpublish(ctx, step(id), 0))
			} else {
				try(w.Publish(ctx, step(id), news.Schedule{}))
			}
		}
	case 15:
		if len(w.events) > 4 {
			id := w.events[0]
			w.events = w.events[1:]
			try(w.Delete(ctx, step(id)))
		}
	}
}

// TestFollowingIsRebuilding changes a newsroom at random, in all ways that there are, with the curator stopping and starting
// in between: the stored lists are always those that all content at once gives.
func TestFollowingIsRebuilding(t *testing.T) {
	seeds, changes, rounds := uint64(3), 300, 60
	if testing.Short() {
		seeds, changes, rounds = 1, 60, 8
	}
	for seed := range seeds {
		w := &writer{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(seed, 9))}
		w.found()
		for range changes {
			w.change()
		}
		w.begin()
		w.settled()
		w.same()
		for i := range rounds {
			for range 1 + w.IntN(4) {
				w.change()
			}
			switch w.IntN(6) {
			case 0: // the server was down
				w.begin()
			case 1: // it dies after the first of these changes
				changes, err := w.AllChanges(context.Background(), w.position, 1)
				w.must(err)
				w.must(w.curator.follow(context.Background(), changes))
				w.change()
				w.begin()
			}
			w.settled()
			if w.same(); i%20 == 0 {
				t.Logf("seed %d: %d articles, %d events, ranking %s", seed, len(w.articles), len(w.events), w.curator.edition.version())
			}
		}
	}
}
