package bench

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/curator"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// rebuiltFile names the database that TestRebuildProgram rebuilds.
const rebuiltFile = "DATELINE_BENCH_REBUILT"

// editorPause lies between the saves of an editor.
const editorPause = 10 * time.Millisecond

// BenchmarkEditorBesideRebuild saves a draft of 5 kB a hundred times a second at most, first alone, then while another program makes all lists of
// related articles anew. The files are in the folder for temporary files.
func BenchmarkEditorBesideRebuild(b *testing.B) {
	for _, articles := range sizes(b) {
		b.Run(fmt.Sprintf("articles=%d", articles), func(b *testing.B) {
			file := copyOf(b, articles)
			s, closeStore := open(b, file, sqlite.Options{})
			b.Cleanup(closeStore)
			e := newEditor(b, s)
			var alone, beside []time.Duration
			for b.Loop() {
				alone = append(alone, e.saves(b, time.After(10*time.Second))...)
				beside = append(beside, e.saves(b, rebuildElsewhere(b, file))...)
			}
			b.ReportMetric(0, "ns/op")
			reportSaves(b, "alone-", alone)
			reportSaves(b, "beside-", beside)
		})
	}
}

// copyOf is a generated newsroom that may be written to.
func copyOf(b *testing.B, articles int) string {
	_, file := generated(b, fmt.Sprintf("related-%d", articles), Newsroom(articles))
	from, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(b.TempDir(), "beside.db"))
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		b.Fatal(err)
	}
	return to.Name()
}

// rebuildElsewhere starts another program that makes all lists; the channel tells when it has ended.
func rebuildElsewhere(b *testing.B, file string) <-chan time.Time {
	program := exec.Command(os.Args[0], "-test.run=^TestRebuildProgram$", "-test.v")
	program.Env = append(os.Environ(), rebuiltFile+"="+file)
	ended := make(chan time.Time, 1)
	go func() {
		output, err := program.CombinedOutput()
		b.Logf("%s", output)
		if err != nil {
			b.Errorf("the rebuild: %v", err)
		}
		ended <- time.Now()
	}()
	return ended
}

// TestRebuildProgram is the other program of BenchmarkEditorBesideRebuild.
func TestRebuildProgram(t *testing.T) {
	file := os.Getenv(rebuiltFile)
	if file == "" {
		t.Skip("it is started by BenchmarkEditorBesideRebuild")
	}
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := &clocked{Engine: db}
	s, err := store.Open(t.Context(), c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := curator.Rebuild(t.Context(), s, slog.New(slog.DiscardHandler), time.Now, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("all lists were made in %v", time.Since(start).Round(time.Second/10))
	c.report(t, "rebuild")
}

// An editor keeps changing a draft.
type editor struct {
	*store.Store
	draft news.ID
	count int
}

func newEditor(b *testing.B, s *store.Store) *editor {
	e := &editor{Store: s}
	if err := e.save(b); err != nil {
		b.Fatal(err)
	}
	return e
}

func (e *editor) save(b *testing.B) error {
	e.count++
	r := random("editor", e.count)
	saved, err := e.Save(b.Context(), store.Edit{ID: e.draft, By: "bench", Change: func(rec *news.Record) error {
		if rec.Article == nil {
			rec.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: title(r, 6), Status: news.StatusDraft}}}
		}
		rec.Article.Body = body(r, 5000)
		return nil
	}})
	e.draft = saved.ID
	return err
}

// saves are how long each save took, until the end.
func (e *editor) saves(b *testing.B, end <-chan time.Time) (took []time.Duration) {
	for {
		select {
		case <-end:
			return took
		case <-time.After(editorPause):
		}
		start := time.Now()
		if err := e.save(b); err != nil {
			b.Error(err)
			<-end
			return took
		}
		took = append(took, time.Since(start))
	}
}

func reportSaves(b *testing.B, what string, took []time.Duration) {
	slices.Sort(took)
	for _, at := range []struct {
		name string
		part float64
	}{{"p50", 0.5}, {"p99", 0.99}, {"worst", 1}} {
		b.ReportMetric(float64(took[int(at.part*float64(len(took)-1))])/1e6, what+at.name+"-ms")
	}
	b.ReportMetric(float64(len(took)), what+"saves")
}
