package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Step is who does something to an entry, and on which of its revisions.
type Step struct {
	ID       news.ID
	Expected int // 0 does not ask
	By       string
	Note     string
	Grant    *news.Grant // see [Edit]
}

func (st Step) edit(change func(*news.Record) error) Edit {
	return Edit{ID: st.ID, Expected: st.Expected, By: st.By, Note: st.Note, Grant: st.Grant, Change: change}
}

// Move brings an entry that is not public to another stage.
func (s *Store) Move(ctx context.Context, st Step, action news.EntryAction, to news.EntryStatus) (Saved, error) {
	return s.Save(ctx, st.edit(func(r *news.Record) error {
		h, _, err := entryOf(r)
		if err == nil {
			err = h.Status.Allows(action)
		}
		if err != nil {
			return err
		}
		h.Status = to
		return nil
	}))
}

// Publish makes an entry public, now or by the clock when its plan says so. Once public, an entry keeps the instant of its
// first publication.
func (s *Store) Publish(ctx context.Context, st Step, plan news.Schedule) (Saved, error) {
	return s.PublishAs(ctx, st, func(news.Schedule) news.Schedule { return plan })
}

// PublishAs is Publish by a plan that is made of the stored one.
func (s *Store) PublishAs(ctx context.Context, st Step, planned func(stored news.Schedule) news.Schedule) (Saved, error) {
	now := s.now().UTC().Truncate(time.Millisecond) // before that of the save: what is published later than saved is scheduled
	return s.Save(ctx, st.edit(func(r *news.Record) error {
		h, own, err := entryOf(r)
		if err != nil {
			return err
		}
		plan := planned(*own)
		if err := plan.Check(now); err != nil {
			return err
		}
		if plan.PublishAt.After(now) {
			if err := h.Status.Allows(news.ActionSchedule); err != nil {
				return err
			}
			*own, h.Status = plan, news.StatusScheduled
			return nil
		}
		if err := h.Status.Allows(news.ActionPublish); err != nil {
			return err
		}
		plan.PublishAt = time.Time{}
		*own = plan
		appear(h, now)
		return nil
	}))
}

// appear makes an entry public.
func appear(h *news.Head, at time.Time) {
	h.Status = news.StatusPublished
	if h.PublishedAt.IsZero() || h.PublishedAt.After(at) {
		h.PublishedAt = at
	}
}

// Unpublish takes an entry off the site, or off the schedule. Its path leads to redirectTo, if that is something.
func (s *Store) Unpublish(ctx context.Context, st Step, redirectTo news.ID) (Saved, error) {
	e := st.edit(func(r *news.Record) error {
		h, plan, err := entryOf(r)
		if err == nil {
			err = h.Status.Allows(news.ActionUnpublish)
		}
		if err != nil {
			return err
		}
		h.Status = news.StatusUnpublished
		if h.PublishedAt.After(s.now()) {
			h.Status, h.PublishedAt = news.StatusDraft, time.Time{} // it never was public
		}
		plan.PublishAt, plan.ExpiresAt = time.Time{}, time.Time{}
		return nil
	})
	e.RedirectTo = redirectTo
	return s.Save(ctx, e)
}

// Retract withdraws an entry; its path says from now on that it is gone, and why.
func (s *Store) Retract(ctx context.Context, st Step, notice string) (Saved, error) {
	e := st.edit(func(r *news.Record) error {
		h, plan, err := entryOf(r)
		if err == nil {
			err = h.Status.Allows(news.ActionRetract)
		}
		if err != nil {
			return err
		}
		h.Status = news.StatusRetracted
		*plan = news.Schedule{}
		if r.Article != nil {
			r.Article.Corrections = append(r.Article.Corrections, news.Correction{Kind: news.CorrectionRetraction, Notice: notice, At: s.now().UTC().Truncate(time.Millisecond)})
		}
		return nil
	})
	e.Reason = notice
	return s.Save(ctx, e)
}

// Restore saves an earlier revision of an entry again. Where the entry stands, its stage of life and its schedule stay as
// they are.
func (s *Store) Restore(ctx context.Context, st Step, revision int) (Saved, error) {
	if err := s.mayEdit(ctx, st.edit(nil), st.ID.Kind()); err != nil {
		return Saved{}, err
	}
	content, err := s.Revision(ctx, st.ID, revision)
	if err != nil {
		return Saved{}, err
	}
	var earlier news.Record
	if err := json.Unmarshal(content, &earlier); err != nil {
		return Saved{}, fmt.Errorf("revision %d of %s: %w", revision, st.ID, err)
	}
	return s.Save(ctx, st.edit(func(r *news.Record) error {
		now, plan, err := entryOf(r)
		if err != nil {
			return err
		}
		restored := *copyOf(&earlier)
		restored.Ref = r.Ref
		h, p, err := entryOf(&restored)
		if err != nil {
			return err
		}
		h.Path, h.Slug, h.Status, h.PublishedAt, h.CreatedAt = now.Path, now.Slug, now.Status, now.PublishedAt, now.CreatedAt
		*p = *plan
		if r.Article != nil { // what readers were told stays told
			restored.Article.Corrections = r.Article.Corrections
		}
		*r = restored
		return nil
	}))
}

// entryOf is the head and the schedule of an entry.
func entryOf(r *news.Record) (*news.Head, *news.Schedule, error) {
	switch {
	case r.Page != nil:
		return &r.Page.Head, &r.Page.Schedule, nil
	case r.Article != nil:
		return &r.Article.Head, &r.Article.Schedule, nil
	case r.Event != nil:
		return &r.Event.Head, &r.Event.Schedule, nil
	}
	return nil, nil, news.Invalidf("only articles, pages and historical events have a life cycle")
}

// Due is an entry whose stage of life the clock has to change.
type Due struct {
	ID news.ID
	At time.Time
}

// DueEntries are those whose publication or expiry lies at or before an instant, in the order due; at most limit.
func (s *Store) DueEntries(ctx context.Context, until time.Time, limit int) (due []Due, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: dueEntries(`<= ?1`, `?2`) + ` ORDER BY at, id LIMIT ?2`, Args: []any{until.UnixMilli(), limit},
		Scan: func(r *engine.Row) error { due = append(due, Due{ID: id(r), At: instant(r)}); return nil },
	})
	return due, err
}

// NextDue is the first instant after another at which an entry is due; ok is false when there is none.
func (s *Store) NextDue(ctx context.Context, after time.Time) (at time.Time, ok bool, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT min(at) FROM (` + dueEntries(`> ?1`, `1`) + `)`, Args: []any{after.UnixMilli()},
		Scan: func(r *engine.Row) error { at = nullInstant(r); ok = !at.IsZero(); return nil }})
	return at, ok, err
}

// dueEntries is a query for the entries whose instant fulfils a condition: of each sort the first few.
func dueEntries(condition, limit string) string {
	var all []string
	for _, table := range []string{"articles", "pages", "events"} {
		all = append(all, `SELECT * FROM (SELECT id, publish_at AS at FROM `+table+` WHERE status = 'SCHEDULED' AND publish_at `+condition+` ORDER BY at, id LIMIT `+limit+`)`,
			`SELECT * FROM (SELECT id, expires_at AS at FROM `+table+` WHERE status = 'PUBLISHED' AND expires_at IS NOT NULL AND expires_at `+condition+` ORDER BY at, id LIMIT `+limit+`)`)
	}
	return strings.Join(all, " UNION ALL ")
}

// Tick does what the clock has to do to an entry now, and nothing if there is nothing: it may be called again.
func (s *Store) Tick(ctx context.Context, entry news.ID) (Saved, error) {
	return s.Save(ctx, Edit{ID: entry, By: "schedule", Change: func(r *news.Record) error {
		h, plan, err := entryOf(r)
		if err != nil {
			return err
		}
		now := s.now()
		switch {
		case h.Status == news.StatusScheduled && !plan.PublishAt.After(now):
			at := plan.PublishAt
			plan.PublishAt = time.Time{}
			appear(h, at)
		case h.Status == news.StatusPublished && !plan.ExpiresAt.IsZero() && !plan.ExpiresAt.After(now):
			plan.ExpiresAt = time.Time{}
			h.Status = news.StatusUnpublished
		}
		return nil
	}})
}
