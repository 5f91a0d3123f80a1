package graph

import (
	"context"
	"errors"
	"html"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func eventPayload(e *news.HistoricalEvent, saved store.Saved, errs []news.UserError, err error) (*news.HistoricalEventPayload, error) {
	return &news.HistoricalEventPayload{Event: e, RedirectsCreated: saved.Redirects, UserErrors: errs}, err
}

func (r *mutation) CreateHistoricalEvent(ctx context.Context, in input.CreateHistoricalEventInput) (*news.HistoricalEventPayload, error) {
	by, err := requires(ctx, news.ScopeEventsEdit)
	if err != nil {
		return nil, err
	}
	return eventPayload(save[*news.HistoricalEvent](ctx, r, news.KindHistoricalEvent, store.Edit{By: by.Name, Note: textOr(in.RevisionNote), Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Event = &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: html.EscapeString(in.Title), Status: news.StatusPublished}}}
		if in.IsDraft {
			rec.Event.Status = news.StatusDraft
		}
		if in.Locale != nil {
			rec.Event.Locale = *in.Locale
		}
		if err := editEvent(rec.Event, &in.HistoricalEvent); err != nil {
			return err
		}
		c, err := claimOf(in.Date, in.Calendar, nil, by)
		if err != nil {
			return err
		}
		if len(rec.Event.Sources) > 0 {
			c.Source = &rec.Event.Sources[0]
		}
		c.IsAccepted = true
		rec.Event.Date, rec.Event.Calendar, rec.Event.DateClaims = c.Date, c.Calendar, []news.DateClaimRecord{c}
		return nil
	}}))
}

// claimOf is a claim that the caller enters.
func claimOf(date news.EDTF, calendar news.CalendarModel, source *input.CitationInput, by *news.Caller) (c news.DateClaimRecord, err error) {
	parsed, err := news.ParseHistoricalDate(string(date), calendar)
	if err != nil {
		return c, badInput{news.Invalidf("date %q: %v", date, err), "date"}
	}
	c = news.DateClaimRecord{Date: parsed.EDTF, Calendar: parsed.Calendar, ClaimedBy: &by.Name}
	if source != nil {
		cited, err := citation(source)
		if err != nil {
			return c, badInput{err, "source"}
		}
		c.Source = &cited
	}
	return c, nil
}

func citation(in *input.CitationInput) (news.Citation, error) {
	c := news.Citation{Title: in.Title, URL: in.URL, Publisher: in.Publisher, AccessedAt: in.AccessedAt, Quote: in.Quote}
	if in.Title == "" {
		return c, news.Invalidf("a source has no title; give one")
	}
	if in.URL != nil {
		return c, in.URL.Check()
	}
	return c, nil
}

func (r *mutation) UpdateHistoricalEvent(ctx context.Context, in input.UpdateHistoricalEventInput) (*news.HistoricalEventPayload, error) {
	by, err := requires(ctx, news.ScopeEventsEdit)
	if err != nil {
		return nil, err
	}
	return eventPayload(save[*news.HistoricalEvent](ctx, r, news.KindHistoricalEvent, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Note: textOr(in.RevisionNote), Change: func(rec *news.Record) error {
		if err := editTitle(&rec.Event.Title, in.Title); err != nil {
			return err
		}
		return editEvent(rec.Event, &in.HistoricalEvent)
	}}))
}

// editEvent sets the fields that the input names.
func editEvent(e *news.EventRecord, in *input.HistoricalEvent) error {
	edit(in.Slug, func(v *string) { e.Slug = textOr(v) })
	edit(in.Kind, func(v *news.HistoricalEventKind) { e.Kind = valueOr(v, news.EventHappening) })
	edit(in.Verification, func(v *news.VerificationState) { e.Verification = valueOr(v, news.Unverified) })
	edit(in.IsSelected, func(v *bool) { e.IsSelected = valueOr(v, false) })
	edit(in.PlaceID, func(v *news.ID) { e.Place = refOrNone(v) })
	edit(in.ImageID, func(v *news.ID) { e.Image = refOrNone(v) })
	edit(in.TopicIds, func(v []news.ID) { e.Topics = refsOf(v) })
	edit(in.CategoryIds, func(v []news.ID) { e.Categories = refsOf(v) })
	if v, ok := in.Significance.ValueOK(); ok {
		if e.Significance = v; v != nil && (*v < 0 || *v > 100) {
			return badInput{news.Invalidf("significance is %d; give a number from 0 to 100", *v), "significance"}
		}
	}
	if err := editSources(e, in.Sources); err != nil {
		return err
	}
	return editText(&e.Description, in.Description, "description")
}

func editSources(e *news.EventRecord, in graphql.Omittable[[]*input.CitationInput]) error {
	sources, ok := in.ValueOK()
	if !ok {
		return nil
	}
	claims, err := e.AllClaims() // that of an event with one date cites its first source
	if err == nil && e.Date != "" {
		e.DateClaims = claims
	}
	e.Sources = nil
	for _, s := range sources {
		cited, err := citation(s)
		if err != nil {
			return badInput{err, "sources"}
		}
		e.Sources = append(e.Sources, cited)
	}
	e.DropOwnClaim()
	return err
}

func (r *mutation) AddDateClaim(ctx context.Context, in input.AddDateClaimInput) (*news.HistoricalEventPayload, error) {
	by, err := requires(ctx, news.ScopeEventsEdit)
	if err != nil {
		return nil, err
	}
	now := r.Now().UTC().Truncate(time.Millisecond)
	return eventPayload(save[*news.HistoricalEvent](ctx, r, news.KindHistoricalEvent, store.Edit{ID: in.EventID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		c, err := claimOf(in.Date, in.Calendar, in.Source, by)
		if err != nil {
			return err
		}
		c.Note, c.ClaimedAt, c.PrintedIn = in.Note, now, refOrNone(in.PrintedInID)
		return rec.Event.Claim(c, in.Accept)
	}}))
}

func (r *mutation) AcceptDateClaim(ctx context.Context, in input.DateClaimInput) (*news.HistoricalEventPayload, error) {
	return r.editClaims(ctx, in, (*news.EventRecord).Accept)
}

func (r *mutation) RemoveDateClaim(ctx context.Context, in input.DateClaimInput) (*news.HistoricalEventPayload, error) {
	return r.editClaims(ctx, in, (*news.EventRecord).Withdraw)
}

func (r *mutation) editClaims(ctx context.Context, in input.DateClaimInput, edit func(e *news.EventRecord, at int) error) (*news.HistoricalEventPayload, error) {
	st, err := step(ctx, in.ID, in.ExpectedRevision, news.ScopeEventsEdit)
	if err != nil {
		return nil, err
	}
	saved, err := r.Store.EditClaims(ctx, st, edit)
	if _, lost := errors.AsType[*news.RevisionConflict](err); err != nil && !lost {
		err = badInput{err, "id"}
	}
	return eventPayload(outcome[*news.HistoricalEvent](ctx, r, saved, err))
}

func (r *mutation) MergeHistoricalEvents(ctx context.Context, in input.MergeInput) (*news.HistoricalEventPayload, error) {
	by, err := requiresAll(ctx, news.ScopeEventsEdit)
	if err != nil {
		return nil, err
	}
	m := merge(in, by)
	saved, err := r.Store.MergeEvents(ctx, m)
	return eventPayload(outcome[*news.HistoricalEvent](ctx, r, saved, mergeError(m, err)))
}
