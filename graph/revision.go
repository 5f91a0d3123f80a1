package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// inspects lets editors look at what readers do not see of an entry: its issues and revisions, which quote its text.
func inspects(ctx context.Context, scopes ...news.Scope) error {
	c, err := requires(ctx, scopes...)
	if err == nil {
		err = c.MayRead(news.BodyFull)
	}
	return err
}

// eventEditors are the scopes of those who edit historical events.
var eventEditors = []news.Scope{news.ScopeContentEdit, news.ScopeEventsEdit}

var (
	issuesOfArticle = relation[*news.Article, []*news.FieldIssue]{"issues", articleID, (*store.Reader).EntryIssues}
	issuesOfPage    = relation[*news.Page, []*news.FieldIssue]{"issues", pageID, (*store.Reader).EntryIssues}
	issuesOfEvent   = relation[*news.HistoricalEvent, []*news.FieldIssue]{"issues", eventID, (*store.Reader).EventIssues}
)

func (r *article) Issues(ctx context.Context, a *news.Article) ([]*news.FieldIssue, error) {
	return issuesOf(ctx, issuesOfArticle, a, news.ScopeContentEdit)
}

func (r *page) Issues(ctx context.Context, p *news.Page) ([]*news.FieldIssue, error) {
	return issuesOf(ctx, issuesOfPage, p, news.ScopeContentEdit)
}

func (r *historicalEvent) Issues(ctx context.Context, e *news.HistoricalEvent) ([]*news.FieldIssue, error) {
	return issuesOf(ctx, issuesOfEvent, e, eventEditors...)
}

func issuesOf[E news.Entry](ctx context.Context, rel relation[E, []*news.FieldIssue], entry E, scopes ...news.Scope) ([]*news.FieldIssue, error) {
	if err := inspects(ctx, scopes...); err != nil {
		return nil, err
	}
	found, err := load(ctx, rel, entry)
	if found == nil && err == nil {
		found = []*news.FieldIssue{}
	}
	return found, err
}

func (r *aboutBlock) Issues(ctx context.Context, b *news.AboutBlock) ([]*news.FieldIssue, error) {
	if _, err := requires(ctx, news.ScopeContentEdit); err != nil {
		return nil, err
	}
	return store.AboutIssues(b), nil
}

func (r *article) Revisions(ctx context.Context, a *news.Article, first *int, after *string, last *int, before *string) (*news.RevisionConnection, error) {
	return revisionsOf(ctx, r.Store, articleID, a, news.Paging{First: first, After: after, Last: last, Before: before}, news.ScopeContentEdit)
}

func (r *page) Revisions(ctx context.Context, p *news.Page, first *int, after *string, last *int, before *string) (*news.RevisionConnection, error) {
	return revisionsOf(ctx, r.Store, pageID, p, news.Paging{First: first, After: after, Last: last, Before: before}, news.ScopeContentEdit)
}

func (r *historicalEvent) Revisions(ctx context.Context, e *news.HistoricalEvent, first *int, after *string, last *int, before *string) (*news.RevisionConnection, error) {
	return revisionsOf(ctx, r.Store, eventID, e, news.Paging{First: first, After: after, Last: last, Before: before}, eventEditors...)
}

func revisionsOf[E news.Entry](ctx context.Context, s *store.Store, id func(E) news.ID, entry E, paging news.Paging, scopes ...news.Scope) (*news.RevisionConnection, error) {
	if err := inspects(ctx, scopes...); err != nil {
		return nil, err
	}
	w, err := paging.Window(defaultPageSize)
	if err != nil {
		return nil, err
	}
	find := func(_ *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID]*news.RevisionConnection, error) {
		return s.Revisions(ctx, ids, w)
	}
	return loadField(ctx, relation[E, *news.RevisionConnection]{"revisions", id, find}, entry)
}

func (r *revision) Diff(ctx context.Context, v *news.Revision, against *int) (*string, error) {
	now, err := r.text(ctx, v, "revision", func(v *news.Revision) store.RevisionKey {
		return store.RevisionKey{Subject: v.EntryID, Number: v.Number}
	})
	if err != nil {
		return nil, err
	}
	earlier, err := r.text(ctx, v, "other revision", func(v *news.Revision) store.RevisionKey {
		if against == nil {
			return store.RevisionKey{Subject: v.EntryID, Number: v.Number, Before: true}
		}
		return store.RevisionKey{Subject: v.EntryID, Number: *against}
	})
	if err != nil {
		return nil, err
	}
	if earlier == nil && against != nil {
		return nil, news.NotFoundf("%s has no revision %d; its revisions are those that its list of revisions shows", v.EntryID, *against)
	}
	return new(markup.DiffMarkdown(textOr(earlier), textOr(now))), nil
}

// text is what was saved of a revision, as Markdown; nil when it is not kept.
func (r *revision) text(ctx context.Context, v *news.Revision, name string, key func(*news.Revision) store.RevisionKey) (*string, error) {
	find := func(_ *store.Reader, ctx context.Context, keys []store.RevisionKey) (map[store.RevisionKey][]byte, error) {
		return r.Store.RevisionContents(ctx, keys)
	}
	content, err := loadField(ctx, keyed[*news.Revision, store.RevisionKey, []byte]{name, key, find}, v)
	if err != nil || content == nil {
		return nil, err
	}
	var rec news.Record
	if err := json.Unmarshal(content, &rec); err != nil {
		return nil, fmt.Errorf("revision %d of %s: %w", v.Number, v.EntryID, err)
	}
	switch {
	case rec.Article != nil:
		return asMarkdown(rec.Article.Title, rec.Article.Body), nil
	case rec.Page != nil:
		return asMarkdown(rec.Page.Title, rec.Page.Body), nil
	case rec.Event != nil:
		date, err := news.ParseHistoricalDate(string(rec.Event.Date), cmp.Or(rec.Event.Calendar, news.CalendarGregorian))
		if err != nil {
			return nil, fmt.Errorf("revision %d of %s: %w", v.Number, v.EntryID, err)
		}
		return asMarkdown(rec.Event.Title, rec.Event.Description, date.Text(nil, news.StyleLong)), nil
	}
	return nil, nil
}

func asMarkdown(title string, body news.HTML, lines ...string) *string {
	return new(strings.Join(append([]string{"# " + markup.PlainTitle(title)}, append(lines, markup.ToMarkdown(string(body)))...), "\n\n"))
}
