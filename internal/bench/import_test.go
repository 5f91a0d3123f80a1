package bench

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// importedArticles is how many articles one round of BenchmarkImport loads.
const importedArticles = 2000

// importOptions are those of "dateline import".
var importOptions = sqlite.Options{Readers: 1, CacheBytes: 20 << 20}

// BenchmarkImport loads articles of 5 kB from JSON Lines, as "dateline import jsonl" does, into a newsroom that has its
// categories, topics, authors and images. Beside it a bare loop sanitises the same articles and puts them into one table and
// one search index, with the same settings of SQLite and batches of the same size: once with the words that internal/analysis finds, and
// once plainly, with the words that FTS5 finds by itself. They take turns, a round each.
func BenchmarkImport(b *testing.B) {
	var frame, articles []news.Record
	for record := range Newsroom(importedArticles) {
		if record.Article == nil {
			frame = append(frame, record)
		} else {
			articles = append(articles, record)
		}
	}
	frameLines, articleLines := lines(b, frame), lines(b, articles)
	var imported, bare, plain effort
	for b.Loop() {
		imported.add(importRound(b, frameLines, articleLines))
		bare.add(bareRound(b, articles, "ascii tokenchars '='", analysed))
		plain.add(bareRound(b, articles, "unicode61 remove_diacritics 2", func(_ news.Locale, text string) string { return text }))
	}
	n := float64(importedArticles * b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n/imported.clock.Seconds(), "articles/s")
	b.ReportMetric(n/bare.clock.Seconds(), "bare-articles/s")
	b.ReportMetric(100*bare.clock.Seconds()/imported.clock.Seconds(), "%-of-bare")
	b.ReportMetric(n/plain.clock.Seconds(), "plain-articles/s")
	b.ReportMetric(100*plain.clock.Seconds()/imported.clock.Seconds(), "%-of-plain")
	b.ReportMetric(imported.cpu.Seconds()*1e6/n, "cpu-µs/article")
	b.ReportMetric(bare.cpu.Seconds()*1e6/n, "bare-cpu-µs/article")
	b.ReportMetric(plain.cpu.Seconds()*1e6/n, "plain-cpu-µs/article")
}

// effort is time spent.
type effort struct{ clock, cpu time.Duration }

func (e *effort) add(other effort) { e.clock, e.cpu = e.clock+other.clock, e.cpu+other.cpu }

// measure says what the work from the call of measure to that of the result took.
func measure() func() effort {
	start, cpu := time.Now(), cpuTime()
	return func() effort { return effort{time.Since(start), cpuTime() - cpu} }
}

func lines(b *testing.B, records []news.Record) []byte {
	var text bytes.Buffer
	for _, record := range records {
		line, err := importer.EncodeRecord(record)
		if err != nil {
			b.Fatal(err)
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	return text.Bytes()
}

func importRound(b *testing.B, frame, articles []byte) effort {
	s, closeStore := open(b, filepath.Join(b.TempDir(), "import.db"), importOptions)
	defer closeStore()
	opt := importer.Options{Stage: s.Stage, Finish: s.FinishImport}
	run := func(lines []byte) {
		report, err := importer.Run(context.Background(), importer.JSONLines, bytes.NewReader(lines), opt)
		if err != nil || !report.OK() {
			b.Fatal(err, report)
		}
	}
	run(frame)
	spent := measure()
	run(articles)
	return spent()
}

// analysed are the words of a text as Dateline's own index has them.
func analysed(locale news.Locale, text string) string { return analysis.In(string(locale)).Index(text) }

// bareRound is the least that an import must do.
func bareRound(b testing.TB, articles []news.Record, tokenizer string, words func(news.Locale, string) string) effort {
	db, err := sqlite.Open(filepath.Join(b.TempDir(), "bare.db"), importOptions)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	for _, sql := range []string{
		`CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, published_at INTEGER NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL) STRICT`,
		`CREATE VIRTUAL TABLE search USING fts5(title, body, content='', contentless_delete=1, tokenize="` + tokenizer + `")`,
		`INSERT INTO search (search, rank) VALUES ('hashsize', 4194304)`,
	} {
		if err := db.Write(ctx, "", []engine.Step{{SQL: sql}}); err != nil {
			b.Fatal(err)
		}
	}
	spent := measure()
	var steps []engine.Step
	for i := range articles {
		a := articles[i].Article
		html, text := markup.Clean(string(a.Body))
		steps = append(steps,
			engine.Step{SQL: `INSERT INTO articles (id, title, published_at, html, text) VALUES (?, ?, ?, ?, ?)`,
				Args: []any{i, a.Title, a.PublishedAt.UnixMilli(), html, text}},
			engine.Step{SQL: `INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)`, Args: []any{i, words(a.Locale, a.Title), words(a.Locale, text)}})
		if len(steps) == 2*batchSize || i == len(articles)-1 {
			if err := db.Write(ctx, "", steps); err != nil {
				b.Fatal(err)
			}
			steps = nil
		}
	}
	return spent()
}
