package crash

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// What people do is one save a piece of work, and each save leaves one change in the journal with their name. So the journal
// tells how much of their work is there, and the article and its revisions must agree with it.

// draft creates an article that nobody but its makers sees. It is asked for twice, as by a caller whose first answer was
// lost, and must be made once.
func draft(ctx context.Context, s opened, by, title string) (news.ID, error) {
	create := func() (store.Saved, error) {
		return s.Save(ctx, store.Edit{By: by, Key: title, Change: func(r *news.Record) error {
			*r = article("", title, func(a *news.ArticleRecord) { a.Status, a.PublishedAt = news.StatusDraft, time.Time{} })
			return nil
		}})
	}
	first, err := create()
	if err != nil {
		return 0, err
	}
	second, err := create()
	if err == nil && second.ID != first.ID {
		err = fmt.Errorf("a creation with one key made %s and %s", first.ID, second.ID)
	}
	return first.ID, err
}

// lifeOf is what happens to an article, a step a piece of work. Then comes the next article.
var lifeOf = []news.ChangeKind{news.ChangeCreated, news.ChangeUpdated, news.ChangePublished, news.ChangeCorrected, news.ChangeRetracted, news.ChangeDeleted}

// stepOf is which article the nth piece of work is about and which step of its life it is, both counted from 0.
func stepOf(n int) (life, step int) { return (n - 1) / len(lifeOf), (n - 1) % len(lifeOf) }

func editor(writer int) string { return fmt.Sprintf("editor:%d", writer) }

// live brings an article one step on in its life.
func live(ctx context.Context, s opened, writer, n int) error {
	life, step := stepOf(n)
	if step == 0 {
		_, err := draft(ctx, s, editor(writer), fmt.Sprintf("Life %d of %d", life, writer))
		return err
	}
	st := store.Step{By: editor(writer), Expected: step}
	err := s.db.Query(ctx, engine.Stmt{SQL: `SELECT subject FROM changes WHERE by = ? ORDER BY seq DESC LIMIT 1`, Args: []any{st.By},
		Scan: func(r *engine.Row) error { st.ID = news.ID(r.Int64()); return nil }})
	if err != nil {
		return err
	}
	edit := store.Edit{ID: st.ID, Expected: st.Expected, By: st.By}
	switch lifeOf[step] {
	case news.ChangeUpdated:
		edit.Change = func(r *news.Record) error { r.Article.Body += "<p>More rain came.</p>"; return nil }
		_, err = s.Save(ctx, edit)
	case news.ChangePublished:
		_, err = s.Publish(ctx, st, news.Schedule{})
	case news.ChangeCorrected:
		edit.Corrects = true
		edit.Change = func(r *news.Record) error {
			r.Article.Body = news.HTML(strings.ReplaceAll(string(r.Article.Body), "rained", "snowed"))
			r.Article.Corrections = append(r.Article.Corrections, news.Correction{Kind: news.CorrectionKinds[0], Notice: "It was snow.", At: time.Now().Truncate(time.Millisecond)})
			return nil
		}
		_, err = s.Save(ctx, edit)
	case news.ChangeRetracted:
		_, err = s.Retract(ctx, st, "There was no weather.")
	case news.ChangeDeleted:
		_, err = s.Delete(ctx, st)
	}
	return err
}

func livesWritten(ctx context.Context, s opened, writer int) (n int, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT kind, version FROM changes WHERE by = ? ORDER BY seq`, Args: []any{editor(writer)}, Scan: func(r *engine.Row) error {
		n++
		_, step := stepOf(n)
		if kind, version := news.ChangeKind(r.Text()), r.Int(); kind != lifeOf[step] || version != step+1 {
			return fmt.Errorf("change %d of %s is %s, revision %d; want %s, revision %d", n, editor(writer), kind, version, lifeOf[step], step+1)
		}
		return nil
	}})
	if err != nil || n == 0 {
		return n, err
	}
	life, step := stepOf(n)
	var want []string
	if lifeOf[step] != news.ChangeDeleted {
		status := []news.EntryStatus{news.StatusDraft, news.StatusDraft, news.StatusPublished, news.StatusPublished, news.StatusRetracted}[step]
		want = []string{fmt.Sprintf("Life %d %s more:%t snow:%t corrections:%d revisions:%d", life, status, step >= 1, step >= 3, max(step-2, 0), step+1)}
	}
	var have []string
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT a.title, a.status, b.text LIKE '%More rain came.', b.text LIKE '%snowed%' AND b.text NOT LIKE '%rained%', (SELECT count(*) FROM corrections c WHERE c.article_id = a.id),
				(SELECT count(*) FROM revisions r WHERE r.subject = a.id)
			FROM articles a JOIN bodies b ON b.entry_id = a.id WHERE a.title GLOB ?`,
		Args: []any{fmt.Sprintf("Life * of %d", writer)},
		Scan: func(r *engine.Row) error {
			title, _, _ := strings.Cut(r.Text(), " of ")
			have = append(have, fmt.Sprintf("%s %s more:%t snow:%t corrections:%d revisions:%d", title, r.Text(), r.Bool(), r.Bool(), r.Int(), r.Int()))
			return nil
		},
	})
	if err == nil && !slices.Equal(have, want) {
		err = fmt.Errorf("the articles are %q after %d pieces of work; want %q", have, n, want)
	}
	return n, err
}

// share counts on in an article that others change at the same time.
func share(ctx context.Context, s opened, writer, _ int) error {
	shared, err := draft(ctx, s, "all of them", "Counts")
	if err != nil {
		return err
	}
	for {
		_, err := s.Save(ctx, store.Edit{ID: shared, By: fmt.Sprintf("counter:%d", writer), Change: func(r *news.Record) error {
			counts := countsIn(string(r.Article.Title))
			counts[writer]++
			r.Article.Title = "Counts" + counts.String()
			return nil
		}})
		if err == nil || news.KindOf(err) != news.Conflict { // else another process was faster every time
			return err
		}
	}
}

// counts are by writer.
type counts map[int]int

func (c counts) String() (text string) {
	for _, writer := range slices.Sorted(maps.Keys(c)) {
		text += fmt.Sprintf(" %d:%d", writer, c[writer])
	}
	return text
}

func countsIn(title string) counts {
	c := counts{}
	for _, word := range strings.Fields(title)[1:] {
		var writer, n int
		if _, err := fmt.Sscanf(word, "%d:%d", &writer, &n); err == nil {
			c[writer] = n
		}
	}
	return c
}

func sharesWritten(ctx context.Context, s opened, writer int) (n int, err error) {
	all, version := 0, 1
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT a.title, (SELECT max(version) FROM changes c WHERE c.subject = a.id) FROM articles a WHERE a.title GLOB 'Counts*'`,
		Scan: func(r *engine.Row) error {
			for of, count := range countsIn(r.Text()) {
				all += count
				if of == writer {
					n = count
				}
			}
			version = r.Int()
			return nil
		},
	})
	if err == nil && version != all+1 {
		err = fmt.Errorf("%d saves are counted in the article, which has revision %d", all, version)
	}
	if err != nil {
		return n, err
	}
	noted, err := number(ctx, s, `SELECT count(*) FROM changes WHERE by = ?`, fmt.Sprintf("counter:%d", writer))
	if err == nil && noted != n {
		err = fmt.Errorf("%d saves are counted in the article and %d in the journal", n, noted)
	}
	return n, err
}
