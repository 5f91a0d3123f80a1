package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
)

// bring imports records as one batch. Each must be written or be there already.
func bring(ctx context.Context, s opened, records ...news.Record) error {
	outcomes, err := s.Import(ctx, records)
	for i, o := range outcomes {
		if o.Result == news.Failed {
			err = errors.Join(err, fmt.Errorf("%s: %s", records[i].Ref, o.Reason))
		}
	}
	return err
}

func ref(kind string, numbers ...int) news.Ref {
	return news.Ref("crash:" + kind + ":" + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ":"), "[]"))
}

func article(ref news.Ref, title string, edit func(*news.ArticleRecord)) news.Record {
	a := &news.ArticleRecord{}
	a.Title, a.Status, a.PublishedAt = title, news.StatusPublished, time.Now()
	a.Body = news.HTML("<p>" + strings.Repeat("It rained on "+title+". ", 4) + "</p>")
	if edit != nil {
		edit(a)
	}
	return news.Record{Ref: ref, Article: a}
}

// batch is how many records of one import stand or fall together. Their titles are their own: an import is split when two
// writers want the same slug.
const batch = 5

// newArticles imports articles that nobody had before.
func newArticles(ctx context.Context, s opened, writer, n int) error {
	var records []news.Record
	for i := range batch {
		records = append(records, article(ref("new", writer, n, i), fmt.Sprintf("News %d of %d.%d", n, writer, i), nil))
	}
	return bring(ctx, s, records...)
}

func newArticlesWritten(ctx context.Context, s opened, writer int) (n int, err error) {
	articles, err := number(ctx, s, `SELECT count(*) FROM external_refs r JOIN articles a ON a.id = r.subject JOIN bodies b ON b.entry_id = a.id
		WHERE r.system = 'crash' AND r.value GLOB ? AND b.text LIKE '%' || a.title || '%'`, fmt.Sprintf("new:%d:*", writer))
	if err == nil && articles%batch != 0 {
		err = fmt.Errorf("%d articles are there, no multiple of %d", articles, batch)
	}
	return articles / batch, err
}

// edit gives the same articles another title, all at once.
func edit(ctx context.Context, s opened, writer, n int) error {
	var records []news.Record
	for i := range batch {
		records = append(records, article(ref("edit", writer, i), fmt.Sprintf("Edit %d of %d.%d", n, writer, i), nil))
	}
	return bring(ctx, s, records...)
}

func editsWritten(ctx context.Context, s opened, writer int) (int, error) {
	return same(ctx, s, batch, `SELECT CAST(substr(a.title, 6) AS INTEGER) FROM external_refs r JOIN articles a ON a.id = r.subject
		WHERE r.system = 'crash' AND r.value GLOB ?`, fmt.Sprintf("edit:%d:*", writer))
}

// move hangs a category, with one below it that has an article, under one or another: many lists change.
func move(ctx context.Context, s opened, writer, n int) error {
	category := func(i int, parent news.Ref) news.Record {
		c := &news.CategoryRecord{Parent: parent}
		c.Name, c.Description = fmt.Sprintf("Category %d of %d", i, writer), new(fmt.Sprint(n))
		return news.Record{Ref: ref("move", writer, i), Category: c}
	}
	records := []news.Record{category(0, ""), category(1, ""), category(2, ref("move", writer, n%2)), category(3, ref("move", writer, 2))}
	return bring(ctx, s, append(records, article(ref("moved", writer), fmt.Sprintf("Moved by %d", writer), func(a *news.ArticleRecord) {
		a.Categories = []news.Ref{ref("move", writer, 3)}
	}))...)
}

func movesWritten(ctx context.Context, s opened, writer int) (int, error) {
	return same(ctx, s, 4, `SELECT CAST(c.description AS INTEGER) FROM external_refs r JOIN categories c ON c.id = r.subject
		WHERE r.system = 'crash' AND r.value GLOB ?`, fmt.Sprintf("move:%d:*", writer))
}

// refer imports an article before the topic that it is about.
func refer(ctx context.Context, s opened, writer, n int) error {
	topic := &news.TopicRecord{}
	topic.Name = fmt.Sprintf("Topic %d", n)
	err := bring(ctx, s, article(ref("about", writer, n), fmt.Sprintf("About %d", n), func(a *news.ArticleRecord) {
		a.Topics = []news.TopicLink{{Topic: ref("topic", writer, n)}}
	}))
	if err == nil {
		err = bring(ctx, s, news.Record{Ref: ref("topic", writer, n), Topic: topic})
	}
	if err == nil {
		_, err = s.FinishImport(ctx)
	}
	return err
}

func refersWritten(ctx context.Context, s opened, writer int) (int, error) {
	return number(ctx, s, `SELECT count(*) FROM external_refs r JOIN article_topics t ON t.article_id = r.subject WHERE r.system = 'crash' AND r.value GLOB ?`,
		fmt.Sprintf("about:%d:*", writer))
}

// A wide import has records of every sort that refer to each other. It needs more than one batch of the importer's.
const (
	wide      = 320
	wideBatch = 300
)

// importWide imports the same records with other texts, as dateline import does: after a crash, what was written before it is
// left alone.
func importWide(ctx context.Context, s opened, writer, n int) error {
	var lines bytes.Buffer
	for i := range wide {
		line, err := json.Marshal(wideRecord(writer, n, i))
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	report, err := importer.Run(ctx, importer.JSONLines, &lines, importer.Options{Input: "a wide import", Stage: s.Stage, Finish: s.FinishImport})
	if err == nil && !report.OK() {
		var text strings.Builder
		report.WriteText(&text)
		err = errors.New(text.String())
	}
	return err
}

// wideRecord is the ith record of a wide import: its text begins with the number of the import.
func wideRecord(writer, n, i int) map[string]any {
	text := fmt.Sprintf("%d is the number of this import. It came from the wire of %d.", n, writer)
	name := fmt.Sprintf("Wide %d of %d", i, writer)
	of := func(i int) news.Ref { return ref("wide", writer, i) }
	record := map[string]any{"ref": of(i)}
	set := func(kind string, fields map[string]any) map[string]any {
		record["type"] = kind
		maps.Copy(record, fields)
		return record
	}
	switch {
	case i < 20:
		return set("image", map[string]any{"url": fmt.Sprintf("https://news.example/%d/%d.png", writer, i), "mimeType": "image/png", "altText": text})
	case i < 40:
		return set("author", map[string]any{"name": name, "bio": text, "portrait": of(i - 20)})
	case i < 60:
		return set("topic", map[string]any{"name": name, "description": text, "image": of(i - 40)})
	case i < 80:
		category := map[string]any{"name": name, "description": text}
		if i > 60 {
			category["parent"] = of(60 + (i-60)/3)
		}
		return set("category", category)
	case i < 100:
		return set("page", map[string]any{"title": name, "body": text})
	case i < 150:
		return set("event", map[string]any{"title": name, "date": fmt.Sprintf("%d-07-20", 1900+i), "description": text, "topics": []news.Ref{of(40 + i%20)}})
	}
	return set("article", map[string]any{"title": name, "body": text, "publishedAt": time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC), "leadImage": of(i % 20),
		"categories": []news.Ref{of(60 + i%20), of(60 + (i+n)%20)}, "topics": []map[string]any{{"topic": of(40 + (i*n)%20)}}, "byline": []map[string]any{{"author": of(20 + i%20)}},
		"events": []news.Ref{of(100 + i%50)}, "related": []news.Ref{of(150 + (i+n)%150)}})
}

// widesWritten counts whole imports. Of the next one the first batch may be there.
func widesWritten(ctx context.Context, s opened, writer int) (int, error) {
	numbers := map[int][]int{}
	err := s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT CAST(substr(r.value, ?1 + 1) AS INTEGER), CAST(coalesce(i.alt_text, u.bio_text, t.description, c.description, b.text, e.description_text) AS INTEGER)
			FROM external_refs r LEFT JOIN images i ON i.id = r.subject LEFT JOIN authors u ON u.id = r.subject LEFT JOIN topics t ON t.id = r.subject
			LEFT JOIN categories c ON c.id = r.subject LEFT JOIN bodies b ON b.entry_id = r.subject LEFT JOIN events e ON e.id = r.subject
			WHERE r.system = 'crash' AND r.value GLOB ?2`,
		Args: []any{len(fmt.Sprintf("wide:%d:", writer)), fmt.Sprintf("wide:%d:*", writer)},
		Scan: func(r *engine.Row) error {
			part := r.Int() / wideBatch
			numbers[part] = append(numbers[part], r.Int())
			return nil
		},
	})
	if err != nil {
		return 0, err
	}
	first, err := common(numbers[0], wideBatch)
	if err != nil {
		return 0, err
	}
	rest, err := common(numbers[1], wide-wideBatch)
	if err == nil && first != rest && first != rest+1 {
		err = fmt.Errorf("the first batch is that of import %d and the second one that of %d", first, rest)
	}
	return rest, err
}
