package bench

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func now() time.Time { return Newest.Add(time.Hour) }

// batchSize is the importer's.
const batchSize = 300

// newsroom opens the store of a generated newsroom.
func newsroom(t testing.TB, articles int) (s *store.Store, file string) {
	return generated(t, fmt.Sprintf("newsroom-%d", articles), Newsroom(articles))
}

// generated opens the store of generated records. Its file is kept for later runs, in the folder DATELINE_BENCH_DIR or the
// one for temporary files.
func generated(t testing.TB, name string, records iter.Seq[news.Record]) (s *store.Store, file string) {
	t.Helper()
	folder := os.Getenv("DATELINE_BENCH_DIR")
	if folder == "" {
		folder = filepath.Join(os.TempDir(), "dateline-bench")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(folder, fmt.Sprintf("%s-%s.db", name, fingerprint(t)))
	if _, err := os.Stat(file); err != nil {
		generate(t, file, records)
	}
	s, closeStore := open(t, file, sqlite.Options{})
	t.Cleanup(closeStore)
	return s, file
}

// fingerprint tells generated files of another generator or schema apart.
func fingerprint(t testing.TB) string {
	t.Helper()
	h := sha256.New()
	fmt.Fprintln(h, generation)
	err := fs.WalkDir(store.Migrations(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(store.Migrations(), path)
		h.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6])
}

func open(t testing.TB, file string, opt sqlite.Options) (*store.Store, func()) {
	t.Helper()
	db, err := sqlite.Open(file, opt)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	return s, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func generate(t testing.TB, file string, records iter.Seq[news.Record]) {
	t.Helper()
	start := time.Now()
	unfinished := fmt.Sprintf("%s.%d", file, os.Getpid())
	s, closeStore := open(t, unfinished, sqlite.Options{})
	fill(t, s, records)
	closeStore()
	if err := os.Rename(unfinished, file); err != nil {
		t.Fatal(err)
	}
	t.Logf("generated in %v: %s", time.Since(start).Round(time.Second/10), file)
}

// fill imports generated records.
func fill(t testing.TB, s *store.Store, records iter.Seq[news.Record]) {
	t.Helper()
	var batch []news.Record
	flush := func() {
		outcomes, err := s.Import(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Result != news.Created && batch[i].Site == nil {
				t.Fatalf("%s: %s: %s", batch[i].Ref, o.Result, o.Reason)
			}
		}
		batch = batch[:0]
	}
	for record := range records {
		if batch = append(batch, record); len(batch) == batchSize {
			flush()
		}
	}
	flush()
	unresolved, err := s.FinishImport(context.Background())
	if err != nil || len(unresolved) > 0 {
		t.Fatal(err, unresolved)
	}
}

// Each use of the generator must give the same newsroom, or numbers of different runs could not be compared.
func TestNewsroomIsTheSameEachTime(t *testing.T) {
	digest := func() (sum [32]byte, articles, bytes int) {
		h := sha256.New()
		for record := range Newsroom(500) {
			if record.Article != nil {
				articles++
				bytes += len(record.Article.Body)
			}
			if err := json.NewEncoder(h).Encode(record); err != nil {
				t.Fatal(err)
			}
		}
		return [32]byte(h.Sum(nil)), articles, bytes
	}
	first, articles, bytes := digest()
	if second, _, _ := digest(); first != second {
		t.Error("two runs differ")
	}
	if articles != 500 || bytes/articles < 5000 || bytes/articles > 6000 {
		t.Errorf("%d articles of %d bytes on average; want 500 of 5,000 to 6,000", articles, bytes/articles)
	}
}

func TestNewsroomLoads(t *testing.T) {
	s, closeStore := open(t, filepath.Join(t.TempDir(), "bench.db"), sqlite.Options{})
	defer closeStore()
	fill(t, s, Newsroom(300))
	found, err := s.As(news.AnyCaller()).FindArticles(context.Background(), nil, news.ArticleOrder{Field: news.ByPublishedAt, Direction: news.Descending}, news.Window{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := found.TotalCount(context.Background()); err != nil || n != 297 {
		t.Errorf("%d visible articles, %v; want 300 less 3 drafts", n, err)
	}
	if a, b := found.Edges[0].Node, found.Edges[3].Node; !a.PublishedAt.Equal(Newest) || !b.PublishedAt.Equal(Newest) {
		t.Errorf("the newest four are not all of %v", Newest)
	}
}
