package graph

import (
	"context"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

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
	return r.relate(ctx, input.RelatedInput{ArticleID: in.ArticleID, RelatedID: in.RelatedID, ExpectedRevision: in.ExpectedRevision}, in.IsMutual, func(a *news.ArticleRecord, other news.Ref) error {
		pin := pinOf(a.Related, other)
		a.Related, a.Hidden = withoutPin(a.Related, other), withoutHide(a.Hidden, other)
		at := min(valueOr(in.Position, len(a.Related)), len(a.Related))
		if at < 0 {
			return badInput{news.Invalidf("position %d is before the first; count from 0", at), "position"}
		}
		edit(in.Note, func(note *string) { pin.Note = strings.TrimSpace(textOr(note)) })
		edit(in.ExpiresAt, func(at *time.Time) { pin.ExpiresAt = valueOr(at, time.Time{}).Truncate(time.Millisecond) })
		if in.ExpiresAt.Value() != nil && !pin.ExpiresAt.After(r.Now()) {
			return badInput{news.Invalidf("expiresAt %s has passed; give an instant to come, or none", pin.ExpiresAt.UTC().Format(time.RFC3339)), "expiresAt"}
		}
		pin.IsMutual = in.IsMutual
		a.Related = slices.Insert(a.Related, at, pin)
		return nil
	}, func(a *news.ArticleRecord, this news.Ref) {
		if in.IsMutual {
			a.Hidden = withoutHide(a.Hidden, this)
		} else {
			a.Hidden = oneSidedHide(a.Hidden, this)
		}
	})
}

func (r *mutation) UnpinRelated(ctx context.Context, in input.RelatedInput) (*news.ArticlePayload, error) {
	return r.relate(ctx, in, false, func(a *news.ArticleRecord, other news.Ref) error {
		a.Related, a.Hidden = withoutPin(a.Related, other), withoutHide(a.Hidden, other)
		return nil
	}, func(a *news.ArticleRecord, this news.Ref) {
		a.Related, a.Hidden = oneSidedPin(a.Related, this), oneSidedHide(a.Hidden, this)
	})
}

func (r *mutation) HideRelated(ctx context.Context, in input.HideRelatedInput) (*news.ArticlePayload, error) {
	return r.relate(ctx, input.RelatedInput{ArticleID: in.ArticleID, RelatedID: in.RelatedID, ExpectedRevision: in.ExpectedRevision}, in.IsMutual, func(a *news.ArticleRecord, other news.Ref) error {
		a.Related = withoutPin(a.Related, other)
		if hide := (news.Hide{Article: other, IsMutual: in.IsMutual}); !slices.Contains(a.Hidden, hide) {
			a.Hidden = append(withoutHide(a.Hidden, other), hide)
		}
		return nil
	}, func(a *news.ArticleRecord, this news.Ref) {
		if in.IsMutual {
			a.Related = withoutPin(a.Related, this)
		} else {
			a.Related = oneSidedPin(a.Related, this)
		}
	})
}

// relate changes what an article is to another, and at the other what would contradict that. Lists of the records are not
// to be changed in place.
func (r *mutation) relate(ctx context.Context, in input.RelatedInput, isMutual bool, change func(a *news.ArticleRecord, other news.Ref) error,
	changeOther func(a *news.ArticleRecord, this news.Ref)) (*news.ArticlePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	for _, named := range []struct {
		id    news.ID
		field string
	}{{in.ArticleID, "articleId"}, {in.RelatedID, "relatedId"}} {
		if named.id.Kind() != news.KindArticle {
			errs, err := refused(news.NotFoundf("%s is not an article", named.id), "input", named.field)
			return &news.ArticlePayload{UserErrors: errs}, err
		}
	}
	if in.RelatedID == in.ArticleID {
		errs, err := refused(news.Invalidf("an article is not related to itself; name another one"), "input", "relatedId")
		return &news.ArticlePayload{UserErrors: errs}, err
	}
	this, err := r.Store.Ref(ctx, in.ArticleID)
	if err != nil {
		return nil, err
	}
	other, err := r.Store.Ref(ctx, in.RelatedID)
	if err != nil {
		return nil, err
	}
	grant := &by.Grant
	saved, err := r.Store.Relate(ctx,
		store.Edit{ID: in.ArticleID, Expected: seen(in.ExpectedRevision), By: by.Name, Grant: grant, Change: func(rec *news.Record) error { return change(rec.Article, other) }},
		store.Edit{ID: in.RelatedID, By: by.Name, Grant: grant, Change: func(rec *news.Record) error { changeOther(rec.Article, this); return nil }}, isMutual)
	return r.articlePayload(ctx, saved, err)
}

// pinOf is the pin of an article, new when there is none.
func pinOf(pins []news.Pin, article news.Ref) news.Pin {
	if i := slices.IndexFunc(pins, func(p news.Pin) bool { return p.Article == article }); i >= 0 {
		return pins[i]
	}
	return news.Pin{Article: article}
}

func withoutPin(pins []news.Pin, article news.Ref) []news.Pin {
	return slices.DeleteFunc(slices.Clone(pins), func(p news.Pin) bool { return p.Article == article })
}

func withoutHide(hides []news.Hide, article news.Ref) []news.Hide {
	return slices.DeleteFunc(slices.Clone(hides), func(h news.Hide) bool { return h.Article == article })
}

// oneSidedPin leaves a mutual pin of an article to the one that holds it.
func oneSidedPin(pins []news.Pin, article news.Ref) []news.Pin {
	pins = slices.Clone(pins)
	for i := range pins {
		pins[i].IsMutual = pins[i].IsMutual && pins[i].Article != article
	}
	return pins
}

func oneSidedHide(hides []news.Hide, article news.Ref) []news.Hide {
	hides = slices.Clone(hides)
	for i := range hides {
		hides[i].IsMutual = hides[i].IsMutual && hides[i].Article != article
	}
	return hides
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
