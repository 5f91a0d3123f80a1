package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A revision's content is kept as a zstd frame: a snapshot stands alone, a delta has the content of the subject's last snapshot
// as its dictionary. Reading any revision takes two rows at most, and damage to one row never reaches beyond the next snapshot.
// Measured with 100 real articles of 7 kB and ten small edits of each, bytes a revision: plain 7,437; zstd alone 3,347; this
// 571 (66 µs to write, 30 µs to read); zstd against the revision before 353, but a chain of rows to read (80 µs, 1.6 ms at
// worst); deflate with a dictionary 1,121 (470 and 117 µs), which sees only 32 kB and so saves nothing in a long article.

// revisionsPerSnapshot bounds how many revisions hang on one row.
const revisionsPerSnapshot = 32

// A save is a state to be kept as a revision. Content is given back byte for byte; what it holds is the caller's business.
type save struct {
	news.Revision
	content []byte
}

// snapshot is what deltas of a subject are packed against.
type snapshot struct {
	version int
	packed  int // bytes in the row
	content []byte
}

// revisionSteps are the steps that keep saves, for the batch that makes them. Who saves a version that is there already fails
// with a constraint error, and so does the whole batch.
func (s *Store) revisionSteps(ctx context.Context, saves []save) ([]engine.Step, error) {
	subjects := make([]news.ID, len(saves))
	for i := range saves {
		subjects[i] = saves[i].EntryID
	}
	bases, err := s.snapshots(ctx, subjects)
	if err != nil {
		return nil, err
	}
	steps := make([]engine.Step, len(saves))
	for i, v := range saves {
		base, content, err := packAgainst(bases[v.EntryID], v)
		if err != nil {
			return nil, fmt.Errorf("revision %d of %s: %w", v.Number, v.EntryID, err)
		}
		steps[i] = engine.Step{
			SQL:  `INSERT INTO revisions (subject, version, base, saved_at, saved_by, note, content) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			Args: []any{int64(v.EntryID), v.Number, base, millis(v.SavedAt), v.SavedBy, v.Note, content},
		}
	}
	return steps, nil
}

// eraseRevisions is the step that deletes all revisions of a subject.
func eraseRevisions(subject news.ID) engine.Step {
	return engine.Step{SQL: `DELETE FROM revisions WHERE subject = ?`, Args: []any{int64(subject)}}
}

// snapshots are the last ones of subjects.
func (s *Store) snapshots(ctx context.Context, subjects []news.ID) (map[news.ID]snapshot, error) {
	found := make(map[news.ID]snapshot, len(subjects))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT e.subject, e.version, e.content FROM json_each(?) j CROSS JOIN revisions e ON e.subject = j.value
			AND e.version = (SELECT coalesce(n.base, n.version) FROM revisions n WHERE n.subject = j.value ORDER BY n.version DESC LIMIT 1)`,
		Args: []any{idList(subjects)},
		Scan: func(r *engine.Row) error {
			subject, version, packed := id(r), r.Int(), r.Bytes()
			content, err := unpack(packed, nil)
			if err != nil {
				return damaged(subject, version, err)
			}
			found[subject] = snapshot{version, len(packed), content}
			return nil
		},
	})
}

// packAgainst makes a delta, or a new snapshot when the delta has become large or the last snapshot old.
func packAgainst(s snapshot, v save) (base any, packed []byte, err error) {
	if s.content != nil && v.Number > s.version && v.Number < s.version+revisionsPerSnapshot {
		packed, err = pack(v.content, s.content)
		if err != nil || len(packed) <= s.packed/3 {
			return s.version, packed, err
		}
	}
	packed, err = pack(v.content, nil)
	return nil, packed, err
}

// dictionaryID marks frames that need a dictionary, so that they are not read without.
const dictionaryID = 1

// window is how far back in the dictionary and the content repetitions are found, in bytes: longer than articles are.
const window = 1 << 20

// Encoders are kept, because making one takes longer than a delta.
var snapshotEncoders, deltaEncoders sync.Pool // of *zstd.Encoder

func pack(content, dictionary []byte) ([]byte, error) {
	pool, options := &snapshotEncoders, []zstd.EOption(nil)
	if dictionary != nil {
		pool, options = &deltaEncoders, []zstd.EOption{zstd.WithEncoderDictRaw(dictionaryID, dictionary)}
	}
	w, kept := pool.Get().(*zstd.Encoder)
	var err error
	if kept {
		err = w.ResetWithOptions(nil, options...)
	} else {
		w, err = zstd.NewWriter(nil, append(options, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(window))...)
	}
	if err != nil {
		return nil, err
	}
	defer pool.Put(w)
	return w.EncodeAll(content, make([]byte, 0, 512)), nil
}

func unpack(packed, dictionary []byte) ([]byte, error) {
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)}
	if dictionary != nil {
		options = append(options, zstd.WithDecoderDictRaw(dictionaryID, dictionary))
	}
	r, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.DecodeAll(packed, []byte{})
}

func damaged(subject news.ID, version int, err error) error {
	return fmt.Errorf("revision %d of %s is damaged (%w): run dateline check, and restore the database from a backup", version, subject, err)
}

// Revisions is a page of the revisions of each of many subjects, the newest first, in one statement. A subject without
// revisions has an empty page. The first Count asks for those of all pages, in one statement.
func (s *Store) Revisions(ctx context.Context, subjects []news.ID, w news.Window) (map[news.ID]*news.RevisionConnection, error) {
	at, err := sorting{name: "REVISION", column: "version", id: "subject", desc: true}.seek(w, nil)
	if err != nil {
		return nil, err
	}
	found := newPages[*news.Revision](at)
	tail, args := at.sql("v", condition{sql: "v.subject = p.value"})
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT ` + revisionColumns + ` FROM json_each(?) p CROSS JOIN revisions e ON e.subject = p.value
			AND e.version IN (SELECT v.version FROM revisions v` + tail + `)`,
		Args: append([]any{idList(subjects)}, args...),
		Scan: func(r *engine.Row) error {
			v := scanRevision(r)
			found.add(Facet(v.EntryID), sortKey{value: int64(v.Number), id: v.EntryID}, v)
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	counts := sync.OnceValues(func() (map[Facet]int, error) {
		counts := map[Facet]int{}
		return counts, s.db.Query(ctx, engine.Stmt{SQL: `SELECT p.value, (SELECT count(*) FROM revisions e WHERE e.subject = p.value) FROM json_each(?) p`,
			Args: []any{idList(subjects)}, Scan: func(r *engine.Row) error { subject := Facet(r.Int64()); counts[subject] = r.Int(); return nil }})
	})
	facets := make([]Facet, len(subjects))
	for i, subject := range subjects {
		facets[i] = Facet(subject)
	}
	pages := make(map[news.ID]*news.RevisionConnection, len(subjects))
	for facet, page := range connections(found, facets, counts) {
		pages[news.ID(facet)] = page
	}
	return pages, nil
}

// RevisionKey names a revision of a subject or, with Before, the newest that is kept before it.
type RevisionKey struct {
	Subject news.ID
	Number  int
	Before  bool
}

// RevisionContents are the contents that were saved, in one statement. What is not kept is not in the map.
func (s *Store) RevisionContents(ctx context.Context, keys []RevisionKey) (map[RevisionKey][]byte, error) {
	found := make(map[RevisionKey][]byte, len(keys))
	list := make([][3]any, len(keys))
	for i, k := range keys {
		list[i] = [3]any{int64(k.Subject), k.Number, k.Before}
	}
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT p.key, e.content, b.content FROM json_each(?) p CROSS JOIN revisions e ON e.subject = p.value ->> 0
				AND e.version = iif(p.value ->> 2, (SELECT max(v.version) FROM revisions v WHERE v.subject = p.value ->> 0 AND v.version < p.value ->> 1), p.value ->> 1)
			LEFT JOIN revisions b ON b.subject = e.subject AND b.version = e.base`,
		Args: []any{asJSON(list)},
		Scan: func(r *engine.Row) (err error) {
			k := keys[r.Int()]
			packed, base := r.Bytes(), r.NullBytes()
			if base != nil {
				if base, err = unpack(base, nil); err != nil {
					return damaged(k.Subject, k.Number, err)
				}
			}
			content, err := unpack(packed, base)
			if err != nil {
				return damaged(k.Subject, k.Number, err)
			}
			found[k] = content
			return nil
		},
	})
}

const revisionColumns = `e.subject, e.version, e.saved_at, e.saved_by, e.note`

func scanRevision(r *engine.Row) *news.Revision {
	return &news.Revision{EntryID: id(r), Number: r.Int(), SavedAt: instant(r), SavedBy: r.NullText(), Note: r.NullText()}
}

// Revision is the content that was saved of a subject, or a NotFound error.
func (s *Store) Revision(ctx context.Context, subject news.ID, number int) ([]byte, error) {
	key := RevisionKey{Subject: subject, Number: number}
	found, err := s.RevisionContents(ctx, []RevisionKey{key})
	if err != nil {
		return nil, err
	}
	content, ok := found[key]
	if !ok {
		return nil, news.NotFoundf("%s has no revision %d; its revisions are those that its list of revisions shows", subject, number)
	}
	return content, nil
}
