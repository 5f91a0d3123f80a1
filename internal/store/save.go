package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// Edit is a change that one person makes of one node.
type Edit struct {
	ID       news.ID // zero to create
	Expected int     // the revision that the person has seen; 0 does not ask, as for nodes without revisions in the schema
	// Change turns the state as it is stored, or for a new node an empty record, into the one that is to be. It may be called
	// more than once, and not see what an earlier call did. Refs name other nodes; news.RefOf makes one of an id.
	Change func(*news.Record) error
	By     string // who makes it
	// Grant limits what may be edited, before and after the change; nil for no limits.
	Grant *news.Grant
	Note  string // what for
	// Key of the caller's, for a creation that may be sent twice: the second gives the node that the first made.
	Key string
	// Corrects says that the change puts right what readers have seen.
	Corrects bool
	// RedirectTo is where the path of an entry leads from now on that is no longer published; zero for nowhere.
	RedirectTo news.ID
	// Reason is what the path of a retracted entry answers.
	Reason string
	erases bool // the node, and with it all that others have changed
}

// Saved is what a save left behind.
type Saved struct {
	ID       news.ID
	Revision int
	Seq      int64 // in the journal; 0 when nothing changed
	// Redirects is how many paths lead elsewhere from now on.
	Redirects int
}

// Save makes one edit, with its revision and its entry in the journal. It is a *news.RevisionConflict when somebody else
// has changed the node since Expected, a *news.SlugTaken when another node has the slug that is asked for, NotFound when
// there is no such node, and whatever Change returns. An edit that changes nothing saves nothing.
func (s *Store) Save(ctx context.Context, e Edit) (Saved, error) { return s.saveWith(ctx, e, nil) }

// saveWith makes an edit in one batch with what along adds to it.
func (s *Store) saveWith(ctx context.Context, e Edit, along func(*batch) error) (Saved, error) {
	return s.inBatch(ctx, func(b *batch) (Saved, error) {
		saved, err := b.edit(e)
		if err == nil && along != nil {
			err = along(b)
		}
		return saved, err
	})
}

// triesAlone is how often a save is tried that runs alone. What it loses to then is an import or another program.
const triesAlone = 20

// inBatch writes what add puts into a batch, and tries again while others write what it collides with. Saves run beside each
// other, so that they share the disk's time; one that has lost too often runs alone, so that none loses for ever. It is a
// news.Conflict error, and nothing is saved, when that does not help either.
func (s *Store) inBatch(ctx context.Context, add func(*batch) (Saved, error)) (Saved, error) {
	saved, err := s.tryBatches(ctx, s.saving.RLocker(), maxTries, add)
	if collided(err) {
		saved, err = s.tryBatches(ctx, &s.saving, triesAlone, add)
	}
	if _, lost := errors.AsType[*engine.GuardError](err); lost {
		err = &news.Error{Kind: news.Conflict, Message: "nothing was saved: others kept changing the same thing at the same moment; try again"}
	}
	if err != nil || saved.Seq == 0 {
		return saved, err
	}
	if err := s.derive(ctx); err != nil {
		return Saved{}, fmt.Errorf("the change is saved, but: %w", err)
	}
	return saved, nil
}

// unsaved adds to an error what an editor may know of it, where it is the server's machine that lets nobody write.
func unsaved(err error) error {
	for _, c := range []struct {
		is  error
		why string
	}{
		{engine.ErrFull, "the disk of the server is full"},
		{engine.ErrReadOnly, "the server may only read its database"},
		{engine.ErrCorrupt, "the database of the server is damaged"},
		{engine.ErrBusy, "another program keeps the database for itself"},
	} {
		if errors.Is(err, c.is) {
			return fmt.Errorf("%w: %w", &news.Error{Kind: news.Unavailable, Message: "nothing was saved: " + c.why + "; keep your text, tell who runs it, and save again"}, err)
		}
	}
	return err
}

// tryBatches tries until nothing collides, holding a lock meanwhile.
func (s *Store) tryBatches(ctx context.Context, lock sync.Locker, times int, add func(*batch) (Saved, error)) (saved Saved, err error) {
	lock.Lock()
	defer lock.Unlock()
	for range times {
		saved, err = s.tryBatch(ctx, add)
		if outside := outsideGrant(err); outside != nil {
			return saved, outside
		}
		if !collided(err) {
			break
		}
	}
	return saved, err
}

// collided says whether an error may come of what somebody else wrote at the same time.
func collided(err error) bool {
	_, isConstraint := errors.AsType[*engine.ConstraintError](err)
	_, isGuard := errors.AsType[*engine.GuardError](err)
	return isConstraint || isGuard
}

func (s *Store) tryBatch(ctx context.Context, add func(*batch) (Saved, error)) (Saved, error) {
	b, err := s.startBatch(ctx, nil)
	if err != nil {
		return Saved{}, err
	}
	saved, err := add(b)
	if err != nil {
		return Saved{}, err
	}
	if len(b.changes) == 0 {
		return saved, nil
	}
	saved.Redirects = b.redirects
	if saved.Seq, err = s.commitSeq(ctx, b); err != nil {
		return Saved{}, err
	}
	return saved, nil
}

// edit adds the edit of one node to the batch, and nothing when it changes nothing. The batch does not know what it did to a
// node before: it edits each once.
func (b *batch) edit(e Edit) (Saved, error) {
	if e.ID != 0 {
		if err := b.mayEdit(b.ctx, e, e.ID.Kind()); err != nil {
			return Saved{}, err
		}
	}
	state, err := b.stateFor(b.ctx, e)
	if err != nil {
		return Saved{}, err
	}
	before := asFields(state.record)
	record := copyOf(&state.record)
	record.Ref = state.record.Ref
	if err := e.Change(record); err != nil {
		return Saved{}, err
	}
	b.now = b.Store.now().UTC().Truncate(time.Millisecond) // what Change called now must not be ahead of the batch
	if e.ID == 0 {
		if err := b.mayEdit(b.ctx, e, kindOf(record)); err != nil {
			return Saved{}, err
		}
	}
	fields := changedFields(before, asFields(*record))
	if e.ID != 0 && len(fields) == 0 {
		return Saved{ID: e.ID, Revision: state.version}, nil
	}
	if e.ID == 0 && e.Key != "" {
		state.digest = digestOf(asContent(*record))
		if saved, err := b.savedBefore(b.ctx, e, state.digest); err != nil || saved.ID != 0 {
			return saved, err
		}
	}
	touch(record, b.now)
	follows, err := b.pathFollows(&state.record, record)
	if err != nil {
		return Saved{}, err
	}
	if follows {
		setPath(record, "")
	}
	it := &b.stage([]news.Record{*record})[0]
	if it.invalid != nil {
		return Saved{}, it.invalid
	}
	it.moves = e.ID != 0 && record.Category != nil && pathOf(record) == ""
	if err := b.learn(it); err != nil {
		return Saved{}, err
	}
	if e.ID == 0 {
		it.id, it.isNew = b.ids.New(kindOf(it.Record), b.now), true
		it.Ref = refOr(nil, it.id)
	} else {
		it.id = e.ID
	}
	if err := b.saveItem(it, e, state, fields); err != nil {
		return Saved{}, err
	}
	b.staysWithin(it, e.Grant)
	return Saved{ID: it.id, Revision: it.stored.version + 1}, b.carry(it, e.By)
}

// pathFollows says whether an edit leaves it to the store what the path becomes: it has changed what the path is made of.
func (b *batch) pathFollows(before, after *news.Record) (bool, error) {
	switch {
	case pathOf(after) != pathOf(before):
		return false, nil
	case slugOf(after) != slugOf(before):
		return true, nil
	case after.Category == nil || before.Category == nil || after.Category.Parent == before.Category.Parent:
		return false, nil
	}
	above, err := b.categoryPath(before.Category.ParentID)
	return isMadeOf(string(pathOf(before)), above, slugOf(before)), err
}

// learn finds what the references of an item lead to.
func (b *batch) learn(it *item) error {
	known, err := b.knownRefs(b.ctx, []item{*it})
	for ref, k := range known {
		if _, ok := b.known[ref]; !ok { // the batch knows better where it has put something
			b.known[ref] = k
		}
	}
	return err
}

// carry lets the paths of the categories below one that has moved follow, where they were made from its path.
func (b *batch) carry(it *item, by string) error {
	if it.isNew || it.Category == nil || it.stored.path == string(it.Category.Category.Path) {
		return nil
	}
	var below []news.ID
	err := b.db.Query(b.ctx, engine.Stmt{
		SQL:  `SELECT id, path, slug FROM categories WHERE parent_id = ? ORDER BY position, id`,
		Args: []any{int64(it.id)},
		Scan: func(r *engine.Row) error {
			if id := id(r); isMadeOf(r.Text(), it.stored.path, r.Text()) && !b.settled[id] {
				below = append(below, id)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	for _, id := range below {
		clearPath := func(r *news.Record) error { setPath(r, ""); return nil }
		if _, err := b.edit(Edit{ID: id, By: by, Change: clearPath}); err != nil {
			return err
		}
	}
	return nil
}

// state is a node as an edit finds it.
type state struct {
	record  news.Record
	version int
	digest  string // of what is to be created with a key
}

// stateFor reads what an edit starts from, and refuses it when somebody else was faster.
func (s *Store) stateFor(ctx context.Context, e Edit) (st state, err error) {
	if e.ID == 0 {
		return st, nil
	}
	// The version first: a change in between is found by the batch's guard.
	if st.version, err = s.version(ctx, e.ID); err != nil {
		return st, err
	}
	records, err := s.Records(ctx, []news.ID{e.ID})
	if err != nil {
		return st, err
	}
	record, ok := records[e.ID]
	if !ok {
		return st, news.NotFoundf("there is no %s", e.ID)
	}
	st.record = record
	if e.Expected != 0 && e.Expected != st.version {
		return st, s.conflict(ctx, e, st)
	}
	return st, nil
}

func (s *Store) version(ctx context.Context, node news.ID) (version int, err error) {
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT version FROM changes WHERE subject = ? ORDER BY version DESC LIMIT 1`,
		Args: []any{int64(node)}, Scan: func(r *engine.Row) error { version = r.Int(); return nil }})
	return version, err
}

// conflict says which fields others have changed since the revision that the edit was made on, and which of them the edit
// changes too.
func (s *Store) conflict(ctx context.Context, e Edit, st state) error {
	conflict := &news.RevisionConflict{Entry: e.ID, Expected: e.Expected, Current: st.version}
	theirs := map[string]bool{}
	told, all := 0, false
	err := s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT fields FROM changes WHERE subject = ? AND version > ?`,
		Args: []any{int64(e.ID), e.Expected},
		Scan: func(r *engine.Row) error {
			told++
			text := r.NullText()
			if text == nil {
				all = true
				return nil
			}
			var fields []string
			if err := json.Unmarshal([]byte(*text), &fields); err != nil {
				return err
			}
			for _, f := range fields {
				theirs[f] = true
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	before := asFields(st.record)
	mine := before
	if record := copyOf(&st.record); !e.erases && e.Change(record) == nil { // what is no longer possible is a conflict all the more
		mine = asFields(*record)
	}
	if all || told < st.version-e.Expected { // an import does not say, or the journal was trimmed
		for _, fields := range []map[string]string{before, mine} {
			for f := range fields {
				theirs[f] = true
			}
		}
	}
	conflict.Theirs = slices.Sorted(maps.Keys(theirs))
	if e.erases {
		conflict.Both = conflict.Theirs
	}
	for _, f := range changedFields(before, mine) {
		if theirs[f] {
			conflict.Both = append(conflict.Both, f)
		}
	}
	return conflict
}

// saveItem adds all that a save writes.
func (b *batch) saveItem(it *item, e Edit, st state, fields []string) error {
	if err := check(it.Record); err != nil {
		return err
	}
	b.known[it.Ref] = knownRef{id: it.id, path: b.known[it.Ref].path}
	if !it.isNew {
		if err := b.load(it); err != nil {
			return err
		}
		if it.stored.version != st.version {
			return &engine.GuardError{} // somebody else was faster; read again
		}
	}
	wantedSlug, wantedPath := slugOf(it.Record), pathOf(it.Record)
	if err := b.write(it); err != nil {
		return err
	}
	if wantedSlug != "" && slugOf(it.Record) != markup.Slug(wantedSlug) {
		return &news.SlugTaken{Slug: markup.Slug(wantedSlug), Suggestion: slugOf(it.Record)}
	}
	if wantedPath != "" && pathOf(it.Record) != wantedPath && e.ID != 0 {
		return news.Invalidf("the path %s is taken by something else; choose another", wantedPath)
	}
	for _, m := range it.missing {
		if m[0] == ownSystem {
			return news.NotFoundf("%s: there is no %s", m[2], m[1])
		}
	}
	if it.stored.path != string(pathOf(it.Record)) && !it.isNew {
		b.redirects++
	}
	b.redirect(it, e)
	if err := b.revise(it, e, st); err != nil {
		return err
	}
	if it.isNew && e.Key != "" {
		b.exec(`INSERT INTO idempotency_keys (key, subject, digest, at) VALUES (?, ?, ?, ?)`, e.By+" "+e.Key, int64(it.id), st.digest, b.now.UnixMilli())
	}
	c := change{subject: it.id, kind: b.changeOf(it, e), version: it.stored.version + 1, tags: b.tags(it), fields: fields, by: &e.By, hidden: it.isHidden()}
	b.changes = append(b.changes, c)
	b.pend(it, c.version)
	return nil
}

// changeOf is what a save means to those who follow the journal.
func (b *batch) changeOf(it *item, e Edit) news.ChangeKind {
	h := headOf(it.Record)
	if h == nil {
		switch {
		case it.isNew:
			return news.ChangeCreated
		case string(pathOf(it.Record)) != it.stored.path:
			return news.ChangeMoved
		}
		return news.ChangeUpdated
	}
	before := it.stored.status
	switch {
	case h.Status == news.StatusPublished && before != news.StatusPublished:
		return news.ChangePublished
	case h.Status == news.StatusRetracted && before != news.StatusRetracted:
		return news.ChangeRetracted
	case h.Status != news.StatusPublished && before == news.StatusPublished:
		return news.ChangeUnpublished
	case h.Status == news.StatusScheduled && before != news.StatusScheduled:
		return news.ChangeScheduled
	case it.isNew:
		return news.ChangeCreated
	case e.Corrects:
		return news.ChangeCorrected
	case string(h.Path) != it.stored.path:
		return news.ChangeMoved
	}
	return news.ChangeUpdated
}

// revise keeps the saved state of an entry, and the one before if nobody kept it: an import keeps none of its own.
func (b *batch) revise(it *item, e Edit, st state) error {
	if headOf(it.Record) == nil {
		return nil
	}
	var saves []save
	if st.version > 0 {
		kept := false
		err := b.db.Query(b.ctx, engine.Stmt{SQL: `SELECT true FROM revisions WHERE subject = ? AND version = ?`, Args: []any{int64(it.id), st.version},
			Scan: func(*engine.Row) error { kept = true; return nil }})
		if err != nil {
			return err
		}
		if !kept {
			saves = append(saves, save{news.Revision{EntryID: it.id, Number: st.version, SavedAt: headOf(&st.record).UpdatedAt}, asContent(st.record)})
		}
	}
	r := news.Revision{EntryID: it.id, Number: st.version + 1, SavedAt: b.now, SavedBy: &e.By}
	if e.Note != "" {
		r.Note = &e.Note
	}
	for _, v := range append(saves, save{r, asContent(it.saved())}) {
		steps, err := b.revisionSteps(b.ctx, []save{v})
		if err != nil {
			return err
		}
		b.add(steps...)
	}
	return nil
}

// saved is the record as it is now stored.
func (it *item) saved() news.Record {
	r := copyOf(it.Record)
	r.Ref = it.Ref
	headOf(r).Title = titleSource(it.title)
	switch {
	case r.Page != nil:
		r.Page.Body = news.HTML(it.texts[0].html)
	case r.Article != nil:
		r.Article.Body = news.HTML(it.texts[0].html)
	case r.Event != nil:
		r.Event.Description = news.HTML(it.texts[0].html)
	}
	return *r
}

// redirect lets the path of an entry that is no longer published lead elsewhere, or say why it is gone.
func (b *batch) redirect(it *item, e Edit) {
	h := headOf(it.Record)
	switch {
	case h == nil || h.Status == news.StatusPublished:
	case e.RedirectTo != 0:
		b.exec(`UPDATE paths SET subject = ?, state = 'MOVED', since = ? WHERE path = ?`, int64(e.RedirectTo), b.now.UnixMilli(), string(h.Path))
	case e.Reason != "":
		b.exec(`UPDATE paths SET reason = ? WHERE path = ? AND state = 'GONE'`, e.Reason, string(h.Path))
	}
}

func asContent(r news.Record) []byte {
	content, err := json.Marshal(r)
	if err != nil {
		panic(err) // records hold nothing that JSON cannot
	}
	return content
}

// savedBefore is what an earlier creation with the same key made; nothing when there was none.
func (s *Store) savedBefore(ctx context.Context, e Edit, digest string) (saved Saved, err error) {
	before := ""
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT subject, digest FROM idempotency_keys WHERE key = +?`, Args: []any{e.By + " " + e.Key},
		Scan: func(r *engine.Row) error { saved.ID, before = id(r), r.Text(); return nil }})
	if err != nil || saved.ID == 0 {
		return saved, err
	}
	if before != digest {
		return Saved{}, news.Invalidf("idempotencyKey %q was used to create something else (%s); use a new key for each creation", e.Key, saved.ID)
	}
	saved.Revision, err = s.version(ctx, saved.ID)
	return saved, err
}

// touch notes in a record when it was changed.
func touch(r *news.Record, now time.Time) {
	switch {
	case r.Site != nil:
		r.Site.UpdatedAt = now
	case r.Image != nil:
		r.Image.UpdatedAt = now
	case r.Author != nil:
		r.Author.UpdatedAt = now
	case r.Topic != nil:
		r.Topic.UpdatedAt = now
	case r.Category != nil:
		r.Category.UpdatedAt = now
	}
	if h := headOf(r); h != nil {
		h.UpdatedAt = now
	}
}

func setPath(r *news.Record, path news.Path) {
	switch {
	case r.Author != nil:
		r.Author.Path = path
	case r.Topic != nil:
		r.Topic.Path = path
	case r.Category != nil:
		r.Category.Category.Path = path
	}
	if h := headOf(r); h != nil {
		h.Path = path
	}
}

func slugOf(r *news.Record) string {
	switch {
	case r.Author != nil:
		return r.Author.Slug
	case r.Topic != nil:
		return r.Topic.Slug
	case r.Category != nil:
		return r.Category.Slug
	}
	if h := headOf(r); h != nil {
		return h.Slug
	}
	return ""
}

func pathOf(r *news.Record) news.Path {
	switch {
	case r.Author != nil:
		return r.Author.Path
	case r.Topic != nil:
		return r.Topic.Path
	case r.Category != nil:
		return r.Category.Category.Path
	}
	if h := headOf(r); h != nil {
		return h.Path
	}
	return ""
}

// asFields are the fields of a record by name, as JSON. Titles, for one, are the same however they were escaped.
func asFields(r news.Record) map[string]string {
	var fields map[string]json.RawMessage
	var inner any
	switch {
	case r.Site != nil:
		inner = r.Site
	case r.Image != nil:
		inner = r.Image
	case r.Author != nil:
		inner = r.Author
	case r.Topic != nil:
		inner = r.Topic
	case r.Category != nil:
		inner = r.Category
	case r.Page != nil:
		inner = r.Page
	case r.Article != nil:
		inner = r.Article
	case r.Event != nil:
		inner = r.Event
	default:
		return nil
	}
	content, err := json.Marshal(inner)
	if err == nil {
		err = json.Unmarshal(content, &fields)
	}
	if err != nil {
		panic(err) // records hold nothing that JSON cannot
	}
	named := make(map[string]string, len(fields))
	for name, value := range fields {
		if name != "updatedAt" {
			named[name] = string(value)
		}
	}
	return named
}

// changedFields are the names of the fields that differ, sorted.
func changedFields(before, after map[string]string) []string {
	var changed []string
	for name := range after {
		if before[name] != after[name] {
			changed = append(changed, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			changed = append(changed, name)
		}
	}
	slices.SortFunc(changed, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return changed
}

// commitSeq writes the batch and says where in the journal its last change stands.
func (s *Store) commitSeq(ctx context.Context, b *batch) (seq int64, err error) {
	b.file()
	if err := s.commit(ctx, "", b.now, b.changes, b.steps); err != nil {
		return 0, unsaved(err)
	}
	last := b.changes[len(b.changes)-1]
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT seq FROM changes WHERE subject = ? AND version = ?`, Args: []any{int64(last.subject), last.version},
		Scan: func(r *engine.Row) error { seq = r.Int64(); return nil }})
	if err != nil {
		return 0, fmt.Errorf("the change is saved, but: %w", err)
	}
	return seq, nil
}
