package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// writers is how many people change the same thing at once.
const writers = 16

// atOnce lets the writers do something at the same time, several times each.
func atOnce(t *testing.T, times int, do func(writer, time int) error) {
	t.Helper()
	var all sync.WaitGroup
	start := make(chan struct{})
	for w := range writers {
		all.Go(func() {
			<-start
			for i := range times {
				if err := do(w, i); err != nil {
					t.Errorf("writer %d, time %d: %v", w, i, err)
				}
			}
		})
	}
	close(start)
	all.Wait()
}

// TestManyWritersOfOneArticle: whoever does not ask for a revision is never refused, and nothing that was acknowledged is lost.
func TestManyWritersOfOneArticle(t *testing.T) {
	const times = 8
	ctx := context.Background()
	n := newNewsroom(t)
	id := n.save(Edit{Change: draft("Rain")}).ID
	var lock sync.Mutex
	var revisions []int
	atOnce(t, times, func(w, i int) error {
		saved, err := n.Save(ctx, Edit{ID: id, By: fmt.Sprint("w", w), Change: func(r *news.Record) error {
			r.Article.ExternalRefs = append(slices.Clone(r.Article.ExternalRefs), news.ExternalRef{System: "w", Value: fmt.Sprint(w, "-", i)})
			return nil
		}})
		lock.Lock()
		defer lock.Unlock()
		revisions = append(revisions, saved.Revision)
		return err
	})
	if got := n.number(`SELECT count(*) FROM external_refs WHERE subject = ? AND system = 'w'`, int64(id)); got != writers*times {
		t.Errorf("%d of %d acknowledged changes are there", got, writers*times)
	}
	slices.Sort(revisions)
	for i, revision := range revisions {
		if revision != i+2 {
			t.Fatalf("the revisions were acknowledged as %v", revisions)
		}
	}
	if got := n.number(`SELECT count(*) FROM revisions WHERE subject = ?`, int64(id)); got != writers*times+1 {
		t.Errorf("%d revisions are kept", got)
	}
	n.check()
}

// TestManyWritersWithRevisions: each conflict is told, reading again and repeating succeeds in the end, and nothing is overwritten.
func TestManyWritersWithRevisions(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, topic("w:t", "Peace"))
	id := n.id("w:t")
	atOnce(t, 2, func(w, i int) error {
		for {
			revision, err := n.version(ctx, id)
			if err != nil {
				return err
			}
			_, err = n.Save(ctx, Edit{ID: id, Expected: revision, By: "Ada", Change: func(r *news.Record) error {
				r.Topic.Aliases = append(slices.Clone(r.Topic.Aliases), fmt.Sprint(w, "-", i))
				return nil
			}})
			if _, lost := errors.AsType[*news.RevisionConflict](err); !lost {
				return err
			}
		}
	})
	if got := len(n.record(id).Topic.Aliases); got != 2*writers {
		t.Errorf("%d of %d acknowledged changes are there", got, 2*writers)
	}
	n.check()
}

// TestManyWritersOfOneTitle: they all want the same slug and path.
func TestManyWritersOfOneTitle(t *testing.T) {
	n := newNewsroom(t)
	atOnce(t, 3, func(int, int) error {
		_, err := n.Save(context.Background(), Edit{By: "Ada", Change: draft("Rain")})
		return err
	})
	if got := n.number(`SELECT count(DISTINCT slug) FROM articles`); got != 3*writers {
		t.Errorf("%d slugs, want %d", got, 3*writers)
	}
	n.check()
}

// TestManyWritersWithOneKey: a creation that is sent many times at once is made once, and all are told of it.
func TestManyWritersWithOneKey(t *testing.T) {
	n := newNewsroom(t)
	var made [writers]news.ID
	atOnce(t, 2, func(w, _ int) error {
		saved, err := n.Save(context.Background(), Edit{By: "Ada", Key: "k", Change: draft("Rain")})
		made[w] = saved.ID
		return err
	})
	for _, id := range made {
		if id != made[0] || id == 0 {
			t.Fatalf("made %v", made)
		}
	}
	if got := n.number(`SELECT count(*) FROM articles`); got != 1 {
		t.Errorf("%d articles, want 1", got)
	}
	n.check()
}

// TestAlwaysTooLate: an import keeps changing what is being saved.
func TestAlwaysTooLate(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, article("w:a", "Rain"))
	imported := 0
	saved, err := n.Save(context.Background(), Edit{ID: n.id("w:a"), By: "Ada", Change: func(r *news.Record) error {
		imported++
		n.bring(news.Updated, article("w:a", fmt.Sprint("Rain ", imported)))
		r.Article.Standfirst = new("Wet.")
		return nil
	}})
	if news.KindOf(err) != news.Conflict || !strings.Contains(err.Error(), "try again") || saved.Revision != 0 {
		t.Errorf("saved %+v, %v", saved, err)
	}
	if a := n.record(n.id("w:a")).Article; a.Standfirst != nil || a.Title != fmt.Sprint("Rain ", imported) {
		t.Errorf("the article is %+v", a)
	}
	n.check()
}

// TestSettingsAreNotLost: a save of the site that began before another one keeps what that one has changed.
func TestSettingsAreNotLost(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	site, err := n.Site(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n.save(Edit{ID: site.ID, Change: func(r *news.Record) error { r.Site.Tagline = new("Old."); return nil }})
	b, err := n.startBatch(ctx, nil) // reads the site
	if err != nil {
		t.Fatal(err)
	}
	if err := n.SetSite(ctx, func(s *news.Site) { s.Tagline = nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.edit(Edit{ID: site.ID, By: "Ada", Change: func(r *news.Record) error { r.Site.Name = "Paper"; return nil }}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.commitSeq(ctx, b); !collided(err) {
		t.Errorf("a batch that read the site before it was changed: %v", err)
	}
	n.save(Edit{ID: site.ID, Change: func(r *news.Record) error { r.Site.Name = "Paper"; return nil }})
	if site, err = n.Site(ctx); err != nil || site.Tagline != nil || site.Name != "Paper" {
		t.Errorf("the site is %+v, %v", site, err)
	}
}
