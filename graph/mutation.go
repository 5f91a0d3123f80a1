package graph

import (
	"context"
	"html"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// refused sorts what a change answers: what the caller can put right, and faults.
func refused(err error, path ...string) ([]news.UserError, error) {
	if err == nil {
		return []news.UserError{}, nil
	}
	if u := news.UserErrorOf(err, path...); u != nil {
		return []news.UserError{u}, nil
	}
	return nil, err
}

// badInput is a fault of one field of the input.
type badInput struct {
	error
	field string // with dots where it lies deeper
}

func (e badInput) Unwrap() error { return e.error }

// inputPath is where in the arguments an error of a change lies.
func inputPath(err error) []string {
	if bad, ok := err.(badInput); ok {
		return append([]string{"input"}, strings.Split(bad.field, ".")...)
	}
	return []string{"input"}
}

// changed reads what was saved, as the caller sees it.
func changed[N news.Node](ctx context.Context, r *mutation, saved store.Saved) (found N, err error) {
	nodes, err := (*query)(r).nodes(ctx, []news.ID{saved.ID})
	if node, ok := nodes[saved.ID].(N); ok && err == nil {
		return announce(ctx, node), nil
	}
	return found, err
}

// seen is a revision that a caller says to have seen, for the store. There 0 would not ask; here it is one that nobody can have seen.
func seen(revision int) int {
	if revision == 0 {
		return -1
	}
	return revision
}

// saveArticle makes an edit of an article.
func (r *mutation) saveArticle(ctx context.Context, e store.Edit) (*news.ArticlePayload, error) {
	if e.ID != 0 && e.ID.Kind() != news.KindArticle {
		errs, err := refused(news.NotFoundf("%s is not an article", e.ID), "input", "id")
		return &news.ArticlePayload{UserErrors: errs}, err
	}
	e.Grant = &callerOf(ctx).Grant
	saved, err := r.Store.Save(ctx, e)
	return r.articlePayload(ctx, saved, err)
}

func (r *mutation) articlePayload(ctx context.Context, saved store.Saved, err error) (*news.ArticlePayload, error) {
	if err != nil {
		errs, err := refused(err, inputPath(err)...)
		return &news.ArticlePayload{UserErrors: errs}, err
	}
	a, err := changed[*news.Article](ctx, r, saved)
	return &news.ArticlePayload{Article: a, UserErrors: []news.UserError{}}, err
}

func (r *mutation) CreateArticle(ctx context.Context, in input.CreateArticleInput) (*news.ArticlePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return r.saveArticle(ctx, store.Edit{By: by.Name, Note: textOr(in.RevisionNote), Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Article = &news.ArticleRecord{Article: news.Article{Head: news.Head{Title: html.EscapeString(in.Title), Status: news.StatusDraft}}}
		if in.Locale != nil {
			rec.Article.Locale = *in.Locale
		}
		return editArticle(rec.Article, &in.Article)
	}})
}

func (r *mutation) UpdateArticle(ctx context.Context, in input.UpdateArticleInput) (*news.ArticlePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return r.saveArticle(ctx, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Note: textOr(in.RevisionNote), Change: func(rec *news.Record) error {
		if err := editTitle(&rec.Article.Title, in.Title); err != nil {
			return err
		}
		return editArticle(rec.Article, &in.Article)
	}})
}

// editTitle sets a title, which nobody can take away.
func editTitle(title *string, in graphql.Omittable[*string]) error {
	v, ok := in.ValueOK()
	if ok && v == nil {
		return badInput{news.Invalidf("title cannot be cleared; leave it out to keep it"), "title"}
	}
	if ok {
		*title = html.EscapeString(*v)
	}
	return nil
}

// editArticle sets the fields that the input names.
func editArticle(a *news.ArticleRecord, in *input.Article) error {
	edit(in.Slug, func(v *string) { a.Slug = textOr(v) })
	edit(in.Kind, func(v *news.ArticleKind) { a.Kind = valueOr(v, news.ArticleNews) })
	edit(in.TranslationOf, func(v *news.ID) { a.TranslationOf = refOrNone(v) })
	edit(in.Dateline, func(v *input.DatelineInput) {
		if a.Dateline = nil; v != nil {
			a.Dateline = &news.Dateline{Text: v.Text, Place: v.Place, Date: v.Date}
		}
	})
	edit(in.Standfirst, func(v *string) { a.Standfirst = v })
	edit(in.Summary, func(v *string) { a.EditorSummary = v })
	edit(in.Byline, func(v []*input.BylineInput) {
		a.Byline = nil
		for _, c := range v {
			a.Byline = append(a.Byline, news.CreditRecord{Name: html.EscapeString(textOr(c.Name)), Role: c.Role, Author: refOrNone(c.AuthorID)})
		}
	})
	edit(in.PrimaryCategoryID, func(v *news.ID) { a.PrimaryCategory = refOrNone(v) })
	edit(in.CategoryIds, func(v []news.ID) { a.Categories = refsOf(v) })
	edit(in.TopicIds, func(v []news.ID) { a.Topics = topicLinks(v) })
	edit(in.LeadImageID, func(v *news.ID) { a.LeadImage = refOrNone(v) })
	edit(in.HistoricalEventIds, func(v []news.ID) { a.Events = refsOf(v) })
	edit(in.IsSticky, func(v *bool) { a.IsSticky = valueOr(v, false) })
	edit(in.IsSyndicatable, func(v *bool) { a.IsNotSyndicatable = !valueOr(v, true) })
	return editBody(&a.Body, in.Body)
}

// edit calls set unless the field was left out.
func edit[T any](field graphql.Omittable[T], set func(T)) {
	if v, ok := field.ValueOK(); ok {
		set(v)
	}
}

func editBody(body *news.HTML, in graphql.Omittable[*input.BodyInput]) error {
	v, ok := in.ValueOK()
	if !ok {
		return nil
	}
	text, err := bodyOf(v)
	if err != nil {
		return badInput{err, "body"}
	}
	*body = text
	return nil
}

func bodyOf(in *input.BodyInput) (news.HTML, error) {
	switch {
	case in == nil:
		return "", nil
	case in.Markdown != nil:
		text, err := markup.FromMarkdown(*in.Markdown)
		if err != nil {
			return "", news.Invalidf("body.markdown: %v", err)
		}
		return news.HTML(text), nil
	case in.HTML != nil:
		return news.HTML(*in.HTML), nil
	}
	return "", news.Invalidf("body has neither html nor markdown; give one of them")
}

// topicLinks are topics of an editor's choice: the relevance falls from 1 with the place in the list.
func topicLinks(topics []news.ID) []news.TopicLink {
	links := make([]news.TopicLink, len(topics))
	for i, id := range topics {
		links[i] = news.TopicLink{Topic: news.RefOf(id), Source: news.SourceEditor, Relevance: new(1 - float64(i)/float64(len(topics)))}
	}
	return links
}

func refOrNone(id *news.ID) news.Ref {
	if id == nil {
		return ""
	}
	return news.RefOf(*id)
}

func refsOf(ids []news.ID) []news.Ref {
	refs := make([]news.Ref, len(ids))
	for i, id := range ids {
		refs[i] = news.RefOf(id)
	}
	return refs
}

func textOr(s *string) string { return valueOr(s, "") }

func valueOr[T any](v *T, or T) T {
	if v == nil {
		return or
	}
	return *v
}

func (r *mutation) CorrectArticle(ctx context.Context, in input.CorrectArticleInput) (*news.ArticlePayload, error) {
	by, err := requires(ctx, news.ScopeContentPublish)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	return r.saveArticle(ctx, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Note: in.Notice, Corrects: true, Change: func(rec *news.Record) error {
		return correct(rec.Article, &in, now)
	}})
}

// correct puts a published article right and adds the notice.
func correct(a *news.ArticleRecord, in *input.CorrectArticleInput, now time.Time) error {
	if err := a.Status.Allows(news.ActionCorrect); err != nil {
		return err
	}
	switch {
	case in.Kind == news.CorrectionRetraction:
		return badInput{news.Invalidf("kind RETRACTION is for retractEntry; choose CORRECTION, CLARIFICATION or UPDATE"), "kind"}
	case strings.TrimSpace(in.Notice) == "":
		return badInput{news.Invalidf("notice is empty; tell readers what was wrong"), "notice"}
	}
	if err := editTitle(&a.Title, in.Title); err != nil {
		return err
	}
	edit(in.Standfirst, func(v *string) { a.Standfirst = v })
	edit(in.Summary, func(v *string) { a.EditorSummary = v })
	a.Corrections = append(a.Corrections, news.Correction{Kind: in.Kind, Notice: in.Notice, At: now.UTC().Truncate(time.Millisecond)})
	return editBody(&a.Body, in.Body)
}

func (r *mutation) savePage(ctx context.Context, e store.Edit) (*news.PagePayload, error) {
	if e.ID != 0 && e.ID.Kind() != news.KindPage {
		errs, err := refused(news.NotFoundf("%s is not a page", e.ID), "input", "id")
		return &news.PagePayload{UserErrors: errs}, err
	}
	e.Grant = &callerOf(ctx).Grant
	saved, err := r.Store.Save(ctx, e)
	if err != nil {
		errs, err := refused(err, inputPath(err)...)
		return &news.PagePayload{UserErrors: errs}, err
	}
	p, err := changed[*news.Page](ctx, r, saved)
	return &news.PagePayload{Page: p, UserErrors: []news.UserError{}}, err
}

func (r *mutation) CreatePage(ctx context.Context, in input.CreatePageInput) (*news.PagePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return r.savePage(ctx, store.Edit{By: by.Name, Note: textOr(in.RevisionNote), Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Page = &news.PageRecord{Page: news.Page{Head: news.Head{Title: html.EscapeString(in.Title), Slug: textOr(in.Slug), Status: news.StatusDraft}}, Parent: refOrNone(in.ParentID)}
		if in.Locale != nil {
			rec.Page.Locale = *in.Locale
		}
		return editBody(&rec.Page.Body, graphql.OmittableOf(in.Body))
	}})
}

func (r *mutation) UpdatePage(ctx context.Context, in input.UpdatePageInput) (*news.PagePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return r.savePage(ctx, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Note: textOr(in.RevisionNote), Change: func(rec *news.Record) error {
		if err := editTitle(&rec.Page.Title, in.Title); err != nil {
			return err
		}
		edit(in.Slug, func(v *string) { rec.Page.Slug = textOr(v) })
		edit(in.ParentID, func(v *news.ID) { rec.Page.Parent = refOrNone(v) })
		return editBody(&rec.Page.Body, in.Body)
	}})
}

// entryPayload says what became of a step in the life of an entry.
func (r *mutation) entryPayload(ctx context.Context, saved store.Saved, err error, path ...string) (*news.EntryPayload, error) {
	if err != nil {
		errs, err := refused(err, path...)
		return &news.EntryPayload{UserErrors: errs}, err
	}
	e, err := changed[news.Entry](ctx, r, saved)
	return &news.EntryPayload{Entry: e, UserErrors: []news.UserError{}}, err
}

// step is one in the life of an entry, by a caller with one of the scopes.
func step(ctx context.Context, id news.ID, expected int, scopes ...news.Scope) (store.Step, error) {
	by, err := requires(ctx, scopes...)
	return store.Step{ID: id, Expected: seen(expected), By: by.Name, Grant: &by.Grant}, err
}

func (r *mutation) SubmitEntry(ctx context.Context, in input.EntryStepInput) (*news.EntryPayload, error) {
	return r.moveEntry(ctx, in, news.ActionSubmit, news.StatusInReview)
}

func (r *mutation) ReturnEntry(ctx context.Context, in input.EntryStepInput) (*news.EntryPayload, error) {
	return r.moveEntry(ctx, in, news.ActionReturn, news.StatusDraft)
}

func (r *mutation) moveEntry(ctx context.Context, in input.EntryStepInput, action news.EntryAction, to news.EntryStatus) (*news.EntryPayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	saved, err := r.Store.Move(ctx, st, action, to)
	return r.entryPayload(ctx, saved, err)
}

func (r *mutation) PublishEntry(ctx context.Context, in input.PublishEntryInput) (*news.EntryPayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentPublish)
	if err != nil {
		return nil, err
	}
	plan, err := r.planOf(ctx, &in)
	if err != nil {
		return r.entryPayload(ctx, store.Saved{}, err, inputPath(err)...)
	}
	saved, err := r.Store.PublishAs(ctx, st, plan)
	return r.entryPayload(ctx, saved, err)
}

// planOf makes a plan of the stored one, with times by the clock of the site. What is left out of the input stays; an entry
// without publishAt is published now.
func (r *mutation) planOf(ctx context.Context, in *input.PublishEntryInput) (func(stored news.Schedule) news.Schedule, error) {
	site, err := r.Store.Site(ctx)
	if err != nil {
		return nil, err
	}
	now := r.Now()
	read := func(field string, given *news.ScheduleTime) (at time.Time) {
		if given == nil || err != nil {
			return at
		}
		at, problem := given.Instant(site.TimeZone, now)
		if problem != nil {
			err = badInput{news.Invalidf("%s: %v", field, problem), field}
		}
		return at
	}
	publishAt := read("publishAt", in.PublishAt)
	embargo, expiry := read("embargoUntil", in.EmbargoUntil.Value()), read("expiresAt", in.ExpiresAt.Value())
	return func(plan news.Schedule) news.Schedule {
		plan.PublishAt = publishAt
		edit(in.EmbargoUntil, func(*news.ScheduleTime) { plan.EmbargoUntil = embargo })
		edit(in.ExpiresAt, func(*news.ScheduleTime) { plan.ExpiresAt = expiry })
		return plan
	}, err
}

func (r *mutation) UnpublishEntry(ctx context.Context, in input.UnpublishEntryInput) (*news.EntryPayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentPublish)
	if err != nil {
		return nil, err
	}
	var to news.ID
	if in.RedirectTo != nil {
		to = *in.RedirectTo
	}
	saved, err := r.Store.Unpublish(ctx, st, to)
	return r.entryPayload(ctx, saved, err)
}

func (r *mutation) RetractEntry(ctx context.Context, in input.RetractEntryInput) (*news.EntryPayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentRetract)
	if err != nil {
		return nil, err
	}
	saved, err := r.Store.Retract(ctx, st, in.Notice)
	return r.entryPayload(ctx, saved, err)
}

func (r *mutation) RestoreRevision(ctx context.Context, in input.RestoreRevisionInput) (*news.EntryPayload, error) {
	scopes := []news.Scope{news.ScopeContentEdit}
	if in.ID.Kind() == news.KindHistoricalEvent {
		scopes = eventEditors
	}
	st, err := step(ctx, in.ID, in.ExpectedRevision, scopes...)
	if err != nil {
		return nil, err
	}
	saved, err := r.Store.Restore(ctx, st, in.Revision)
	return r.entryPayload(ctx, saved, err)
}
