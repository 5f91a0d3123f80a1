package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// Import writes records in one atomic batch and says of each what became of it. A record whose content is the same as
// when it last came under its Ref is left alone, whatever editors did to the node since; so is an event that comes as
// ExportEvents would write it. References to records that nobody imported yet are kept: FinishImport sets them when the
// records have come. A record that cannot be written fails alone; where only the database could tell, the batch is split
// to find it. The error is for faults that concern the whole batch: nothing of it was written then, or, if it had been
// split, not all of it. Importing it again is safe.
func (s *Store) Import(ctx context.Context, records []news.Record) ([]news.Outcome, error) {
	return s.Stage(records)(ctx)
}

// Stage does what an Import needs no database for, and returns the rest of it. So the next records can be staged while
// these are written.
func (s *Store) Stage(records []news.Record) func(context.Context) ([]news.Outcome, error) {
	staged := s.stage(records)
	return func(ctx context.Context) ([]news.Outcome, error) { return s.importStaged(ctx, staged, false) }
}

// ImportDry says what Import would do, and writes nothing. References between records of different batches may be
// unknown to it.
func (s *Store) ImportDry(ctx context.Context, records []news.Record) ([]news.Outcome, error) {
	b, err := s.newBatch(ctx, s.stage(records), false)
	if err != nil {
		return nil, err
	}
	return b.outcomes, nil
}

// maxTries is how often one record is tried while others write what it collides with.
const maxTries = 3

func (s *Store) importStaged(ctx context.Context, staged []item, again bool) ([]news.Outcome, error) {
	for try := 1; ; try++ {
		b, err := s.newBatch(ctx, staged, again)
		if err != nil {
			return nil, err
		}
		if len(b.steps) == 0 {
			return b.outcomes, nil
		}
		b.file()
		err = s.commit(ctx, "", b.now, b.changes, b.steps)
		constraint, isConstraint := errors.AsType[*engine.ConstraintError](err)
		_, isGuard := errors.AsType[*engine.GuardError](err)
		switch {
		case err == nil:
			return b.outcomes, s.derive(ctx)
		case !isConstraint && !isGuard:
			return nil, fmt.Errorf("import %d records: %w", len(staged), err)
		case len(staged) > 1:
			// A record broke a constraint that the checks did not foresee, or somebody else wrote at the same time: halve
			// the batch until it stands alone.
			half := len(staged) / 2
			first, err := s.importStaged(ctx, staged[:half], again)
			if err != nil {
				return nil, err
			}
			second, err := s.importStaged(ctx, staged[half:], again)
			return append(first, second...), err
		case try < maxTries: // read again what somebody else may have written
		case isConstraint:
			return []news.Outcome{{Result: news.Failed, Reason: constraint.Error()}}, nil
		default:
			return []news.Outcome{{Result: news.Failed, Reason: "somebody else kept changing it; import it again"}}, nil
		}
	}
}

// file puts what the batch has touched where lists find it.
func (b *batch) file() {
	if len(b.planted) > 0 {
		b.add(plant(b.planted)...)
	}
	if len(b.prints) > 0 {
		b.add(b.fingerprints()...)
	}
	if len(b.articles) > 0 {
		b.add(inZone(b.site.TimeZone))
		b.add(articleListing.refile(b.articles)...)
	}
	if len(b.events) > 0 {
		b.add(eventListing.refile(b.events)...)
	}
	b.analyse()
	b.add(b.indexing...)
}

// batch is what one Import is going to write.
type batch struct {
	*Store
	ctx        context.Context
	now        time.Time
	again      bool // the records were imported before, without references that were missing
	site       *news.Site
	known      map[news.Ref]knownRef
	exported   map[news.ID]string // see asStored
	position   map[news.Ref]int   // of the records of this batch
	items      []item
	taken      map[string]news.ID    // slugs and paths given away in this batch
	parents    map[news.ID]news.ID   // of categories and pages, as this batch leaves them
	open       map[news.ID]bool      // nodes whose parents are being imported
	translated map[news.Ref]bool     // articles that others of this batch translate
	groups     map[news.ID]news.ID   // translation groups of this batch's articles
	paths      map[news.ID]news.Path // of this batch's pages
	names      map[news.ID]string    // of this batch's authors
	outcomes   []news.Outcome
	steps      []engine.Step
	indexing   []engine.Step // run after steps; see index
	documents  []indexed     // those whose steps analyse makes
	changes    []change
	planted    []news.ID // categories that are new or have another parent
	articles   []news.ID // to refile
	prints     []print   // of articles that were written
	reprinted  bool      // one of them is not new
	events     []news.ID
	settled    map[news.ID]bool // categories that carry leaves alone: a merge erases or moves them
	redirects  int              // paths of saved nodes that lead elsewhere from now on
}

// knownRef is a node that has a Ref.
type knownRef struct {
	id     news.ID
	digest string
	path   news.Path // of a category
}

// item is a record on its way into the store.
type item struct {
	*news.Record           // staged: the caller's; in a batch: a copy, which the import completes
	content      []byte    // JSON of the record as it came
	digest       string    // of content
	digestBefore string    // of the record last imported under this ref
	invalid      error     // why there is no content
	texts        []cleaned // of the record's HTML fields
	title        string    // of an entry, as plain text
	slug         string    // of an entry, as asked for or made from the title
	excerpt      string    // of an article's body
	fingerprint  []int64   // likewise
	words        words     // of texts[0], of an entry
	id           news.ID
	isNew        bool
	moves        bool   // to the path that is made for it, whatever it has now
	stored       stored // of a node that is not new
	missing      [][]string
	note         string // what to know about a record that was written
	done         bool
}

// stored is what an import must know of a node that is already there.
type stored struct {
	version     int
	path        string
	slug        string
	status      news.EntryStatus
	createdAt   time.Time
	publishedAt time.Time
	parent      news.ID   // of a category
	group       news.ID   // translation group of an article
	listed      []news.ID // in whose lists an entry is
}

type cleaned struct {
	html, text string
	words      int
}

func (b *batch) add(steps ...engine.Step) { b.steps = append(b.steps, steps...) }

func (b *batch) exec(sql string, args ...any) { b.add(engine.Step{SQL: sql, Args: args}) }

// clear removes rows of a node that may have some; a new one has none.
func (b *batch) clear(it *item, sql string) {
	if !it.isNew {
		b.exec(sql, int64(it.id))
	}
}

// guarded adds a step that must change one row: it does not when somebody else has changed the node since it was read.
func (b *batch) guarded(reason, sql string, args ...any) {
	b.add(engine.Step{SQL: sql, Args: args, Guard: reason})
}

func (s *Store) newBatch(ctx context.Context, staged []item, again bool) (*batch, error) {
	b, err := s.startBatch(ctx, staged)
	if err != nil {
		return nil, err
	}
	b.again = again
	if b.exported, err = b.asStored(); err != nil {
		return nil, err
	}
	for i := range b.items {
		b.identify(i)
	}
	// The site comes first: other records take its locale.
	for _, isSite := range []bool{true, false} {
		for i := range b.items {
			if (b.items[i].Site != nil) == isSite {
				if err := b.importItem(i); err != nil {
					return nil, err
				}
			}
		}
	}
	return b, nil
}

// startBatch is a batch of items that nobody has looked at yet.
func (s *Store) startBatch(ctx context.Context, staged []item) (b *batch, err error) {
	b = &batch{
		Store: s, ctx: ctx, now: s.now().UTC().Truncate(time.Millisecond),
		position: map[news.Ref]int{}, items: slices.Clone(staged), taken: map[string]news.ID{},
		parents: map[news.ID]news.ID{}, open: map[news.ID]bool{}, translated: map[news.Ref]bool{}, groups: map[news.ID]news.ID{},
		paths: map[news.ID]news.Path{}, names: map[news.ID]string{}, outcomes: make([]news.Outcome, len(staged)),
	}
	for i := range b.items {
		b.items[i].Record = copyOf(staged[i].Record)
	}
	if b.site, err = s.Site(ctx); err != nil {
		return nil, fmt.Errorf("read the site: %w", err)
	}
	s.usualLocale.Store(b.site.DefaultLocale)
	b.known, err = s.knownRefs(ctx, b.items)
	return b, err
}

// stage does the work that needs no database, on all processors.
func (s *Store) stage(records []news.Record) []item {
	items := make([]item, len(records))
	locale, _ := s.usualLocale.Load().(news.Locale)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range items {
		it := &items[i]
		it.Record = &records[i]
		group.Go(func() error {
			if it.content, it.invalid = json.Marshal(it.Record); it.invalid != nil {
				return nil
			}
			it.digest = digestOf(it.content)
			for _, html := range htmlOf(it.Record) {
				safe, text := markup.Clean(string(html))
				it.texts = append(it.texts, cleaned{safe, text, markup.WordCount(text)})
			}
			if h := headOf(it.Record); h != nil {
				it.title = markup.PlainTitle(h.Title)
				it.slug = cmp.Or(markup.Slug(h.Slug), markup.Slug(it.title))
				it.words.of(cmp.Or(h.Locale, locale), it.texts[0].text)
			}
			if it.Article != nil {
				it.excerpt, it.fingerprint = markup.Excerpt(it.texts[0].text, ExcerptLength), fingerprintOf(it.texts[0].text)
			}
			return nil
		})
	}
	_ = group.Wait() // errors are the records'
	return items
}

// copyOf is a copy as deep as an import changes a record.
func copyOf(r *news.Record) *news.Record {
	return &news.Record{
		Ref: r.Ref, Site: clone(r.Site), Image: clone(r.Image), Author: clone(r.Author), Topic: clone(r.Topic), Category: clone(r.Category),
		Page: clone(r.Page), Article: clone(r.Article), Event: clone(r.Event), Redirect: clone(r.Redirect),
	}
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// headOf is nil for what is not an entry.
func headOf(r *news.Record) *news.Head {
	switch {
	case r.Page != nil:
		return &r.Page.Head
	case r.Article != nil:
		return &r.Article.Head
	case r.Event != nil:
		return &r.Event.Head
	}
	return nil
}

// htmlOf are the fields that are sanitised before they are stored.
func htmlOf(r *news.Record) []news.HTML {
	switch {
	case r.Site != nil && r.Site.About != nil:
		return []news.HTML{r.Site.About.Body}
	case r.Image != nil:
		return []news.HTML{r.Image.Caption}
	case r.Author != nil:
		return []news.HTML{r.Author.Bio}
	case r.Page != nil:
		return []news.HTML{r.Page.Body}
	case r.Article != nil:
		return []news.HTML{r.Article.Body}
	case r.Event != nil:
		return []news.HTML{r.Event.Description}
	}
	return nil
}

// refsOf are the references of a record by the fields that hold them.
func refsOf(r *news.Record) (refs []reference) {
	add := func(relation string, to ...news.Ref) {
		for _, ref := range to {
			if ref != "" {
				refs = append(refs, reference{relation, ref})
			}
		}
	}
	switch {
	case r.Site != nil && r.Site.About != nil:
		add("about.page", r.Site.About.Page)
	case r.Author != nil:
		add("portrait", r.Author.Portrait)
	case r.Topic != nil:
		add("image", r.Topic.Image)
	case r.Category != nil:
		add("parent", r.Category.Parent)
	case r.Page != nil:
		add("parent", r.Page.Parent)
	case r.Article != nil:
		a := r.Article
		add("primaryCategory", a.PrimaryCategory)
		add("categories", a.Categories...)
		add("leadImage", a.LeadImage)
		for _, p := range a.Related {
			add("related", p.Article)
		}
		for _, h := range a.Hidden {
			add("hidden", h.Article)
		}
		add("events", a.Events...)
		add("translationOf", a.TranslationOf)
		for _, t := range a.Topics {
			add("topics", t.Topic)
		}
		for _, c := range a.Byline {
			add("byline", c.Author)
		}
	case r.Event != nil:
		add("place", r.Event.Place)
		add("image", r.Event.Image)
		for i, c := range r.Event.DateClaims {
			add(printedIn(i), c.PrintedIn)
		}
		add("topics", r.Event.Topics...)
		add("categories", r.Event.Categories...)
	case r.Redirect != nil:
		add("target", r.Redirect.Target)
	}
	return refs
}

type reference struct {
	relation string
	to       news.Ref
}

// splitRef cuts a Ref into system and value. A Ref without a system is refused by check.
func splitRef(r news.Ref) (system, value string) {
	system, value, _ = strings.Cut(string(r), ":")
	return system, value
}

// knownRefs are those of the nodes that the records and their references name. A dateline: ref is that of a node
// imported under it, else of the node with this id.
func (s *Store) knownRefs(ctx context.Context, items []item) (map[news.Ref]knownRef, error) {
	values := map[string][]string{} // by system
	seen := map[news.Ref]bool{}
	want := func(r news.Ref) {
		if !seen[r] {
			seen[r] = true
			system, value := splitRef(r)
			values[system] = append(values[system], value)
		}
	}
	for i := range items {
		want(items[i].Ref)
		for _, ref := range refsOf(items[i].Record) {
			want(ref.to)
		}
	}
	known := map[news.Ref]knownRef{}
	var stmts []engine.Stmt
	if own := values[ownSystem]; own != nil {
		stmts = append(stmts, ownRefs(own, known))
	}
	for system, values := range values {
		stmts = append(stmts, engine.Stmt{
			SQL: `SELECT r.value, r.subject, coalesce(r.digest, ''), coalesce(c.path, '')
				FROM json_each(?) j CROSS JOIN external_refs r ON r.system = +? AND r.value = j.value
				LEFT JOIN categories c ON c.id = r.subject`,
			Args: []any{listJSON(values), system},
			Scan: func(r *engine.Row) error {
				known[news.Ref(system+":"+r.Text())] = knownRef{id: id(r), digest: r.Text(), path: news.Path(r.Text())}
				return nil
			},
		})
	}
	return known, s.db.Query(ctx, stmts...)
}

// identify gives the record its id, and settles what needs no writing.
func (b *batch) identify(i int) {
	it := &b.items[i]
	if it.invalid != nil {
		b.fail(i, news.Invalidf("the record cannot be written as JSON: %v", it.invalid))
		return
	}
	if err := check(it.Record); err != nil {
		b.fail(i, err)
		return
	}
	if _, twice := b.position[it.Ref]; twice {
		b.fail(i, news.Invalidf("the ref %s stands twice in this source; give every record its own", it.Ref))
		return
	}
	kind := kindOf(it.Record)
	known, ok := b.known[it.Ref]
	switch {
	case ok && known.id.Kind() != kind:
		b.fail(i, news.Invalidf("the ref %s was imported before as something else (%s)", it.Ref, known.id))
		return
	case ok && known.digest == mergedDigest:
		b.outcomes[i], it.done = news.Outcome{Result: news.Unchanged, Reason: fmt.Sprintf("it was merged into %s", known.id)}, true
	case ok && (known.digest == it.digest || b.exported[known.id] == it.digest) && !b.again:
		b.outcomes[i], it.done = news.Outcome{Result: news.Unchanged}, true
	case ok:
		it.id = known.id
		if b.again { // the record has been to the database and back; its digest stays that of the source
			it.digest = known.digest
		}
	case kind == news.KindSite:
		it.id = b.site.ID
	default:
		it.id, it.isNew = b.ids.New(kind, b.now), true
	}
	b.position[it.Ref], it.digestBefore = i, known.digest
	if it.done {
		return
	}
	b.known[it.Ref] = knownRef{id: it.id, path: known.path}
	switch {
	case it.Author != nil:
		b.names[it.id] = markup.PlainTitle(it.Author.Name)
	case it.Article != nil:
		b.translated[it.Article.TranslationOf] = true
	}
}

func kindOf(r *news.Record) news.IDKind {
	switch {
	case r.Site != nil:
		return news.KindSite
	case r.Image != nil:
		return news.KindImage
	case r.Author != nil:
		return news.KindAuthor
	case r.Topic != nil:
		return news.KindTopic
	case r.Category != nil:
		return news.KindCategory
	case r.Page != nil:
		return news.KindPage
	case r.Article != nil:
		return news.KindArticle
	case r.Event != nil:
		return news.KindHistoricalEvent
	case r.Redirect != nil:
		return news.KindRedirect
	}
	return 0
}

func (b *batch) fail(i int, err error) {
	b.outcomes[i], b.items[i].done = news.Outcome{Result: news.Failed, Reason: err.Error()}, true
}

// importItem adds the steps for one record, after those for the records it stands below.
func (b *batch) importItem(i int) error {
	it := &b.items[i]
	if it.done {
		return nil
	}
	it.done = true
	b.open[it.id] = true
	for _, parent := range parentsOf(it.Record) {
		if at, ok := b.position[parent]; ok {
			if err := b.importItem(at); err != nil {
				return err
			}
		}
	}
	delete(b.open, it.id)
	if !it.isNew {
		if err := b.load(it); err != nil {
			return err
		}
	}
	mark := len(b.steps)
	err := b.write(it)
	if kind := news.KindOf(err); err != nil && kind != news.Internal {
		b.steps = b.steps[:mark]
		if it.isNew {
			delete(b.known, it.Ref)
		}
		b.fail(i, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", it.Ref, err)
	}
	b.conclude(it)
	b.outcomes[i] = news.Outcome{Result: news.Created, Reason: it.note}
	if it.stored.version > 0 {
		b.outcomes[i].Result = news.Updated
	}
	return nil
}

// write adds the steps that store the node of a record.
func (b *batch) write(it *item) error {
	switch {
	case it.Site != nil:
		return b.importSite(it)
	case it.Image != nil:
		return b.importImage(it)
	case it.Author != nil:
		return b.importAuthor(it)
	case it.Topic != nil:
		return b.importTopic(it)
	case it.Category != nil:
		return b.importCategory(it)
	case it.Page != nil:
		return b.importPage(it)
	case it.Article != nil:
		return b.importArticle(it)
	case it.Event != nil:
		return b.importEvent(it)
	case it.Redirect != nil:
		return b.importRedirect(it)
	}
	return nil
}

// parentsOf are the records whose path a record's own is made from.
func parentsOf(r *news.Record) []news.Ref {
	switch {
	case r.Category != nil:
		return []news.Ref{r.Category.Parent}
	case r.Page != nil:
		return []news.Ref{r.Page.Parent}
	case r.Article != nil:
		return []news.Ref{primaryCategory(r.Article), r.Article.TranslationOf}
	case r.Redirect != nil:
		return []news.Ref{r.Redirect.Target}
	}
	return nil
}

// primaryCategory is the first category where the record names no primary one.
func primaryCategory(a *news.ArticleRecord) news.Ref {
	if a.PrimaryCategory == "" && len(a.Categories) > 0 {
		return a.Categories[0]
	}
	return a.PrimaryCategory
}

// conclude adds what every record leaves behind: its name, the journal entry, and the record itself while references
// of it are missing.
func (b *batch) conclude(it *item) {
	system, value := splitRef(it.Ref)
	b.guarded("external_ref.subject", `INSERT INTO external_refs (system, value, subject, digest) VALUES (?, ?, ?, ?)
		ON CONFLICT (system, value) DO UPDATE SET digest = excluded.digest WHERE subject = excluded.subject AND coalesce(digest, '') = ?`,
		system, value, int64(it.id), it.digest, it.digestBefore)
	c := change{subject: it.id, kind: b.changeOf(it, Edit{}), version: it.stored.version + 1, tags: b.tags(it), hidden: it.isHidden()}
	b.changes = append(b.changes, c)
	b.pend(it, c.version)
}

// tags are the nodes whose lists a change of the item may change.
func (b *batch) tags(it *item) []news.ID {
	tags := append([]news.ID{it.id}, it.stored.listed...)
	for _, ref := range refsOf(it.Record) {
		if known, ok := b.known[ref.to]; ok && !slices.Contains(tags, known.id) {
			tags = append(tags, known.id)
		}
	}
	return tags
}

// pend keeps the record while references of it lead nowhere.
func (b *batch) pend(it *item, version int) {
	if len(it.missing) == 0 {
		b.clear(it, `DELETE FROM pending_records WHERE subject = ?`)
		return
	}
	b.exec(`INSERT INTO pending_records (subject, version, record, missing) VALUES (?, ?, ?, ?)
		ON CONFLICT (subject) DO UPDATE SET version = excluded.version, record = excluded.record, missing = excluded.missing`,
		int64(it.id), version, string(it.content), asJSON(it.missing))
}

// isHidden says whether readers can see the item neither before nor after it is written.
func (it *item) isHidden() bool {
	h := headOf(it.Record)
	return h != nil && it.stored.status != news.StatusPublished && h.Status != news.StatusPublished && h.Status != news.StatusRetracted
}

// node is the id behind a reference, 0 for none. A reference that leads nowhere yet is remembered.
func (b *batch) node(it *item, relation string, ref news.Ref, kind news.IDKind) (news.ID, error) {
	if ref == "" {
		return 0, nil
	}
	known, ok := b.known[ref]
	if !ok {
		system, value := splitRef(ref)
		it.missing = append(it.missing, []string{system, value, relation})
		return 0, nil
	}
	if kind != 0 && known.id.Kind() != kind {
		return 0, b.refuse(it, relation, ref, "%s refers to %s, which is of another type", relation, ref)
	}
	return known.id, nil
}

// refuse fails a record because of a reference. A record that was imported before without the reference stays as it is:
// the reference is kept, with the reason, among those that lead nowhere.
func (b *batch) refuse(it *item, relation string, ref news.Ref, format string, args ...any) error {
	err := news.Invalidf(format, args...)
	if !b.again {
		return err
	}
	system, value := splitRef(ref)
	it.missing = append(it.missing, []string{system, value, relation, err.Error()})
	return nil
}

// parent is the node that a category or page stands below, 0 for none. Tables of both have the same columns.
func (b *batch) parent(it *item, ref news.Ref, kind news.IDKind, table string) (news.ID, error) {
	parent, err := b.node(it, "parent", ref, kind)
	if err != nil || parent == 0 {
		return 0, err
	}
	depth := 1
	for above := parent; above != 0; above = b.parents[above] {
		if above == it.id || b.open[above] {
			return 0, b.refuse(it, "parent", ref, "the parent %s lies below the record itself; choose one outside", ref)
		}
		if depth++; depth > maxDepth {
			return 0, b.refuse(it, "parent", ref, "the parent %s lies too deep; a tree has at most %d levels", ref, maxDepth)
		}
		if _, known := b.parents[above]; !known {
			if err := b.loadParents(above, table); err != nil {
				return 0, err
			}
		}
	}
	return parent, nil
}

// maxDepth is the number of levels that a tree of categories or pages can have; see the check of category_ancestors.
const maxDepth = 100

// loadParents reads the stored parents of a node and of all above it, except for those that the batch has moved.
func (b *batch) loadParents(node news.ID, table string) error {
	b.parents[node] = 0
	first := true
	return b.db.Query(b.ctx, engine.Stmt{
		SQL: `WITH RECURSIVE up (id, parent_id) AS (SELECT id, parent_id FROM ` + table + ` WHERE id = ?
			UNION SELECT p.id, p.parent_id FROM up CROSS JOIN ` + table + ` p ON p.id = up.parent_id) SELECT id, coalesce(parent_id, 0) FROM up`,
		Args: []any{int64(node)},
		Scan: func(r *engine.Row) error {
			child, parent := id(r), id(r)
			if _, known := b.parents[child]; !known || first {
				b.parents[child] = parent
			}
			first = false
			return nil
		},
	})
}

func (b *batch) nodes(it *item, relation string, refs []news.Ref, kind news.IDKind) (ids []news.ID, err error) {
	seen := map[news.ID]bool{it.id: true}
	for _, ref := range refs {
		node, err := b.node(it, relation, ref, kind)
		if err != nil {
			return nil, err
		}
		if node != 0 && !seen[node] {
			ids = append(ids, node)
			seen[node] = true
		}
	}
	return ids, nil
}

// load reads what is stored of a node that was imported before.
func (b *batch) load(it *item) error {
	const nothing, address, entry = "version, '', '', '', NULL, NULL", "version, path, slug, '', NULL, NULL", "version, path, slug, status, created_at, published_at"
	table, columns := "", ""
	switch it.id.Kind() {
	case news.KindSite:
		table, columns = "sites", nothing+", NULL, NULL"
	case news.KindImage:
		table, columns = "images", nothing+", NULL, NULL"
	case news.KindAuthor:
		table, columns = "authors", address+", NULL, NULL"
	case news.KindTopic:
		table, columns = "topics", address+", NULL, NULL"
	case news.KindCategory:
		table, columns = "categories", address+", parent_id, NULL"
	case news.KindPage:
		table, columns = "pages", entry+", NULL, NULL"
	case news.KindArticle:
		table, columns = "articles", entry+", NULL, translation_group"
	case news.KindHistoricalEvent:
		table, columns = "events", entry+", NULL, NULL"
	case news.KindRedirect:
		return b.loadFrom(it, `SELECT coalesce(max(version), 0), '', '', '', NULL, NULL, NULL, NULL FROM changes WHERE subject = ?`)
	}
	if err := b.loadFrom(it, `SELECT `+columns+` FROM `+table+` WHERE id = ?`); err != nil {
		return err
	}
	switch it.id.Kind() {
	case news.KindArticle:
		if err := b.loadPartners(it); err != nil {
			return err
		}
		return b.loadListed(it, articleListing)
	case news.KindHistoricalEvent:
		return b.loadListed(it, eventListing)
	}
	return nil
}

func (b *batch) loadListed(it *item, l *listing) error {
	return b.db.Query(b.ctx, engine.Stmt{
		SQL:  fmt.Sprintf(`SELECT facet FROM %s WHERE %s = ? AND facet > %d`, l.table, l.id, minID),
		Args: []any{int64(it.id)},
		Scan: func(r *engine.Row) error { it.stored.listed = append(it.stored.listed, id(r)); return nil },
	})
}

func (b *batch) loadFrom(it *item, sql string) error {
	return b.db.Query(b.ctx, engine.Stmt{
		SQL:  sql,
		Args: []any{int64(it.id)},
		Scan: func(r *engine.Row) error {
			it.stored = stored{version: r.Int(), path: r.Text(), slug: r.Text(), status: news.EntryStatus(r.Text()),
				createdAt: nullInstant(r), publishedAt: nullInstant(r), parent: nullID(r), group: nullID(r)}
			return nil
		},
	})
}

// FinishImport imports those records again whose missing references have come, and returns the references that still
// lead nowhere, or not where they may. It is called after the last batch of a source.
func (s *Store) FinishImport(ctx context.Context) ([]news.Unresolved, error) {
	const batchSize = 100
	var failed []error
	for after := news.ID(0); ; {
		var records []news.Record
		err := s.db.Query(ctx, engine.Stmt{
			SQL: `SELECT p.subject, p.record FROM pending_records p WHERE p.subject > ? AND ` + isCurrent + ` AND EXISTS (
					SELECT 1 FROM json_each(p.missing) m CROSS JOIN external_refs r ON r.system = m.value ->> 0 AND r.value = m.value ->> 1
					WHERE m.value ->> 3 IS NULL)
				ORDER BY p.subject LIMIT ?`,
			Args: []any{int64(after), batchSize},
			Scan: func(r *engine.Row) error {
				after = id(r)
				var record news.Record
				err := json.Unmarshal([]byte(r.Text()), &record)
				records = append(records, record)
				return err
			},
		})
		if err != nil {
			return nil, fmt.Errorf("read pending records: %w", err)
		}
		if len(records) == 0 {
			list, err := s.unresolved(ctx)
			return list, errors.Join(append(failed, err)...)
		}
		outcomes, err := s.importStaged(ctx, s.stage(records), true)
		if err != nil {
			return nil, err
		}
		for i, o := range outcomes {
			if o.Result == news.Failed {
				failed = append(failed, fmt.Errorf("record %s was imported but its references were not: %s", records[i].Ref, o.Reason))
			}
		}
	}
}

// isCurrent says that nobody has changed the subject of pending record p since it was imported.
const isCurrent = `p.version = (SELECT max(c.version) FROM changes c WHERE c.subject = p.subject)`

func (s *Store) unresolved(ctx context.Context) (list []news.Unresolved, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT p.record ->> 'Ref', m.value ->> 0, m.value ->> 1, m.value ->> 2 FROM pending_records p CROSS JOIN json_each(p.missing) m
			WHERE ` + isCurrent + ` ORDER BY p.subject, m.key`,
		Scan: func(r *engine.Row) error {
			list = append(list, news.Unresolved{From: news.Ref(r.Text()), To: news.Ref(r.Text() + ":" + r.Text()), Relation: r.Text()})
			return nil
		},
	})
	return list, err
}
