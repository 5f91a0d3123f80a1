package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func (r *article) Issues(ctx context.Context, a *news.Article) ([]*news.FieldIssue, error) {
	return entryIssues(ctx, r.Store, articleID, a)
}

func (r *page) Issues(ctx context.Context, p *news.Page) ([]*news.FieldIssue, error) {
	return entryIssues(ctx, r.Store, pageID, p)
}

// entryIssues reads past the caller's view: whoever may edit an entry that they see is told all that is wrong with it.
func entryIssues[E news.Entry](ctx context.Context, s *store.Store, id func(E) news.ID, entry E) ([]*news.FieldIssue, error) {
	if _, err := requires(ctx, news.ScopeContentEdit); err != nil {
		return nil, err
	}
	find := func(_ *store.Reader, ctx context.Context, ids []news.ID) (map[news.ID][]*news.FieldIssue, error) {
		return s.EntryIssues(ctx, ids)
	}
	found, err := load(ctx, relation[E, []*news.FieldIssue]{"issues", id, find}, entry)
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
	return revisionsOf(ctx, r.Store, articleID, a, news.Paging{First: first, After: after, Last: last, Before: before})
}

func (r *page) Revisions(ctx context.Context, p *news.Page, first *int, after *string, last *int, before *string) (*news.RevisionConnection, error) {
	return revisionsOf(ctx, r.Store, pageID, p, news.Paging{First: first, After: after, Last: last, Before: before})
}

func revisionsOf[E news.Entry](ctx context.Context, s *store.Store, id func(E) news.ID, entry E, paging news.Paging) (*news.RevisionConnection, error) {
	if _, err := requires(ctx, news.ScopeContentEdit); err != nil {
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
		return asMarkdown(rec.Event.Title, rec.Event.Description), nil
	}
	return nil, nil
}

func asMarkdown(title string, body news.HTML) *string {
	return new("# " + markup.PlainTitle(title) + "\n\n" + markup.ToMarkdown(string(body)))
}
