package store

import (
	"context"
	"errors"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// grantGuard is the reason of the step that keeps an edit within the grant of whoever makes it.
const grantGuard = "grant"

// within is who writes under a grant; nil when the grant has no limits.
func (s *Store) within(grant *news.Grant) *Reader {
	if grant == nil {
		return nil
	}
	r := &Reader{db: s.db, caller: &news.Caller{Grant: *grant}, preview: true}
	if !r.limited() {
		return nil
	}
	return r
}

// mayEdit refuses to edit what lies outside a limited grant: NotFound for entries, which its holder cannot see, and Forbidden
// for what all entries share.
func (s *Store) mayEdit(ctx context.Context, e Edit, kind news.IDKind) error {
	w := s.within(e.Grant)
	if w == nil {
		return nil
	}
	if !isEntry(kind) && (kind != news.KindImage || e.ID != 0) {
		return news.Forbiddenf("this key is limited to some content; sections, topics, authors, pictures that are there and the site's settings belong to all: use a key without limits")
	}
	if e.ID == 0 {
		return nil
	}
	ok, err := w.inGrant(ctx, e.ID)
	if err == nil && !ok {
		err = news.NotFoundf("there is no %s", e.ID)
	}
	return err
}

func isEntry(kind news.IDKind) bool { return entryTable(kind) != "" }

// staysWithin makes the batch fail when the entry, as it is to be, lies outside the grant.
func (b *batch) staysWithin(it *item, grant *news.Grant) {
	w := b.within(grant)
	kind := it.id.Kind()
	if w == nil || !isEntry(kind) {
		return
	}
	if granted := w.granted(kind); len(granted) > 0 {
		b.guarded(grantGuard, `UPDATE `+entryTable(kind)+` AS e SET version = version WHERE e.id = ? AND `+strings.Join(granted, " AND "), int64(it.id))
	}
}

// outsideGrant is what a caller is told whose edit failed at the guard; nil for other errors.
func outsideGrant(err error) error {
	if guard, ok := errors.AsType[*engine.GuardError](err); ok && guard.Reason == grantGuard {
		return news.Forbiddenf("the entry would lie outside of what this key may write: it is limited to some sections, languages or to what may be syndicated")
	}
	return nil
}
