package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/curator"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// clocked notes how long the curator's batches hold up others who write.
type clocked struct {
	engine.Engine
	mu      sync.Mutex
	writes  int
	longest time.Duration
	longTo  string // the first statement of the longest batch that is no bookkeeping
	sum     time.Duration
}

func (c *clocked) Write(ctx context.Context, opID string, steps []engine.Step) error {
	start := time.Now()
	err := c.Engine.Write(ctx, opID, steps)
	took := time.Since(start)
	if !strings.HasPrefix(steps[0].SQL, "UPDATE related_state") {
		return err // not the curator's
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	c.sum += took
	if took > c.longest {
		c.longest, c.longTo = took, fmt.Sprintf("%d steps: %.60s", len(steps), steps[min(1, len(steps)-1)].SQL)
	}
	return err
}

func (c *clocked) report(b testing.TB, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Logf("%s: %d writes, on average %v, the longest %v (%s)", what, c.writes, (c.sum / time.Duration(max(c.writes, 1))).Round(10*time.Microsecond), c.longest.Round(10*time.Microsecond), c.longTo)
	c.writes, c.sum, c.longest = 0, 0, 0
}

// BenchmarkRelated measures the making of all lists, the reading of some beside the same by hand, and how long it takes from a
// publication to the lists that it changes.
func BenchmarkRelated(b *testing.B) {
	for _, articles := range sizes(b) {
		b.Run(fmt.Sprintf("articles=%d", articles), func(b *testing.B) {
			first, file := generated(b, fmt.Sprintf("related-%d", articles), Newsroom(articles))
			st, err := first.RelatedState(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			db, err := sqlite.Open(file, sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			c := &clocked{Engine: db}
			s, err := store.Open(b.Context(), c, now)
			if err != nil {
				b.Fatal(err)
			}
			if st.Number == 0 || os.Getenv("DATELINE_BENCH_REBUILD") != "" {
				rebuildAll(b, s, c)
			}
			sizesOfLists(b, db)
			b.Run("Read", func(b *testing.B) { readRelated(b, s, file) })
			b.Run("Follow", func(b *testing.B) { followOne(b, s, c) })
		})
	}
}

func rebuildAll(b *testing.B, s *store.Store, c *clocked) {
	start, stage := time.Now(), curator.Stage("")
	err := curator.Rebuild(b.Context(), s, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now, func(p curator.Progress) {
		if p.Stage != stage {
			b.Logf("%v: %s (%d of %d)", time.Since(start).Round(time.Second/10), p.Stage, p.Done, p.Total)
			stage = p.Stage
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("all lists were made in %v", time.Since(start).Round(time.Second/10))
	c.report(b, "rebuild")
}

func sizesOfLists(b *testing.B, db engine.Engine) {
	err := db.Query(b.Context(), engine.Stmt{
		SQL: `SELECT (SELECT count(*) FROM related_lists), (SELECT count(*) FROM related_entries), coalesce((SELECT sum(length(reasons)) FROM related_entries), 0),
			coalesce((SELECT sum(length(profile)) FROM related_profiles), 0), coalesce((SELECT sum(length(statistics)) FROM related_statistics), 0)`,
		Long: true,
		Scan: func(r *engine.Row) error {
			lists, entries := r.Int64(), r.Int64()
			b.Logf("%d lists with %.1f entries each; %.1f bytes of reasons an entry; %d bytes a profile; statistics %d bytes", lists, float64(entries)/float64(max(lists, 1)),
				float64(r.Int64())/float64(max(entries, 1)), r.Int64()/max(lists, 1), r.Int64())
			return nil
		},
	})
	if err != nil {
		b.Fatal(err)
	}
}

// readRelated reads five related articles of each of the twenty newest.
func readRelated(b *testing.B, s *store.Store, file string) {
	reader := s.As(news.AnyCaller())
	page, err := reader.FindArticles(b.Context(), nil, news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}, news.Window{Limit: 20})
	if err != nil {
		b.Fatal(err)
	}
	var ids []news.ID
	list := "["
	for i, a := range page.Nodes() {
		ids = append(ids, a.ID)
		if i > 0 {
			list += ","
		}
		list += fmt.Sprint(int64(a.ID))
	}
	list += "]"
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	// What a page needs and nothing else: pins, then computed ones, title and path.
	byHand, err := db.Prepare(`SELECT p.value, o.place, e.title, e.path FROM json_each(?) p CROSS JOIN related_entries o ON o.node_id = p.value AND o.place IN (
			SELECT x.place FROM related_entries x CROSS JOIN articles e ON e.id = x.related_id WHERE x.node_id = p.value AND x.place & 128 = 0 AND e.status = 'PUBLISHED' ORDER BY x.place LIMIT 5)
		CROSS JOIN articles e ON e.id = o.related_id`)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Dateline", func(b *testing.B) {
		for b.Loop() {
			found, err := reader.RelatedArticles(b.Context(), ids, nil, news.Window{Limit: 5})
			if err != nil || len(found) != 20 {
				b.Fatal(err)
			}
		}
	})
	b.Run("Reasons", func(b *testing.B) {
		for b.Loop() {
			found, err := reader.RelatedArticles(b.Context(), ids, nil, news.Window{Limit: 5})
			if err != nil {
				b.Fatal(err)
			}
			var edges []*news.RelatedArticleEdge
			for _, c := range found {
				edges = append(edges, c.Edges...)
			}
			if _, err := reader.ShownReasons(b.Context(), edges); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hand", func(b *testing.B) {
		for b.Loop() {
			rows, err := byHand.Query(list)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for rows.Next() {
				var parent, place int64
				var title, path string
				if err := rows.Scan(&parent, &place, &title, &path); err != nil {
					b.Fatal(err)
				}
				n++
			}
			if err := rows.Err(); err != nil || n == 0 {
				b.Fatal(n, err)
			}
		}
	})
}

// followOne publishes an article at a time, while a curator follows.
func followOne(b *testing.B, s *store.Store, c *clocked) {
	ctx, stop := context.WithCancel(b.Context())
	j := journal.New(s, quiet)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	started := time.Now()
	running.Go(func() { j.Run(ctx) })
	running.Go(func() { curator.New(s, quiet, time.Now).Run(ctx, j) })
	settle := func() (took time.Duration) {
		start := time.Now()
		for {
			followed, err := s.Followed(ctx, curator.Follower)
			if err != nil {
				b.Fatal(err)
			}
			behind, err := s.RelatedBacklog(ctx, followed, 1)
			if err != nil {
				b.Fatal(err)
			}
			st, err := s.RelatedState(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if behind == 0 && st.Sweep == 0 {
				return time.Since(start)
			}
			time.Sleep(time.Millisecond)
		}
	}
	publish(b, s, 0)
	settle()
	b.Logf("from the start to the first lists: %v", time.Since(started).Round(time.Second/100))
	c.report(b, "start")
	i, worst := 0, time.Duration(0)
	for b.Loop() {
		i++
		publish(b, s, i)
		worst = max(worst, settle())
	}
	b.ReportMetric(float64(worst)/1e6, "ms-worst")
	c.report(b, "follow")
}

func publish(b *testing.B, s *store.Store, i int) {
	r := random("publish", i)
	_, err := s.Save(b.Context(), store.Edit{By: "bench", Change: func(rec *news.Record) error {
		rec.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title(r, 6), Status: news.StatusPublished, Slug: fmt.Sprintf("bench-%d-%d", i, time.Now().UnixNano())}}, Body: body(r, 5000)}
		for range 4 {
			rec.Article.Topics = append(rec.Article.Topics, news.TopicLink{Topic: ref("topic", r.IntN(400))})
		}
		rec.Article.Categories = []news.Ref{ref("category", r.IntN(10))}
		return nil
	}})
	if err != nil {
		b.Fatal(err)
	}
}
