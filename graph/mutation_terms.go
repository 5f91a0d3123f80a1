package graph

import (
	"context"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// requiresAll is for what belongs to the whole newsroom: a caller that holds the scope but is limited to a part of the content
// may not change that.
func requiresAll(ctx context.Context, scope news.Scope) (*news.Caller, error) {
	by, err := requires(ctx, scope)
	if err == nil && (len(by.Categories) > 0 || len(by.Locales) > 0 || by.SyndicatableOnly) {
		err = news.Forbiddenf("%s is limited to a part of the content, and this belongs to all of it; ask for a key without limits", by.Name)
	}
	return by, err
}

// save makes an edit of a node of one kind.
func save[N news.Node](ctx context.Context, r *mutation, kind news.IDKind, e store.Edit) (N, store.Saved, []news.UserError, error) {
	if e.ID != 0 && e.ID.Kind() != kind {
		var none N
		errs, err := refused(news.NotFoundf("%s is of another type", e.ID))
		return none, store.Saved{}, errs, err
	}
	e.Grant = &callerOf(ctx).Grant
	saved, err := r.Store.Save(ctx, e)
	return outcome[N](ctx, r, saved, err)
}

// outcome is the node as it was saved, or what the caller can put right.
func outcome[N news.Node](ctx context.Context, r *mutation, saved store.Saved, err error) (node N, _ store.Saved, errs []news.UserError, _ error) {
	if err != nil {
		errs, err = refused(err, inputPath(err)...)
		return node, store.Saved{}, errs, err
	}
	node, err = changed[N](ctx, r, saved)
	return node, saved, []news.UserError{}, err
}

func (r *mutation) DeleteEntry(ctx context.Context, in input.EntryStepInput) (*news.DeletePayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentRetract)
	if err != nil {
		return nil, err
	}
	_, err = r.Store.Delete(ctx, st)
	return deleted(in.ID, err)
}

func deleted(id news.ID, err error) (*news.DeletePayload, error) {
	if err != nil {
		errs, err := refused(err)
		return &news.DeletePayload{UserErrors: errs}, err
	}
	return &news.DeletePayload{DeletedID: &id, UserErrors: []news.UserError{}}, nil
}

// RELATED ARTICLES

func (r *mutation) PinRelated(ctx context.Context, in input.PinRelatedInput) (*news.ArticlePayload, error) {
	return r.relate(ctx, input.RelatedInput{ArticleID: in.ArticleID, RelatedID: in.RelatedID, ExpectedRevision: in.ExpectedRevision}, func(a *news.ArticleRecord, other news.Ref) error {
		a.Related, a.Hidden = without(a.Related, other), without(a.Hidden, other)
		at := min(valueOr(in.Position, len(a.Related)), len(a.Related))
		if at < 0 {
			return badInput{news.Invalidf("position %d is before the first; count from 0", at), "position"}
		}
		a.Related = slices.Insert(a.Related, at, other)
		return nil
	})
}

func (r *mutation) UnpinRelated(ctx context.Context, in input.RelatedInput) (*news.ArticlePayload, error) {
	return r.relate(ctx, in, func(a *news.ArticleRecord, other news.Ref) error {
		a.Related, a.Hidden = without(a.Related, other), without(a.Hidden, other)
		return nil
	})
}

func (r *mutation) HideRelated(ctx context.Context, in input.RelatedInput) (*news.ArticlePayload, error) {
	return r.relate(ctx, in, func(a *news.ArticleRecord, other news.Ref) error {
		a.Related = without(a.Related, other)
		if !slices.Contains(a.Hidden, other) {
			a.Hidden = append(slices.Clone(a.Hidden), other)
		}
		return nil
	})
}

// relate changes what an article is to another. Lists of the record are not to be changed in place.
func (r *mutation) relate(ctx context.Context, in input.RelatedInput, change func(a *news.ArticleRecord, other news.Ref) error) (*news.ArticlePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	if in.ArticleID.Kind() != news.KindArticle {
		errs, err := refused(news.NotFoundf("%s is not an article", in.ArticleID), "input", "articleId")
		return &news.ArticlePayload{UserErrors: errs}, err
	}
	other, err := r.Store.Ref(ctx, in.RelatedID)
	if err != nil {
		return nil, err
	}
	return r.saveArticle(ctx, store.Edit{ID: in.ArticleID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		if in.RelatedID == in.ArticleID {
			return badInput{news.Invalidf("an article is not related to itself; name another one"), "relatedId"}
		}
		return change(rec.Article, other)
	}})
}

// without is the list without one value; the list itself stays as it is.
func without(list []news.Ref, ref news.Ref) []news.Ref {
	return slices.DeleteFunc(slices.Clone(list), func(r news.Ref) bool { return r == ref })
}

// CATEGORIES

// editName sets a name, which nobody can take away.
func editName(name *string, in graphql.Omittable[*string]) error {
	v, ok := in.ValueOK()
	if !ok {
		return nil
	}
	if v == nil || strings.TrimSpace(*v) == "" {
		return badInput{news.Invalidf("name cannot be empty; leave it out to keep it"), "name"}
	}
	*name = html.EscapeString(*v)
	return nil
}

func categoryPayload(c *news.Category, saved store.Saved, errs []news.UserError, err error) (*news.CategoryPayload, error) {
	return &news.CategoryPayload{Category: c, RedirectsCreated: saved.Redirects, UserErrors: errs}, err
}

func (r *mutation) CreateCategory(ctx context.Context, in input.CreateCategoryInput) (*news.CategoryPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return categoryPayload(save[*news.Category](ctx, r, news.KindCategory, store.Edit{By: by.Name, Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Category = &news.CategoryRecord{Category: news.Category{Slug: textOr(in.Slug), Locale: valueOr(in.Locale, ""), Description: in.Description,
			Position: valueOr(in.Position, 0)}, Parent: refOrNone(in.ParentID)}
		return editName(&rec.Category.Name, graphql.OmittableOf(&in.Name))
	}}))
}

func (r *mutation) UpdateCategory(ctx context.Context, in input.UpdateCategoryInput) (*news.CategoryPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return categoryPayload(save[*news.Category](ctx, r, news.KindCategory, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		edit(in.Slug, func(v *string) { rec.Category.Slug = textOr(v) })
		edit(in.Description, func(v *string) { rec.Category.Description = v })
		edit(in.Position, func(v *int) { rec.Category.Position = valueOr(v, 0) })
		return editName(&rec.Category.Name, in.Name)
	}}))
}

func (r *mutation) MoveCategory(ctx context.Context, in input.MoveCategoryInput) (*news.CategoryPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	var parent news.Ref
	if id := valueOr(in.ParentID.Value(), 0); id != 0 {
		if parent, err = r.Store.Ref(ctx, id); err != nil {
			return nil, err
		}
	}
	category, saved, errs, err := save[*news.Category](ctx, r, news.KindCategory, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		edit(in.ParentID, func(*news.ID) { rec.Category.Parent = parent })
		edit(in.Position, func(v *int) { rec.Category.Position = valueOr(v, 0) })
		return nil
	}})
	for _, e := range errs { // only a parent can be wrong
		if invalid, ok := e.(*news.InvalidInputError); ok {
			invalid.Path = []string{"input", "parentId"}
		}
	}
	return categoryPayload(category, saved, errs, err)
}

func (r *mutation) MergeCategories(ctx context.Context, in input.MergeInput) (*news.CategoryPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	m := merge(in, by)
	saved, err := r.Store.MergeCategories(ctx, m)
	return categoryPayload(outcome[*news.Category](ctx, r, saved, mergeError(m, err)))
}

func merge(in input.MergeInput, by *news.Caller) store.Merge {
	m := store.Merge{Target: in.TargetID, Expected: map[news.ID]int{in.TargetID: seen(in.ExpectedRevision)}, By: by.Name}
	for _, source := range in.Sources {
		m.Sources = append(m.Sources, source.ID)
		m.Expected[source.ID] = seen(source.ExpectedRevision)
	}
	return m
}

// mergeError says which of the sources somebody else has changed.
func mergeError(m store.Merge, err error) error {
	if conflict, ok := errors.AsType[*news.RevisionConflict](err); ok {
		if i := slices.Index(m.Sources, conflict.Entry); i >= 0 {
			return badInput{err, fmt.Sprint("sources.", i)}
		}
	}
	return err
}

func (r *mutation) DeleteCategory(ctx context.Context, in input.DeleteCategoryInput) (*news.DeletePayload, error) {
	if _, err := requiresAll(ctx, news.ScopeContentEdit); err != nil {
		return nil, err
	}
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	_, err = r.Store.DeleteCategory(ctx, st)
	return deleted(in.ID, err)
}

// TOPICS

func topicPayload(t *news.Topic, saved store.Saved, errs []news.UserError, err error) (*news.TopicPayload, error) {
	return &news.TopicPayload{Topic: t, RedirectsCreated: saved.Redirects, UserErrors: errs}, err
}

func (r *mutation) CreateTopic(ctx context.Context, in input.CreateTopicInput) (*news.TopicPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return topicPayload(save[*news.Topic](ctx, r, news.KindTopic, store.Edit{By: by.Name, Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Topic = &news.TopicRecord{Topic: news.Topic{Locale: valueOr(in.Locale, "")}}
		return editTopic(rec.Topic, graphql.OmittableOf(&in.Name), &in.Topic)
	}}))
}

func (r *mutation) UpdateTopic(ctx context.Context, in input.UpdateTopicInput) (*news.TopicPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return topicPayload(save[*news.Topic](ctx, r, news.KindTopic, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		return editTopic(rec.Topic, in.Name, &in.Topic)
	}}))
}

func editTopic(t *news.TopicRecord, name graphql.Omittable[*string], in *input.Topic) error {
	edit(in.Slug, func(v *string) { t.Slug = textOr(v) })
	edit(in.Kind, func(v *news.TopicKind) { t.Kind = valueOr(v, news.TopicTag) })
	edit(in.Aliases, func(v []string) { t.Aliases = v })
	edit(in.Description, func(v *string) { t.Description = v })
	edit(in.ImageID, func(v *news.ID) { t.Image = refOrNone(v) })
	if err := editAddresses(&t.SameAs, in.SameAs, "sameAs"); err != nil {
		return err
	}
	return editName(&t.Name, name)
}

// editAddresses sets a list of absolute addresses.
func editAddresses(to *[]news.URL, in graphql.Omittable[[]news.URL], field string) error {
	addresses, ok := in.ValueOK()
	if !ok {
		return nil
	}
	for _, u := range addresses {
		if err := u.Check(); err != nil {
			return badInput{err, field}
		}
	}
	*to = addresses
	return nil
}

func (r *mutation) MergeTopics(ctx context.Context, in input.MergeInput) (*news.TopicPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	m := merge(in, by)
	saved, err := r.Store.MergeTopics(ctx, m)
	return topicPayload(outcome[*news.Topic](ctx, r, saved, mergeError(m, err)))
}

// AUTHORS

func authorPayload(a *news.Author, _ store.Saved, errs []news.UserError, err error) (*news.AuthorPayload, error) {
	return &news.AuthorPayload{Author: a, UserErrors: errs}, err
}

func (r *mutation) CreateAuthor(ctx context.Context, in input.CreateAuthorInput) (*news.AuthorPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return authorPayload(save[*news.Author](ctx, r, news.KindAuthor, store.Edit{By: by.Name, Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Author = &news.AuthorRecord{}
		return editAuthor(rec.Author, graphql.OmittableOf(&in.Name), &in.Author)
	}}))
}

func (r *mutation) UpdateAuthor(ctx context.Context, in input.UpdateAuthorInput) (*news.AuthorPayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return authorPayload(save[*news.Author](ctx, r, news.KindAuthor, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		return editAuthor(rec.Author, in.Name, &in.Author)
	}}))
}

func editAuthor(a *news.AuthorRecord, name graphql.Omittable[*string], in *input.Author) error {
	edit(in.Slug, func(v *string) { a.Slug = textOr(v) })
	edit(in.JobTitle, func(v *string) { a.JobTitle = v })
	edit(in.PortraitID, func(v *news.ID) { a.Portrait = refOrNone(v) })
	if err := editText(&a.Bio, in.Bio, "bio"); err != nil {
		return err
	}
	if err := editAddresses(&a.Links, in.Links, "links"); err != nil {
		return err
	}
	return editName(&a.Name, name)
}

// editText sets a text that is no body.
func editText(text *news.HTML, in graphql.Omittable[*input.BodyInput], field string) error {
	err := editBody(text, in)
	if bad, ok := err.(badInput); ok {
		return badInput{bad.error, field}
	}
	return err
}
